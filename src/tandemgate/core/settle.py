"""From a verdict about a batch to what becomes of each of its events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from msgspec import structs

from tandemgate.core.backoff import retry_wait
from tandemgate.core.batching import halves
from tandemgate.core.clocks import window_end
from tandemgate.model.delivery import (
    Batch,
    Change,
    Delivered,
    Due,
    Hold,
    HoldCause,
    Judgement,
    Partial,
    Refused,
    Retry,
    RetryCause,
    Review,
    SettledDuplicate,
    Split,
)
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.rules import Clocks
from tandemgate.model.state import State

SPLIT_PAUSE: Seconds = 0.1
"""Halves wait this long for each level: no storm, and every level is heard before the next."""


@dataclass(frozen=True, slots=True)
class Attempted:
    """The circumstances of an attempt. ``sent_at`` is ``None`` when nobody knows (before a crash).

    ``chance`` is a random number from 0 up to 1: events that fail together stay together. While
    the clock is not ``steady``, nothing ends because of its age.
    """

    batch: Batch
    sent_at: Epoch | None
    now: Epoch
    clocks: Clocks
    chance: float
    steady: bool = True


def settle(judgement: Judgement, attempt: Attempted) -> list[Change]:
    """Return one change for each event of the batch, along the edges from SENDING."""
    verdict, events = judgement.verdict, attempt.batch.events
    match verdict:
        case Delivered():
            return [_delivered(due) for due in events]
        case Partial():
            return [
                structs.replace(_refused(due, judgement), message=verdict.refused[index])
                if index in verdict.refused
                else _delivered(due)
                for index, due in enumerate(events)
            ]
        case Retry():
            return [_again(due, verdict, attempt) for due in events]
        case Split():
            return list(_split(verdict, attempt))
        case Hold():
            return [_given_back(due, verdict.cause, attempt) for due in events]
        case Refused():
            return _one(verdict.index, _refused(events[verdict.index], judgement), attempt)
        case SettledDuplicate():
            return _one(verdict.index, _duplicate(events[verdict.index]), attempt)
        case Review():
            return _one(
                verdict.index, _reviewed(events[verdict.index], judgement, attempt), attempt
            )
        case _:
            assert_never(verdict)


def _delivered(due: Due) -> Change:
    return Change(due.seq, State.DELIVERED)


def _refused(due: Due, judgement: Judgement) -> Change:
    return Change(due.seq, State.REJECTED, judgement.reason or "refused_by_tiktok")


def _reviewed(due: Due, judgement: Judgement, attempt: Attempted) -> Change:
    # An answer that nobody can classify does not tell whether the event arrived.
    change = Change(due.seq, State.REVIEW, judgement.reason or "answer_unclear")
    return _unknown(due, change, attempt)


def _duplicate(due: Due) -> Change:
    # Without an unanswered attempt of ours, the copy at TikTok is likely the Pixel's.
    if due.unknown:
        return _delivered(due)
    return Change(due.seq, State.REVIEW, "already_at_tiktok")


def _given_back(due: Due, cause: HoldCause, attempt: Attempted) -> Change:
    # A lane that is set up wrongly refuses every batch: its refusals were about no event.
    suspect = None if cause is HoldCause.CONFIGURATION else due.suspect
    return Change(due.seq, State.QUEUED, due_at=attempt.now, counted=False, suspect=suspect)


def _one(index: int, change: Change, attempt: Attempted) -> list[Change]:
    """End the event at *index*; its neighbours were refused with it and leave again at once."""
    return [
        change
        if at == index
        else Change(due.seq, State.RETRY, due_at=attempt.now, suspect=due.suspect)
        for at, due in enumerate(attempt.batch.events)
    ]


def _again(due: Due, verdict: Retry, attempt: Attempted) -> Change:
    due_at = attempt.now + retry_wait(due.attempts, attempt.chance, verdict.after)
    change = Change(due.seq, State.RETRY, due_at=due_at, suspect=due.suspect)
    if verdict.cause is RetryCause.UNKNOWN:
        change = _unknown(due, change, attempt)
    return _inside_window(due, change, attempt)


def _split(verdict: Split, attempt: Attempted) -> Iterator[Change]:
    root = attempt.batch.events[0].suspect or attempt.batch.batch_id
    due_at = attempt.now + SPLIT_PAUSE * (root.count("/") + 1)
    for half, events in enumerate(_parts(verdict, attempt.batch.events)):
        for due in events:
            change = Change(due.seq, State.RETRY, due_at=due_at, suspect=f"{root}/{half}")
            if verdict.maybe_arrived:
                change = _unknown(due, change, attempt)
            yield _inside_window(due, change, attempt)


def _parts(verdict: Split, events: Sequence[Due]) -> Sequence[Sequence[Due]]:
    return [[due] for due in events] if verdict.maybe_arrived else halves(events)


def _unknown(due: Due, change: Change, attempt: Attempted) -> Change:
    # An event cannot have left before it was received: the safe reading of "nobody knows when".
    return structs.replace(
        change, maybe_at=due.received_at if attempt.sent_at is None else attempt.sent_at
    )


def _inside_window(due: Due, change: Change, attempt: Attempted) -> Change:
    """End an event of unknown fate here, if it would be found too late at its next turn."""
    maybe = [at for at in (due.first_maybe, change.maybe_at) if at is not None]
    if not (due.unknown or change.maybe_at is not None) or change.due_at is None:
        return change
    if not attempt.steady or change.due_at <= window_end(min(maybe), attempt.clocks):
        return change
    return Change(due.seq, State.INDETERMINATE, "dedup_window_over", maybe_at=change.maybe_at)
