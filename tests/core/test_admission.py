from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tandemgate.core.admission import resolve
from tandemgate.core.denial import denials, stricter, withdrawn
from tandemgate.core.resolution import (
    Insert,
    Refuse,
    Repeat,
    Replace,
    Resolution,
    answer,
    outcome,
    remarks,
    standing,
)
from tandemgate.model.admission import Admitted, AlreadyKnown, Clash, Known
from tandemgate.model.consent import Export
from tandemgate.model.delivery import Change
from tandemgate.model.event import Event, Source
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.state import EDGES, FINAL, State
from tests.build import EVENT_TIME, NOW, a_policy, an_event, some_rules

GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
DENIED = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
ASKED_NOTHING = {"region": "DE"}
CHILD = {**GRANTED, "child": True}
OTHER_VALUE = {"value": 1, "currency": "EUR"}
HOLDING = some_rules(policy=a_policy(hold_for_consent=7 * 86_400.0))

SENT = {State.SENDING, State.RETRY, State.DELIVERED, State.REJECTED}


def known(event: Event | None = None, **overrides: Any) -> Known:  # noqa: ANN401 - Known checks
    """An event that waits, as the ledger knows it; what was sent before is frozen."""
    event = event or an_event()
    state = overrides.get("state", standing(event).state)
    base = Known(1, state, 1, 0, frozen=state in SENT, event=event)
    return replace(base, **overrides)


def inserted(event: Event) -> Insert:
    """What is decided about an event of which nothing is known."""
    return Insert(event, standing(event))


def unverified(event: Event | None = None) -> Event:
    """A copy that carried no server key."""
    return structs.replace(event or an_event(), verified=False, source=Source.BROWSER)


def reasons(resolution: Resolution) -> list[str]:
    """The reasons of a resolution's findings."""
    assert not isinstance(resolution, Refuse)
    return [found.reason for found in resolution.findings]


def repeated(stands: Known, arriving: Event) -> Repeat:
    """Resolve to a repeat."""
    resolution = resolve(stands, None, None, arriving)
    assert isinstance(resolution, Repeat)
    return resolution


@pytest.mark.parametrize(
    ("event", "begins"),
    [
        (an_event(), (State.QUEUED, None, NOW)),
        (an_event(consent=ASKED_NOTHING), (State.SUPPRESSED, "consent_missing", None)),
        (an_event(HOLDING, consent=ASKED_NOTHING), (State.HELD, "consent_missing", NOW + 604_800)),
        (an_event(consent=CHILD), (State.SUPPRESSED, "known_child", None)),
        (
            an_event(user={"email": "customer@example.com"}, consent=DENIED),
            (State.SUPPRESSED, "no_match_keys_left", None),
        ),
    ],
)
def test_where_an_event_begins(
    event: Event, begins: tuple[State, str | None, float | None]
) -> None:
    """The decision and what is left to send say it together."""
    stands = standing(event)
    assert (stands.state, stands.reason, stands.due_at) == begins


def test_a_new_key_is_stored() -> None:
    """The ordinary case."""
    assert resolve(None, None, None, an_event()) == inserted(an_event())


def test_the_same_again_changes_nothing() -> None:
    """Admitting twice is the same as once."""
    assert repeated(known(), an_event()) == Repeat(an_event())


# The rows of the table "a field differs": who reported first, who reports now, what stood then.
@pytest.mark.parametrize(
    ("first", "second", "overrides", "expected"),
    [
        (True, True, {}, Refuse),
        (False, False, {}, Refuse),
        (True, True, {"state": State.DELIVERED}, Refuse),
        (True, True, {"state": State.RETRY}, Refuse),
        (True, False, {}, Repeat),
        (True, False, {"state": State.DELIVERED}, Repeat),
        (False, True, {}, Replace),
        (False, True, {"frozen": True}, Repeat),
        (False, True, {"state": State.RETRY}, Repeat),
        (False, True, {"state": State.SENDING}, Repeat),
        (False, True, {"state": State.DELIVERED}, Repeat),
        (True, True, {"state": State.REJECTED}, Replace),
        (False, True, {"state": State.REJECTED}, Replace),
        (False, False, {"state": State.REJECTED}, Replace),
        (True, False, {"state": State.REJECTED}, Repeat),
        (True, True, {"state": State.REJECTED, "unknown": 1}, Refuse),
        (True, True, {"state": State.EXPIRED}, Refuse),
        (True, True, {"state": State.CANCELLED}, Refuse),
    ],
)
def test_who_wins_when_a_field_differs(
    first: bool, second: bool, overrides: dict[str, Any], expected: type[Resolution]
) -> None:
    """Trust and what was sent already decide between two stories of one event."""
    stands = known(structs.replace(an_event(), verified=first), **overrides)
    arriving = structs.replace(an_event(properties=OTHER_VALUE), verified=second)
    resolution = resolve(stands, None, None, arriving)
    assert type(resolution) is expected


