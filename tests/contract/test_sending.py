import pytest
from msgspec import structs

from tandemgate.model.admission import Filter
from tandemgate.model.delivery import Batch, Change
from tandemgate.model.event import Lane
from tandemgate.model.state import State
from tandemgate.ports import Archive, IllegalEdge, Ledger, OutOfStep
from tests.build import NOW, PIXEL
from tests.contract.steps import LANE, an_answer, begin, end, numbered, send, seqs

ALL = Filter()


async def test_an_empty_ledger_has_no_lanes_and_nothing_due(ledger: Ledger) -> None:
    """The first start of the gateway looks into an empty store."""
    assert await ledger.lanes(NOW) == {}
    assert await ledger.claim(LANE, 50, NOW) == []
    assert await ledger.unsettled() == []


async def test_lanes_are_kept_apart(ledger: Ledger) -> None:
    """A test event never shares a request with a live one, nor one pixel's with another's."""
    lanes = [LANE, Lane(PIXEL, "TEST1"), Lane(PIXEL, "TEST2"), Lane("C0OTHER")]
    events = [
        structs.replace(
            numbered(number),
            lane=lane,
            received_at=NOW + number,
            key=structs.replace(numbered(number).key, pixel_id=lane.pixel_id, channel=lane.channel),
            order=None,
        )
        for number, lane in enumerate(lanes)
    ]
    await ledger.admit(events)
    assert await ledger.lanes(NOW) == {lane: NOW + at for at, lane in enumerate(lanes)}
    for event in events:
        (due,) = await ledger.claim(event.lane, 50, NOW + 10)
        assert (due.key, due.lane) == (event.key, event.lane)


async def test_the_oldest_due_event_is_claimed_first(ledger: Ledger) -> None:
    """Nothing starves, and nothing leaves before its time."""
    times = {1: NOW + 3, 2: NOW + 1, 3: NOW + 2, 4: NOW + 9}
    await ledger.admit([structs.replace(numbered(n), received_at=at) for n, at in times.items()])
    due = await ledger.claim(LANE, 2, NOW + 5)
    assert [one.key.event_id for one in due] == ["ord_2", "ord_3"]


async def test_a_claim_changes_nothing(ledger: Ledger) -> None:
    """A claim that no intent follows, because the process died, must cost nothing."""
    await ledger.admit([numbered(1), numbered(2)])
    assert await ledger.claim(LANE, 50, NOW) == await ledger.claim(LANE, 50, NOW)


async def test_suspects_are_claimed_only_with_their_own_kind(ledger: Ledger) -> None:
    """A bad event is found by halving; healthy ones stay out of its batches."""
    await ledger.admit([numbered(n) for n in range(1, 6)])
    batch = await begin(ledger)
    paths = ["b1/0", "b1/0", "b1/1", "b1/1", None]
    changes = [
        Change(due.seq, State.RETRY, due_at=NOW + 1 + at, suspect=path)
        for at, (due, path) in enumerate(zip(batch.events, paths, strict=True))
    ]
    await ledger.record("b1", an_answer(), changes)
    claimed = []
    for number in range(3):
        batch = await begin(ledger, f"c{number}", at=NOW + 60)
        claimed.append([(due.key.event_id, due.suspect) for due in batch.events])
        await end(ledger, batch, State.DELIVERED)
    assert claimed == [
        [("ord_1", "b1/0"), ("ord_2", "b1/0")],
        [("ord_3", "b1/1"), ("ord_4", "b1/1")],
        [("ord_5", None)],
    ]


async def test_an_ordinary_event_that_is_due_first_goes_before_suspects(ledger: Ledger) -> None:
    """Isolating bad events must not hold up what waits longer."""
    await ledger.admit([numbered(1), numbered(2)])
    await ledger.record(
        (await begin(ledger, limit=1)).batch_id,
        an_answer(),
        [Change(1, State.RETRY, due_at=NOW + 5, suspect="b1/0")],
    )
    assert seqs(await ledger.claim(LANE, 50, NOW + 9)) == [2]
    assert await ledger.lanes(NOW) == {LANE: NOW}


async def test_an_intent_counts_an_attempt_before_a_byte_leaves(
    ledger: Ledger, archive: Archive
) -> None:
    """After a crash it is known which events may have arrived."""
    await ledger.admit([numbered(1)])
    batch = await begin(ledger)
    assert await ledger.claim(LANE, 50, NOW + 99) == []
    (entry,) = (story.entry for story in await archive.stories("ord_1", None, None))
    assert (entry.state, entry.attempts, entry.due_at) == (State.SENDING, 1, None)
    (left,) = await ledger.unsettled()
    assert (left.batch_id, left.lane, left.intended_at) == (batch.batch_id, LANE, NOW)
    (due,) = left.events
    assert (due.state, due.attempts, due.wire) == (State.SENDING, 1, batch.events[0].wire)


