"""What a person may ask for takes effect on what is stored and on what still comes."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tandemgate.core.account import account_traces, account_visit, match_keys_of
from tandemgate.core.normalize import normalize
from tandemgate.core.traces import traces
from tandemgate.model.admission import Admitted, AlreadyKnown, Entry, Filter
from tandemgate.model.consent import Flag
from tandemgate.model.delivery import Change
from tandemgate.model.event import Event
from tandemgate.model.operation import Act, Again
from tandemgate.model.person import Identifiers, MatchKeys
from tandemgate.model.rights import Stated, Statement
from tandemgate.model.state import State
from tandemgate.model.visit import Binding, Reference, Seen, Visit, Wanted
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tests.build import EVENT_TIME, NOW, PIXEL, a_policy, an_event, some_rules
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import LANE, begin, denied, end, numbered, send, without_consent

Store: TypeAlias = MemoryStore | SqliteStore

JANE, JOHN = "jane@example.com", "john@example.com"
HOLDING = some_rules(policy=a_policy(hold_for_consent=3600))
DENIED, GRANTED = Flag.DENIED, Flag.GRANTED


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Give an empty store, seen as what it is."""
    made: dict[str, Store] = {"memory": MemoryStore()}
    if request.param == "sqlite":
        made["sqlite"] = await SqliteStore.open(tmp_path / "a.db", STORE_KEY, StoppedClock())
    yield made[request.param]
    await made[request.param].aclose()


def traces_of(email: str | None = None, session: str | None = None) -> frozenset[bytes]:
    """What the events of somebody are found by."""
    rules = some_rules()
    person = Identifiers(email=(email,) if email else ())
    match_keys = normalize(person, None, rules, "/user").match_keys if email else MatchKeys()
    return frozenset(traces(match_keys, session, rules.blind_index_key))


def an_act(what: str = "consent_stated") -> Act:
    """What a backend does."""
    return Act(NOW + 1, "orders", what, PIXEL)


async def state(
    store: Store,
    whose: frozenset[bytes],
    ad_user_data: Flag | None = DENIED,
    ad_personalization: Flag | None = DENIED,
    *,
    collected_at: float = NOW + 1,
    policy: Any = None,  # noqa: ANN401 - a Policy or None
) -> Stated:
    """State a consent for all events of somebody."""
    policies = {PIXEL: policy or a_policy()}
    statement = Statement(whose, policies, ad_user_data, ad_personalization, collected_at, NOW + 1)
    return await store.rights.state(statement, an_act())


async def erase(store: Store, whose: Collection[bytes], limit: int = 100) -> dict[int, State]:
    """Erase somebody."""
    return dict((await store.rights.erase(whose, limit, an_act("erase"))).met)


async def entries(store: Store) -> dict[str, Entry]:
    """Everything that is stored, by event_id."""
    return {entry.event_id: entry for entry in await store.archive.page(Filter(), 100)}


async def standing(store: Store) -> dict[str, tuple[State, str | None]]:
    """Where everything stands, and why."""
    return {name: (one.state, one.reason) for name, one in (await entries(store)).items()}


def of(email: str, number: int = 1, **overrides: Any) -> Event:  # noqa: ANN401 - any JSON
    """A purchase of somebody."""
    user = {"email": email, "ip": "203.0.113.42", "user_agent": "Mozilla/5.0"}
    return numbered(number, **({"user": user} | overrides))


@pytest.mark.parametrize("asked", [{"email": JANE}, {"session": "s-1"}])
async def test_a_withdrawal_cancels_what_waits_of_this_person_alone(
    store: Store, asked: dict[str, str]
) -> None:
    """Whoever withdraws is not to be sent a moment later, and nobody else is concerned."""
    await store.ledger.admit([of(JANE, session="s-1"), of(JOHN, 2, session="s-2")])
    told = await state(store, traces_of(**asked))
    assert told.counts == {"cancelled": 1}
    assert await standing(store) == {
        "ord_1": (State.CANCELLED, "consent_withdrawn"),
        "ord_2": (State.QUEUED, None),
    }
    assert not (await entries(store))["ord_1"].has_payload


