"""Storing what leaves: intents before bytes go, answers after, and ends without either."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from tandemgate.core.admission import withdrawn
from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.instant import Epoch
from tandemgate.model.state import EDGES, State
from tandemgate.ports import IllegalEdge, OutOfStep
from tandemgate.storage.sqlite.book import Book

SENDABLE: Final = frozenset({State.QUEUED, State.RETRY})
WAITING: Final = SENDABLE | {State.HELD}
_DIGEST_BYTES: Final = 16


class Place(NamedTuple):
    """Where an event stands, as its counters see it."""

    kind: int
    state: State


def intend(book: Book, batch: Batch, now: Epoch) -> None:
    """Write the intent: one row for the request, and its events go to SENDING."""
    lane = book.lane(batch.lane)
    digest = blake2b(batch.body, digest_size=_DIGEST_BYTES).digest()
    row = (batch.batch_id, lane, len(batch.events), digest, now)
    number = book.sql.only("add_batch", row)[0]
    for due in batch.events:
        columns = (number, now, due.seq, lane, due.version, due.state)
        begun = book.sql.row("begin_attempt", columns)
        if begun is None or due.state not in SENDABLE:
            raise OutOfStep(f"event {due.seq} changed after it was claimed")
        if due.state is State.RETRY:
            book.step(begun[0], State.RETRY, State.QUEUED, now, None)
        book.step(begun[0], State.QUEUED, State.SENDING, now, None)


def record(book: Book, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
    """Write the answer, and what becomes of each event because of it."""
    found = book.sql.row("find_batch", (batch_id,))
    if found is None:
        raise IllegalEdge(f"batch {batch_id} was never intended")
    number, events, verdict = found
    if verdict is not None:
        return
    if len({change.seq for change in changes}) != events or len(changes) != events:
        raise IllegalEdge(f"batch {batch_id} must be closed with one change for each event")
    for change in changes:
        if not (_is_plain(change) and _deliver(book, number, answer, change)):
            _end_attempt(book, number, answer, change)
    columns = (
        answer.at,
        answer.verdict,
        answer.http_status,
        answer.code,
        answer.message,
        answer.request_id,
        answer.latency,
        answer.raw or None,
        number,
    )
    book.sql.run("close_batch", columns)


def settle(book: Book, changes: Sequence[Change], now: Epoch) -> None:
    """Write what ends without an answer."""
    for change in changes:
        found = book.sql.row("find_state", (change.seq,))
        if found is None:
            raise OutOfStep(f"event {change.seq} is not stored")
        kind, state = found[0], State(found[1])
        if (state, change.to) not in EDGES or state is State.SENDING:
            raise OutOfStep(f"event {change.seq} is {state} and can't go to {change.to}")
        _leave(book, Place(kind, state), change, now)


def _is_plain(change: Change) -> bool:
    """Tell whether *change* says no more than that the event arrived."""
    return change.to is State.DELIVERED and not (
        change.reason or change.message or change.maybe_at or not change.counted
    )


def _deliver(book: Book, number: int, answer: Answer, change: Change) -> bool:
    columns = (answer.at, answer.code, change.seq, number)
    found = book.sql.row("deliver", columns)
    if found is None:
        return False
    book.step(found[0], State.SENDING, State.DELIVERED, answer.at, None)
    return True


def _end_attempt(book: Book, number: int, answer: Answer, change: Change) -> None:
    found = book.sql.row("find_sent", (change.seq, number))
    if found is None:
        raise IllegalEdge(f"event {change.seq} is not being sent in this batch")
    kind, attempts, unknown, was_withdrawn = found
    if (State.SENDING, change.to) not in EDGES:
        raise IllegalEdge(f"there is no way from {State.SENDING} to {change.to}")
    actual = withdrawn(change, unknown) if was_withdrawn else change
    columns = (change.seq, number, attempts, change.message or None, actual.due_at)
    book.sql.run("add_attempt", columns)
    _leave(book, Place(kind, State.SENDING), actual, answer.at, answer)


def _leave(
    book: Book, place: Place, change: Change, at: Epoch, answer: Answer | None = None
) -> None:
    """Let an event go from *place* along its edge."""
    due_at = None
    if change.to in WAITING:
        due_at = at if change.due_at is None else change.due_at
    columns = (
        book.step(place.kind, place.state, change.to, at, change.reason),
        change.reason,
        due_at,
        change.suspect,
        at,
        answer is not None,
        answer.code if answer else None,
        not change.counted,
        change.maybe_at,
        change.seq,
        place.state,
    )
    book.sql.run("leave_state", columns)
