"""What a caller may ask of the list of events, read from the query string."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import printable
from tandemgate.model.admission import Filter
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.state import State
from tandemgate.web.answers import iso

MOST_ROWS: Final = 500
ROWS: Final = 50


def moment(text: str) -> Epoch:
    """Read Unix seconds or ISO 8601; without an offset it is UTC."""
    try:
        return float(text) if text.replace(".", "", 1).isdecimal() else _iso(text)
    except OverflowError as error:
        raise ValueError(text) from error


def _iso(text: str) -> Epoch:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _limit(text: str) -> int:
    wanted = int(text)
    if not 1 <= wanted <= MOST_ROWS:
        raise ValueError(text)
    return wanted


def read_limit(text: str) -> int | None:
    """Read how many rows are wanted; ``None`` where that is no such number."""
    try:
        return _limit(text)
    except ValueError:
        return None


def wrong(name: str, came: str, expected: str) -> Problem:
    """Say of the query parameter *name* what came, and what is *expected*."""
    return problem("parameter_invalid", f"query {name}", printable(came), expected=expected)


def stray(asked: Iterable[str], known: Iterable[str]) -> Problem | None:
    """Say which is the first parameter of *asked* that is none of the *known* ones.

    One that is silently ignored would show the wrong list. What it holds is not repeated.
    """
    names = tuple(known)
    for name in asked:
        if name not in names:
            return wrong(printable(name), "", f"one of {', '.join(names)}")
    return None


PARAMETERS: Final[Mapping[str, tuple[str, Callable[[str], Any], str]]] = {
    "pixel": ("pixel_id", str, "a pixel id"),
    "event": ("event", str, "an event name"),
    "state": ("state", lambda text: State(text.upper()), f"one of {', '.join(State)}"),
    "code": ("code", int, "a number that TikTok answered"),
    "since": ("since", moment, "Unix seconds or ISO 8601"),
    "until": ("until", moment, "Unix seconds or ISO 8601"),
    "q": ("q", str, "the beginning of an event_id"),
    "after": ("after", int, "what the page before gave as next"),
    "limit": ("limit", _limit, f"a number from 1 to {MOST_ROWS}"),
}
"""Query parameter -> field of the filter, how it is read, and what is expected."""


def read_query(
    given: Mapping[str, str], visible: frozenset[str] | None
) -> tuple[Filter, int] | Problem:
    """Read which events are wanted, and how many; *visible* are the pixels that the key may see."""
    read: dict[str, Any] = {"limit": ROWS}
    for name, text in given.items():
        if found := stray([name], PARAMETERS):
            return found
        field, reader, expected = PARAMETERS[name]
        try:
            read[field] = reader(text)
        except ValueError:
            return wrong(name, text, expected)
    limit = read.pop("limit")
    return Filter(**read, pixels=visible), limit


def read_until(stated: str | float | None, now: Epoch) -> Epoch | Problem | None:
    """Read the end of a mute in a body: a moment to come, or ``None`` for good."""
    if stated is None:
        return None
    expected = "a moment that is still to come, as Unix seconds or ISO 8601; or null, for good"
    try:
        until = moment(str(stated))
    except ValueError:
        return problem("body_invalid", "/until", printable(str(stated)), expected=expected)
    if until <= now:
        return problem("body_invalid", "/until", f"{iso(until)}, which is over", expected=expected)
    return until
