"""Stopping at any moment loses nothing and sends nothing twice beyond what is unknown."""

import asyncio

import pytest

from tandemgate.model.delivery import NoAnswer
from tandemgate.model.happening import StoreRefused
from tandemgate.model.state import State
from tandemgate.ports import OutOfStep
from tests.flow.world import LANE, OK, START, World, answers, says


async def test_the_intent_is_durable_before_the_first_byte_leaves() -> None:
    """Otherwise a crash would send a second copy that nobody counts."""
    async with World() as world:
        await world.ledger.add()
        seen: list[State] = []

        async def look(_ids: list[str]) -> None:
            seen.extend(world.ledger.states())

        world.sender.before = look
        world.start()
        await world.pass_time(3)
        assert seen == [State.SENDING]


async def test_after_a_crash_in_flight_the_outcome_is_unknown() -> None:
    """It may have arrived, so it is sent again inside the window, and counted."""
    async with World() as world:
        await world.ledger.add()
        world.sender.gates.append(asyncio.Event())
        world.start()
        await world.pass_time(3)
        assert world.ledger.states() == [State.SENDING]
        await world.crash()
        world.sender.gates.clear()
        world.start()
        await world.pass_time(10)
        row = world.ledger.rows[1]
        assert (row.state, row.unknown) == (State.DELIVERED, 1)
        assert row.first_maybe == START + 2
        assert [attempt.verdict for attempt in row.history] == ["retry_unknown", "delivered"]
        assert world.sender.requests == [["ord_1"], ["ord_1"]]


async def test_a_crash_before_the_intent_costs_nothing() -> None:
    """A claim lives in memory only."""
    async with World(max_batch_wait=2.0) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(1)
        await world.crash()
        world.start()
        await world.pass_time(3)
        row = world.ledger.rows[1]
        assert (row.state, row.attempts, row.unknown) == (State.DELIVERED, 1, 0)


async def test_a_long_outage_after_a_crash_ends_indeterminate() -> None:
    """The gateway was down for longer than TikTok remembers; only a person can look."""
    async with World() as world:
        await world.ledger.add()
        world.sender.gates.append(asyncio.Event())
        world.start()
        await world.pass_time(3)
        await world.crash()
        await world.pass_time(50 * 3600)
        world.start()
        await world.pass_time(10)
        assert world.ledger.states() == [State.INDETERMINATE]
        assert len(world.sender.requests) == 1


async def test_nothing_leaves_while_the_store_cannot_take_the_intent() -> None:
    """What is not written would not be known after a crash."""
    async with World() as world:
        await world.ledger.add()
        world.ledger.refuse("intend", "intend")
        world.start()
        await world.pass_time(2.5)
        assert world.sender.requests == []
        assert world.notes.of(StoreRefused)[0] == StoreRefused(LANE, "intend")
        await world.pass_time(5)
        assert world.ledger.states() == [State.DELIVERED]
        assert world.ledger.rows[1].attempts == 1


async def test_an_event_that_changed_after_its_claim_is_looked_at_again() -> None:
    """Its consent was tightened in between; the old bytes must not leave."""
    async with World() as world:
        await world.ledger.add()
        world.ledger.refuse("intend", error=OutOfStep)
        world.start()
        await world.pass_time(2)
        assert world.ledger.states() == [State.DELIVERED]
        assert world.notes.of(StoreRefused) == []


async def test_an_answer_is_kept_until_the_store_takes_it() -> None:
    """It is the only proof of what happened; losing it would make the outcome unknown."""
    async with World() as world:
        await world.ledger.add()
        world.ledger.refuse("record", "record", "record")
        world.start()
        await world.pass_time(10)
        row = world.ledger.rows[1]
        assert (row.state, row.unknown) == (State.DELIVERED, 0)
        assert len(world.sender.requests) == 1
        assert world.notes.of(StoreRefused) == [StoreRefused(LANE, "record")] * 3


@pytest.mark.parametrize("operation", ["unsettled", "lanes", "claim", "settle"])
async def test_a_store_that_fails_elsewhere_only_delays(operation: str) -> None:
    """The flow goes on as soon as the store does."""
    async with World() as world:
        await world.ledger.add()
        await world.ledger.add(event_time=int(START) - 8 * 86_400)
        world.ledger.refuse(operation, operation)
        world.start()
        await world.pass_time(15)
        assert world.ledger.states() == [State.DELIVERED, State.EXPIRED]


async def test_a_stop_waits_for_the_answers() -> None:
    """SIGTERM leaves nothing unknown if TikTok answers in time."""
    async with World(max_batch_events=1, concurrency=1) as world:
        gate = asyncio.Event()
        world.sender.gates.append(gate)
        await world.ledger.add()
        await world.ledger.add()
        world.start()
        await world.pass_time(3)
        world.dispatcher.stop()
        await world.pass_time(5)
        gate.set()
        await world.clock.settle()
        assert world.running is not None
        assert world.running.done()
        assert world.ledger.states() == [State.DELIVERED, State.QUEUED]
        world.dispatcher.wake(LANE)
        await world.pass_time(5)
        assert len(world.sender.requests) == 1


async def test_a_stop_waits_no_longer_than_ten_seconds() -> None:
    """A silent TikTok must not hold up a restart; the crash rule applies."""
    async with World() as world:
        world.sender.gates.append(asyncio.Event())
        await world.ledger.add()
        world.start()
        await world.pass_time(3)
        world.dispatcher.stop()
        await world.pass_time(9.9)
        assert world.running is not None
        assert not world.running.done()
        await world.pass_time(0.2)
        assert world.running.done()
        assert world.ledger.states() == [State.SENDING]


async def test_a_stop_before_the_store_is_ready_ends_at_once() -> None:
    """An operator who sees it hang would kill it."""
    async with World() as world:
        await world.ledger.add()
        world.ledger.refuse(*["unsettled"] * 100)
        world.start()
        await world.pass_time(3)
        world.dispatcher.stop()
        await world.pass_time(1.1)
        assert world.running is not None
        assert world.running.done()
        assert world.sender.requests == []


async def test_a_mistake_in_the_flow_is_loud() -> None:
    """A lane that dies silently would keep its events for ever."""
    async with World(lambda _ids: 1 // 0) as world:  # type: ignore[arg-type, return-value]
        await world.ledger.add()
        world.start()
        await world.pass_time(3)
        assert world.running is not None
        with pytest.raises(ExceptionGroup):
            await world.running
        world.running = None
        world.dispatcher.wake(LANE)


@pytest.mark.parametrize("crash_at", [0.5, 2.0, 2.5, 3.0, 3.6, 5.0, 8.0])
async def test_a_crash_at_any_moment_keeps_the_promises(crash_at: float) -> None:
    """Every event ends delivered, and never more copies than 1 + unknown were sent."""
    replies = answers(NoAnswer("reset", 0.1), says(40002, "Invalid"), OK, NoAnswer("reset", 0.1))
    async with World(replies, max_batch_events=4, concurrency=2) as world:
        for _ in range(8):
            await world.ledger.add()
        world.start()
        await world.pass_time(crash_at)
        await world.crash()
        world.start()
        await world.pass_time(60)
        assert set(world.ledger.states()) == {State.DELIVERED}
        for seq, row in world.ledger.rows.items():
            copies = sum(f"ord_{seq}" in ids for ids in world.sender.accepted)
            assert 1 <= copies <= 1 + row.unknown