async def test_one_of_several_identifiers_is_enough(store: Store) -> None:
    """A person gives an old address with one order and two with another."""
    user = {"email": [JOHN, JANE], "phone": "+491701234567"}
    await store.ledger.admit([numbered(1, user=user)])
    assert (await state(store, traces_of(JANE))).counts == {"cancelled": 1}


async def test_an_attempt_without_an_answer_is_told(store: Store) -> None:
    """It may have arrived, so nobody may say that nothing left."""
    await store.ledger.admit([of(JANE)])
    await send(store.ledger, State.RETRY, maybe_at=NOW)
    await state(store, traces_of(JANE))
    assert (await standing(store))["ord_1"] == (State.CANCELLED, "maybe_delivered")


@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        (State.DELIVERED, (State.DELIVERED, None)),
        (State.RETRY, (State.CANCELLED, "consent_tightened")),
        (State.QUEUED, (State.CANCELLED, "consent_tightened")),
    ],
)
async def test_what_is_under_way_is_recorded_and_never_repeated(
    store: Store, answer: State, ends: tuple[State, str | None]
) -> None:
    """Bytes that left can't be called back, but no second copy leaves."""
    await store.ledger.admit([of(JANE)])
    batch = await begin(store.ledger)
    assert (await state(store, traces_of(JANE))).counts == {"in_flight": 1}
    await end(store.ledger, batch, answer)
    assert (await standing(store))["ord_1"] == ends
    assert await store.ledger.claim(LANE, 9, NOW + 99_999) == []


async def test_what_was_delivered_stays_and_is_told(store: Store) -> None:
    """TikTok has it; whoever asks must learn that."""
    await store.ledger.admit([of(JANE)])
    await send(store.ledger, State.DELIVERED)
    assert (await state(store, traces_of(JANE))).counts == {"delivered": 1}
    assert (await standing(store))["ord_1"] == (State.DELIVERED, None)


async def test_nobody_replays_what_was_withdrawn(store: Store) -> None:
    """An operator who sends everything again must not send this."""
    await store.ledger.admit([of(JANE)])
    await send(store.ledger, State.REJECTED)
    assert (await state(store, traces_of(JANE))).counts == {"unchanged": 1}
    entry = (await entries(store))["ord_1"]
    assert (entry.state, entry.withdrawn, entry.has_payload) == (State.REJECTED, True, False)
    again = Again(entry.seq, State.REJECTED, revise=True, remark="")
    assert await store.controls.replay([again], an_act("replay")) == []
    corrected = of(JANE, properties={"value": 99.0, "currency": "EUR", "order_id": "o1"})
    await store.ledger.admit([corrected])
    assert (await standing(store))["ord_1"][0] is State.REJECTED


async def test_an_event_that_comes_late_is_struck_like_one_that_came_before(store: Store) -> None:
    """A delayed order with a consent from before leaves as little as a punctual one."""
    await state(store, traces_of(JANE))
    (said,) = await store.ledger.admit([of(JANE)])
    assert said == Admitted(State.SUPPRESSED, 1, said.findings, "consent_withdrawn")  # type: ignore[union-attr]
    assert [one.reason for one in said.findings] == ["consent_withdrawn"]
    entry = (await entries(store))["ord_1"]
    assert (entry.state, entry.has_payload) == (State.SUPPRESSED, False)
    assert await store.rights.traced(traces_of(JANE), 9) == []


async def test_a_consent_given_after_the_withdrawal_counts(store: Store) -> None:
    """People may change their mind."""
    await state(store, traces_of(JANE), collected_at=EVENT_TIME - 100)
    await store.ledger.admit([of(JANE)])
    assert (await standing(store))["ord_1"] == (State.QUEUED, None)