def test_a_conflict_names_the_fields_that_differ() -> None:
    """The caller can look for the mistake without a value being printed."""
    other = an_event(properties={"value": 1, "currency": "USD"})
    resolution = resolve(known(), None, None, other)
    assert resolution == Refuse("event_id_conflict", ("currency", "value"))


def test_a_field_that_only_one_copy_states_is_no_conflict() -> None:
    """The Pixel often knows less than the shop."""
    assert reasons(repeated(known(), an_event(user={"ip": "203.0.113.42"}))) == []


def test_the_unverified_copy_that_was_sent_first_is_a_problem() -> None:
    """What the server says can't be sent any more."""
    stands = known(unverified(), state=State.RETRY)
    assert reasons(repeated(stands, an_event(properties=OTHER_VALUE))) == [
        "unverified_copy_sent_first"
    ]


def test_a_copy_that_is_only_later_is_a_late_refire() -> None:
    """Somebody opened the thank-you page again."""
    assert reasons(repeated(known(), an_event(event_time=EVENT_TIME + 10))) == ["late_refire"]
    assert reasons(repeated(known(), an_event(event_time=EVENT_TIME - 10))) == []


def test_a_refused_event_sent_again_as_it_was_is_a_duplicate() -> None:
    """TikTok would refuse it again."""
    stands = known(state=State.REJECTED)
    later = an_event(event_time=EVENT_TIME + 10)
    assert isinstance(resolve(stands, None, None, an_event()), Repeat)
    assert isinstance(resolve(stands, None, None, later), Repeat)


def test_a_refused_event_may_be_corrected_in_any_field() -> None:
    """TikTok also refuses what no fingerprint covers, such as an address."""
    corrected = an_event(page={"url": "https://shop.example/other"})
    resolution = resolve(known(state=State.REJECTED), None, None, corrected)
    assert isinstance(resolution, Replace)
    assert resolution.event.wire == corrected.wire


def test_a_replacement_keeps_the_moment_of_the_first_report() -> None:
    """It is the same event, told better."""
    arriving = an_event(now=NOW + 60, properties=OTHER_VALUE)
    resolution = resolve(known(unverified()), None, None, arriving)
    assert isinstance(resolution, Replace)
    assert resolution.event.received_at == NOW


def test_a_replacement_stays_under_the_denial_of_what_it_replaces() -> None:
    """Consent only tightens, whoever speaks."""
    stands = known(unverified(an_event(consent=DENIED)))
    resolution = resolve(stands, None, None, an_event(properties=OTHER_VALUE, consent=GRANTED))
    assert isinstance(resolution, Replace)
    assert "email" not in msgspec.json.decode(resolution.event.wire)["user"]
    assert resolution.event.presence[MatchKey.EMAIL] is Presence.SUPPRESSED


RICHER = {"email": "customer@example.com", "ip": "203.0.113.9", "ttclid": "E.C.P.abc"}


def test_missing_context_is_filled_in() -> None:
    """Two halves of one story become a whole."""
    stands = known(an_event(user={"email": "customer@example.com"}))
    repeat = repeated(stands, an_event(user=RICHER))
    assert reasons(repeat) == ["context_filled"]
    assert msgspec.json.decode(repeat.event.wire)["user"]["ttclid"] == "E.C.P.abc"
    assert repeat.event.presence[MatchKey.TTCLID] is Presence.SENT


