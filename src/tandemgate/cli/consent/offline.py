"""What would be decided about each event of a file, without a gateway and without a store."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from tandemgate.catalog.consent import RULES
from tandemgate.cli.lint import FIRST_MILLISECONDS, LARGEST, OUTCOMES, UNNAMED_PIXEL
from tandemgate.cli.payload import envelopes
from tandemgate.core.audit import tell
from tandemgate.core.envelope import (
    Unreadable,
    check_envelope,
    inflate,
    raw_events,
    read_envelope,
)
from tandemgate.core.identify import echo_event_id
from tandemgate.core.parse import parse
from tandemgate.core.pipeline import process
from tandemgate.core.proof import leaving
from tandemgate.model.event import Envelope, Event, RawEvent, Source
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.outcome import Accepted, Held, Noted, Processed, Rejected, Suppressed
from tandemgate.model.rules import PixelRules

Json: TypeAlias = dict[str, Any]
RulesOf: TypeAlias = Callable[[str], PixelRules]
"""Pixel id -> what decides about its events."""

MEANINGS = {rule.name: rule.meaning for rule in RULES}


@dataclass(frozen=True, slots=True)
class Clock:
    """When the events are taken to arrive: ``None`` for each at its own time."""

    now: Epoch | None

    def at(self, raw: RawEvent) -> Epoch:
        """Return when *raw* arrives."""
        if self.now is not None:
            return self.now
        reported = parse(raw).reported
        happened = 0 if reported is None else reported.event_time
        return happened if happened < FIRST_MILLISECONDS else 0


def decided(content: bytes, rules_of: RulesOf, clock: Clock) -> list[Json]:
    """Decide about every event of *content*, as a gateway with these rules would."""
    text = inflate(content, LARGEST)
    if isinstance(text, Unreadable):
        return [_refused(text.problem)]
    return [
        told
        for envelope in envelopes(text, UNNAMED_PIXEL)
        for told in _envelope(read_envelope(envelope.body), rules_of, clock)
    ]


def _envelope(read: Envelope | Unreadable, rules_of: RulesOf, clock: Clock) -> Iterator[Json]:
    if isinstance(read, Unreadable):
        yield _refused(read.problem)
        return
    about_all = check_envelope(read)
    rules = rules_of(str(read.event_source_id))
    for raw in raw_events(read, source=Source.BACKEND, verified=True):
        outcome = Rejected(about_all) if about_all else process(raw, rules, clock.at(raw))
        named = {"pointer": raw.pointer, "event_id": echo_event_id(raw, outcome)}
        yield named | {"outcome": OUTCOMES[type(outcome)]} | _told(outcome)


def _told(outcome: Processed) -> Json:
    match outcome:
        case Accepted(event) | Held(event):
            return _event(event)
        case Suppressed(event, reason):
            return _event(event) | {"reason": reason}
        case Noted(reason):
            return {"reason": reason}
        case Rejected(problems):
            return {"problems": [_problem(one) for one in problems]}


def _event(event: Event) -> Json:
    consent = tell(event.decision, event.event_time)
    # A file has no store that counts the versions of a policy.
    consent["policy"] = event.decision.policy.partition("@")[0]
    return {
        "event": event.key.event,
        "event_time": event.event_time,
        "consent": consent,
        "rule_meaning": MEANINGS[event.decision.rule],
        "match_keys": {key.value: was.value for key, was in event.presence.items()},
        "leaves": leaving(event.wire),
    }


def _refused(found: Problem) -> Json:
    return {
        "pointer": "",
        "event_id": None,
        "outcome": OUTCOMES[Rejected],
        "problems": [_problem(found)],
    }


def _problem(found: Problem) -> Json:
    return {"code": found.code, "reason": found.reason, "field": found.field, "fix": found.fix}