async def test_an_attempt_is_part_of_the_story_while_it_is_under_way(
    ledger: Ledger, archive: Archive
) -> None:
    """An operator who waits for an answer sees what is being waited for."""
    await ledger.admit([numbered(1), numbered(2)])
    await begin(ledger)
    (story,) = await archive.stories("ord_2", None, None)
    (attempt,) = story.attempts
    assert (attempt.number, attempt.batch_id, attempt.batch_events) == (1, "b1", 2)
    assert (attempt.sent_at, attempt.answered_at, attempt.verdict) == (NOW, None, None)


async def test_a_delivery_keeps_tiktoks_answer(ledger: Ledger, archive: Archive) -> None:
    """DELIVERED is a claim, and the request_id its evidence."""
    await ledger.admit([numbered(1)])
    await send(ledger, State.DELIVERED)
    (story,) = await archive.stories("ord_1", None, None)
    assert (story.entry.state, story.entry.last_code) == (State.DELIVERED, 0)
    assert (story.entry.updated_at, story.entry.reason) == (NOW + 1, None)
    (attempt,) = story.attempts
    assert (attempt.answered_at, attempt.http_status, attempt.code) == (NOW + 1, 200, 0)
    assert (attempt.message, attempt.request_id, attempt.verdict) == ("OK", "r-1", "delivered")
    assert (attempt.latency, attempt.next_attempt_at) == (0.05, None)


async def test_one_answer_may_end_differently_for_each_event(
    ledger: Ledger, archive: Archive
) -> None:
    """TikTok accepts a request in part, and says of each refused event why."""
    await ledger.admit([numbered(1), numbered(2)])
    await begin(ledger)
    changes = [
        Change(1, State.DELIVERED),
        Change(2, State.REJECTED, "refused_by_tiktok", message="data.1: bad currency"),
    ]
    await ledger.record("b1", an_answer(verdict="partial", code=20001, message="partly"), changes)
    (first,) = await archive.stories("ord_1", None, None)
    (second,) = await archive.stories("ord_2", None, None)
    assert [attempt.message for attempt in first.attempts] == ["partly"]
    assert [attempt.message for attempt in second.attempts] == ["data.1: bad currency"]
    assert (second.entry.state, second.entry.reason) == (State.REJECTED, "refused_by_tiktok")
    assert second.entry.last_code == 20001


async def test_every_attempt_stays_in_the_story(ledger: Ledger, archive: Archive) -> None:
    """An event that needed three attempts shows all three."""
    await ledger.admit([numbered(1)])
    await send(ledger, State.RETRY, "b1", due_at=NOW)
    await send(ledger, State.RETRY, "b2", due_at=NOW, maybe_at=NOW)
    await send(ledger, State.DELIVERED, "b3")
    (story,) = await archive.stories("ord_1", None, None)
    told = [
        (attempt.number, attempt.batch_id, attempt.next_attempt_at) for attempt in story.attempts
    ]
    assert told == [(1, "b1", NOW), (2, "b2", NOW), (3, "b3", None)]


async def test_an_attempt_without_an_answer_starts_the_window(ledger: Ledger) -> None:
    """TikTok merges copies for 48 hours after the first one it has."""
    await ledger.admit([numbered(1)])
    await send(ledger, State.RETRY, "b1", due_at=NOW, maybe_at=NOW + 7)
    await send(ledger, State.RETRY, "b2", due_at=NOW)
    await send(ledger, State.RETRY, "b3", due_at=NOW, maybe_at=NOW + 9)
    (due,) = await ledger.claim(LANE, 50, NOW)
    assert (due.attempts, due.unknown, due.first_maybe) == (3, 2, NOW + 7)


async def test_a_lane_hold_gives_the_attempt_back(ledger: Ledger, archive: Archive) -> None:
    """A wrong token is not the event's fault, however often it is tried."""
    await ledger.admit([numbered(1)])
    await send(ledger, State.QUEUED, "b1", counted=False, due_at=NOW + 5)
    again = await begin(ledger, "b2", at=NOW + 60)
    await end(ledger, again, State.QUEUED, counted=False)
    (due,) = await ledger.claim(LANE, 50, NOW + 60)
    assert (due.state, due.attempts) == (State.QUEUED, 0)
    (story,) = await archive.stories("ord_1", None, None)
    assert [attempt.batch_id for attempt in story.attempts] == ["b1", "b2"]


