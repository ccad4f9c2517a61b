"""Walking through what another system sent, of which nothing is sure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from tandemgate.model.instant import Epoch

T = TypeVar("T")
_NOTHING: Final[Mapping[str, Any]] = {}
_A_DAY: Final = len("2026-04-23")
_MILLISECONDS: Final = 10**11
"""As Unix seconds it is the year 5138, as milliseconds 1973."""


def inner(tree: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Return the object at *path*; an empty one where there is none."""
    for name in path:
        found = tree.get(name)
        tree = found if isinstance(found, dict) else _NOTHING
    return tree


def found(tree: object, path: str) -> Any:  # noqa: ANN401 - JSON
    """Return what stands at *path*, as in ``user_data.address.city``; of a list, in its first."""
    for name in path.split("."):
        tree = next(iter(tree), None) if isinstance(tree, list) else tree
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def listed(value: object) -> list[Any]:
    """Return one value, or several, as a list; nothing as an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def stated(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what is said; blank is the same as missing."""
    return ((name, value) for name, value in fields.items() if value or value == 0)


def told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what is said."""
    return {name: value for name, value in fields.items() if value or value == 0}


def click_in(url: object) -> str | None:
    """Return TikTok's click id in the address of a page.

    The standard library's ``urlsplit`` would remember the address, and whose it is.
    """
    if not isinstance(url, str) or "ttclid" not in url:
        return None
    query = url.partition("#")[0].partition("?")[2]
    return next(iter(parse_qs(query).get("ttclid", ())), None)


def text(value: object) -> str | None:
    """Read a string or a number as text; anything else, and what is blank, says nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def words(value: object) -> str | list[str] | None:
    """Read a string or a list of them; a number is none, since it may have lost a digit or sign."""
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str) and one.strip()] or None
    return value if isinstance(value, str) and value.strip() else None


def named(of: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401 - JSON
    """Return the first value that *of* has under one of *names*."""
    for name in names:
        if (value := of.get(name)) is not None:
            return value
    return None


def first(*values: T | None) -> T | None:
    """Return the first value that says something."""
    for value in values:
        if value is not None and value != "":
            return value
    return None


def instant(value: object) -> Epoch | None:
    """Read a moment: ISO 8601 to the second at least (without an offset it is UTC), or Unix time.

    Numbers are seconds, or milliseconds where they are too many for seconds.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000 if value >= _MILLISECONDS else float(value)
    if not isinstance(value, str) or len(value) <= _A_DAY:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
