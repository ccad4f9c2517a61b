import pytest
from msgspec import structs

from tandemgate.model.admission import Admitted, AlreadyKnown, Clash, Filter, Remark
from tandemgate.model.consent import Flag, Said, SaidIn
from tandemgate.model.event import Lane, Source
from tandemgate.model.state import State
from tandemgate.ports import Archive, Ledger, OutOfStep
from tests.build import EVENT_TIME, NOW, PIXEL, a_policy, an_event, some_rules
from tests.contract.conftest import Store
from tests.contract.steps import (
    LANE,
    begin,
    claim_then_admit_then_intend,
    denied,
    end,
    numbered,
    send,
    unverified,
    waiting_item,
    without_consent,
)


async def test_an_event_is_stored_as_it_was_admitted(ledger: Ledger, archive: Archive) -> None:
    """What people look up is what was decided at intake, without anything personal."""
    event = an_event(user={"email": "customer@example.com"})
    assert await ledger.admit([event]) == [Admitted(State.QUEUED, 1)]
    (story,) = await archive.stories(event.key.event_id, PIXEL, "CompletePayment")
    entry = story.entry
    assert (entry.event_time, entry.received_at) == (EVENT_TIME, NOW)
    assert (entry.source, entry.verified, entry.revision) == ("backend", True, 1)
    assert (entry.state, entry.reason, entry.due_at) == (State.QUEUED, None, NOW)
    assert (entry.match_keys["email"], entry.match_keys["ttclid"]) == ("sent", "missing")
    assert (entry.decision, entry.decided_at) == (event.decision, NOW)
    assert entry.findings == event.findings
    assert (story.attempts, story.remarks) == ((), ())


async def test_what_a_decision_was_made_of_comes_back(ledger: Ledger, archive: Archive) -> None:
    """An auditor makes the decision again from what is stored, sources and moment included."""
    sources = (
        Said(SaidIn.TC_STRING, Flag.GRANTED, Flag.DENIED, digest=b"d" * 16),
        Said(SaidIn.GCD, opt_out=True, unreadable="unknown letter"),
    )
    event = an_event()
    decision = structs.replace(event.decision, sources=sources, collected_at=NOW - 5, child=True)
    await ledger.admit([structs.replace(event, decision=decision, decided_at=NOW + 7)])
    (story,) = await archive.stories(event.key.event_id, None, None)
    assert (story.entry.decision, story.entry.decided_at) == (decision, NOW + 7)


async def test_a_tightened_decision_says_when_it_was_tightened(
    ledger: Ledger, archive: Archive
) -> None:
    """What left before that moment was allowed to."""
    await ledger.admit([an_event()])
    await ledger.admit([an_event(now=NOW + 60)])
    (before,) = await archive.stories("ord_10492_complete_payment", None, None)
    await ledger.admit([structs.replace(denied(), received_at=NOW + 90)])
    (after,) = await archive.stories("ord_10492_complete_payment", None, None)
    assert (before.entry.decided_at, after.entry.decided_at) == (NOW, NOW + 90)


async def test_the_wire_comes_back_byte_for_byte(ledger: Ledger) -> None:
    """The bytes that leave are the bytes that intake made."""
    event = an_event()
    await ledger.admit([event])
    (due,) = await ledger.claim(LANE, 50, NOW)
    assert (due.wire, due.key, due.lane) == (event.wire, event.key, event.lane)


async def test_a_large_group_is_stored_whole_and_in_order(ledger: Ledger, archive: Archive) -> None:
    """However many callers share a commit, each event is there once, and a repeat is told."""
    events = [numbered(number) for number in range(90)]
    answers = await ledger.admit([*events[:86], events[40], *events[86:]])
    assert [at for at, said in enumerate(answers) if not isinstance(said, Admitted)] == [86]
    page = await archive.page(Filter(), 100)
    assert [entry.event_id for entry in reversed(page)] == [one.key.event_id for one in events]
    assert [due.wire for due in await ledger.claim(events[0].lane, 100, NOW)] == [
        one.wire for one in events
    ]


async def test_admitting_twice_is_the_same_as_once(ledger: Ledger, archive: Archive) -> None:
    """Jobs run twice and networks repeat requests; a conversion is still one."""
    event = an_event()
    await ledger.admit([event])
    assert await ledger.admit([event]) == [AlreadyKnown(State.QUEUED, NOW)]
    assert (await archive.stats()).recorded == 1


