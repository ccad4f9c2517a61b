"""The production checklist: what an event should carry, and what of it this one does.

Source: the guide's table of required and recommended fields, in its order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tandemgate.catalog.events import PURCHASES, VALUE_EXPECTED
from tandemgate.model.event import RawEvent, Reported


class Need(StrEnum):
    """How much an event needs a field."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist for one event."""

    field: str
    need: Need
    purpose: str
    present: bool


@dataclass(frozen=True, slots=True)
class _Line:
    field: str
    need: Need
    purpose: str
    present: Callable[[Reported], object]


_LINES = (
    _Line("event", Need.REQUIRED, "names the conversion or behaviour", lambda seen: seen.event),
    _Line("event_time", Need.REQUIRED, "says when it happened", lambda seen: seen.event_time),
    _Line(
        "user.email",
        Need.RECOMMENDED,
        "finds the person, the strongest key of all",
        lambda seen: seen.person.email,
    ),
    _Line(
        "user.phone",
        Need.RECOMMENDED,
        "finds the person where phones are given",
        lambda seen: seen.person.phone,
    ),
    _Line(
        "user.external_id",
        Need.RECOMMENDED,
        "finds the person again in another browser",
        lambda seen: seen.person.external_id,
    ),
    _Line(
        "user.ttclid",
        Need.RECOMMENDED,
        "finds the click on the ad",
        lambda seen: seen.person.ttclid,
    ),
    _Line("user.ttp", Need.RECOMMENDED, "finds the browser", lambda seen: seen.person.ttp),
    _Line("user.ip", Need.RECOMMENDED, "narrows down who acted", lambda seen: seen.person.ip),
    _Line(
        "user.user_agent",
        Need.RECOMMENDED,
        "narrows down who acted",
        lambda seen: seen.person.user_agent,
    ),
)


def checklist(raw: RawEvent, reported: Reported) -> list[Item]:
    """Hold one event against the guide's table; judged on what was sent, not on what may leave."""
    missing = {problem.field for problem in raw.problems}
    envelope = (
        Item(
            "event_source",
            Need.REQUIRED,
            "says where the event comes from",
            "/event_source" not in missing,
        ),
        Item(
            "event_source_id",
            Need.REQUIRED,
            "leads the event to its pixel",
            "/event_source_id" not in missing,
        ),
    )
    event = (
        Item(line.field, line.need, line.purpose, bool(line.present(reported))) for line in _LINES
    )
    return [*envelope, *event, *_money(reported)]


def _money(reported: Reported) -> list[Item]:
    """Value and currency count together, for value events: either is worth nothing alone."""
    needs = dict.fromkeys(VALUE_EXPECTED, Need.RECOMMENDED) | dict.fromkeys(
        PURCHASES, Need.REQUIRED
    )
    commerce = reported.commerce
    stated = commerce.value is not None and commerce.currency is not None
    return [
        Item("properties.value + currency", need, "lets TikTok optimize for value", stated)
        for event, need in needs.items()
        if event == reported.event
    ]
