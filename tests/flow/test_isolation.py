"""Finding the bad event in a refused batch, without harm to the others."""

import math
from collections.abc import Callable

import pytest

from tandemgate.model.delivery import Answered, Reply
from tandemgate.model.happening import LaneHeld
from tandemgate.model.state import State
from tests.flow.world import OK, World, answers, says

SILENT = says(40002, "Invalid parameters")


def poisoned(*bad: str, spelled: bool = False) -> Callable[[list[str]], Reply]:
    """TikTok refuses a batch with a *bad* event in it; *spelled* says whether it tells which."""

    def script(ids: list[str]) -> Reply:
        found = [index for index, one in enumerate(ids) if one in bad]
        told = says(40002, f"data.{found[0]}.event_time: wrong") if found else OK
        return told if spelled or told is OK else SILENT

    return script


@pytest.mark.parametrize("events", [1, 2, 3, 7, 8, 50, 64, 100])
async def test_a_bad_event_costs_few_requests(events: int) -> None:
    """Bisection: at most two requests per halving, and one for the whole."""
    for bad in {1, events // 2 + 1, events}:
        async with World(poisoned(f"ord_{bad}"), max_batch_events=1000) as world:
            for _ in range(events):
                await world.ledger.add()
            world.start()
            await world.pass_time(20)
            expected = [State.DELIVERED] * events
            expected[bad - 1] = State.REJECTED
            assert world.ledger.states() == expected
            extra = len(world.sender.requests) - 1
            assert extra <= 2 * math.ceil(math.log2(events)) + 1


async def test_a_named_event_costs_one_request() -> None:
    """The index is the short way."""
    async with World(poisoned("ord_3", spelled=True)) as world:
        for _ in range(5):
            await world.ledger.add()
        world.start()
        await world.pass_time(5)
        assert world.sender.requests[1] == ["ord_1", "ord_2", "ord_4", "ord_5"]
        assert world.ledger.rows[3].state is State.REJECTED
        assert len(world.sender.requests) == 2


async def test_several_bad_events_are_found() -> None:
    """Each in its own half."""
    async with World(poisoned("ord_1", "ord_6")) as world:
        for _ in range(8):
            await world.ledger.add()
        world.start()
        await world.pass_time(10)
        rejected = [seq for seq, row in world.ledger.rows.items() if row.state is State.REJECTED]
        assert rejected == [1, 6]
        assert world.ledger.states().count(State.DELIVERED) == 6


async def test_fresh_events_do_not_join_suspects() -> None:
    """They would be refused with them."""
    async with World(poisoned("ord_1"), max_batch_events=4, concurrency=1) as world:
        for _ in range(4):
            await world.ledger.add()
        world.start()
        await world.pass_time(0)
        fresh = {f"ord_{await world.ledger.add()}" for _ in range(3)}
        await world.pass_time(10)
        assert all(fresh.isdisjoint(ids) or fresh.issuperset(ids) for ids in world.sender.requests)
        assert world.ledger.states().count(State.DELIVERED) == 6


async def test_suspects_stay_apart_after_a_restart() -> None:
    """The suspicion is in the ledger, not in memory."""
    async with World(answers(SILENT), max_batch_events=4, concurrency=1) as world:
        for _ in range(4):
            await world.ledger.add()
        world.ledger.refuse(*["claim"] * 3)
        world.start()
        await world.pass_time(3.5)
        await world.crash()
        await world.ledger.add()
        world.sender.requests.clear()
        world.sender.script = answers()
        world.start()
        await world.pass_time(10)
        assert set(world.ledger.states()) == {State.DELIVERED}
        assert ["ord_5"] in world.sender.requests


async def test_a_refusal_of_everything_holds_the_lane() -> None:
    """Two levels of halves refused alike: it is a setting, and no event may suffer for it."""
    async with World(answers(then=SILENT), max_batch_events=16, concurrency=1) as world:
        for _ in range(16):
            await world.ledger.add()
        world.start()
        await world.pass_time(60)
        assert set(world.ledger.states()) <= {State.QUEUED, State.RETRY}
        assert world.notes.of(LaneHeld)[0].cause == "configuration"
        assert world.notes.of(LaneHeld)[0].message == "Invalid parameters"


async def test_probes_of_such_a_lane_cost_no_event_either() -> None:
    """A probe is a single event, and would be taken for the bad one."""
    async with World(answers(then=SILENT), max_batch_events=16, concurrency=1) as world:
        for _ in range(16):
            await world.ledger.add()
        world.start()
        await world.pass_time(3600)
        probes = [ids for ids in world.sender.requests if len(ids) == 1]
        assert len(probes) > 5
        assert len({ids[0] for ids in probes}) > 5
        assert State.REJECTED not in world.ledger.states()
        world.sender.script = answers()
        await world.pass_time(600)
        assert set(world.ledger.states()) == {State.DELIVERED}


async def test_an_unreadable_partial_success_sends_each_alone() -> None:
    """Some of them arrived; the others must, and none may be called refused."""
    replies = answers(says(20001), says(20001), OK, says(40050), OK)
    async with World(replies, concurrency=1) as world:
        for _ in range(4):
            await world.ledger.add()
        world.start()
        await world.pass_time(10)
        assert world.sender.requests[1:] == [["ord_1"], ["ord_2"], ["ord_3"], ["ord_4"]]
        assert world.ledger.states() == [State.REVIEW, *[State.DELIVERED] * 3]
        assert [row.unknown for row in world.ledger.rows.values()] == [2, 1, 1, 1]


async def test_a_readable_partial_success_rejects_the_named() -> None:
    """With TikTok's own word about each."""
    body = b'{"code":20001,"message":"","data":[{"index":1,"message":"too old"}]}'
    async with World(answers(Answered(200, body, 0.1))) as world:
        for _ in range(3):
            await world.ledger.add()
        world.start()
        await world.pass_time(5)
        assert world.ledger.states() == [State.DELIVERED, State.REJECTED, State.DELIVERED]
        assert world.ledger.rows[2].history[-1].message == "too old"
        assert len(world.sender.requests) == 1


async def test_a_request_too_large_is_halved() -> None:
    """TikTok's limit on bytes is its own; the events are fine."""
    async with World(answers(says(40061))) as world:
        for _ in range(4):
            await world.ledger.add()
        world.start()
        await world.pass_time(5)
        assert world.sender.requests[1:] == [["ord_1", "ord_2"], ["ord_3", "ord_4"]]
        assert set(world.ledger.states()) == {State.DELIVERED}
