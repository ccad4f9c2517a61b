"""A world for the dispatcher: a clock that nobody waits for, a ledger, a scripted TikTok."""

import asyncio
import heapq
import itertools
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Self, TypeVar

from msgspec import structs

from tandemgate.delivery.dispatcher import Dispatcher
from tandemgate.delivery.lanes import Means
from tandemgate.model.consent import Export
from tandemgate.model.delivery import (
    Answer,
    Answered,
    Batch,
    Change,
    Due,
    LaneRules,
    NoAnswer,
    Reply,
    TrackRequest,
)
from tandemgate.model.event import Lane
from tandemgate.model.happening import Happening
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Pause
from tandemgate.model.secret import Secret
from tandemgate.model.state import State
from tandemgate.ports import StoreUnavailable
from tandemgate.storage.memory import MemoryStore, Row
from tests.build import an_event

START = 1_776_943_380.0
LANE = Lane("C9ABC1234567890")
TURNS = 60
"""Turns of the event loop after which everything that can happen without time has happened."""


class FakeClock:
    """Both clocks stand still until a test moves them; sleepers wake in order."""

    def __init__(self) -> None:
        self.wall = START
        self.mono = 100.0
        self.turns = TURNS
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.mono

    async def sleep(self, seconds: float) -> None:
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.mono + seconds, next(self._order), wake))
        await wake

    async def settle(self) -> None:
        """Let everything happen that needs no time."""
        for _ in range(self.turns):
            await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        """Let *seconds* pass, waking every sleeper at its own moment."""
        until = self.mono + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, wake = heapq.heappop(self._sleepers)
            self._move(max(at, self.mono))
            if not wake.done():
                wake.set_result(None)
            await self.settle()
        self._move(until)
        await self.settle()

    def _move(self, mono: float) -> None:
        self.wall += mono - self.mono
        self.mono = mono


class WatchedStore(MemoryStore):
    """The reference store, whose next calls can be made to fail, and which shows its rows."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.intents: list[Batch] = []
        self.failures: list[tuple[str, Exception]] = []

    async def add(self, lane: Lane = LANE, **fields: Any) -> int:  # noqa: ANN401
        """Store one event and return its ``seq``."""
        now, seq = self.clock.wall, len(self._rows) + 1
        event = an_event(now=now, event_time=int(now), event_id=f"ord_{seq}")
        key = structs.replace(event.key, pixel_id=lane.pixel_id, channel=lane.channel)
        await self.admit([structs.replace(event, lane=lane, key=key, **fields)])
        return seq

    async def hold(self) -> int:
        """Store one event whose wait for consent is over."""
        decision = structs.replace(an_event().decision, export=Export.HOLD)
        return await self.add(decision=decision, held_until=self.clock.wall)

    @property
    def rows(self) -> dict[int, Row]:
        """Every stored event by its ``seq``."""
        return {row.seq: row for row in self._rows}

    def states(self) -> list[State]:
        """The state of every event, in the order of their arrival."""
        return [row.state for row in self._rows]

    def refuse(self, *operations: str, error: type[Exception] = StoreUnavailable) -> None:
        """Let the next call of each of *operations* fail."""
        self.failures.extend((operation, error()) for operation in operations)

    async def lanes(self, now: Epoch) -> dict[Lane, Epoch]:
        self._may("lanes")
        return await super().lanes(now)

    async def claim(self, lane: Lane, limit: int, now: Epoch, *, newest: bool = False) -> list[Due]:
        self._may("claim")
        return await super().claim(lane, limit, now, newest=newest)

    async def intend(self, batch: Batch, now: Epoch) -> None:
        self._may("intend")
        await super().intend(batch, now)
        self.intents.append(batch)

    async def record(self, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
        self._may("record")
        await super().record(batch_id, answer, changes)

    async def settle(self, changes: Sequence[Change], now: Epoch) -> None:
        self._may("settle")
        await super().settle(changes, now)

    async def unsettled(self) -> list[Batch]:
        self._may("unsettled")
        return await super().unsettled()

    def _may(self, operation: str) -> None:
        planned = next((one for one in self.failures if one[0] == operation), None)
        if planned is not None:
            self.failures.remove(planned)
            raise planned[1]


OK = Answered(200, b'{"code":0,"message":"OK","request_id":"r1"}', 0.05)


def says(
    code: int, message: str = "", *, status: int = 200, after: float | None = None
) -> Answered:
    """An answer of TikTok."""
    body = json.dumps({"code": code, "message": message, "request_id": "r2", "data": {}})
    return Answered(status, body.encode(), 0.05, after)


_H = TypeVar("_H", bound=Happening)

Script = Callable[[list[str]], Reply]


class ScriptedSender:
    """Answers each request by a script that sees the event_ids, after *before* and all *gates*.

    ``accepted`` is what TikTok may have counted: what was answered 0, or not at all.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[list[str]] = []
        self.tokens: list[Secret] = []
        self.accepted: list[list[str]] = []
        self.gates: list[asyncio.Event] = []
        self.before: Callable[[list[str]], Awaitable[None]] | None = None
        self.most_at_once = 0
        self._now = 0

    async def send(self, request: TrackRequest) -> Reply:
        ids = [item["event_id"] for item in json.loads(request.body)["data"]]
        self.requests.append(ids)
        self.tokens.append(request.access_token)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        if self.before is not None:
            await self.before(ids)
        for gate in self.gates:
            await gate.wait()
        self._now -= 1
        reply = self.script(ids)
        if isinstance(reply, NoAnswer) or reply == OK:
            self.accepted.append(ids)
        return reply


