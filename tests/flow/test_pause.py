"""A pixel that a person paused, and a lane that is told that something was mended."""

from typing import Any

import pytest

from tandemgate.model.delivery import Due, HoldCause
from tandemgate.model.event import Lane
from tandemgate.model.operation import Pause
from tandemgate.model.state import State
from tests.flow.world import LANE, World, answers, rules, says

NO_TOKEN = says(40105, "Access token is incorrect or has been revoked.")
TEST_LANE = Lane(LANE.pixel_id, "TEST1")
OTHER = Lane("D0OTHER")


async def test_a_paused_pixel_sends_nothing_and_keeps_everything() -> None:
    """Neither live nor test events; other pixels go on, and no attempt is used up."""
    async with World() as world:
        world.rules[OTHER.pixel_id] = rules()
        world.paused[LANE.pixel_id] = Pause(world.clock.wall)
        for lane in (LANE, TEST_LANE, OTHER):
            await world.ledger.add(lane)
        world.start()
        await world.pass_time(3600)
        assert world.ledger.states() == [State.QUEUED, State.QUEUED, State.DELIVERED]
        assert [row.attempts for row in world.ledger.rows.values()] == [0, 0, 1]


async def test_nothing_ends_of_its_age_in_a_paused_lane() -> None:
    """What was stopped on purpose is still there when somebody looks."""
    async with World() as world:
        world.paused[LANE.pixel_id] = Pause(world.clock.wall)
        await world.ledger.add()
        world.clock.wall += 8 * 86_400
        world.start()
        await world.pass_time(60)
        assert world.ledger.states() == [State.QUEUED]


async def test_a_pause_counts_for_what_was_just_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told that the pixel is paused must not see a request begin afterwards."""
    async with World() as world:
        await world.ledger.add()
        claim = world.ledger.claim

        async def claim_then_pause(*given: Any, **named: Any) -> list[Due]:  # noqa: ANN401
            due = await claim(*given, **named)
            world.paused[LANE.pixel_id] = Pause(world.clock.wall)
            return due

        monkeypatch.setattr(world.ledger, "claim", claim_then_pause)
        world.clock.wall += 60  # it has waited long enough for others to share its request
        world.start()
        await world.pass_time(60)
        assert (world.sender.requests, world.ledger.states()) == ([], [State.QUEUED])


async def test_a_resumed_pixel_sends_at_once() -> None:
    """Whoever resumes it watches."""
    async with World() as world:
        world.paused[LANE.pixel_id] = Pause(world.clock.wall)
        await world.ledger.add()
        world.start()
        await world.pass_time(60)
        world.paused.clear()
        world.dispatcher.hasten(LANE.pixel_id)
        await world.pass_time(0)
        assert world.ledger.states() == [State.DELIVERED]


async def test_what_is_under_way_when_a_pause_begins_is_recorded() -> None:
    """Its outcome is as good as any."""
    async with World(max_batch_events=1, concurrency=1) as world:
        await world.ledger.add()
        await world.ledger.add()

        async def pause(_ids: list[str]) -> None:
            world.paused[LANE.pixel_id] = Pause(world.clock.wall)

        world.sender.before = pause
        world.start()
        await world.pass_time(60)
        assert world.ledger.states() == [State.DELIVERED, State.QUEUED]


async def test_a_new_token_is_tried_at_once() -> None:
    """A probe would leave in minutes; nobody should have to wait for it."""
    async with World(answers(then=NO_TOKEN)) as world:
        for _ in range(3):
            await world.ledger.add()
        world.start()
        await world.pass_time(3600)
        asked = len(world.sender.requests)
        assert world.dispatcher.lane_status()[0].cause is HoldCause.TOKEN
        world.sender.script = answers()
        world.dispatcher.hasten(LANE.pixel_id)
        await world.pass_time(0.1)
        assert len(world.sender.requests) > asked
        assert set(world.ledger.states()) == {State.DELIVERED}


async def test_a_pixel_that_gets_its_first_token_begins() -> None:
    """Its lane slept without any reason to wake up."""
    async with World() as world:
        given = world.rules.pop(LANE.pixel_id)
        await world.ledger.add()
        world.start()
        await world.pass_time(60)
        world.rules[LANE.pixel_id] = given
        world.dispatcher.hasten(LANE.pixel_id)
        await world.pass_time(0)
        assert world.ledger.states() == [State.DELIVERED]