@pytest.mark.parametrize("overrides", [{"frozen": True}, *({"state": end} for end in FINAL)])
def test_what_was_frozen_or_ended_is_not_filled_in(overrides: dict[str, Any]) -> None:
    """Every copy has the same bytes."""
    stands = known(an_event(user={"email": "customer@example.com"}), **overrides)
    resolution = resolve(stands, None, None, an_event(user=RICHER))
    assert isinstance(resolution, Replace) or repeated(
        stands, an_event(user=RICHER)
    ).event.wire == (stands.event.wire)


def test_an_unverified_copy_completes_no_verified_one() -> None:
    """Otherwise anybody who knows an order's id could lend it his click."""
    stands = known(an_event(user={"email": "customer@example.com"}))
    assert repeated(stands, unverified(an_event(user=RICHER))) == Repeat(stands.event)


def test_a_verified_copy_that_agrees_makes_an_event_verified() -> None:
    """From then on only other verified copies can contradict it."""
    assert repeated(known(unverified()), an_event()).event.verified


def test_what_the_first_consent_kept_back_is_not_filled_in() -> None:
    """A later grant brings no identifier back."""
    stands = known(an_event(consent=DENIED))
    repeat = repeated(stands, an_event(consent=GRANTED, user={**RICHER, "phone": "+491701234567"}))
    assert set(msgspec.json.decode(repeat.event.wire)["user"]) == {"ip", "user_agent", "ttclid"}
    assert reasons(repeat) == ["context_filled", "looser_consent_ignored"]


@pytest.mark.parametrize(
    ("overrides", "to", "reason", "mark"),
    [
        ({}, None, None, False),
        ({"frozen": True}, State.CANCELLED, "consent_tightened", True),
        ({"state": State.RETRY}, State.CANCELLED, "consent_tightened", True),
        ({"state": State.RETRY, "unknown": 1}, State.CANCELLED, "maybe_delivered", True),
        ({"state": State.SENDING}, None, None, True),
        ({"state": State.DELIVERED}, None, None, False),
        ({"state": State.REVIEW, "frozen": True}, None, None, True),
        ({"state": State.REJECTED}, None, None, True),
        ({"state": State.EXPIRED}, None, None, False),
    ],
)
def test_what_a_later_denial_does(
    overrides: dict[str, Any], to: State | None, reason: str | None, mark: bool
) -> None:
    """Before the first attempt it takes away; after it, it cancels what can be cancelled."""
    repeat = repeated(known(**overrides), an_event(consent=DENIED))
    assert (repeat.state, repeat.reason, repeat.withdrawn) == (to, reason, mark)


def test_a_denial_of_everything_cancels_what_waits() -> None:
    """Nothing of a child's event leaves, and its payload goes."""
    repeat = repeated(known(), an_event(consent=CHILD))
    assert (repeat.state, repeat.reason, repeat.event.wire) == (State.CANCELLED, "known_child", b"")


def test_a_denial_that_leaves_nobody_to_match_cancels() -> None:
    """An event that names nobody is of no use to TikTok."""
    email = {"email": "customer@example.com"}
    repeat = repeated(known(an_event(user=email)), an_event(user=email, consent=DENIED))
    assert (repeat.state, repeat.reason) == (State.CANCELLED, "no_match_keys_left")


def test_a_denial_after_delivery_is_said() -> None:
    """It can't be undone, so at least somebody should know."""
    repeat = repeated(known(state=State.DELIVERED), an_event(consent=DENIED))
    assert reasons(repeat) == ["consent_tightened_too_late"]


def test_saying_nothing_is_no_denial() -> None:
    """A copy without consent must not cancel one with it."""
    repeat = repeated(known(), an_event(consent=ASKED_NOTHING))
    assert (repeat.state, reasons(repeat), repeat.event) == (None, [], an_event())
    half = {"ad_user_data": "GRANTED", "region": "DE"}
    assert reasons(repeated(known(state=State.RETRY), an_event(consent=half))) == []