async def test_an_old_consent_does_not_become_new_by_a_new_action(store: Store) -> None:
    """The shop's backend repeats what it once stored."""
    await state(store, traces_of(JANE), collected_at=EVENT_TIME - 100)
    consent = {
        "ad_user_data": "GRANTED",
        "ad_personalization": "GRANTED",
        "region": "DE",
        "collected_at": EVENT_TIME - 9_999,
    }
    await store.ledger.admit([of(JANE, consent=consent)])
    assert (await standing(store))["ord_1"] == (State.SUPPRESSED, "consent_withdrawn")


async def test_what_the_decision_denies_already_goes_on(store: Store) -> None:
    """An event without identifiers, as the denial wants it, is not made stricter by the denial."""
    await store.ledger.admit([denied(session="s-1")])
    assert (await state(store, traces_of(session="s-1"))).counts == {"unchanged": 1}
    assert [one.state for one in (await entries(store)).values()] == [State.QUEUED]


async def test_whom_consent_keeps_from_tiktok_can_still_withdraw_the_rest(store: Store) -> None:
    """Their email is not sent, but their ip and browser are."""
    consent = {"ad_user_data": "DENIED", "ad_personalization": "GRANTED", "region": "DE"}
    await store.ledger.admit([of(JANE, consent=consent)])
    assert (await state(store, traces_of(JANE))).counts == {"cancelled": 1}


async def test_a_grant_lets_a_held_event_go_with_what_it_keeps(store: Store) -> None:
    """A visitor acts first and answers the banner later."""
    await store.ledger.admit([an_event(HOLDING, consent={"region": "DE"}, session="s-1")])
    told = await state(store, traces_of(session="s-1"), GRANTED, DENIED, policy=HOLDING.policy)
    assert (told.counts, told.released) == ({"released": 1}, {LANE: 1})
    (due,) = await store.ledger.claim(LANE, 9, NOW + 1)
    assert (due.state, b'"email"' in due.wire) == (State.QUEUED, True)
    assert b'"ad_personalization":"DENIED"' in due.wire


async def test_a_denial_decides_about_a_held_event_by_the_policy(store: Store) -> None:
    """Nobody was asked before, so it is no withdrawal: the table says what a denial keeps."""
    await store.ledger.admit([an_event(HOLDING, consent={"region": "DE"}, session="s-1")])
    told = await state(store, traces_of(session="s-1"), policy=HOLDING.policy)
    assert told.counts == {"released": 1}
    (due,) = await store.ledger.claim(LANE, 9, NOW + 1)
    assert (b'"email"' in due.wire, b'"ip"' in due.wire) == (False, True)


async def test_a_held_event_that_asked_for_a_stricter_profile_gets_it(store: Store) -> None:
    """What its own report asked for is not forgotten over the wait."""
    asked = {"region": "DE", "profile": "strict"}
    await store.ledger.admit([an_event(HOLDING, consent=asked, session="s-1")])
    await state(store, traces_of(session="s-1"), policy=HOLDING.policy)
    (due,) = await store.ledger.claim(LANE, 9, NOW + 1)
    assert (b'"ip":"203.0.113.0"' in due.wire, b'"user_agent"' in due.wire) == (True, False)


async def test_a_held_event_is_not_released_by_a_consent_that_comes_too_late(store: Store) -> None:
    """A consent is about the action if it was given within a day of it."""
    await store.ledger.admit([an_event(HOLDING, consent={"region": "DE"}, session="s-1")])
    told = await state(
        store, traces_of(session="s-1"), GRANTED, GRANTED, collected_at=NOW + 90_000,
        policy=HOLDING.policy,
    )  # fmt: skip
    assert told.counts == {"unchanged": 1}
    assert [one.state for one in (await entries(store)).values()] == [State.HELD]


async def test_a_grant_loosens_nothing(store: Store) -> None:
    """What was denied for one action stays denied for it."""
    await store.ledger.admit([denied(session="s-1")])
    told = await state(store, traces_of(session="s-1"), GRANTED, GRANTED)
    assert told.counts == {"unchanged": 1}
    (due,) = await store.ledger.claim(LANE, 9, NOW)
    assert b'"email"' not in due.wire


