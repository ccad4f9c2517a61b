"""The wall clock is set by hours or days; waits, batches and ends go on as if it were not."""

from dataclasses import replace

import pytest

from tandemgate.model.delivery import NotSent
from tandemgate.model.state import State
from tests.flow.world import OK, World, answers

JUMPS = [-200.0, -48.0, -1.0, 1.0, 48.0]
"""Hours."""


@pytest.mark.parametrize("hours", JUMPS)
async def test_what_waits_leaves_soon_whatever_the_clock_says(hours: float) -> None:
    """Somebody mends a clock that was ahead; the orders of the morning must not wait for days."""
    async with World(max_batch_wait=20.0) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(1)
        world.clock.wall += hours * 3_600
        await world.pass_time(90)
        assert world.ledger.states() == [State.DELIVERED]


@pytest.mark.parametrize("hours", JUMPS)
async def test_a_retry_comes_back_whatever_the_clock_says(hours: float) -> None:
    """Its due time was written by the clock of before."""
    async with World(answers(*[NotSent("refused", 0.1)] * 3)) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(3)
        assert world.ledger.states() == [State.RETRY]
        world.clock.wall += hours * 3_600
        await world.pass_time(120)
        assert world.ledger.states() == [State.DELIVERED]


async def test_a_clock_set_back_while_the_gateway_was_off_strands_nothing() -> None:
    """Nobody is there to notice the step."""
    async with World() as world:
        await world.ledger.add()
        world.clock.wall -= 200 * 3_600
        world.start()
        await world.pass_time(30)
        assert world.ledger.states() == [State.DELIVERED]


def dated(world: World, wrong: float = 0.0) -> None:
    """Let TikTok tell its own time with every answer, of which ours is *wrong* by so much."""
    start = world.clock.wall - world.clock.mono
    world.sender.script = lambda _ids: replace(OK, date=start + world.clock.mono - wrong)


async def test_a_clock_that_tiktok_contradicts_ends_nothing_as_long_as_it_does() -> None:
    """Two calm checks agree with each other about any wrong time; TikTok agrees with the right."""
    async with World() as world:
        dated(world)
        await world.ledger.add()
        world.start()
        await world.pass_time(5)
        world.clock.wall += 200 * 3_600
        await world.ledger.add(event_time=int(world.clock.wall) - 8 * 86_400)
        await world.pass_time(1_800)
        assert world.ledger.states() == [State.DELIVERED, State.QUEUED]
        assert world.dispatcher.clock_apart() == pytest.approx(200 * 3_600, abs=1)
        world.clock.wall -= 200 * 3_600
        await world.pass_time(60)
        assert world.ledger.states() == [State.DELIVERED, State.DELIVERED]


async def test_tiktoks_date_tells_a_clock_that_was_wrong_from_the_start() -> None:
    """No step is to be seen then; the window and the age limit are wrong all the same."""
    async with World() as world:
        dated(world, wrong=-300)
        assert world.dispatcher.clock_apart() is None
        await world.ledger.add()
        world.start()
        await world.pass_time(5)
        assert world.dispatcher.clock_apart() == pytest.approx(-300, abs=1)
