"""The dispatcher, from the ledger to TikTok and back."""

import asyncio

from tandemgate.core.histogram import bucket_of
from tandemgate.model.delivery import NoAnswer, NotSent
from tandemgate.model.event import Lane
from tandemgate.model.happening import BatchSent, ClockStepped, EventsSettled, IdentifierExposed
from tandemgate.model.rollup import Hop
from tandemgate.model.rules import Clocks
from tandemgate.model.secret import Secret
from tandemgate.model.state import State
from tests.build import an_event
from tests.flow.world import LANE, START, World, answers, rules, says

LOST = NoAnswer("reset", 0.1)


async def test_waiting_events_leave_together_and_are_delivered() -> None:
    """The one thing that everything else is for."""
    async with World() as world:
        await world.ledger.add()
        await world.ledger.add()
        world.start()
        await world.pass_time(3)
        assert world.ledger.states() == [State.DELIVERED, State.DELIVERED]
        assert world.sender.requests == [["ord_1", "ord_2"]]


async def test_the_outcome_is_told() -> None:
    """Logs, metrics and alerts know nothing else."""
    async with World() as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(3)
        assert world.notes.of(BatchSent) == [
            BatchSent(LANE, "b1", 1, "delivered", 200, 0, "OK", "r1", 0.05, {bucket_of(2): 1})
        ]
        assert world.notes.of(EventsSettled) == [EventsSettled(LANE, State.DELIVERED, None, 1)]
        rollup = await world.ledger.rollups.between(START, START + 60)
        assert rollup.latencies == {
            (LANE, Hop.ANSWER): {bucket_of(0.05): 1},
            (LANE, Hop.DELIVERED): {bucket_of(2): 1},
        }


async def test_a_fresh_event_waits_for_others_no_longer_than_allowed() -> None:
    """Fewer requests, but never more than max_batch_wait of delay."""
    async with World(max_batch_wait=2.0) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(1.9)
        assert world.sender.requests == []
        await world.pass_time(0.1)
        assert world.ledger.states() == [State.DELIVERED]


async def test_a_full_batch_leaves_at_once() -> None:
    """There is nothing left to wait for."""
    async with World(max_batch_events=2, max_batch_wait=60.0) as world:
        world.start()
        await world.pass_time(1)
        await world.ledger.add()
        world.dispatcher.wake(LANE)
        await world.clock.settle()
        assert world.sender.requests == []
        await world.ledger.add()
        world.dispatcher.wake(LANE)
        await world.clock.settle()
        assert world.sender.requests == [["ord_1", "ord_2"]]


async def test_a_batch_is_full_by_its_bytes_as_well() -> None:
    """The rest leaves with the next request, without a wait."""
    size = len(an_event().wire)
    async with World(max_batch_bytes=1_024 + 2 * size, max_batch_wait=60.0) as world:
        await world.ledger.add()
        await world.ledger.add()
        await world.ledger.add()
        world.start()
        await world.clock.settle()
        assert world.sender.requests == [["ord_1", "ord_2"]]


async def test_a_lane_that_nobody_announced_is_found() -> None:
    """A wake-up can be lost with a process; the ledger is what counts."""
    async with World() as world:
        world.start()
        await world.pass_time(1)
        await world.ledger.add()
        await world.pass_time(8)
        assert world.ledger.states() == [State.DELIVERED]


async def test_test_events_leave_apart_from_live_ones() -> None:
    """test_event_code is a field of the request: one code for all events in it."""
    async with World() as world:
        await world.ledger.add()
        await world.ledger.add(Lane(LANE.pixel_id, "TEST123"))
        world.start()
        await world.pass_time(3)
        assert sorted(world.sender.requests) == [["ord_1"], ["ord_2"]]
        bodies = sorted(batch.body for batch in world.ledger.intents)
        assert [b"TEST123" in body for body in bodies] == [False, True]


