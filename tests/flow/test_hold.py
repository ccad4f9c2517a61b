"""A lane that stands, its probes, and how it starts again."""

import asyncio

import pytest

from tandemgate.model.delivery import HoldCause, NoAnswer, NotSent, Reply
from tandemgate.model.happening import LaneHeld, LaneResumed
from tandemgate.model.state import State
from tests.flow.world import LANE, OK, START, World, answers, says

NO_TOKEN = says(40105, "Access token is incorrect or has been revoked.")


async def test_a_bad_token_holds_the_lane_and_loses_nothing() -> None:
    """No event did anything wrong; none of them is worn out."""
    async with World(answers(then=NO_TOKEN), max_batch_events=2) as world:
        for _ in range(5):
            await world.ledger.add()
        world.start()
        await world.pass_time(600)
        assert world.ledger.states() == [State.QUEUED] * 5
        assert {row.attempts for row in world.ledger.rows.values()} == {0}


async def test_probes_are_single_events_with_growing_pauses() -> None:
    """TikTok is asked, not flooded."""
    async with World(answers(then=NO_TOKEN), concurrency=1) as world:
        for _ in range(5):
            await world.ledger.add()
        world.start()
        await world.pass_time(2.5)
        first = len(world.sender.requests)
        await world.pass_time(600)
        probes = world.sender.requests[first:]
        assert {len(ids) for ids in probes} == {1}
        assert 10 <= len(probes) <= 18


async def test_a_hold_is_told_at_once_with_tiktoks_words() -> None:
    """The alert must say what to mend."""
    async with World(answers(then=NO_TOKEN)) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(2.1)
        assert world.notes.of(LaneHeld) == [
            LaneHeld(
                LANE,
                HoldCause.TOKEN,
                START + 2,
                1,
                3.75,
                40105,
                "Access token is incorrect or has been revoked.",
                "r2",
            )
        ]


async def test_the_status_of_a_held_lane() -> None:
    """What the delivery page and readiness show."""
    async with World(answers(then=NO_TOKEN)) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(3)
        (status,) = world.dispatcher.lane_status()
        assert (status.cause, status.since) == (HoldCause.TOKEN, START + 2)
        assert status.next_probe_at == START + 2 + 3.75
        assert (status.in_flight, status.concurrency, status.rate) == (0, 1, None)


async def test_a_mended_token_resumes_by_itself() -> None:
    """Nobody has to press a button, and the probe's event is delivered with the rest."""
    async with World(answers(NO_TOKEN, NO_TOKEN), max_batch_events=2) as world:
        for _ in range(5):
            await world.ledger.add()
        world.start()
        await world.pass_time(30)
        assert set(world.ledger.states()) == {State.DELIVERED}
        assert [it.cause for it in world.notes.of(LaneResumed)] == [HoldCause.TOKEN]
        assert [status.cause for status in world.dispatcher.lane_status()] in ([None], [])


async def test_a_lane_starts_again_slowly() -> None:
    """One request, then two, then four: a TikTok that just came back is not buried."""
    async with World(answers(NO_TOKEN), max_batch_events=1, concurrency=8) as world:
        for _ in range(40):
            await world.ledger.add()
        world.start()
        await world.pass_time(2.5)
        gate = asyncio.Event()
        world.sender.gates.append(gate)
        flights = []
        await world.pass_time(30)
        for _ in range(4):
            flights.append(world.dispatcher.lane_status()[0].in_flight)
            await _answer_all(world, gate)
        assert flights == [1, 1, 2, 8]


async def _answer_all(world: World, gate: asyncio.Event) -> None:
    gate.set()
    world.sender.gates.clear()
    following = asyncio.Event()
    world.sender.gates.append(following)
    await world.clock.settle()
    following.set()


@pytest.mark.parametrize("failure", [NotSent("refused", 0.1), NoAnswer("timeout", 15.0)])
async def test_an_unreachable_tiktok_is_probed(failure: Reply) -> None:
    """After five failures in a row, one event asks for all of them."""
    async with World(answers(then=failure), max_batch_events=1, concurrency=1) as world:
        for _ in range(50):
            await world.ledger.add()
        world.start()
        await world.pass_time(600)
        assert world.notes.of(LaneHeld)[0].cause is HoldCause.UNREACHABLE
        assert len(world.sender.requests) < 30
        world.sender.script = answers()
        await world.pass_time(700)
        assert set(world.ledger.states()) == {State.DELIVERED}


async def test_rate_answers_slow_the_token_down() -> None:
    """And every event is delivered in the end, without a hold."""
    replies = answers(*[says(40100, "Too many requests", after=2.0)] * 3)
    async with World(replies, max_batch_events=1, max_requests_per_second=10) as world:
        for _ in range(10):
            await world.ledger.add()
        world.start()
        await world.pass_time(1.95)
        assert len(world.sender.requests) == 1
        await world.pass_time(40)
        assert set(world.ledger.states()) == {State.DELIVERED}
        assert {row.unknown for row in world.ledger.rows.values()} == {0}
        assert world.notes.of(LaneHeld) == []


async def test_40100_for_a_quarter_of_an_hour_is_an_alert() -> None:
    """For the guide it means a token that is not valid; nobody would ever know otherwise."""
    async with World(answers(then=says(40100))) as world:
        for _ in range(3):
            await world.ledger.add()
        world.start()
        await world.pass_time(890)
        assert world.notes.of(LaneHeld) == []
        await world.pass_time(700)
        assert world.notes.of(LaneHeld)[0].cause is HoldCause.RATE
        assert world.notes.of(LaneHeld)[0].code == 40100
        assert len(world.sender.requests[-1]) == 1
        world.sender.script = answers()
        await world.pass_time(900)
        assert set(world.ledger.states()) == {State.DELIVERED}


async def test_a_late_answer_does_not_open_a_held_lane() -> None:
    """It left with the old token, before the new refusal."""
    gate = asyncio.Event()
    async with World(max_batch_events=1, concurrency=2) as world:
        await world.ledger.add()
        await world.ledger.add()

        async def hold_back(ids: list[str]) -> None:
            await {True: gate.wait, False: _at_once}[ids == ["ord_1"]]()

        world.sender.before = hold_back
        world.sender.script = lambda ids: {"ord_1": OK, "ord_2": NO_TOKEN}[ids[0]]
        world.start()
        await world.pass_time(2.5)
        gate.set()
        await world.clock.settle()
        assert world.ledger.states() == [State.DELIVERED, State.QUEUED]
        assert world.dispatcher.lane_status()[0].cause is HoldCause.TOKEN


async def _at_once() -> None:
    return None