async def test_recording_an_answer_again_changes_nothing(ledger: Ledger, archive: Archive) -> None:
    """After a failed commit nobody knows whether it took place, so it is repeated."""
    await ledger.admit([numbered(1)])
    batch = await send(ledger, State.RETRY, due_at=NOW)
    before = await archive.stories("ord_1", None, None), await archive.stats()
    await end(ledger, batch, State.DELIVERED)
    await end(ledger, batch, State.REJECTED)
    assert (await archive.stories("ord_1", None, None), await archive.stats()) == before
    assert await ledger.unsettled() == []


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [Change(1, State.DELIVERED)],
        [Change(1, State.DELIVERED), Change(1, State.DELIVERED)],
        [Change(1, State.DELIVERED), Change(2, State.DELIVERED), Change(3, State.DELIVERED)],
        [Change(1, State.DELIVERED), Change(2, State.EXPIRED)],
        [Change(1, State.DELIVERED), Change(2, State.SENDING)],
    ],
)
async def test_a_batch_is_closed_whole_and_along_edges_or_not_at_all(
    ledger: Ledger, archive: Archive, changes: list[Change]
) -> None:
    """An event that nobody decides about would wait for ever."""
    await ledger.admit([numbered(1), numbered(2), numbered(3)])
    await begin(ledger, limit=2)
    with pytest.raises(IllegalEdge):
        await ledger.record("b1", an_answer(), changes)
    assert [len(left.events) for left in await ledger.unsettled()] == [2]
    assert (await archive.stats()).imbalance == 0


async def test_a_batch_that_was_never_intended_has_no_answer(ledger: Ledger) -> None:
    """Bytes that left without an intent would be a bug worth a crash."""
    with pytest.raises(IllegalEdge):
        await ledger.record("nowhere", an_answer(), [])


async def test_an_event_is_in_one_open_batch_at_most(ledger: Ledger) -> None:
    """Two requests with one event at a time could not be told apart afterwards."""
    await ledger.admit([numbered(1)])
    due = await ledger.claim(LANE, 50, NOW)
    await ledger.intend(Batch("b1", LANE, tuple(due), b""), NOW)
    with pytest.raises(OutOfStep):
        await ledger.intend(Batch("b2", LANE, tuple(due), b""), NOW)
    assert [left.batch_id for left in await ledger.unsettled()] == ["b1"]


async def test_an_intent_takes_all_of_its_events_or_none(ledger: Ledger) -> None:
    """The body is made already, so it can't lose an event."""
    await ledger.admit([numbered(1), numbered(2)])
    due = await ledger.claim(LANE, 50, NOW)
    await ledger.settle([Change(2, State.EXPIRED, "event_too_old")], NOW)
    with pytest.raises(OutOfStep):
        await ledger.intend(Batch("b1", LANE, tuple(due), b""), NOW)
    assert seqs(await ledger.claim(LANE, 50, NOW)) == [1]


async def test_what_waits_can_end_without_an_answer(ledger: Ledger, archive: Archive) -> None:
    """Events get too old while TikTok is away."""
    await ledger.admit([numbered(1), numbered(2)])
    await ledger.settle([Change(1, State.EXPIRED, "event_too_old")], NOW + 5)
    (story,) = await archive.stories("ord_1", None, None)
    assert (story.entry.state, story.entry.reason) == (State.EXPIRED, "event_too_old")
    assert (story.entry.updated_at, story.entry.due_at) == (NOW + 5, None)
    assert seqs(await ledger.claim(LANE, 50, NOW)) == [2]


@pytest.mark.parametrize("to", [State.DELIVERED, State.RETRY, State.HELD, State.SENDING])
async def test_what_is_no_edge_is_refused_whole(
    ledger: Ledger, archive: Archive, to: State
) -> None:
    """A state that nobody can explain is worse than an error."""
    await ledger.admit([numbered(1), numbered(2)])
    with pytest.raises(OutOfStep):
        await ledger.settle([Change(1, State.EXPIRED), Change(2, to)], NOW)
    assert [entry.state for entry in await archive.page(ALL, 9)] == [State.QUEUED] * 2


async def test_only_an_answer_ends_what_is_being_sent(ledger: Ledger) -> None:
    """While bytes are under way nobody else may say how they fared."""
    await ledger.admit([numbered(1)])
    await begin(ledger)
    with pytest.raises(OutOfStep):
        await ledger.settle([Change(1, State.CANCELLED)], NOW)


async def test_settling_an_unknown_event_is_refused(ledger: Ledger) -> None:
    """The caller's picture of the ledger is wrong."""
    with pytest.raises(OutOfStep):
        await ledger.settle([Change(7, State.EXPIRED)], NOW)


async def test_unsettled_batches_come_oldest_first(ledger: Ledger) -> None:
    """After a crash each of them is closed as unknown."""
    await ledger.admit([numbered(n) for n in range(1, 5)])
    await begin(ledger, "b1", limit=2)
    await begin(ledger, "b2", limit=2)
    left = await ledger.unsettled()
    assert [(batch.batch_id, seqs(batch.events)) for batch in left] == [
        ("b1", [1, 2]),
        ("b2", [3, 4]),
    ]
    await end(ledger, left[0], State.DELIVERED)
    assert [batch.batch_id for batch in await ledger.unsettled()] == ["b2"]