async def test_no_more_requests_are_in_flight_than_allowed() -> None:
    """Each lane has its own cap, or a backlog would open a thousand connections."""
    async with World(max_batch_events=1, concurrency=3) as world:
        gate = asyncio.Event()
        world.sender.gates.append(gate)
        for _ in range(10):
            await world.ledger.add()
        world.start()
        await world.pass_time(3)
        assert len(world.sender.requests) == 3
        assert world.dispatcher.lane_status()[0].in_flight == 3
        gate.set()
        await world.pass_time(3)
        assert world.ledger.states() == [State.DELIVERED] * 10
        assert world.sender.most_at_once == 3


async def test_the_rate_of_a_token_is_kept() -> None:
    """Ten a second at first, whatever waits."""
    async with World(max_batch_events=1, max_requests_per_second=10.0) as world:
        for _ in range(100):
            await world.ledger.add()
        world.start()
        await world.pass_time(0.95)
        assert 8 <= len(world.sender.requests) <= 11


async def test_an_event_that_did_not_leave_is_tried_again() -> None:
    """A refused connection is a matter of seconds, and nothing of it can have arrived."""
    async with World(answers(NotSent("refused", 0.1), NotSent("refused", 0.1))) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(6)
        row = world.ledger.rows[1]
        assert (row.state, row.attempts, row.unknown) == (State.DELIVERED, 3, 0)


async def test_a_lost_answer_and_a_duplicate_make_a_delivery() -> None:
    """TikTok has it, and from whom is known: from the attempt whose answer was lost."""
    async with World(answers(LOST, says(40900, "Duplicate event"))) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(6)
        row = world.ledger.rows[1]
        assert (row.state, row.unknown) == (State.DELIVERED, 1)
        assert row.history[-1].request_id == "r2"
        assert row.first_maybe == START + 2


async def test_a_duplicate_without_an_attempt_of_ours_is_not_called_delivered() -> None:
    """The Pixel was first; claiming it would be a guess."""
    async with World(answers(says(40900, "Duplicate event"))) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(6)
        row = world.ledger.rows[1]
        assert (row.state, row.reason) == (State.REVIEW, "already_at_tiktok")


async def test_every_attempt_carries_the_same_event_bytes() -> None:
    """TikTok drops a copy only if it is one."""
    async with World(answers(LOST, LOST)) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(10)
        assert len({batch.events[0].wire for batch in world.ledger.intents}) == 1
        assert len(world.ledger.intents) == 3


async def test_unknown_attempts_end_with_the_window() -> None:
    """Nothing is sent after TikTok could count it as a second conversion."""
    async with World(answers(then=LOST), clocks=Clocks(dedup_window=7200)) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(7200)
        row = world.ledger.rows[1]
        assert (row.state, row.reason) == (State.INDETERMINATE, "dedup_window_over")
        assert max(attempt.sent_at for attempt in row.history) <= START + 2 + 3600


async def test_what_is_too_old_ends_without_a_request() -> None:
    """And is told as such."""
    async with World() as world:
        await world.ledger.add(event_time=int(START) - 8 * 86_400)
        await world.ledger.hold()
        await world.ledger.add()
        world.start()
        await world.pass_time(3)
        assert world.ledger.states() == [State.EXPIRED, State.SUPPRESSED, State.DELIVERED]
        assert world.sender.requests == [["ord_3"]]
        assert EventsSettled(LANE, State.EXPIRED, "event_too_old", 1) in world.notes.happenings


async def test_a_clock_that_jumps_expires_nothing() -> None:
    """A wrong clock is mended in minutes, an expired backlog is not."""
    async with World(max_batch_wait=20.0) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(1)
        world.clock.wall += 30 * 86_400
        await world.pass_time(6)
        assert world.ledger.states() == [State.QUEUED]
        world.clock.wall -= 30 * 86_400
        await world.pass_time(30)
        assert world.ledger.states() == [State.DELIVERED]
        assert [it.steady for it in world.notes.of(ClockStepped)] == [False, True]