async def test_of_two_equal_keys_in_one_request_the_first_wins(ledger: Ledger) -> None:
    """A request is read from its beginning, whatever its events say about each other."""
    second = an_event(properties={"value": 99, "currency": "EUR"})
    answers = await ledger.admit([an_event(), second, an_event(event_id="ord_2")])
    first, clash, other = answers
    assert first == other == Admitted(State.QUEUED, 1)
    assert clash == Clash("event_id_conflict", ("value",))


async def test_answers_come_in_the_order_of_the_events(ledger: Ledger) -> None:
    """Callers tell their events' outcomes apart by position."""
    known = numbered(2)
    await ledger.admit([known])
    answers = await ledger.admit([numbered(1), known, without_consent(event_id="x"), numbered(3)])
    assert [type(answer) for answer in answers] == [Admitted, AlreadyKnown, Admitted, Admitted]
    assert [answer.state for answer in answers if isinstance(answer, Admitted)] == [
        State.QUEUED,
        State.SUPPRESSED,
        State.QUEUED,
    ]


async def test_a_test_event_never_swallows_a_live_one(ledger: Ledger) -> None:
    """The channel is part of the key."""
    live = an_event()
    lane = Lane(PIXEL, "TEST123")
    test = structs.replace(live, key=structs.replace(live.key, channel=lane.channel), lane=lane)
    assert await ledger.admit([test, live]) == [Admitted(State.QUEUED, 1)] * 2
    assert [due.key.channel for due in await ledger.claim(lane, 50, NOW)] == ["test"]


async def test_a_conflict_changes_nothing_and_is_remembered(
    ledger: Ledger, archive: Archive
) -> None:
    """The first report stands; the difference is kept by the names of its fields only."""
    event = an_event()
    other = an_event(properties={"value": 1, "currency": "USD"}, user={"email": "b@example.com"})
    await ledger.admit([event])
    assert await ledger.admit([other]) == [
        Clash("event_id_conflict", ("currency", "email", "value"))
    ]
    (due,) = await ledger.claim(LANE, 50, NOW)
    assert due.wire == event.wire
    (story,) = await archive.stories(event.key.event_id, None, None)
    (remark,) = story.remarks
    assert remark.stage == "event_id_conflict"
    assert remark.detail == "a copy from backend says otherwise: currency, email, value"


async def test_one_order_under_two_event_ids_is_refused(ledger: Ledger, archive: Archive) -> None:
    """TikTok would count both."""
    await ledger.admit([numbered(1)])
    twin = structs.replace(numbered(1), key=structs.replace(numbered(1).key, event_id="other"))
    assert await ledger.admit([twin]) == [Clash("same_order_two_event_ids", ("order_id",), "ord_1")]
    assert await archive.stories("other", None, None) == []


async def test_one_order_under_two_event_ids_may_be_allowed(ledger: Ledger) -> None:
    """A pixel whose orders are paid in parts says so, and each part goes."""
    part = structs.replace(numbered(1), order_repeats=True)
    await ledger.admit([part])
    twin = structs.replace(part, key=structs.replace(part.key, event_id="other"))
    assert await ledger.admit([twin]) == [Admitted(State.QUEUED, 1)]


async def test_one_payment_under_two_event_ids_is_refused(ledger: Ledger, archive: Archive) -> None:
    """Reports of one payment may call its order differently; days later it is one all the same."""
    paid = structs.replace(numbered(1), order=None, action=b"p" * 16, paid_once=True)
    await ledger.admit([paid])
    key = structs.replace(paid.key, event_id="other")
    again = structs.replace(paid, key=key, event_time=EVENT_TIME + 86_400)
    assert await ledger.admit([again]) == [Clash("same_payment_two_event_ids", (), "ord_1")]
    assert await archive.stories("other", None, None) == []


async def test_what_a_shop_system_tells_anew_takes_the_place_of_what_waits(
    ledger: Ledger,
) -> None:
    """A refund before anything left makes the purchase smaller."""
    told = structs.replace(an_event(), source=Source.WOOCOMMERCE, amends=True)
    edited = an_event(properties={"value": 99.95, "currency": "EUR"})
    edited = structs.replace(edited, source=Source.WOOCOMMERCE, amends=True)
    await ledger.admit([told])
    assert await ledger.admit([edited]) == [Admitted(State.QUEUED, 2)]
    assert (await waiting_item(ledger))["properties"]["value"] == 99.95


