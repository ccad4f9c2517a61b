"""The wall clock is set by hours or days; waits, batches and ends go on as if it were not."""

import pytest

from tandemgate.model.delivery import NotSent
from tandemgate.model.state import State
from tests.flow.world import World, answers

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