async def test_a_grant_of_one_does_not_undo_the_withdrawal_of_another_trace(store: Store) -> None:
    """The session says yes, but the person behind it has said no since."""
    user = {"email": JANE}
    event = an_event(HOLDING, consent={"region": "DE"}, session="s-1", user=user)
    await store.ledger.admit([event])
    await state(store, traces_of(JANE), None, DENIED, collected_at=NOW + 5, policy=HOLDING.policy)
    told = await state(store, traces_of(session="s-1"), GRANTED, GRANTED, policy=HOLDING.policy)
    assert told.counts == {"cancelled": 1}


async def test_other_pixels_are_not_concerned(store: Store) -> None:
    """A key speaks for its own pixels."""
    await store.ledger.admit([of(JANE)])
    statement = Statement(
        traces_of(JANE), {"C0OTHER": a_policy()}, DENIED, DENIED, NOW + 1, NOW + 1
    )
    assert (await store.rights.state(statement, an_act())).counts == {}
    assert (await standing(store))["ord_1"] == (State.QUEUED, None)


async def test_each_statement_is_a_line_of_the_audit_log(store: Store) -> None:
    """Who, when, and how many; never whose."""
    await store.ledger.admit([of(JANE)])
    await state(store, traces_of(JANE))
    (act,) = await store.controls.acts(9)
    assert (act.who, act.what, act.counts) == ("orders", "consent_stated", {"cancelled": 1})


async def test_an_erased_person_leaves_tombstones(store: Store) -> None:
    """Keys and states stay, so that nothing is ever sent a second time; nothing else does."""
    await store.ledger.admit([of(JANE), of(JANE, 2), of(JOHN, 3)])
    batch = await begin(store.ledger, limit=1)
    await end(store.ledger, batch, State.DELIVERED)
    assert await erase(store, traces_of(JANE)) == {1: State.DELIVERED, 2: State.QUEUED}
    assert await standing(store) == {
        "ord_1": (State.DELIVERED, None),
        "ord_2": (State.CANCELLED, "person_erased"),
        "ord_3": (State.QUEUED, None),
    }
    left = await entries(store)
    assert [left[name].has_payload for name in ("ord_1", "ord_2", "ord_3")] == [False, False, True]
    assert await store.rights.traced(traces_of(JANE), 9) == []
    assert (await store.archive.stats()).imbalance == 0


@pytest.mark.parametrize("number", [1, 2])
async def test_no_second_copy_of_an_erased_event_is_sent(store: Store, number: int) -> None:
    """Whether it was delivered or cancelled: its key stands."""
    await store.ledger.admit([of(JANE), of(JANE, 2)])
    await end(store.ledger, await begin(store.ledger, limit=1), State.DELIVERED)
    await erase(store, traces_of(JANE))
    (said,) = await store.ledger.admit([of(JANE, number)])
    assert isinstance(said, AlreadyKnown)
    assert await store.ledger.claim(LANE, 9, NOW + 99_999) == []
    assert await store.rights.traced(traces_of(JANE), 9) == []


async def test_what_comes_of_an_erased_person_with_an_old_consent_is_not_sent(
    store: Store,
) -> None:
    """The shop's queue still holds an order from before."""
    await erase(store, traces_of(JANE))
    await store.ledger.admit([of(JANE)])
    assert (await standing(store))["ord_1"] == (State.SUPPRESSED, "person_erased")


async def test_an_erasure_by_a_clock_that_was_set_back_takes_nothing_back(store: Store) -> None:
    """What was withdrawn or erased before stands as far as it reached."""
    await state(store, traces_of(JANE))
    for at in (NOW, NOW - 200 * 3600):
        await store.rights.erase(traces_of(JANE), 9, replace(an_act("erase"), at=at))
    await store.ledger.admit([of(JANE)])
    assert (await standing(store))["ord_1"] == (State.SUPPRESSED, "person_erased")