def test_an_opt_out_is_a_denial() -> None:
    """Global Privacy Control tightens wherever it is seen."""
    american = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "US"}
    stands = known(an_event(consent=american))
    repeat = repeated(stands, an_event(consent={**american, "opt_out": True}))
    item = msgspec.json.decode(repeat.event.wire)
    assert item["limited_data_use"] is True
    assert item["properties"]["ad_personalization"] == "DENIED"


def test_a_later_grant_is_ignored_and_said() -> None:
    """What was decided for the moment of the action stands."""
    stands = known(an_event(consent=DENIED))
    repeat = repeated(stands, an_event(consent=GRANTED))
    assert (reasons(repeat), repeat.event.wire) == (["looser_consent_ignored"], stands.event.wire)


DAY = 86_400


@pytest.mark.parametrize(
    ("rules", "collected_at", "lifted"),
    [
        (some_rules(), None, True),
        (some_rules(), EVENT_TIME + DAY, True),
        (some_rules(), EVENT_TIME + DAY + 1, False),
        (HOLDING, EVENT_TIME + DAY + 1, True),
        (HOLDING, EVENT_TIME + 7 * DAY, True),
        (HOLDING, EVENT_TIME + 7 * DAY + 1, False),
    ],
)
def test_a_stated_consent_lifts_a_missing_one_in_time(
    rules: Any,  # noqa: ANN401 - PixelRules
    collected_at: float | None,
    lifted: bool,
) -> None:
    """Nobody was asked is not a no; but an answer months later is not about this action."""
    stands = known(an_event(rules, consent=ASKED_NOTHING))
    decision = structs.replace(an_event(consent=GRANTED).decision, collected_at=collected_at)
    arriving = structs.replace(an_event(), decision=decision)
    resolution = resolve(stands, None, None, arriving)
    assert isinstance(resolution, Replace) is lifted
    assert lifted or reasons(resolution) == ["looser_consent_ignored"]


def test_a_held_event_is_completed_by_what_it_held() -> None:
    """The copy with the consent may know less than the one that waits."""
    stands = known(an_event(HOLDING, consent=ASKED_NOTHING, user=RICHER))
    resolution = resolve(stands, None, None, an_event(user={"email": "customer@example.com"}))
    assert isinstance(resolution, Replace)
    assert standing(resolution.event).state is State.QUEUED
    assert set(msgspec.json.decode(resolution.event.wire)["user"]) == {"email", "ip", "ttclid"}


def test_a_denial_lets_go_of_what_it_keeps() -> None:
    """A stated denial is an answer too: the event leaves without identifiers."""
    stands = known(an_event(HOLDING, consent=ASKED_NOTHING, user=RICHER))
    resolution = resolve(stands, None, None, an_event(user=RICHER, consent=DENIED))
    assert isinstance(resolution, Replace)
    assert set(msgspec.json.decode(resolution.event.wire)["user"]) == {"ip", "ttclid"}


@pytest.mark.parametrize("rules", [HOLDING, some_rules()], ids=["held", "suppressed"])
def test_what_was_denied_beside_the_missing_consent_stays_denied(rules: Any) -> None:  # noqa: ANN401
    """The second banner asked about everything anew, but an earlier no is not taken for a yes."""
    first = {"region": "DE", "ad_personalization": "DENIED"}
    resolution = resolve(known(an_event(rules, consent=first)), None, None, an_event())
    assert isinstance(resolution, Replace)
    properties = msgspec.json.decode(resolution.event.wire)["properties"]
    assert (properties["ad_user_data"], properties["ad_personalization"]) == ("GRANTED", "DENIED")


def test_an_opt_out_without_a_region_limits_use_where_the_region_is_said_later() -> None:
    """It was stored as missing consent, since nobody knew where the person is."""
    stands = known(an_event(consent={"opt_out": True}))
    resolution = resolve(stands, None, None, an_event(consent={**GRANTED, "region": "US-CA"}))
    assert isinstance(resolution, Replace)
    assert msgspec.json.decode(resolution.event.wire)["limited_data_use"] is True


