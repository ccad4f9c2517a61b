"""A world for the dispatcher: a clock that nobody waits for, a ledger, a scripted TikTok."""

import asyncio
import heapq
import itertools
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from tandemgate.delivery.dispatcher import Dispatcher
from tandemgate.delivery.lanes import Means
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
from tandemgate.model.event import EventKey, Lane
from tandemgate.model.happening import Happening
from tandemgate.model.secret import Secret
from tandemgate.model.state import EDGES, State
from tandemgate.ports import StoreUnavailable

START = 1_776_943_380.0
LANE = Lane("C9ABC1234567890")
WAITING = {State.QUEUED, State.RETRY, State.HELD}
TURNS = 60
"""Turns of the event loop after which everything that can happen without time has happened."""


class FakeClock:
    """Both clocks stand still until a test moves them; sleepers wake in order."""

    def __init__(self) -> None:
        self.wall = START
        self.mono = 100.0
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
        for _ in range(TURNS):
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


@dataclass
class Row:
    """One event of the ledger, with what was recorded of it."""

    due: Due
    due_at: float
    reason: str | None = None
    message: str = ""
    answers: list[Answer] = field(default_factory=list)

    @property
    def state(self) -> State:
        return self.due.state


class MemoryLedger:
    """The part of a ledger that delivery needs. Refuses every change that is no edge."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.rows: dict[int, Row] = {}
        self.open: dict[str, Batch] = {}
        self.intents: list[Batch] = []
        self.refusals: list[str] = []

    def add(self, lane: Lane = LANE, **fields: object) -> int:
        """Store one event and return its ``seq``."""
        seq = len(self.rows) + 1
        wire = json.dumps({"event": "CompletePayment", "event_id": f"ord_{seq}"}).encode()
        due = Due(
            seq=seq,
            key=EventKey(lane.pixel_id, "CompletePayment", f"ord_{seq}", lane.channel),
            lane=lane,
            state=State.QUEUED,
            event_time=int(self.clock.wall),
            received_at=self.clock.wall,
            attempts=0,
            unknown=0,
            first_maybe=None,
            suspect=None,
            wire=wire,
        )
        self.rows[seq] = Row(replace(due, **fields), self.clock.wall)  # type: ignore[arg-type]
        return seq

    def states(self) -> list[State]:
        return [row.state for row in self.rows.values()]

    def refuse(self, *operations: str) -> None:
        """Let the next call of each of *operations* fail."""
        self.refusals.extend(operations)

    async def lanes(self, now: float) -> dict[Lane, float]:
        self._may("lanes")
        del now
        found: dict[Lane, float] = {}
        for row in self._waiting():
            found[row.due.lane] = min(row.due_at, found.get(row.due.lane, row.due_at))
        return found

    async def claim(self, lane: Lane, limit: int, now: float) -> list[Due]:
        self._may("claim")
        rows = [row for row in self._waiting() if row.due.lane == lane and row.due_at <= now]
        rows.sort(key=lambda row: (row.due_at, row.due.seq))
        suspect = rows[0].due.suspect if rows else None
        return [row.due for row in rows if row.due.suspect == suspect][:limit]

    async def intend(self, batch: Batch, now: float) -> None:
        self._may("intend")
        for due in batch.events:
            row = self.rows[due.seq]
            assert row.due == due, "what is sent is not what is stored"
            assert row.state in WAITING
            row.due = replace(due, state=State.SENDING, attempts=due.attempts + 1)
        self.open[batch.batch_id] = replace(batch, intended_at=now)
        self.intents.append(batch)

    async def record(self, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
        self._may("record")
        batch = self.open.pop(batch_id)
        assert {change.seq for change in changes} == {due.seq for due in batch.events}
        for change in changes:
            self.rows[change.seq].answers.append(answer)
            self._apply(change)

    async def settle(self, changes: Sequence[Change], now: float) -> None:
        self._may("settle")
        del now
        for change in changes:
            self._apply(change)

    async def unsettled(self) -> list[Batch]:
        self._may("unsettled")
        return [
            replace(batch, events=tuple(self.rows[due.seq].due for due in batch.events))
            for batch in self.open.values()
        ]

    def _may(self, operation: str) -> None:
        if operation in self.refusals:
            self.refusals.remove(operation)
            raise StoreUnavailable

    def _waiting(self) -> Iterator[Row]:
        return (row for row in self.rows.values() if row.state in WAITING)

    def _apply(self, change: Change) -> None:
        row = self.rows[change.seq]
        assert (row.state, change.to) in EDGES, (row.state, change.to)
        maybe = [at for at in (row.due.first_maybe, change.maybe_at) if at is not None]
        row.due = replace(
            row.due,
            state=change.to,
            attempts=row.due.attempts - (0 if change.counted else 1),
            unknown=row.due.unknown + (change.maybe_at is not None),
            first_maybe=min(maybe, default=None),
            suspect=change.suspect,
        )
        row.due_at = row.due_at if change.due_at is None else change.due_at
        row.reason, row.message = change.reason, change.message


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
        self.ledger = MemoryLedger(self.clock)
        self.sender = ScriptedSender(script or answers())
        self.notes = Notes()
        self.rules = {LANE.pixel_id: rules(**fields)}
        self.dispatcher = self._dispatcher()
        self.running: asyncio.Task[None] | None = None

    def _dispatcher(self) -> Dispatcher:
        ids = itertools.count(1)
        return Dispatcher(
            Means(
                self.ledger,  # type: ignore[arg-type]
                self.sender,
                self.clock,
                self.notes,
                self.rules,
                chance=lambda: 0.5,
                new_id=lambda: f"b{next(ids)}",
            )
        )

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
