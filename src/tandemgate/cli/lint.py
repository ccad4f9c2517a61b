"""What the gateway would say about a file of events, with the line of everything it says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import structs

from tandemgate.cli.payload import Envelope, envelopes
from tandemgate.cli.positions import lines_of, nearest_line
from tandemgate.core.checklist import Item, Need, checklist
from tandemgate.core.envelope import (
    Unreadable,
    check_envelope,
    inflate,
    raw_events,
    read_envelope,
)
from tandemgate.core.parse import parse
from tandemgate.core.pipeline import process
from tandemgate.core.reading import stated
from tandemgate.model.event import RawEvent, Source
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.outcome import Accepted, Held, Noted, Processed, Rejected, Suppressed
from tandemgate.model.rules import PixelRules

LARGEST = 1 << 20
"""Bytes that the gateway takes in one request."""

FIRST_MILLISECONDS = 10**11
"""As seconds this is the year 5138, as milliseconds 1973."""

UNNAMED_PIXEL = "PIXEL_ID"
WRAPPING = "/data/0"

OUTCOMES: Mapping[type[Processed], str] = {
    Accepted: "accepted",
    Held: "held",
    Suppressed: "suppressed",
    Noted: "noted",
    Rejected: "rejected",
}

Said: TypeAlias = Problem | Finding


@dataclass(frozen=True, slots=True)
class Remark:
    """One problem or finding, its field a pointer into the file. Lines count from 1."""

    line: int | None
    said: Said

    @property
    def is_error(self) -> bool:
        """Whether something is refused for it."""
        return isinstance(self.said, Problem)


@dataclass(frozen=True, slots=True)
class Linted:
    """One event: where it stands, what would become of it, and the production checklist for it."""

    pointer: str
    line: int | None
    event: str
    event_id: str
    outcome: str
    checklist: tuple[Item, ...]

    def lacks(self, need: Need) -> list[str]:
        """Return the fields of the checklist that it does without."""
        return [item.field for item in self.checklist if item.need is need and not item.present]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that there is to say about a file, in the order of its lines."""

    remarks: tuple[Remark, ...]
    events: tuple[Linted, ...]

    @property
    def errors(self) -> int:
        """How many problems there are."""
        return sum(remark.is_error for remark in self.remarks)


@dataclass(frozen=True, slots=True)
class _Judged:
    """One event and what the gateway says of it; without an event, what it says of the envelope."""

    said: Sequence[Said]
    raw: RawEvent | None = None
    outcome: str = ""
    checklist: tuple[Item, ...] = ()


def lint(content: bytes, rules: PixelRules, now: Epoch, *, as_if_fresh: bool = False) -> Report:
    """Judge *content* as the gateway would at *now*, or each event as if it came at once."""
    text = inflate(content, LARGEST)
    if isinstance(text, Unreadable):
        return Report((Remark(None, text.problem),), ())
    lines = lines_of(text.decode("utf-8", "replace"))
    # What is wrong with an envelope is said of each of its events; once is enough.
    remarks: dict[tuple[str, str], Remark] = {}
    events: list[Linted] = []
    for envelope in envelopes(text, UNNAMED_PIXEL):
        for judged in _judge(envelope, rules, now, as_if_fresh):
            for said in judged.said:
                pointer = _in_file(said.field, envelope)
                remark = Remark(nearest_line(lines, pointer), structs.replace(said, field=pointer))
                remarks.setdefault((pointer, said.reason), remark)
            if judged.raw is not None:
                pointer = _in_file(judged.raw.pointer, envelope)
                events.append(_linted(judged, judged.raw, pointer, nearest_line(lines, pointer)))
    return Report(tuple(sorted(remarks.values(), key=_by_line)), tuple(events))


def _by_line(remark: Remark) -> int:
    return remark.line or 0


def _judge(
    envelope: Envelope, rules: PixelRules, now: Epoch, as_if_fresh: bool
) -> Iterator[_Judged]:
    read = read_envelope(envelope.body)
    if isinstance(read, Unreadable):
        yield _Judged((read.problem,))
        return
    yield _Judged(check_envelope(read))
    for raw in raw_events(read, source=Source.BACKEND, verified=True):
        reported = parse(raw).reported
        own_time = reported.event_time if reported is not None else 0
        told_in_seconds = 0 < own_time < FIRST_MILLISECONDS
        outcome = process(raw, rules, own_time if as_if_fresh and told_in_seconds else now)
        items = () if reported is None else tuple(checklist(raw, reported))
        yield _Judged(_said(outcome), raw, OUTCOMES[type(outcome)], items)


def _said(outcome: Processed) -> Sequence[Said]:
    match outcome:
        case Rejected(problems, findings):
            return (*problems, *findings)
        case Noted(_, findings):
            return findings
        case Accepted(event) | Held(event) | Suppressed(event):
            return event.findings


def _in_file(pointer: str, envelope: Envelope) -> str:
    inner = pointer.removeprefix(WRAPPING) if envelope.wrapped else pointer
    return envelope.pointer + inner


def _linted(judged: _Judged, raw: RawEvent, pointer: str, line: int | None) -> Linted:
    event = _text(raw.item, "event")
    # A refused event_id may hold the very thing that it was refused for.
    refused = any(said.field == f"{raw.pointer}/event_id" for said in judged.said)
    event_id = "" if refused else _text(raw.item, "event_id")
    return Linted(pointer, line, event, event_id, judged.outcome, judged.checklist)


def _text(item: object, name: str) -> str:
    found = stated(item, name)
    return found if isinstance(found, str) else ""
