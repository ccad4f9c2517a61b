"""Storing what leaves: intents before bytes go, answers after, and ends without either."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import Final

from tandemgate.core.denial import withdrawn
from tandemgate.core.problems import ENDS, PIXEL_FIRST, of_end, of_hold
from tandemgate.core.traces import IDENTITY, kept_back
from tandemgate.model.delivery import Answer, Batch, Change, Due
from tandemgate.model.event import Lane, Source
from tandemgate.model.instant import Epoch
from tandemgate.model.state import EMPTYING, SETTLING, State
from tandemgate.ports import IllegalEdge, OutOfStep
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.rows import (
    fingerprint_of,
    members_of,
    pack_fingerprint,
    pack_members,
)
from tandemgate.storage.sqlite.statements import listed

SENDABLE: Final = frozenset({State.QUEUED, State.RETRY})
WAITING: Final = SENDABLE | {State.HELD}
_DIGEST_BYTES: Final = 16


def intend(book: Book, batch: Batch, now: Epoch) -> None:
    """Write the intent: one row for the request, and its events go to SENDING."""
    lane = book.lane(batch.lane)
    kinds = {due.seq: book.kind(due.key) for due in batch.events}
    digest = blake2b(batch.body, digest_size=_DIGEST_BYTES).digest()
    row = (batch.batch_id, lane, len(batch.events), pack_members(kinds), digest, now)
    added = book.sql.row("add_batch", row)
    if added is None:
        raise IllegalEdge(f"batch {batch.batch_id} was intended before")
    if not SENDABLE.issuperset(due.state for due in batch.events):
        raise OutOfStep("an event is not to be sent")
    alike = groupby(sorted(batch.events, key=_as_claimed), _as_claimed)
    begun = (
        book.sql.change("begin_attempts", (added[0], now, _seqs(events), lane, *claimed))
        for claimed, events in alike
    )
    if sum(begun) != len(batch.events):
        raise OutOfStep("an event changed after it was claimed")
    again = Counter(kinds[due.seq] for due in batch.events if due.state is State.RETRY)
    book.step(State.RETRY, State.QUEUED, again, now)
    book.step(State.QUEUED, State.SENDING, Counter(kinds.values()), now)


def record(book: Book, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
    """Write the answer, and what becomes of each event because of it."""
    found = book.sql.row("find_batch", (batch_id,))
    if found is None:
        raise IllegalEdge(f"batch {batch_id} was never intended")
    number, members, verdict, lane = found
    if verdict is not None:
        return
    kinds = members_of(members)
    if sorted(change.seq for change in changes) != sorted(kinds):
        raise IllegalEdge(f"batch {batch_id} must be closed with one change for each event")
    arrived, other = _parted(changes)
    if arrived:
        delivered = (answer.at, answer.code, listed(arrived))
        if book.sql.change("deliver", delivered) != len(arrived):
            raise IllegalEdge(f"an event of batch {batch_id} is not being sent")
        ends = Counter(kinds[seq] for seq in arrived)
        book.step(State.SENDING, State.DELIVERED, ends, answer.at)
    for change in other:
        _end_attempt(book, number, kinds[change.seq], answer, change)
    book.answered(lane, Counter(kinds.values()), answer)
    if sighting := of_hold(Lane(*book.sql.only("words_of_lane", (lane,))), answer):
        book.sightings.see(sighting)
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
    if len({change.seq for change in changes}) != len(changes):
        raise OutOfStep("an event can't take two ways at once")
    for change in changes:
        found = book.sql.row("find_state", (change.seq,))
        if found is None or (State(found[1]), change.to) not in SETTLING:
            raise OutOfStep(f"event {change.seq} can't go to {change.to}")
        kind, state, event_id, source = found[0], State(found[1]), found[2], Source(found[3])
        book.step(state, change.to, {kind: 1}, now, change.reason)
        if change.to in ENDS:
            book.sightings.see(of_end(book.key(kind, event_id), source, change, now))
        _leave(book, state, change, now)


def _as_claimed(due: Due) -> tuple[int, State]:
    return due.version, due.state


def _seqs(events: Iterable[Due]) -> object:
    return listed([due.seq for due in events])


def _parted(changes: Sequence[Change]) -> tuple[list[int], list[Change]]:
    """Part the seqs of which there is no more to say than that they arrived from the others."""
    arrived: list[int] = []
    other: list[Change] = []
    for change in changes:
        if change == Change(change.seq, State.DELIVERED):
            arrived.append(change.seq)
        else:
            other.append(change)
    return arrived, other


def _end_attempt(book: Book, number: int, kind: int, answer: Answer, change: Change) -> None:
    attempts, unknown, was_withdrawn, event_id, source, pixel_first = book.sql.only(
        "find_sent", (change.seq,)
    )
    actual = withdrawn(change, unknown) if was_withdrawn else change
    if actual.to in ENDS and not (pixel_first and actual.reason == PIXEL_FIRST):
        key = book.key(kind, event_id)
        book.sightings.see(of_end(key, Source(source), actual, answer.at, answer))
    columns = (change.seq, number, attempts, change.message or None, actual.due_at)
    book.sql.run("add_attempt", columns)
    book.step(State.SENDING, actual.to, {kind: 1}, answer.at, actual.reason)
    _leave(book, State.SENDING, actual, answer.at, answer)


def _leave(
    book: Book, state: State, change: Change, at: Epoch, answer: Answer | None = None
) -> None:
    """Let an event go from *state*."""
    due_at = None
    if change.to in WAITING:
        due_at = at if change.due_at is None else change.due_at
    columns = (
        change.to,
        change.reason,
        due_at,
        change.suspect,
        at,
        answer is not None,
        answer.code if answer else None,
        answer is not None and not change.counted,
        change.maybe_at,
        change.seq,
        state,
    )
    book.sql.run("leave_state", columns)
    if (state, change.to) in EMPTYING:
        book.sql.run("drop_payload", (change.seq,))
        _leave_nobody(book, change.seq)


def _leave_nobody(book: Book, seq: int) -> None:
    """Keep of an event that stays here no digest of who it was about."""
    fingerprint, unknown = book.rights.only("nobody", (seq,))
    left = kept_back(fingerprint_of(fingerprint), IDENTITY)
    book.rights.run("leave_nobody", (pack_fingerprint(left), unknown, seq))
