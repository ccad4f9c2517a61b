"""The ledger's port on SQLite: every write goes through the one writer, every read beside it."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from tandemgate.model.admission import Admission, Tally
from tandemgate.model.delivery import Answer, Batch, Change, Due
from tandemgate.model.event import Channel, Event, Lane
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.order import Refusal
from tandemgate.model.problem import Sighting
from tandemgate.model.rollup import minute_of
from tandemgate.model.state import State
from tandemgate.ports import Clock, OutOfStep, StoreUnavailable
from tandemgate.storage.sqlite import admitting, claiming, delivering
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.orders import refuse
from tandemgate.storage.sqlite.readers import Readers
from tandemgate.storage.sqlite.room import must_have_room
from tandemgate.storage.sqlite.writer import Writer

R = TypeVar("R")

Counted: TypeAlias = tuple[str, str, Channel, str, str, int]
"""Of a tally what is counted, and the minute of it."""

TALLY_EVERY: Final[Seconds] = 1.0
"""How long counts wait for a commit that comes anyway before they get one of their own."""


class SqliteLedger:
    """Keeps the promises of :class:`tandemgate.ports.Ledger`."""

    def __init__(self, writer: Writer, readers: Readers, folder: Path, clock: Clock) -> None:
        self._writer = writer
        self._readers = readers
        self._folder = folder
        self._clock = clock
        self._tallies: Counter[Counted] = Counter()
        self._seen: list[Sighting] = []
        self._refusals: list[Refusal] = []
        self._uncertain: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        must_have_room(self._folder)
        if not self._tallies:
            return list(await self._writer.each(admitting.admit, events))
        # What was counted before these events is durable no later than they are.
        admitted = self._writer.each(admitting.admit, events)
        _, admissions = await asyncio.gather(self.flush(), admitted)
        return list(admissions)

    def tally(self, tallies: Sequence[Tally]) -> None:
        for one in tallies:
            at = minute_of(one.at)
            self._tallies[one.pixel_id, one.event, one.channel, one.outcome, one.reason, at] += 1
            self._seen += one.seen
            if one.refusal is not None:
                self._refusals.append(one.refusal)
        if self._timer is None:
            self._timer = self._loop.call_later(TALLY_EVERY, self._flush_soon)

    async def lanes(self, now: Epoch) -> dict[Lane, Epoch]:
        del now  # a lane whose first event is due later waits as well
        return await self._readers.run(claiming.lanes)

    async def claim(self, lane: Lane, limit: int, now: Epoch, *, newest: bool = False) -> list[Due]:
        if self._uncertain:
            await self._take_back()
        find = claiming.claim_newest if newest else claiming.claim
        return await self._readers.run(partial(find, lane=lane, limit=limit, now=now))

    async def intend(self, batch: Batch, now: Epoch) -> None:
        try:
            await self._write(partial(delivering.intend, batch=batch, now=now))
        except OutOfStep:
            raise
        except StoreUnavailable:
            self._uncertain.add(batch.batch_id)
            raise

    async def record(self, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
        work = partial(delivering.record, batch_id=batch_id, answer=answer, changes=changes)
        await self._write(work)

    async def settle(self, changes: Sequence[Change], now: Epoch) -> None:
        await self._write(partial(delivering.settle, changes=changes, now=now))

    async def unsettled(self) -> list[Batch]:
        return await self._readers.run(claiming.unsettled)

    async def _take_back(self) -> None:
        """Give back what was intended by a commit that failed and yet took place.

        Its caller was told that nothing was stored, so not a byte of the batch has left.
        """
        now = self._clock.now()
        kept = Answer(now, "not_sent", 0.0, message="the store failed while it wrote the intent")
        for batch in await self.unsettled():
            if batch.batch_id in self._uncertain:
                await self.record(batch.batch_id, kept, [_given_back(due) for due in batch.events])
        self._uncertain.clear()

    async def flush(self) -> None:
        """Make durable what :meth:`tally` counted so far."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._tallies:
            with contextlib.suppress(StoreUnavailable):
                await self._write(_nothing)

    async def _write(self, work: Callable[[Book], R]) -> R:
        """Run *work*, and count in the same commit what :meth:`tally` was told since the last."""
        counted, self._tallies = self._tallies, Counter()
        seen, self._seen = self._seen, []
        refusals, self._refusals = self._refusals, []
        if not counted:
            return await self._writer.run(work)
        try:
            count = partial(_count, counted=counted, seen=seen, refusals=refusals)
            return await self._writer.run(lambda book: (count(book), work(book))[1])
        except Exception:
            self._tallies.update(counted)
            self._seen = seen + self._seen
            self._refusals = refusals + self._refusals
            raise

    def _flush_soon(self) -> None:
        self._timer = None
        self._flushing = self._loop.create_task(self.flush())


def _given_back(due: Due) -> Change:
    return Change(due.seq, State.QUEUED, due_at=due.received_at, counted=False, suspect=due.suspect)


def _nothing(_: Book) -> None:
    """Leave the commit to the counts."""


def _count(
    book: Book,
    counted: Counter[Counted],
    seen: Sequence[Sighting],
    refusals: Sequence[Refusal],
) -> None:
    for (pixel_id, event, channel, outcome, reason, at), times in counted.items():
        kind = book.kind_of(pixel_id, event, channel)
        book.count(kind, outcome, reason, at, times)
    for sighting in seen:
        book.sightings.see(sighting)
    refuse(book, refusals)