@pytest.mark.parametrize(
    ("answer", "ends"),
    [(State.DELIVERED, State.DELIVERED), (State.RETRY, State.CANCELLED)],
)
async def test_an_erasure_while_the_event_is_under_way(
    store: Store, answer: State, ends: State
) -> None:
    """Its answer is recorded, with nothing of the person."""
    await store.ledger.admit([of(JANE)])
    batch = await begin(store.ledger)
    assert await erase(store, traces_of(JANE)) == {1: State.SENDING}
    await end(store.ledger, batch, answer)
    entry = (await entries(store))["ord_1"]
    assert (entry.state, entry.has_payload) == (ends, False)
    assert await store.ledger.claim(LANE, 9, NOW + 99_999) == []


async def test_what_the_persons_browser_showed_goes_with_the_person(store: Store) -> None:
    """The click id of a visit is found by its session, and the session by the person's events."""
    rules = some_rules(blind_index_key=store.blind_index_key)
    event = an_event(rules, user={"email": JANE}, session="s-1")
    seen = Visit(ttclid=Seen("E.C.P.1", NOW))
    for session in ("s-1", "s-2"):
        bound = [Binding(PIXEL, Reference.ORDER, f"o of {session}")]
        await store.visits.note(session, seen, bound, NOW)
    await store.ledger.admit([event])
    await erase(store, event.traces[:1])
    wanted = [
        Wanted(PIXEL, "s-1"),
        Wanted(PIXEL, refs=((Reference.ORDER, "o of s-1"),)),
        Wanted(PIXEL, refs=((Reference.ORDER, "o of s-2"),)),
    ]
    found = await store.visits.find(wanted, NOW)
    assert [one is not None for one in found] == [False, False, True]


async def test_what_was_said_of_a_user_goes_by_the_users_id(store: Store) -> None:
    """A user who was identified and never did anything has no event by which to be found."""
    rules = some_rules(blind_index_key=store.blind_index_key)
    users = [account_visit(user_id, rules) or "" for user_id in ("cust_1", "cust_2")]
    for user in users:
        await store.visits.note(user, Visit(email=Seen("0" * 64, NOW)), [], NOW)
    erased = account_traces(match_keys_of("cust_1", rules), rules)
    await erase(store, frozenset(erased))
    found = await store.visits.find([Wanted(PIXEL, user) for user in users], NOW)
    assert [one is not None for one in found] == [False, True]


async def test_a_large_erasure_goes_step_by_step(store: Store) -> None:
    """A constant external_id stands for a whole shop, and intake must not wait for all of it."""
    await store.ledger.admit([of(JANE, number) for number in range(1, 6)])
    told = await store.rights.erase(traces_of(JANE), 3, an_act("erase"))
    assert (len(told.met), told.more) == (3, True)
    told = await store.rights.erase(traces_of(JANE), 3, an_act("erase"))
    assert (len(told.met), told.more) == (2, False)


async def test_events_are_found_while_others_arrive(store: Store) -> None:
    """Nothing slips between the search and what is then done."""
    await store.ledger.admit([of(JANE)])
    arriving = [store.ledger.admit([of(JANE, number)]) for number in range(2, 20)]
    await asyncio.gather(*arriving[:9], state(store, traces_of(JANE)), *arriving[9:])
    ends = {one.state for one in (await entries(store)).values()}
    assert ends <= {State.CANCELLED, State.SUPPRESSED}


async def test_a_held_event_that_expires_forgets_whose_it_was(store: Store) -> None:
    """Nobody agreed to anything, so nothing that names the person is kept."""
    await store.ledger.admit([an_event(HOLDING, consent={"region": "DE"}, user={"email": JANE})])
    await store.ledger.settle([Change(1, State.SUPPRESSED, "consent_missing")], NOW + 4_000)
    assert await store.rights.traced(traces_of(JANE), 9) == []
    again = an_event(HOLDING, consent={"region": "DE"}, user={"email": JOHN})
    (said,) = await store.ledger.admit([again])
    assert isinstance(said, AlreadyKnown)  # no digest of the first address is left to differ


async def test_an_event_that_nobody_consented_to_has_no_trace(store: Store) -> None:
    """There is nothing to withdraw or erase."""
    await store.ledger.admit([without_consent(session="s-1")])
    assert await store.rights.traced(traces_of(session="s-1"), 9) == []
