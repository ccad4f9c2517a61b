"""The flow from the ledger to TikTok: one task for each lane, so that a dead one slows no other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from tandemgate.core.settle import Attempted, settle
from tandemgate.core.verdict import answer
from tandemgate.delivery.bell import Bell
from tandemgate.delivery.clockwatch import ClockWatch
from tandemgate.delivery.lanes import STORE_PAUSE, LaneRunner, Means
from tandemgate.delivery.limiter import Limiters
from tandemgate.model.delivery import (
    Answer,
    Batch,
    Change,
    Judgement,
    LaneStatus,
    NoAnswer,
    Retry,
    RetryCause,
)
from tandemgate.model.event import Lane
from tandemgate.model.happening import StoreRefused
from tandemgate.model.instant import Seconds
from tandemgate.model.rules import Clocks
from tandemgate.ports import StoreUnavailable

SCAN_EVERY: Seconds = 5.0
STOP_WITHIN: Seconds = 10.0

INTERRUPTED = "the gateway stopped before it recorded an answer"


class Dispatcher:
    """Delivers everything that the ledger holds, until it is stopped.

    Lanes are found in the ledger, and by :meth:`wake`.
    """

    def __init__(self, means: Means) -> None:
        self._means = means
        self._limiters = Limiters(means.clock)
        self._watch = ClockWatch(means.clock, means.observer)
        self._bell = Bell(means.clock)
        self._runners: dict[Lane, LaneRunner] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._stopping = False

    async def run(self) -> None:
        """Settle what a crash left open, then deliver until :meth:`stop`.

        Requests in flight at the stop have STOP_WITHIN seconds to be answered and recorded; what is
        left open then, or when this is cancelled, is treated as after a crash.
        """
        try:
            await self._run()
            await self._land()
        finally:
            self._stopping = True
            for task in self._flying():
                task.cancel()

    async def _run(self) -> None:
        await self._persist("recover", self._recover)
        async with asyncio.TaskGroup() as self._tasks:
            while not self._stopping:
                await self._persist("scan", self._scan)
                await self._bell.wait(SCAN_EVERY)
            for runner in self._runners.values():
                runner.stop()

    def stop(self) -> None:
        """Start no further request; :meth:`run` returns when the last one is recorded."""
        self._stopping = True
        self._bell.ring()

    def wake(self, lane: Lane, events: int = 1) -> None:
        """Say that *events* were just stored in *lane*. Before :meth:`run` it does nothing."""
        if self._tasks is not None and not self._stopping:
            self._runner(lane, self._tasks).wake(events)

    def hasten(self, pixel_id: str) -> None:
        """Say that somebody mended something about a pixel: its lanes try at once."""
        for lane, runner in self._runners.items():
            if lane.pixel_id == pixel_id:
                runner.hasten()

    def lane_status(self) -> list[LaneStatus]:
        """Return every lane that is at work, as it stands now."""
        return [runner.status() for runner in self._runners.values()]

    def clock_apart(self) -> Seconds | None:
        """How far this clock is ahead of TikTok's, where TikTok told its time lately."""
        return self._watch.apart()

    async def _recover(self) -> None:
        for batch in await self._means.ledger.unsettled():
            await self._means.ledger.record(batch.batch_id, *self._interrupted(batch))

    def _interrupted(self, batch: Batch) -> tuple[Answer, list[Change]]:
        now = self._means.clock.now()
        rules = self._means.rules.get(batch.lane.pixel_id)
        clocks = rules.clocks if rules else Clocks()
        judgement = Judgement(Retry(RetryCause.UNKNOWN), message=INTERRUPTED)
        attempt = Attempted(batch, batch.intended_at, now, clocks, self._means.chance())
        kept = answer(NoAnswer(INTERRUPTED, 0.0), judgement, now)
        return kept, settle(judgement, attempt)

    async def _scan(self) -> None:
        self._watch.steady()
        waiting = await self._means.ledger.lanes(self._means.clock.now())
        if self._stopping or self._tasks is None:
            return
        for lane, due in waiting.items():
            self._runner(lane, self._tasks).expect(due)
        self._retire(self._runners.keys() - waiting.keys())

    def _retire(self, lanes: Iterable[Lane]) -> None:
        for lane in list(lanes):
            if self._runners[lane].idle:
                self._runners.pop(lane).stop()

    def _runner(self, lane: Lane, tasks: asyncio.TaskGroup) -> LaneRunner:
        if lane not in self._runners:
            self._runners[lane] = LaneRunner(lane, self._means, self._limiters, self._watch)
            tasks.create_task(self._runners[lane].run(), name=f"lane {lane.pixel_id}")
        return self._runners[lane]

    async def _land(self) -> None:
        flying = self._flying()
        if not flying:
            return
        bound = asyncio.ensure_future(self._means.clock.sleep(STOP_WITHIN))
        landed = asyncio.ensure_future(asyncio.wait(flying))
        await asyncio.wait({bound, landed}, return_when=asyncio.FIRST_COMPLETED)
        bound.cancel()
        landed.cancel()

    def _flying(self) -> set[asyncio.Task[None]]:
        return {task for runner in self._runners.values() for task in runner.in_flight}

    async def _persist(self, operation: str, act: Callable[[], Awaitable[None]]) -> None:
        """Do *act*, again and again while the store cannot take it."""
        while not self._stopping:
            try:
                await act()
            except StoreUnavailable as refusal:
                self._means.observer.notice(StoreRefused(None, operation, refusal.reason))
                await self._bell.wait(STORE_PAUSE)
            else:
                return