async def test_missing_context_is_filled_in_before_the_first_attempt(
    ledger: Ledger, archive: Archive
) -> None:
    """The thank-you page knows the click, the shop knows the order; together they match better."""
    await ledger.admit([an_event(user={"email": "customer@example.com"})])
    user = {"email": "customer@example.com", "ip": "203.0.113.9", "ttclid": "E.C.P.abc"}
    (answer,) = await ledger.admit([an_event(user=user)])
    assert isinstance(answer, AlreadyKnown)
    assert [found.reason for found in answer.findings] == ["context_filled"]
    item = await waiting_item(ledger)
    assert item["user"]["ttclid"] == "E.C.P.abc"
    (story,) = await archive.stories("ord_10492_complete_payment", None, None)
    assert story.entry.match_keys["ttclid"] == "sent"


async def test_what_was_filled_in_counts_as_stated(ledger: Ledger) -> None:
    """A third copy is compared with all that the first two said."""
    price = {"value": 129.95, "currency": "EUR"}
    await ledger.admit([an_event(properties=price)])
    await ledger.admit([an_event(properties={**price, "order_id": "o7"})])
    other = an_event(properties={**price, "order_id": "o8"})
    assert await ledger.admit([other]) == [Clash("event_id_conflict", ("order_id",))]


async def test_nothing_is_filled_in_after_the_first_attempt(ledger: Ledger) -> None:
    """Every copy that TikTok gets has the same bytes."""
    event = an_event(user={"email": "customer@example.com"})
    await ledger.admit([event])
    await send(ledger, State.RETRY, due_at=NOW)
    user = {"email": "customer@example.com", "ttclid": "E.C.P.abc"}
    assert await ledger.admit([an_event(user=user)]) == [AlreadyKnown(State.RETRY, NOW)]
    (due,) = await ledger.claim(LANE, 50, NOW)
    assert due.wire == event.wire


async def test_an_intent_fails_when_the_bytes_were_made_anew_after_the_claim(
    ledger: Ledger,
) -> None:
    """Otherwise an identifier could leave after its consent was taken back."""
    await ledger.admit([an_event()])
    with pytest.raises(OutOfStep):
        await claim_then_admit_then_intend(ledger, denied())
    await begin(ledger)


async def test_an_intent_fails_when_the_event_was_cancelled_after_the_claim(
    ledger: Ledger,
) -> None:
    """A claim is a reading, not a lock."""
    child = {"ad_user_data": "GRANTED", "region": "DE", "child": True}
    await ledger.admit([an_event()])
    with pytest.raises(OutOfStep):
        await claim_then_admit_then_intend(ledger, an_event(consent=child))
    assert await ledger.unsettled() == []


async def test_a_denial_before_the_first_attempt_takes_its_data_away(
    ledger: Ledger, archive: Archive
) -> None:
    """What consent removes is removed from the bytes that wait."""
    await ledger.admit([an_event()])
    (answer,) = await ledger.admit([denied()])
    assert isinstance(answer, AlreadyKnown)
    assert [found.reason for found in answer.findings] == ["consent_tightened"]
    item = await waiting_item(ledger)
    assert set(item["user"]) == {"ip", "user_agent"}
    (story,) = await archive.stories("ord_10492_complete_payment", None, None)
    assert story.entry.match_keys["email"] == "suppressed"
    assert story.entry.decision.ad_user_data is Flag.DENIED


async def test_a_denial_after_the_first_attempt_cancels(ledger: Ledger, archive: Archive) -> None:
    """Frozen bytes hold what was denied, so they must not leave again."""
    await ledger.admit([an_event()])
    await send(ledger, State.RETRY, due_at=NOW)
    (answer,) = await ledger.admit([denied()])
    assert isinstance(answer, AlreadyKnown)
    assert answer.state is State.CANCELLED
    assert await ledger.claim(LANE, 50, NOW + 86_400) == []
    (story,) = await archive.stories("ord_10492_complete_payment", None, None)
    assert (story.entry.state, story.entry.reason) == (State.CANCELLED, "consent_tightened")


@pytest.mark.parametrize(
    ("to", "maybe_at", "ends", "reason"),
    [
        (State.RETRY, None, State.CANCELLED, "consent_tightened"),
        (State.RETRY, NOW, State.CANCELLED, "maybe_delivered"),
        (State.QUEUED, None, State.CANCELLED, "consent_tightened"),
        (State.DELIVERED, None, State.DELIVERED, None),
        (State.REJECTED, None, State.REJECTED, None),
    ],
)
async def test_a_denial_during_an_attempt_waits_for_its_outcome(
    store: Store, to: State, maybe_at: float | None, ends: State, reason: str | None
) -> None:
    """What is in flight can't be called back, but it is never repeated."""
    await store.ledger.admit([an_event()])
    batch = await begin(store.ledger)
    (answer,) = await store.ledger.admit([denied()])
    assert isinstance(answer, AlreadyKnown)
    assert answer.state is State.SENDING
    await end(store.ledger, batch, to, maybe_at=maybe_at)
    (story,) = await store.archive.stories("ord_10492_complete_payment", None, None)
    assert (story.entry.state, story.entry.reason) == (ends, reason)
    assert story.attempts[-1].next_attempt_at is None


