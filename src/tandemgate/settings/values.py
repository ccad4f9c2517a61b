"""How each kind of value is written in the settings, and read."""

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from tandemgate.core.valuation import read_rule
from tandemgate.model.order import ValueRule
from tandemgate.settings.layers import EnvText
from tandemgate.settings.tree import Duration, Listen

UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", re.ASCII)
USERINFO: Final = re.compile(r"//[^/@]*@")
HIGHEST_PORT: Final = 65535


class Misfit(ValueError):  # noqa: N818 - says how a value misses its kind; caught where its key is known
    """What was expected, and the way out; the caller adds key, value and place."""


def nearest(word: str, words: list[str]) -> str:
    """``; did you mean …?`` when something in *words* looks like *word*, else their list."""
    close = get_close_matches(word, words, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(words)}"


def plain(raw: object) -> object:
    """What a text from the environment stands for: a TOML value where it is one, else itself."""
    if not isinstance(raw, EnvText):
        return raw
    try:
        return tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return str(raw)


def text(raw: object) -> str:
    """A string as it stands."""
    if isinstance(raw, str):
        return str(raw)
    raise Misfit('expected a text; write it in quotes: "…"')


def flag(raw: object) -> bool:
    """``true`` or ``false``."""
    value = plain(raw)
    if isinstance(value, bool):
        return value
    raise Misfit("expected true or false, without quotes")


def number(raw: object) -> float:
    """A finite number."""
    value = plain(raw)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise Misfit("expected a number, without quotes")


def integer(raw: object) -> int:
    """A whole number."""
    value = plain(raw)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Misfit("expected a whole number, without quotes")


def duration(raw: object) -> Duration:
    """Seconds from ``"48h"``, ``"2s"``, ``"500ms"``, ``"7d"`` or a plain number of seconds."""
    value = plain(raw)
    if isinstance(value, str):
        found = DURATION.fullmatch(value.strip())
        if found:
            return Duration(float(found[1]) * UNITS[found[2]])
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
        return Duration(value)
    raise Misfit(
        'expected a length of time; write "48h", "90m", "2s", "7d", or a number of seconds'
    )


def spelled(seconds: float) -> str:
    """A length of time as a person writes it: in the largest unit that divides it.

    Two days are the 48 hours of which everybody speaks here.
    """
    units = ("d", "h", "m", "s") if seconds > 2 * UNITS["d"] else ("h", "m", "s")
    whole = (unit for unit in units if seconds and seconds % UNITS[unit] == 0)
    unit = next(whole, "s")
    return f"{seconds / UNITS[unit]:g}{unit}"


def listen(raw: object) -> Listen:
    """``host:port``; an IPv6 host stands in brackets."""
    host, _, port = text(raw).rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = bare != host
    if bare and port.isascii() and port.isdecimal() and bracketed == (":" in bare):
        if int(port) <= HIGHEST_PORT:
            return Listen(bare, int(port))
        raise Misfit("a port is at most 65535; choose a lower one, or 0 for any free one")
    raise Misfit('expected host:port; write "127.0.0.1:8080" or "[::1]:8080"')


def web_address(raw: object) -> str:
    """An http(s) origin, kept without a trailing slash."""
    value = text(raw)
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment):
        if parts.username is not None:
            raise Misfit("an address carries no user name or password; leave them out")
        return value.rstrip("/")
    raise Misfit('expected an address like "https://gateway.shop.example"')


def one_of(words: type[StrEnum]) -> Callable[[object], StrEnum]:
    """Read a word of a fixed list."""
    names = [word.value for word in words]

    def read(raw: object) -> StrEnum:
        value = text(raw)
        if value in names:
            return words(value)
        raise Misfit(f"expected {' or '.join(names)}; {nearest(value, names)}")

    return read


def list_of(item: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    """Read a list; in the environment also texts with commas between them."""

    def read(raw: object) -> tuple[Any, ...]:
        value = plain(raw)
        if isinstance(raw, EnvText) and not isinstance(value, list):
            value = [part.strip() for part in raw.split(",") if part.strip()]
        if isinstance(value, list):
            return tuple(item(part) for part in value)
        raise Misfit('expected a list; write ["…", "…"]')

    return read


def names(raw: object) -> dict[str, str]:
    """Read a table of names."""
    value = plain(raw)
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value.values()):
        return {str(theirs): str(ours) for theirs, ours in value.items()}
    raise Misfit('expected a table of names; write { "Order Completed" = "Purchase" }')


def value_rule(raw: object) -> ValueRule:
    """What "value" means in the fields of an order."""
    rule = read_rule(text(raw))
    if rule is not None:
        return rule
    raise Misfit(
        "expected total or subtotal, then tax, shipping, discount or refund, each added or taken "
        'away once; write "total", "subtotal + tax" or "total - tax - shipping"'
    )


def any_or_listed(raw: object) -> bool | tuple[str, ...]:
    """``true``, ``false``, or the list of what is allowed."""
    value = plain(raw)
    if isinstance(value, bool):
        return value
    names: tuple[str, ...] = list_of(text)(raw)
    return names


def off_or(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """Read ``false``, or what *read* does."""

    def read_or_off(raw: object) -> Any:  # noqa: ANN401 - as *read* does
        if plain(raw) is False:
            return False
        try:
            return read(raw)
        except Misfit as misfit:
            raise Misfit(f"{misfit}, or false to switch it off") from None

    return read_or_off


def shown(raw: object) -> str:
    """A value in an error message; a table's content is not shown, since it may be a secret's."""
    match raw:
        case Mapping():
            return "a table"
        case bool():
            return str(raw).lower()
        case str():
            return f'"{USERINFO.sub("//••••@", raw)}"'
        case _:
            return str(raw)
