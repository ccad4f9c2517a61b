"""A gateway's process, as far as the ledger's promises go: it is born, it admits, it may die."""

import asyncio
import itertools
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from tandemgate.delivery.dispatcher import Dispatcher
from tandemgate.delivery.lanes import Means
from tandemgate.model.admission import Clash
from tandemgate.model.event import EventKey
from tandemgate.ports import StoreUnavailable
from tests.build import PIXEL
from tests.flow.world import Notes, rules
from tests.laws.copies import Copy
from tests.laws.quiet import Clocks, QuietLoop
from tests.laws.stores import Opener
from tests.laws.tiktok import TikTok
from tests.laws.watched import Books, WatchedLedger


@dataclass
class Gateway:
    """One gateway after the other, on one store."""

    open_store: Opener
    loop: QuietLoop
    clocks: Clocks
    tiktok: TikTok
    books: Books = field(default_factory=Books)
    acknowledged: set[EventKey] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._batch_ids = itertools.count(1)
        self._chances = itertools.cycle((0.5, 0.9, 0.1))

    async def start(self) -> None:
        """Begin a life."""
        self.store = await self.open_store(self.clocks)
        self.ledger = WatchedLedger(self.store, self.clocks, self.loop, self.books)
        self.tiktok.on_request = self.ledger.leaving
        self.tiktok.on_taken = lambda: self.ledger.fates.meet("after send")
        self.dispatcher = Dispatcher(
            Means(
                self.ledger,
                self.tiktok,
                self.clocks,
                Notes(),
                {PIXEL: rules(max_batch_events=4, concurrency=2)},
                chance=lambda: next(self._chances),
                new_id=lambda: f"b{next(self._batch_ids)}",
            )
        )
        self.running = asyncio.ensure_future(self.dispatcher.run())
        await self.clocks.settle()

    async def die(self) -> None:
        """Stop where it stands. What the store has taken is there for the next life."""
        self.ledger.fates.dead = True
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.clocks.settle()
        await self.store.aclose()

    async def ask(self, work: Coroutine[Any, Any, None]) -> None:
        """Let somebody ask for *work*; the process may die over it."""
        request = asyncio.ensure_future(work)
        await self.clocks.settle()
        if not request.done():
            request.cancel()
        await asyncio.wait({request})
        if not request.cancelled():
            await request

    async def admit(self, *copies: Copy) -> None:
        """Let *copies* arrive in one request, and note what the caller is told."""
        pairs = [(copy, copy.event(self.clocks.truth, self.clocks.now())) for copy in copies]
        arriving = [(copy, event) for copy, event in pairs if event is not None]
        try:
            answers = await self.ledger.offer(arriving)
        except StoreUnavailable:
            return
        for (copy, event), answer in zip(arriving, answers, strict=True):
            self.dispatcher.wake(event.lane)
            if not isinstance(answer, Clash):
                self.acknowledged.add(copy.key)