async def test_a_corrected_event_replaces_the_one_that_tiktok_refused(
    ledger: Ledger, archive: Archive
) -> None:
    """A refused event was counted nowhere, so its correction may take its key."""
    await ledger.admit([an_event()])
    await send(ledger, State.REJECTED, reason="refused_by_tiktok")
    corrected = an_event(properties={"value": 12, "currency": "EUR"})
    assert await ledger.admit([corrected]) == [Admitted(State.QUEUED, 2)]
    assert (await waiting_item(ledger))["properties"]["value"] == 12
    (story,) = await archive.stories("ord_10492_complete_payment", None, None)
    assert (story.entry.revision, story.entry.reason) == (2, None)
    assert [attempt.verdict for attempt in story.attempts] == ["delivered"]
    assert story.remarks == (Remark(NOW, "replaced", "a copy from backend took its place"),)
    await send(ledger, State.DELIVERED, "b2")
    (story,) = await archive.stories("ord_10492_complete_payment", None, None)
    assert [attempt.number for attempt in story.attempts] == [1, 2]


async def test_a_verified_copy_replaces_an_unverified_one(ledger: Ledger, archive: Archive) -> None:
    """A page's word is good until the server speaks."""
    await ledger.admit([unverified(an_event(properties={"value": 1, "currency": "EUR"}))])
    assert await ledger.admit([an_event()]) == [Admitted(State.QUEUED, 2)]
    (story,) = await archive.stories("ord_10492_complete_payment", None, None)
    assert (story.entry.verified, story.entry.source) == (True, Source.BACKEND)
    assert (await waiting_item(ledger))["properties"]["value"] == 129.95


async def test_a_stated_consent_lifts_a_suppression_for_missing_consent(
    ledger: Ledger, archive: Archive
) -> None:
    """Nobody was asked is not a no."""
    assert await ledger.admit([without_consent()]) == [Admitted(State.SUPPRESSED, 1)]
    assert await ledger.claim(LANE, 50, NOW) == []
    assert await ledger.admit([an_event()]) == [Admitted(State.QUEUED, 2)]
    assert (await waiting_item(ledger))["user"]["email"]
    (story,) = await archive.stories("ord_10492_complete_payment", None, None)
    assert (story.entry.state, story.entry.reason) == (State.QUEUED, None)
    assert story.entry.match_keys["email"] == "sent"


async def test_a_held_event_leaves_with_what_the_decision_keeps(ledger: Ledger) -> None:
    """Holding keeps everything; deciding keeps what was agreed to."""
    rules = some_rules(policy=a_policy(hold_for_consent=3600.0))
    held = an_event(rules, consent={"region": "DE"})
    assert await ledger.admit([held]) == [Admitted(State.HELD, 1)]
    assert await ledger.claim(LANE, 50, NOW) == []
    await ledger.admit([denied(user={"ip": "203.0.113.42"})])
    item = await waiting_item(ledger)
    assert set(item["user"]) == {"ip", "user_agent"}


async def test_a_held_event_is_due_when_its_wait_is_over(ledger: Ledger) -> None:
    """The dispatcher ends the wait; the ledger only says when."""
    rules = some_rules(policy=a_policy(hold_for_consent=3600.0))
    await ledger.admit([an_event(rules, consent={"region": "DE"})])
    assert await ledger.lanes(NOW) == {LANE: NOW + 3600}
    (due,) = await ledger.claim(LANE, 50, NOW + 3600)
    assert due.state is State.HELD


async def test_remarks_are_bounded(ledger: Ledger, archive: Archive) -> None:
    """A page that fires in a loop must not fill the disk; it is counted all the same."""
    await ledger.admit([an_event()] * 80)
    (story,) = await archive.stories("ord_10492_complete_payment", None, None)
    assert len(story.remarks) == 50
    counts = {cell.name: cell.count for cell in (await archive.stats()).received}
    assert counts == {"accepted": 1, "duplicate": 79}
