"""A day of a shop with planted faults, an hour and more apart, and who is told of each.

Traffic of one to four events a minute goes the real way: ledger, dispatcher, a scripted TikTok.
Last week was the same. Nobody waits for the clock.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from tandemgate.catalog.alerts import RULES
from tandemgate.core.alerts import Served
from tandemgate.core.attention import Signs, Unheard
from tandemgate.delivery.bell import Bell
from tandemgate.delivery.lookout import Lookout
from tandemgate.delivery.teller import Teller
from tandemgate.delivery.watch import Views, Watch
from tandemgate.model.admission import Tally
from tandemgate.model.alert import Message
from tandemgate.model.delivery import NotSent, Reply
from tandemgate.model.event import Channel, EventKey, Lane
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.operation import Act, Settlement
from tandemgate.model.problem import Origin, ProblemKey, Sample, Sighting
from tandemgate.model.state import State
from tandemgate.ports import StoreFull
from tests.build import an_event
from tests.flow.world import LANE, OK, WatchedStore, World, says

MIDNIGHT = 1_776_988_800.0
"""2026-04-24T00:00:00Z."""

MINUTE, HOUR, WEEK = 60.0, 3600.0, 7 * 86_400.0
PIXEL = LANE.pixel_id
TEST_LANE = Lane(PIXEL, "TEST1")


@dataclass
class Log:
    """The receiver: writes down what it is told, unless it is away."""

    clock: Callable[[], Epoch]
    messages: list[tuple[Epoch, Message]] = field(default_factory=list)
    away: str = ""
    tries: int = 0

    async def tell(self, message: Message) -> str:
        self.tries += 1
        if not self.away:
            self.messages.append((self.clock(), message))
        return self.away

    def lines(self) -> str:
        """One line for each message: when, what, about what, in words."""
        return "".join(f"{_line(at, message)}\n" for at, message in self.messages)


def _line(at: Epoch, message: Message) -> str:
    group = message.group
    assert group is not None
    time = f"{datetime.fromtimestamp(at, UTC):%d %H:%M:%S}"
    where = " ".join(filter(None, group))
    said = message.said if message.ended_at is None else _lasted(message)
    return f"{time} {message.phase:<5} {where}: {said}"


def _lasted(message: Message) -> str:
    began, ended = message.began_at or 0.0, message.ended_at or 0.0
    return f"lasted {ended - began:.0f} s"


@dataclass
class Day:
    """The shop's traffic and what goes wrong with it, by the minute since midnight."""

    world: World
    served: Counter[str] = field(default_factory=Counter)
    full: bool = False
    slow: Seconds = 0.0
    script: Callable[[], Reply] = lambda: OK
    rejected: int = 0
    unasked: bool = False
    quiet: bool = False
    tested: bool = False
    number: int = 0
    unheard: Callable[[], Unheard | None] = lambda: None

    watching: list[asyncio.Task[None]] = field(default_factory=list)

    def watch_by(self, *ones: Watch | Teller) -> None:
        """Stop those that watch, and start others."""
        for task in self.watching:
            task.cancel()
        self.watching = [asyncio.create_task(one.run()) for one in ones]

    async def minute(self, at: int) -> None:
        """Let a minute pass: plant what begins in it, send what comes in it."""
        if plant := PLANTED.get(at):
            await plant(self)
        self.served["requests"] += 1
        for _ in range(0 if self.quiet and at % 3 else a_minute(at)):
            await self._event()
        if self.rejected and at % self.rejected == 0:
            self.world.ledger.tally([a_refusal(self.world.clock.now())])
        if self.tested:
            await self.world.ledger.add(TEST_LANE)
            self.world.dispatcher.wake(TEST_LANE)
        await self.world.pass_time(MINUTE)

    async def _event(self) -> None:
        self.number += 1
        now = self.world.clock.now()
        told: dict[str, Any] = {"event_time": int(now), "event_id": f"e{self.number}"}
        if self.unasked:
            told["consent"] = {"region": "DE"}
        event = an_event(now=now, **told)
        await self.world.ledger.admit([structs.replace(event, order=None, action=None)])
        self.world.dispatcher.wake(LANE)

    def answer(self, _ids: list[str]) -> Reply:
        return self.script()

    async def before(self, _ids: list[str]) -> None:
        if self.slow:
            await self.world.clock.sleep(self.slow)

    # -- what is planted

    async def token_expires(self) -> None:
        self.script = lambda: says(40105, "Access token is expired", status=200)

    async def tiktok_is_gone(self) -> None:
        self.script = lambda: NotSent("ConnectionRefusedError", 0.0)

    async def tiktok_stumbles(self) -> None:
        answers = iter(range(1_000_000))
        failing = says(50000, "System error")
        self.script = lambda: failing if next(answers) % 4 == 0 else OK

    async def tiktok_says_something_new(self) -> None:
        self.script = lambda: says(49999, "Something new")

    async def all_is_well(self) -> None:
        self.script = lambda: OK
        self.rejected, self.slow = 0, 0.0
        self.unasked = self.quiet = self.tested = self.full = False

    async def somebody_settles(self) -> None:
        for row in list(self.world.ledger.rows.values()):
            if row.state is State.REVIEW:
                settled = Settlement(row.seq, State.REVIEW, State.DELIVERED, "seen")
                await self.world.ledger.decide(
                    settled, Act(self.world.clock.now(), "root", "settled")
                )
        for group in await self.world.ledger.problems.news(0, self.world.clock.now()):
            act = Act(self.world.clock.now(), "root", "problem_resolved", PIXEL)
            await self.world.ledger.problems.resolve(group.problem_id, act)

    async def a_release_breaks_the_currency(self) -> None:
        self.rejected = 2

    async def the_banner_is_gone(self) -> None:
        self.unasked = True

    async def the_tag_is_gone(self) -> None:
        self.quiet = True

    async def tiktok_is_slow(self) -> None:
        self.slow = 2.5 * MINUTE

    async def the_disk_is_full(self) -> None:
        self.full = True

    async def requests_fail(self) -> None:
        self.served.update(requests=40, failed=8)

    async def somebody_tests(self) -> None:
        self.tested = True