class Notes:
    """Remembers every happening."""

    def __init__(self) -> None:
        self.happenings: list[Happening] = []

    def notice(self, happening: Happening) -> None:
        self.happenings.append(happening)

    def of(self, kind: type[_H]) -> list[_H]:
        return [it for it in self.happenings if isinstance(it, kind)]


def answers(*replies: Reply, then: Reply = OK) -> Script:
    """Give *replies* in order, then *then* for ever."""
    left = iter(replies)
    return lambda _ids: next(left, then)


def rules(**fields: object) -> LaneRules:
    """Rules without a rate limit, so that a test's time is its own."""
    plain = LaneRules(Secret("token-for-tests"), max_requests_per_second=0)
    return replace(plain, **fields)  # type: ignore[arg-type]


class World:
    """A dispatcher and everything around it. Use as ``async with World(script) as world``."""

    def __init__(self, script: Script | None = None, **fields: object) -> None:
        self.clock = FakeClock()
        self.ledger = WatchedStore(self.clock)
        self.sender = ScriptedSender(script or answers())
        self.notes = Notes()
        self.rules = {LANE.pixel_id: rules(**fields)}
        self.paused: dict[str, Pause] = {}
        self.ids = itertools.count(1)
        self.dispatcher = self._dispatcher()
        self.running: asyncio.Task[None] | None = None

    def _dispatcher(self) -> Dispatcher:
        return Dispatcher(
            Means(
                self.ledger.ledger,
                self.sender,
                self.clock,
                self.notes,
                self.rules,
                self.paused,
                chance=lambda: 0.5,
                new_id=lambda: f"b{next(self.ids)}",
            )
        )

    def keep_in(self, store: WatchedStore) -> None:
        """Use *store*, before the start."""
        self.ledger = store
        self.dispatcher = self._dispatcher()

    def start(self) -> None:
        self.running = asyncio.create_task(self.dispatcher.run())

    async def crash(self) -> None:
        """Stop at once, as by a power cut, and begin anew with what the ledger holds."""
        assert self.running is not None
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.dispatcher = self._dispatcher()

    async def pass_time(self, seconds: float) -> None:
        await self.clock.pass_time(seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.running is not None:
            self.dispatcher.stop()
            await self.clock.pass_time(20)
            await self.running
