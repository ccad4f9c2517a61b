"""Forgetting what has had its time: payloads soon, keys and final states much later.

It works from the oldest row up, a slice in each commit, so nobody waits for it; and only at events
that are at their end. When the last payload of a day is gone, the key of that day is destroyed,
also where it still stands in the write-ahead log.
"""

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from tandemgate.core.days import day_of
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.state import FINAL, State
from tandemgate.ports import Clock, StoreUnavailable
from tandemgate.storage.gathering import hour_of
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.rollups import fold
from tandemgate.storage.sqlite.schema import empty_log
from tandemgate.storage.sqlite.statements import Statements
from tandemgate.storage.sqlite.writer import Writer

SLICE: Final = 250
"""Rows that are looked at in one commit: some milliseconds."""

BETWEEN_SLICES: Seconds = 0.05
"""So at most 5,000 rows a second, and the disk belongs to those who send and receive."""

BETWEEN_SWEEPS: Seconds = 3_600.0

HOURS_KEPT: Seconds = 2 * 86_400.0
"""Sightings of problems are counted by the hour for so long; what is told of them takes one day."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long after its end an event keeps its payload, and the rest of it is kept (seconds).

    ``visits``: how long after it was last seen a visit is kept. ``withdrawals``: how long one is
    held against consents from before it; longer than consents are commonly taken to last.
    """

    payloads: Seconds = 14 * 86_400.0
    events: Seconds = 90 * 86_400.0
    visits: Seconds = 28 * 86_400.0
    withdrawals: Seconds = 400 * 86_400.0


class Slice(Protocol):
    """One kind of forgetting."""

    def __call__(self, book: Book, before: Epoch, after: int) -> int | None:
        """Forget of the next rows after *after* those that ended before *before*.

        Return the last row that was looked at, or ``None`` at the end.
        """
        ...


class Retention:
    """Sweeps a store from time to time."""

    def __init__(self, writer: Writer, clock: Clock, path: Path) -> None:
        self._writer = writer
        self._clock = clock
        self._path = path
        self._log_has_keys = False

    async def run(self, keep: Keep) -> None:
        """Sweep until cancelled; what the store can't do now is done at the next sweep."""
        while True:
            with contextlib.suppress(StoreUnavailable):
                await self.sweep(keep)
            await self._clock.sleep(BETWEEN_SWEEPS)

    async def sweep(self, keep: Keep) -> None:
        """Forget everything that has had its time."""
        now = self._clock.now()
        await self._writer.run(partial(fold, now=now))
        await self._walk(_payloads, now - keep.payloads)
        await self._destroy_keys(now - keep.payloads)
        await self._walk(_events, now - keep.events)
        await self._walk(_batches, now - keep.events)
        await self._walk(_visits, now - keep.visits)
        await self._walk(_evidence, now - keep.events)
        moments = (now - keep.events, now - keep.withdrawals)
        await self._writer.run(partial(_withdrawals, moments=moments))
        await self._writer.run(partial(_refusals, before=now - keep.events))
        await self._writer.run(partial(_problems, now=now, before=now - keep.events))
        await self._writer.run(_counts)

    async def _destroy_keys(self, before: Epoch) -> None:
        shredded = await self._writer.run(partial(_shred, before=before))
        self._log_has_keys = shredded or self._log_has_keys
        if self._log_has_keys:
            self._log_has_keys = not await asyncio.to_thread(empty_log, self._path)

    async def _walk(self, forget: Slice, before: Epoch) -> None:
        after: int | None = 0
        while after is not None:
            after = await self._writer.run(partial(forget, before=before, after=after))
            await self._clock.sleep(BETWEEN_SLICES)


def _payloads(book: Book, before: Epoch, after: int) -> int | None:
    sql = book.retention
    seqs = _slice(sql, "payload_slice", before, after)
    for seq in seqs:
        if _ended(sql, seq, before):
            sql.run("drop_payload", (seq,))
    return seqs[-1] if seqs else None


def _events(book: Book, before: Epoch, after: int) -> int | None:
    sql = book.retention
    seqs = _slice(sql, "event_slice", before, after)
    gone: Counter[tuple[int, State]] = Counter()
    for seq in seqs:
        if cell := _ended(sql, seq, before):
            gone[cell] += 1
            book.coverage.add_row(book.quality.only("countable + of_seq", (seq,)), -1)
            for name in ("payload", "attempts", "remarks", "detail", "event"):
                sql.run(f"drop_{name}", (seq,))
    if gone:
        book.forget(gone)
        sql.run("add_forgotten", (gone.total(),))
    return seqs[-1] if seqs else None


def _batches(book: Book, before: Epoch, after: int) -> int | None:
    """Requests are in the order of their time, so the first that is not old ends the walk."""
    sql = book.retention
    rows = sql.rows("batch_slice", (after, SLICE))
    for batch, sent_at, verdict in rows:
        if sent_at >= before:
            return None
        if verdict is not None:
            sql.run("drop_batch", (batch,))
    return rows[-1][0] if rows else None


def _visits(book: Book, before: Epoch, after: int) -> int | None:
    dropped = book.visits.many("drop_visits", [(day_of(before), SLICE)])
    dropped += book.visits.many("drop_references", [(before, SLICE)])
    dropped += book.visits.many("drop_crossings", [(before, SLICE)])
    return after + dropped if dropped else None


def _evidence(book: Book, before: Epoch, after: int) -> int | None:
    dropped = book.pairs.rows("drop", (after, before, SLICE))
    return max(seq for (seq,) in dropped) if dropped else None


def _withdrawals(book: Book, moments: tuple[Epoch, Epoch]) -> None:
    """Forget that somebody was erased with the tombstones, and what was withdrawn much later."""
    book.rights.run("end_erasures", moments[:1])
    book.rights.run("drop_withdrawals", moments[1:])


def _refusals(book: Book, before: Epoch) -> None:
    book.orders.run("drop_refusals", (before,))


def _problems(book: Book, now: Epoch, before: Epoch) -> None:
    """Forget what was not seen for long, and hours that no share is counted from any more."""
    book.sightings.drop(before, hour_of(now - HOURS_KEPT))


def _counts(book: Book) -> None:
    """Forget counts of which no event is left."""
    for name in ("drop_coverage", "drop_gaps"):
        book.quality.run(name)


def _shred(book: Book, before: Epoch) -> bool:
    """Destroy the keys of days without payloads; tell whether there were any.

    What was sealed on a day was received on it or before, so it has no higher number than the first
    event of the next day.
    """
    ended = [
        day
        for day, following in book.retention.rows("days_with_key", (day_of(before),))
        if following and book.retention.row("sealed_by", (following, day)) is None
    ]
    for day in ended:
        book.shred(day)
    return bool(ended)


def _slice(sql: Statements, name: str, before: Epoch, after: int) -> list[int]:
    """Return the next rows of events that were received before the day of *before* was over."""
    found = sql.row("begins", (day_of(before) + 1,))
    below = found[0] if found else sql.only("recorded")[0] + 1
    return [seq for (seq,) in sql.rows(name, (after, below, SLICE))]


def _ended(sql: Statements, seq: int, before: Epoch) -> tuple[int, State] | None:
    """Return the kind and final state of an event that ended before *before*."""
    kind, state, updated_at = sql.only("ended", (seq,))
    return (kind, State(state)) if state in FINAL and updated_at < before else None
