"""The flow and the real client against a simulated TikTok on a socket, with its faults."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tandemgate.delivery.dispatcher import Dispatcher
from tandemgate.delivery.lanes import Means
from tandemgate.model.admission import Entry, Filter
from tandemgate.model.delivery import LaneRules
from tandemgate.model.happening import EventsSettled, Happening, LaneHeld
from tandemgate.model.secret import Secret
from tandemgate.model.state import FINAL, State
from tandemgate.storage.memory import MemoryStore
from tandemgate.tiktok.client import TikTokClient
from tests.build import an_event
from tests.e2e.programs import PIXEL, TOKEN, Program, simulator

EVENTS = 20
HURRY = 40
PATIENCE = 30.0


class HurriedClock:
    """Time that goes by many times faster than the machine's, from the machine's now on."""

    def __init__(self) -> None:
        self._wall, self._mono = time.time(), time.monotonic()

    def now(self) -> float:
        return self._wall + (time.monotonic() - self._mono) * HURRY

    def monotonic(self) -> float:
        return time.monotonic() * HURRY

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / HURRY)


class Watcher:
    """Tells when every event has ended, and when the lane was held."""

    def __init__(self) -> None:
        self.left = EVENTS
        self.ended = asyncio.Event()
        self.held = asyncio.Event()

    def notice(self, happening: Happening) -> None:
        match happening:
            case LaneHeld():
                self.held.set()
            case EventsSettled(state=state, count=count) if state in FINAL:
                self.left -= count
        if not self.left:
            self.ended.set()


class Delivery:
    """A store whose events are being delivered, and who watches it."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.watcher = Watcher()

    async def entries(self) -> list[Entry]:
        """Every event as it stands."""
        return await self.store.page(Filter(), EVENTS)

    async def states(self) -> Counter[State]:
        """The states when every event has ended."""
        await self.watcher.ended.wait()
        return Counter(entry.state for entry in await self.entries())


@pytest.fixture(scope="module", params=["sdk", "guide"])
def tiktok(request: pytest.FixtureRequest) -> Iterator[Program]:
    """A simulated TikTok that speaks one of the two dialects."""
    with simulator("--dialect", request.param) as program:
        yield program


@asynccontextmanager
async def delivering(url: str, token: str = TOKEN) -> AsyncIterator[Delivery]:
    """Deliver some events to *url*, for as long as the test looks."""
    clock, it = HurriedClock(), Delivery()
    now = clock.now()
    ids = [f"ord_{count}" for count in range(EVENTS)]
    await it.store.admit([an_event(now=now, event_time=int(now), event_id=one) for one in ids])
    rules = LaneRules(Secret(token), max_batch_wait=0, max_requests_per_second=0)
    async with TikTokClient(url, deadline=1.0) as client:
        dispatcher = Dispatcher(Means(it.store, client, clock, it.watcher, {PIXEL: rules}))
        running = asyncio.create_task(dispatcher.run())
        async with asyncio.timeout(PATIENCE):
            yield it
        dispatcher.stop()
        await running


FAULTS: Mapping[str, list[dict[str, Any]]] = {
    "none": [],
    "lost answers": [{"fault": "lost_answer", "times": 3}],
    "resets": [{"fault": "reset", "times": 3}],
    "5xx": [{"fault": "status", "status": 503, "times": 3}],
    "429": [{"fault": "status", "status": 429, "retry_after": 2, "times": 2}],
    "garbage after acceptance": [{"fault": "garbage", "accept": True, "times": 2}],
    "a proxy's page": [{"fault": "html", "times": 2}],
    "half an answer": [{"fault": "truncated", "times": 2}],
    "a slow drip": [{"fault": "slow_drip", "times": 1}],
    "a huge body": [{"fault": "huge_body", "size": 1_000_000, "times": 1}],
    "a redirect": [{"fault": "redirect", "times": 2}],
    "an expired token": [{"fault": "token_expired", "times": 3}],
    "a code of passing trouble": [{"fault": "code", "code": 51001, "times": 2}],
    "an unreadable partial success": [
        {"fault": "partial", "event_ids": ["nobody"], "shape": "unreadable", "times": 1}
    ],
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS.keys())
async def test_each_event_is_delivered_and_counted_once(
    tiktok: Program, faults: list[dict[str, Any]]
) -> None:
    """Whatever happens on the way: no loss, and no more copies than 1 + unknown."""
    tiktok.ask("POST", "/_sim/reset", {})
    for fault in faults:
        assert tiktok.ask("POST", "/_sim/faults", fault)[0] == 200
    async with delivering(tiktok.url) as it:
        assert await it.states() == {State.DELIVERED: EVENTS}
        unknown = {entry.event_id: entry.unknown for entry in await it.entries()}
    assert tiktok.ask("GET", "/_sim/conversions")[1]["total"] == EVENTS
    accepted = tiktok.ask("GET", "/_sim/events")[1]["events"]
    copies = Counter(one["event_id"] for one in accepted)
    assert all(1 <= copies[one] <= 1 + unknown[one] for one in unknown)
    seen = tiktok.ask("GET", "/_sim/requests")[1]["requests"]
    assert "elsewhere" not in str(seen)


@pytest.mark.parametrize("index", ["named", "absent", "out_of_range"])
async def test_a_poisonous_event_harms_no_other(tiktok: Program, index: str) -> None:
    """However TikTok spells its place, or not at all."""
    tiktok.ask("POST", "/_sim/reset", {})
    poison = {"fault": "poison", "event_ids": ["ord_3", "ord_11"], "index": index}
    tiktok.ask("POST", "/_sim/faults", poison)
    async with delivering(tiktok.url) as it:
        assert await it.states() == {State.DELIVERED: EVENTS - 2, State.REJECTED: 2}
    assert tiktok.ask("GET", "/_sim/conversions")[1]["total"] == EVENTS - 2


async def test_a_partial_success_rejects_the_named_only(tiktok: Program) -> None:
    """The list is TikTok's word."""
    tiktok.ask("POST", "/_sim/reset", {})
    tiktok.ask("POST", "/_sim/faults", {"fault": "partial", "event_ids": ["ord_3"], "times": 1})
    async with delivering(tiktok.url) as it:
        assert await it.states() == {State.DELIVERED: EVENTS - 1, State.REJECTED: 1}


async def test_a_wrong_token_loses_no_event(tiktok: Program) -> None:
    """They wait until somebody mends it."""
    tiktok.ask("POST", "/_sim/reset", {})
    async with delivering(tiktok.url, token="tok_wrong_0123456789") as it:
        await it.watcher.held.wait()
        states = {entry.state for entry in await it.entries()}
        assert states <= {State.QUEUED, State.SENDING}
