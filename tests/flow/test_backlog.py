"""After an outage: the old ones wait by the hundred, and a new conversion still arrives soon."""

from tests.flow.world import World

OLD = 200


async def leave_waiting(world: World) -> None:
    """Let OLD events wait for an hour."""
    world.clock.wall -= 3_600
    for _ in range(OLD):
        await world.ledger.add()
    world.clock.wall += 3_600


async def test_a_new_conversion_overtakes_a_backlog() -> None:
    """Campaigns are steered by what just happened, not by what happened during the outage."""
    async with World(max_batch_events=10, max_requests_per_second=1, concurrency=1) as world:
        await leave_waiting(world)
        world.start()
        await world.pass_time(5)
        await world.ledger.add()
        before = len(world.sender.requests)
        await world.pass_time(10)
        after = [event_id for ids in world.sender.requests[before:][:3] for event_id in ids]
        assert f"ord_{OLD + 1}" in after


async def test_the_oldest_keep_the_other_half() -> None:
    """Their two clocks run: who is overtaken for ever expires."""
    async with World(max_batch_events=10, max_requests_per_second=1, concurrency=1) as world:
        await leave_waiting(world)
        world.start()
        await world.pass_time(30)
        firsts = [ids[0] for ids in world.sender.requests]
        assert firsts[:4] == ["ord_1", f"ord_{OLD}", "ord_11", f"ord_{OLD - 10}"]


async def test_without_a_backlog_the_oldest_go_first() -> None:
    """Order is worth keeping where it costs nothing."""
    async with World(max_batch_events=10) as world:
        for _ in range(40):
            await world.ledger.add()
        world.start()
        await world.pass_time(5)
        assert [ids[0] for ids in world.sender.requests] == ["ord_1", "ord_11", "ord_21", "ord_31"]
