"""What addresses take in their paths and queries, by name; each means the same at all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from msgspec import Meta

from tandemgate.model.event import Channel, Source
from tandemgate.model.pair import PairVerdict
from tandemgate.model.problem import Origin, Severity, Status
from tandemgate.model.state import State
from tandemgate.web import export, pairs, problems, queries
from tandemgate.web.exported import PAGES


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: of what type it is, and what it says; ``words`` are all that it may be."""

    kind: Any
    about: str
    words: tuple[str, ...] = ()


def _limit(most: int) -> Parameter:
    return Parameter(Annotated[int, Meta(ge=1, le=most)], "How many are told at most")


_MOMENT: Final = "Unix seconds or ISO 8601; without an offset it is UTC"
KNOWN: Final[Mapping[str, Parameter]] = {
    "pixel": Parameter(str, "A pixel's id"),
    "event": Parameter(str, "An event name"),
    "event_id": Parameter(str, "The event_id, as it was handed in"),
    "channel": Parameter(Channel, "Live events, or those of tests"),
    "state": Parameter(State, "Where the event stands"),
    "code": Parameter(int, "A code that TikTok answered"),
    "since": Parameter(str, f"From when on: {_MOMENT}"),
    "until": Parameter(str, f"Before when: {_MOMENT}"),
    "q": Parameter(str, "The beginning of an event_id"),
    "after": Parameter(str, "The `next` of the page before"),
    "limit": _limit(queries.MOST_ROWS),
    "verdict": Parameter(PairVerdict, "How the copies of an action stand"),
    "status": Parameter(
        str, "How a problem stands; `open` unless it is said", (*Status, problems.ALL)
    ),
    "severity": Parameter(Severity, "How bad it is at least"),
    "origin": Parameter(Origin, "Who found it"),
    "source": Parameter(Source, "Who reported the events"),
    "reason": Parameter(str, "A reason, as answers name it"),
    "open": Parameter(str, "Anything, to see only tests that go on"),
    "format": Parameter(str, "How rows are written", tuple(export.TYPES)),
    "what": Parameter(str, "Of what the rows are", tuple(PAGES)),
    "name": Parameter(str, "The name of a `[[sources]]` entry"),
    "key": Parameter(str, "A browser key, `pk_…`"),
    "test": Parameter(str, "A test session's id"),
    "problem": Parameter(str, "A problem's id"),
    "measurement_id": Parameter(str, "Google's name of the shop's stream; it decides nothing here"),
    "api_secret": Parameter(str, "A key of the gateway, unless it stands in `Authorization`"),
}


def asking(names: Iterable[str], **instead: Parameter) -> Mapping[str, Parameter]:
    """Describe the parameters of one address; *instead* are those that differ at it."""
    return {name: instead.get(name, KNOWN[name]) for name in names}


EVENTS: Final = asking(queries.PARAMETERS, after=Parameter(int, KNOWN["after"].about))
EXPORT: Final = {
    name: parameter
    for name, parameter in {**EVENTS, **asking(("format",))}.items()
    if name != "limit"
}
PAIRS: Final = asking(sorted(pairs.ASKED), limit=_limit(pairs.MOST))
REPORTED: Final = asking(("measurement_id", "api_secret"))
MEANT: Final = asking(("pixel", "event", "channel"))
