"""From what the pipeline and the ledger said to the one outcome of each event."""

from collections.abc import Sequence
from typing import Final, assert_never

from msgspec import structs

from tandemgate.catalog.events import KNOWN, nearest
from tandemgate.catalog.reasons import problem
from tandemgate.core.identify import order_digest
from tandemgate.core.problems import of_findings, of_problems
from tandemgate.core.reading import stated
from tandemgate.core.resolution import contradiction
from tandemgate.core.scrub import holds_identifier
from tandemgate.model.admission import Admission, Admitted, AlreadyKnown, Clash, Tally
from tandemgate.model.event import EventKey, RawEvent, Reported
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.order import Refusal
from tandemgate.model.outcome import (
    Accepted,
    Conflict,
    Duplicate,
    Held,
    Noted,
    Outcome,
    Rejected,
    Suppressed,
)
from tandemgate.model.person import Identifiers
from tandemgate.model.rules import PixelRules
from tandemgate.model.state import State

LONGEST_EVENT_ID = 256
_NOBODY = Identifiers()


STORED: Final = (Accepted, Held, Suppressed)
"""What has an event that the ledger shall have."""

UNSTORED: Final = (Noted, Rejected)


def conclude(processed: Accepted | Held | Suppressed, said: Admission, at: str) -> Outcome:
    """Combine what *processed* was to be with what the ledger said; *at* points to the event."""
    match said:
        case Admitted():
            return _admitted(processed, said)
        case AlreadyKnown(_, first_received_at, findings):
            event = processed.event
            return Duplicate(event.key.event_id, first_received_at, (*event.findings, *findings))
        case Clash(reason, fields, other):
            event_id, clash = processed.event.key.event_id, contradiction(fields, other)
            return Conflict(event_id, problem(reason, f"{at}/event_id", clash))
        case _:
            assert_never(said)


def _admitted(processed: Accepted | Held | Suppressed, said: Admitted) -> Outcome:
    event = processed.event
    if said.findings:  # seldom, and a copy costs as much as many fields
        event = structs.replace(event, findings=(*event.findings, *said.findings))
    if said.state is State.HELD:
        return Held(event)
    if said.struck:
        return Suppressed(event, said.struck)
    if isinstance(processed, Suppressed):
        return structs.replace(processed, event=event)
    if event is processed.event and said.revision == 1 and isinstance(processed, Accepted):
        return processed
    return Accepted(event, said.revision)


def tally(raw: RawEvent, outcome: Rejected | Noted, rules: PixelRules | None, at: Epoch) -> Tally:
    """What is counted of an event that the ledger never sees; without rules, of no known pixel."""
    problems: tuple[Problem, ...] = ()
    if isinstance(outcome, Noted):
        word, reason = "noted", outcome.reason
    else:
        problems = outcome.problems
        word, reason = "rejected", problems[0].reason
    where = EventKey(raw.lane.pixel_id, _counted_name(raw.item, rules), "", raw.lane.channel)
    named = echoed_id(raw, outcome)
    seen = (
        *of_problems(where, raw.source, problems, at, named),
        *of_findings(where, raw.source, outcome.findings, at, named),
    )
    refusal = _refusal(raw, where, problems, rules, at)
    return Tally(where.pixel_id, where.event, where.channel, word, reason, at, seen, refusal)


def _refusal(
    raw: RawEvent,
    where: EventKey,
    problems: Sequence[Problem],
    rules: PixelRules | None,
    at: Epoch,
) -> Refusal | None:
    """What is remembered of a refused purchase, if it came from a server and names its order."""
    if rules is None or not (problems and raw.verified):
        return None
    order = _order_id(raw.item)
    name = where.event or nearest(str(stated(raw.item, "event") or ""))
    if order is None or name is None:
        return None
    digest = order_digest(structs.replace(where, event=name), order, rules.fingerprint_key)
    first = problems[0]
    return None if digest is None else Refusal(digest, at, first.code, first.reason)


def _order_id(item: object) -> str | None:
    """The number of the order, as far as it could be read."""
    if isinstance(item, Reported):
        return item.commerce.order_id
    properties = stated(item, "properties")
    order = properties.get("order_id") if isinstance(properties, dict) else None
    if isinstance(order, bool) or not isinstance(order, str | int):
        return None
    return str(order) or None


def _counted_name(item: object, rules: PixelRules | None) -> str:
    """The event's name if it is one that was agreed on; others would make counters without end."""
    name = stated(item, "event")
    if not isinstance(name, str):
        return ""
    custom = rules.custom_events if rules else False
    agreed = name in KNOWN or (isinstance(custom, frozenset) and name in custom)
    return name if agreed else ""


def echoed_id(raw: RawEvent, outcome: Outcome) -> str | None:
    """The event_id by which the caller knows the event, unless it may name a person."""
    if isinstance(outcome, STORED):
        return outcome.event.key.event_id
    match outcome:
        case Duplicate(event_id) | Conflict(event_id):
            return event_id
        case Rejected(problems) if any(one.field == f"{raw.pointer}/event_id" for one in problems):
            return None
        case _:
            said = stated(raw.item, "event_id")
            return said if isinstance(said, str) and _is_harmless(said) else None


def _is_harmless(text: str) -> bool:
    return (
        len(text) <= LONGEST_EVENT_ID and text.isprintable() and not holds_identifier(text, _NOBODY)
    )