@pytest.mark.parametrize(
    ("rules", "to"), [(HOLDING, State.SUPPRESSED), (some_rules(), None)], ids=["held", "suppressed"]
)
def test_a_denial_of_everything_ends_the_wait(rules: Any, to: State | None) -> None:  # noqa: ANN401
    """After it, no grant lifts the suppression any more."""
    stands = known(an_event(rules, consent=ASKED_NOTHING))
    repeat = repeated(stands, an_event(consent=CHILD))
    assert (repeat.state, repeat.event.wire) == (to, b"")
    afterwards = replace(stands, state=State.SUPPRESSED, event=repeat.event)
    assert isinstance(resolve(afterwards, None, None, an_event()), Repeat)


def test_an_unverified_consent_lifts_no_verified_event() -> None:
    """A page may only speak for its own session."""
    stands = known(an_event(consent=ASKED_NOTHING))
    assert isinstance(resolve(stands, None, None, unverified()), Repeat)


def other(event_id: str = "first", **overrides: Any) -> Known:  # noqa: ANN401 - see known
    """An event under another event_id."""
    event = an_event()
    return known(
        structs.replace(event, key=structs.replace(event.key, event_id=event_id)), **overrides
    )


def test_one_order_has_one_event_id() -> None:
    """TikTok would count both."""
    resolution = resolve(None, other(), None, an_event())
    assert resolution == Refuse("same_order_two_event_ids", ("order_id",), "first")


def test_an_unverified_event_does_not_keep_an_order_from_the_server() -> None:
    """Otherwise anybody could block orders by guessing their numbers."""
    stranger = other()
    stranger = replace(stranger, event=unverified(stranger.event))
    assert reasons(resolve(None, stranger, None, an_event())) == ["probable_double_fire"]
    assert isinstance(resolve(None, stranger, None, unverified()), Refuse)


