"""One stored event in memory, and what the rest of the product is told of it."""

from dataclasses import dataclass, field, replace
from typing import Final

from tandemgate.core.traces import emptied
from tandemgate.model.admission import Attempt, Entry, Filter, Known, Remark, Story
from tandemgate.model.delivery import Answer, Batch, Change, Due
from tandemgate.model.event import Event
from tandemgate.model.instant import Epoch
from tandemgate.model.state import EDGES, EMPTYING, State
from tandemgate.ports import IllegalEdge
from tandemgate.storage.telling import tell_presence

WAITING: Final = frozenset({State.QUEUED, State.RETRY, State.HELD})


@dataclass(slots=True)
class Row:
    """One stored event. ``due_at`` is set while it waits; ``version`` counts its wires.

    ``seen_at`` is when the Pixel was seen to send it.
    """

    seq: int
    event: Event
    state: State
    reason: str | None
    due_at: Epoch | None
    updated_at: Epoch
    revision: int = 1
    version: int = 0
    attempts: int = 0
    unknown: int = 0
    first_maybe: Epoch | None = None
    seen_at: Epoch | None = None
    suspect: str | None = None
    frozen: bool = False
    withdrawn: bool = False
    last_code: int | None = None
    history: list[Attempt] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def maybe_since(self) -> Epoch | None:
        """When TikTok may first have had a copy, the Pixel's or ours."""
        return min((at for at in (self.first_maybe, self.seen_at) if at is not None), default=None)


def step(state: State | None, to: State) -> State:
    """Go along an edge; there is no other way to change a state."""
    if (state, to) not in EDGES:
        raise IllegalEdge(f"there is no way from {state} to {to}")
    return to


def apply(row: Row, change: Change, at: Epoch) -> None:
    """Take *row* along one change."""
    emptying = (row.state, change.to) in EMPTYING
    row.state = step(row.state, change.to)
    row.reason, row.suspect, row.updated_at = change.reason, change.suspect, at
    row.due_at = None
    if row.state in WAITING:
        row.due_at = at if change.due_at is None else change.due_at
    if change.maybe_at is not None:
        row.unknown += 1
        row.first_maybe = min(row.first_maybe or change.maybe_at, change.maybe_at)
    if emptying:
        row.event = emptied(row.event, row.unknown)


def as_known(row: Row | None) -> Known | None:
    """Tell the rules of admission what is known."""
    if row is None:
        return None
    return Known(
        row.seq, row.state, row.revision, row.unknown, row.frozen, row.event, row.withdrawn
    )


def as_due(row: Row) -> Due:
    """Tell delivery what is stored."""
    return Due(
        seq=row.seq,
        key=row.event.key,
        lane=row.event.lane,
        state=row.state,
        event_time=row.event.event_time,
        received_at=row.event.received_at,
        attempts=row.attempts,
        unknown=row.unknown,
        first_maybe=row.maybe_since,
        suspect=row.suspect,
        wire=row.event.wire,
        version=row.version,
    )


def begun(number: int, batch: Batch, at: Epoch) -> Attempt:
    """Begin the history of an attempt."""
    return Attempt(
        number=number,
        batch_id=batch.batch_id,
        batch_events=len(batch.events),
        sent_at=at,
        answered_at=None,
        http_status=None,
        code=None,
        message="",
        request_id=None,
        verdict=None,
        latency=None,
        next_attempt_at=None,
    )


def answered(attempt: Attempt, answer: Answer, change: Change) -> Attempt:
    """Complete an attempt with its answer."""
    return replace(
        attempt,
        answered_at=answer.at,
        http_status=answer.http_status,
        code=answer.code,
        message=change.message or answer.message,
        request_id=answer.request_id,
        verdict=answer.verdict,
        latency=answer.latency,
        next_attempt_at=change.due_at,
    )


def as_entry(row: Row) -> Entry:
    """Tell everything that looks what is stored, without the payload."""
    event = row.event
    return Entry(
        seq=row.seq,
        pixel_id=event.key.pixel_id,
        event=event.key.event,
        event_id=event.key.event_id,
        channel=event.key.channel,
        test_event_code=event.lane.test_event_code,
        event_time=event.event_time,
        received_at=event.received_at,
        updated_at=row.updated_at,
        source=event.source.value,
        verified=event.verified,
        revision=row.revision,
        state=row.state,
        reason=row.reason,
        due_at=row.due_at,
        attempts=row.attempts,
        unknown=row.unknown,
        first_maybe=row.maybe_since,
        match_keys=tell_presence(event.presence),
        decision=event.decision,
        decided_at=event.decided_at or event.received_at,
        findings=event.findings,
        last_code=row.last_code,
        withdrawn=row.withdrawn,
        sent_at=row.history[-1].sent_at if row.history else None,
        has_payload=bool(event.wire),
        worth=event.worth,
    )


def as_story(row: Row) -> Story:
    """Tell a stored event with its whole history."""
    return Story(as_entry(row), tuple(row.history), tuple(row.remarks))


def matches(row: Row, wanted: Filter) -> bool:
    """Tell whether a list of *wanted* shows *row*."""
    key, at = row.event.key, row.event.received_at
    return (
        wanted.pixel_id in {None, key.pixel_id}
        and (wanted.pixels is None or key.pixel_id in wanted.pixels)
        and wanted.event in {None, key.event}
        and wanted.channel in {None, key.channel}
        and wanted.state in {None, row.state}
        and wanted.code in {None, row.last_code}
        and (wanted.since is None or at >= wanted.since)
        and (wanted.until is None or at < wanted.until)
        and key.event_id.startswith(wanted.q or "")
        and (wanted.after is None or row.seq < wanted.after)
    )
