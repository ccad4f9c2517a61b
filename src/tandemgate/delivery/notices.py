"""What a lane tells those who watch."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tandemgate.core.gate import Gate
from tandemgate.core.histogram import bucket_of
from tandemgate.model.delivery import Answer, Batch, Change, Judgement
from tandemgate.model.event import Lane
from tandemgate.model.happening import (
    BatchSent,
    EventsSettled,
    IdentifierExposed,
    LaneHeld,
)
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.state import State
from tandemgate.ports import Observer


def tell_ends(observer: Observer, lane: Lane, changes: Sequence[Change]) -> None:
    """Tell how many events came to which state."""
    ends = Counter((change.to, change.reason) for change in changes)
    for (state, reason), count in ends.items():
        observer.notice(EventsSettled(lane, state, reason, count))


def tell_batch(observer: Observer, batch: Batch, kept: Answer, changes: Sequence[Change]) -> None:
    """Tell that a request left, what became of it, and of its events."""
    observer.notice(
        BatchSent(
            batch.lane,
            batch.batch_id,
            len(batch.events),
            kept.verdict,
            kept.http_status,
            kept.code,
            kept.message,
            kept.request_id,
            kept.latency,
            kept.delivered_after,
        )
    )
    if any(change.reason == "identifier_not_hashed" for change in changes):
        observer.notice(IdentifierExposed(batch.lane, batch.batch_id, kept.request_id))
    tell_ends(observer, batch.lane, changes)


def delivered_after(batch: Batch, at: Epoch, changes: Sequence[Change]) -> Mapping[int, int]:
    """Return a histogram of the time from receipt to delivery."""
    received = {due.seq: due.received_at for due in batch.events}
    arrived = [change.seq for change in changes if change.to is State.DELIVERED]
    return Counter([bucket_of(at - received[seq]) for seq in arrived])


def held(
    lane: Lane, gate: Gate, judgement: Judgement, since: Epoch, now: Seconds
) -> LaneHeld | None:
    """Say that a lane is held, if it is: once when it begins, and after each probe that failed."""
    if gate.cause is None:
        return None
    return LaneHeld(
        lane,
        gate.cause,
        since,
        gate.probes,
        gate.probe_at - now,
        judgement.code,
        judgement.message,
        judgement.request_id,
    )
