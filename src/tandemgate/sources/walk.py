"""Walking through what another system sent, of which nothing is sure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

_NOTHING: Final[Mapping[str, Any]] = {}


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
    return ((name, value) for name, value in fields.items() if value not in (None, "", [], {}))


def click_in(url: object) -> str | None:
    """Return TikTok's click id in the address of a page."""
    try:
        query = urlsplit(url).query if isinstance(url, str) else ""
    except ValueError:
        return None
    return next(iter(parse_qs(query).get("ttclid", ())), None)