def a_refusal(at: Epoch) -> Tally:
    """A purchase that is refused for its currency."""
    key = ProblemKey(
        PIXEL, Channel.LIVE, "backend", "CompletePayment", Origin.LOCAL, None, "currency_invalid",
        "properties.currency",
    )  # fmt: skip
    seen = (Sighting(key, Sample(at, "ord_77", "/data/0/properties/currency", "EURO")),)
    return Tally(PIXEL, "CompletePayment", Channel.LIVE, "rejected", "currency_invalid", at, seen)


def a_minute(minute: int) -> int:
    """How many events come in a minute of the day, this week as last week."""
    return 4 if minute // 60 % 24 in RUSH else 1


RUSH = {5, 11, 12}


def at(hour: int, minute: int = 0) -> int:
    """The minute of the day."""
    return hour * 60 + minute


PLANTED: Mapping[int, Callable[[Day], Awaitable[None]]] = {
    at(1): Day.token_expires,
    at(1, 30): Day.all_is_well,
    at(3): Day.tiktok_is_gone,
    at(3, 40): Day.all_is_well,
    at(5): Day.tiktok_stumbles,
    at(5, 40): Day.all_is_well,
    at(7): Day.a_release_breaks_the_currency,
    at(7, 30): Day.all_is_well,
    at(9): Day.the_banner_is_gone,
    at(9, 30): Day.all_is_well,
    at(11, 30): Day.tiktok_is_slow,
    at(12, 20): Day.all_is_well,
    at(14): Day.the_disk_is_full,
    at(14, 20): Day.all_is_well,
    at(15): Day.requests_fail,
    at(16): Day.somebody_tests,
    at(17, 30): Day.all_is_well,
    at(19): Day.the_tag_is_gone,
    at(20, 30): Day.all_is_well,
    at(22): Day.tiktok_says_something_new,
    at(22, 1): Day.all_is_well,
    at(23): Day.somebody_settles,
}


class Disk(WatchedStore):
    """A store whose disk is as full as the day says."""

    day: Day | None = None

    async def check(self) -> None:
        if self.day is not None and self.day.full:
            raise StoreFull


@asynccontextmanager
async def a_day(log: Log | None = None) -> AsyncIterator[tuple[Day, Watch, Log]]:
    """A running world with a watch and a teller, at midnight."""
    world = World()
    world.clock.wall, world.clock.turns = MIDNIGHT, 20
    store = Disk(world.clock)
    world.keep_in(store)
    day = Day(world)
    store.day = day
    world.sender.script, world.sender.before = day.answer, day.before
    key = EventKey(PIXEL, "CompletePayment", "")
    for midnight, first, last in ((MIDNIGHT - WEEK, -2, 26), (MIDNIGHT, -1, 0)):
        for minute in range(first * 60, last * 60):
            for _ in range(a_minute(minute)):
                store.rollups.count(key, "accepted", "", midnight + minute * MINUTE)
    log = log or Log(world.clock.now)
    watch, teller = watched(world, day, log)
    day.unheard = teller.unheard
    async with world:
        world.start()
        day.watch_by(watch, teller)
        yield day, watch, log
        day.watch_by()


def watched(world: World, day: Day, log: Log) -> tuple[Watch, Teller]:
    """Make a watch, as after a start."""
    lanes = world.dispatcher.lane_status
    lookout = Lookout(
        world.ledger,
        world.ledger.problems,
        world.clock,
        world.notes,
        [PIXEL],
        world.rules,
        world.paused,
        lanes,
        Signs,
    )
    store = world.ledger
    views = Views(
        store, store.rollups, store.problems, store.pairs, lookout, lanes,
        lambda: Served(day.served["requests"], day.served["failed"]),
    )  # fmt: skip
    bell = Bell(world.clock)
    limits = {family: rule.number for family, rule in RULES.items()}
    watch = Watch(views, store.alerts, world.clock, world.notes, limits, 20.0, bell.ring)
    return watch, Teller(watch, log, world.clock, world.notes, bell)
