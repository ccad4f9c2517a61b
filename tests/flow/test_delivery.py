"""The dispatcher, from the ledger to TikTok and back."""

from tandemgate.model.state import State
from tests.flow.world import World


async def test_a_waiting_event_is_delivered() -> None:
    """The one thing that everything else is for."""
    async with World() as world:
        world.ledger.add()
        world.start()
        await world.pass_time(3)
        assert world.ledger.states() == [State.DELIVERED]