@pytest.mark.parametrize(
    ("later", "told"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_one_action_under_two_event_ids_is_noticed(later: int, told: bool) -> None:
    """Both are sent, since nobody can be sure."""
    twin = other()
    twin = replace(twin, event=structs.replace(twin.event, event_time=EVENT_TIME - later))
    resolution = resolve(None, None, twin, an_event())
    assert isinstance(resolution, Insert)
    assert reasons(resolution) == ["probable_double_fire"] * told


@pytest.mark.parametrize(
    ("change", "unknown", "ends"),
    [
        (Change(1, State.DELIVERED), 0, (State.DELIVERED, None)),
        (Change(1, State.REJECTED, "bad"), 0, (State.REJECTED, "bad")),
        (Change(1, State.RETRY, due_at=NOW), 0, (State.CANCELLED, "consent_tightened")),
        (Change(1, State.QUEUED, due_at=NOW), 0, (State.CANCELLED, "consent_tightened")),
        (Change(1, State.RETRY, maybe_at=NOW), 0, (State.CANCELLED, "maybe_delivered")),
        (Change(1, State.RETRY, due_at=NOW), 1, (State.CANCELLED, "maybe_delivered")),
    ],
)
def test_what_was_withdrawn_in_flight_is_not_sent_again(
    change: Change, unknown: int, ends: tuple[State, str | None]
) -> None:
    """What can't be called back is at least not repeated."""
    actual = withdrawn(change, unknown)
    assert (actual.to, actual.reason) == ends
    assert actual.to is not State.CANCELLED or actual.due_at is None


@pytest.mark.parametrize(
    ("resolution", "said", "counted"),
    [
        (inserted(an_event()), Admitted(State.QUEUED, 1), ("accepted", "")),
        (
            inserted(an_event(consent=CHILD)),
            Admitted(State.SUPPRESSED, 1),
            ("suppressed", "known_child"),
        ),
        (Replace(an_event()), Admitted(State.QUEUED, 2), ("accepted", "")),
        (Repeat(an_event()), AlreadyKnown(State.QUEUED, NOW), ("duplicate", "")),
        (
            Repeat(an_event(), State.CANCELLED),
            AlreadyKnown(State.CANCELLED, NOW),
            ("duplicate", ""),
        ),
        (
            Refuse("event_id_conflict", ("value",)),
            Clash("event_id_conflict", ("value",)),
            ("conflict", "event_id_conflict"),
        ),
    ],
)
def test_what_is_said_and_counted(
    resolution: Resolution, said: object, counted: tuple[str, str]
) -> None:
    """Each resolution is one outcome to the caller and in the counters."""
    assert answer(resolution, known()) == said
    assert outcome(resolution) == counted


def test_the_history_keeps_no_content() -> None:
    """A remark is read by everybody who may look."""
    differs = Refuse("event_id_conflict", ("email", "value"))
    (remark,) = remarks(differs, an_event())
    assert remark.detail == "a copy from backend says otherwise: email, value"


# -- laws

consents = st.fixed_dictionaries(
    {"region": st.sampled_from(["DE", "US", "BR"])},
    optional={
        "ad_user_data": st.sampled_from(["GRANTED", "DENIED"]),
        "ad_personalization": st.sampled_from(["GRANTED", "DENIED"]),
        "opt_out": st.booleans(),
        "child": st.booleans(),
    },
)
events = st.builds(
    lambda rules, consent, user, value, verified: structs.replace(
        an_event(rules, consent=consent, user=user, properties={"value": value, "currency": "EUR"}),
        verified=verified,
    ),
    st.sampled_from([some_rules(), HOLDING]),
    consents,
    st.sampled_from([RICHER, {"email": "customer@example.com"}, {"ip": "203.0.113.9"}]),
    st.sampled_from([1, 2]),
    st.booleans(),
)


@st.composite
def stored(draw: st.DrawFn) -> Known:
    """Any event in any state that it can have come to."""
    event = draw(events)
    begins = standing(event).state
    later = st.sampled_from([State.SENDING, State.RETRY, *(FINAL - {State.SUPPRESSED})])
    state = begins if begins is State.SUPPRESSED else draw(st.just(begins) | later)
    frozen = state in SENT or (state is State.QUEUED and draw(st.booleans()))
    return known(event, state=state, frozen=frozen, unknown=draw(st.integers(0, 1)))


@given(stored(), events)
def test_every_way_is_an_edge(stands: Known, arriving: Event) -> None:
    """Admission takes no way that the table of states does not know."""
    match resolve(stands, None, None, arriving):
        case Repeat(_, State() as to):
            assert (stands.state, to) in EDGES
        case Replace(event):
            begins = standing(event).state
            assert begins is stands.state or (stands.state, begins) in EDGES
        case _:
            pass


@given(stored(), events)
def test_what_was_frozen_keeps_its_bytes(stands: Known, arriving: Event) -> None:
    """Until it is replaced as a whole, or must not be sent any more."""
    match resolve(replace(stands, frozen=True), None, None, arriving):
        case Repeat(event, to):
            kept_here = to in {State.CANCELLED, State.SUPPRESSED}
            assert event.wire == stands.event.wire or kept_here
        case _:
            pass


@given(stored(), events)
def test_a_denial_stays(stands: Known, arriving: Event) -> None:
    """Whatever arrives, what was denied remains denied, and its data away."""
    resolution = resolve(stands, None, None, arriving)
    after = stands.event if isinstance(resolution, Refuse) else resolution.event
    assert denials(stands.event.decision) <= denials(after.decision)
    user = msgspec.json.decode(after.wire).get("user", {}) if after.wire else {}
    frozen = not isinstance(resolution, Replace) and stands.frozen
    assert frozen or not user.keys() & after.decision.remove


@given(stored(), events)
def test_an_unverified_copy_adds_nothing_to_a_verified_one(stands: Known, arriving: Event) -> None:
    """It may take away by denying, and that is all."""
    verified = replace(stands, event=structs.replace(stands.event, verified=True))
    arriving = structs.replace(arriving, verified=False)
    resolution = resolve(verified, None, None, arriving)
    assert isinstance(resolution, Repeat)
    before = msgspec.json.decode(stands.event.wire or b"{}").get("user", {})
    after = msgspec.json.decode(resolution.event.wire or b"{}").get("user", {})
    assert after.keys() <= before.keys()


@given(events, events)
def test_joining_decisions_only_takes_away(one: Event, two: Event) -> None:
    """Each of two decisions is kept by their join, unless nobody was asked."""
    joined = stricter(one.decision, two.decision)
    assert joined.remove >= one.decision.remove
    assert one.decision.export is not Export.NONE or joined.export is Export.NONE
    assert denials(joined) >= denials(one.decision)