async def test_a_jump_is_seen_before_anything_ends_of_it() -> None:
    """Between two looks at the clock a lane may already find its whole backlog too old."""
    async with World() as world:
        world.start()
        await world.pass_time(1)
        world.clock.wall += 30 * 86_400
        await world.ledger.add(event_time=int(START))
        world.dispatcher.wake(LANE)
        await world.pass_time(3)
        assert world.ledger.states() == [State.QUEUED]


async def test_a_clock_that_stays_ahead_is_believed_in_the_end() -> None:
    """It was set right, and old is old."""
    async with World(max_batch_wait=20.0) as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(1)
        world.clock.wall += 30 * 86_400
        await world.pass_time(30)
        assert world.ledger.states() == [State.EXPIRED]


async def test_a_pixel_without_rules_waits() -> None:
    """Its token is gone from the settings; the events are not."""
    async with World() as world:
        other = Lane("COTHER")
        await world.ledger.add(other)
        world.start()
        await world.pass_time(10)
        assert world.ledger.states() == [State.QUEUED]
        world.rules["COTHER"] = rules()
        await world.pass_time(10)
        assert world.ledger.states() == [State.DELIVERED]


async def test_a_replaced_token_is_used_from_the_next_request_on() -> None:
    """A rotation needs no restart."""
    async with World() as world:
        await world.ledger.add()
        world.start()
        await world.pass_time(3)
        world.rules[LANE.pixel_id] = rules(access_token=Secret("the-new-token"))
        await world.ledger.add()
        await world.pass_time(8)
        assert [token.reveal() for token in world.sender.tokens] == [
            "token-for-tests",
            "the-new-token",
        ]


async def test_an_identifier_in_the_clear_raises_the_alarm() -> None:
    """It may have been somebody's email address."""
    async with World(answers(says(40062, "data.1.user.email is not hashed"))) as world:
        await world.ledger.add()
        await world.ledger.add()
        world.start()
        await world.pass_time(6)
        assert world.ledger.states() == [State.DELIVERED, State.REJECTED]
        assert world.ledger.rows[2].reason == "identifier_not_hashed"
        assert world.notes.of(IdentifierExposed) == [IdentifierExposed(LANE, "b1", "r2")]


async def test_idle_lanes_are_forgotten() -> None:
    """Test codes come and go; their lanes must not pile up."""
    async with World() as world:
        await world.ledger.add(Lane(LANE.pixel_id, "TEST123"))
        world.start()
        await world.pass_time(3)
        assert len(world.dispatcher.lane_status()) == 1
        await world.pass_time(10)
        assert world.dispatcher.lane_status() == []
        await world.ledger.add(Lane(LANE.pixel_id, "TEST123"))
        world.dispatcher.wake(Lane(LANE.pixel_id, "TEST123"))
        await world.pass_time(3)
        assert world.ledger.states() == [State.DELIVERED] * 2


async def test_one_dead_pixel_slows_no_other() -> None:
    """A shop pays for its own silence only."""
    dead = Lane("CDEAD")
    async with World(max_batch_events=1, max_batch_wait=0) as world:
        world.rules["CDEAD"] = rules(max_batch_events=1, max_batch_wait=0)
        silence = asyncio.Event()

        async def hang(ids: list[str]) -> None:
            await {True: silence.wait, False: _at_once}[ids[0] in dead_ids]()

        world.sender.before = hang
        dead_ids = {f"ord_{await world.ledger.add(dead)}" for _ in range(10)}
        live = [await world.ledger.add() for _ in range(10)]
        world.start()
        await world.clock.settle()
        assert {world.ledger.rows[seq].state for seq in live} == {State.DELIVERED}
        silence.set()
        await world.pass_time(10)
        assert set(world.ledger.states()) == {State.DELIVERED}


async def _at_once() -> None:
    return None
