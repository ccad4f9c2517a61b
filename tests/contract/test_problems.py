"""What goes wrong is counted with what it is about, settled by people and open again by itself."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tandemgate.core.beacon import CONTEXT
from tandemgate.core.problems import MOST_ALIKE, OTHERS, problem_id, status_of
from tandemgate.model.admission import Tally
from tandemgate.model.delivery import Change
from tandemgate.model.event import Channel, Event
from tandemgate.model.finding import Finding
from tandemgate.model.operation import Act
from tandemgate.model.problem import (
    Origin,
    ProblemFilter,
    ProblemGroup,
    ProblemKey,
    Sample,
    Share,
    Sighting,
    Status,
)
from tandemgate.model.state import State
from tandemgate.ports import IllegalEdge
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.retention import Keep
from tests.build import NOW, PIXEL
from tests.contract.conftest import STORE_KEY, Store
from tests.contract.steps import an_answer, begin, numbered, send, without_consent
from tests.contract.test_pairs import PatientClock, a_call

HOUR, DAY = 3600.0, 86_400.0
EVENT = "CompletePayment"


def a_key(reason: str = "currency_invalid", **other: object) -> ProblemKey:
    """What the gateway found at the currency of a backend's purchase."""
    stated: dict[str, Any] = {
        "pixel_id": PIXEL,
        "channel": Channel.LIVE,
        "source": "backend",
        "event": EVENT,
        "origin": Origin.LOCAL,
        "code": None,
        "reason": reason,
        "field": "properties.currency",
    } | other
    return ProblemKey(**stated)


def a_refusal(at: float = NOW, key: ProblemKey | None = None, event: str = EVENT) -> Tally:
    """An event that was rejected for its currency."""
    found = key or a_key(event=event)
    pointer = "/data/0/properties/currency"
    sample = Sample(at, "ord_1", pointer, "EURO", "an ISO 4217 code", "send EUR")
    return Tally(
        found.pixel_id,
        event,
        found.channel,
        "rejected",
        found.reason,
        at,
        (Sighting(found, sample),),
    )


async def tallied(store: Store, *tallies: Tally) -> None:
    """Count what never reaches the ledger, and let the counts become durable."""
    store.ledger.tally(tallies)
    if isinstance(store, SqliteStore):
        await store.ledger.flush()


async def groups(store: Store, now: float = NOW) -> dict[tuple[str, str], ProblemGroup]:
    """All groups by their reason and field."""
    found = await store.problems.groups(ProblemFilter(), now)
    return {(one.key.reason, one.key.field): one for one in found}


async def only(store: Store, now: float = NOW) -> ProblemGroup:
    """The one group that there is."""
    [group] = await store.problems.groups(ProblemFilter(), now)
    return group


def remarked(event: Event, *findings: Finding) -> Event:
    """The event with nothing remarked on it but *findings*."""
    return structs.replace(event, findings=findings)


def act(what: str = "problem_resolved", at: float = NOW, note: str = "mended") -> Act:
    """A decision about a group."""
    return Act(at, "orders", what, PIXEL, note)


async def test_a_refusal_is_counted_with_a_sample_and_its_share(store: Store) -> None:
    """One bad event in four: what, how often, since when, and one to look at."""
    await store.ledger.admit([remarked(numbered(number)) for number in range(3)])
    await tallied(store, a_refusal(NOW + 5))
    group = await only(store)
    assert group.key == a_key()
    assert group.problem_id == problem_id(a_key())
    assert (group.first_seen, group.last_seen) == (NOW + 5, NOW + 5)
    assert group.lately == group.ever == Share(1, 4)
    assert group.sample.received == "EURO"
    assert group.sample.fix == "send EUR"


@pytest.mark.parametrize("reason", sorted(CONTEXT))
async def test_what_a_page_tells_of_a_visit_is_no_event(store: Store, reason: str) -> None:
    """Ten opened pages to an event would make a share of one in two look like one in twenty."""
    nameless = a_refusal(key=a_key("event_unknown", event=""), event="")
    opened, later = (
        Tally(PIXEL, "", Channel.LIVE, "noted", reason, at) for at in (NOW - HOUR, NOW)
    )
    await store.ledger.admit([remarked(numbered(1))])
    await tallied(store, opened, opened)
    await tallied(store, nameless, later)
    group = await only(store)
    assert group.lately == group.ever == Share(1, 2)


async def test_remarks_on_stored_events_are_counted_in_their_commits(store: Store) -> None:
    """The place in the request makes no difference, and two of a kind in one event are one."""
    events = [
        remarked(
            numbered(number),
            Finding("unknown_field", f"/data/{number}/properties/contents/{number}/colour", "odd"),
            Finding("unknown_field", f"/data/{number}/properties/contents/7/colour", "odd"),
        )
        for number in range(4)
    ]
    await store.ledger.admit(events)
    group = await only(store)
    assert group.key.field == "properties.contents.colour"
    assert group.ever == Share(4, 4)
    assert group.sample.event_id == "ord_3"


async def test_what_is_no_problem_is_no_group(store: Store) -> None:
    """A denial that was honoured, or a field filled in, wants nobody's eye."""
    fine = [
        Finding(reason, "/data/0/user", "") for reason in ("consent_denied", "filled_from_visit")
    ]
    await store.ledger.admit([remarked(numbered(1), *fine)])
    assert await groups(store) == {}


async def test_what_the_ledger_finds_is_a_problem_too(store: Store) -> None:
    """A conflict and an event that fires again later are seen by comparing alone."""
    first = remarked(numbered(1))
    other = remarked(numbered(1, properties={"value": 1, "currency": "EUR", "order_id": "o1"}))
    again = structs.replace(first, event_time=first.event_time + 60)
    await store.ledger.admit([first, other, again])
    found = await groups(store)
    assert found.keys() == {("event_id_conflict", "event_id"), ("late_refire", "event_time")}
    assert found["event_id_conflict", "event_id"].sample.received == "other values of value"
    assert found["late_refire", "event_time"].ever == Share(1, 3)


async def test_the_sources_and_the_channels_are_told_apart(store: Store) -> None:
    """The page's mistake is mended elsewhere than the server's; a test's wakes nobody."""
    kinds = [a_key(), a_key(source="browser"), a_key(channel=Channel.TEST), a_key(event="Lead")]
    await tallied(store, *(a_refusal(key=key, event=key.event) for key in kinds))
    found = await store.problems.groups(ProblemFilter(), NOW)
    assert {group.key for group in found} == set(kinds)
    assert {group.ever.received for group in found} == {1, 2}


async def test_a_refusal_by_tiktok_is_told_in_its_words(store: Store) -> None:
    """Code, field and message are TikTok's; the field is read from the message."""
    await store.ledger.admit([remarked(numbered(1)), remarked(numbered(2))])
    batch = await begin(store.ledger)
    message = "data.1.properties.value: must be a number"
    answer = an_answer(code=40002, message=message, verdict="refused", request_id="r-9")
    changes = [
        Change(1, State.RETRY, due_at=NOW),
        Change(2, State.REJECTED, "refused_by_tiktok"),
    ]
    await store.ledger.record(batch.batch_id, answer, changes)
    group = await only(store)
    assert group.key == a_key(
        "refused_by_tiktok", origin=Origin.REMOTE, code=40002, field="properties.value"
    )
    assert group.problem_id.startswith("40002-")
    assert (group.sample.message, group.sample.request_id) == (message, "r-9")
    assert (group.sample.event_id, group.last_seen) == ("ord_2", answer.at)
    assert group.ever == Share(1, 2)


async def test_a_lane_that_stands_is_one_problem_of_its_pixel(store: Store) -> None:
    """It is about no event, and each answer counts once, however many events came back."""
    await store.ledger.admit([remarked(numbered(1)), remarked(numbered(2))])
    for number in range(2):
        batch = await begin(store.ledger, f"b{number}", at=NOW + number)
        answer = an_answer(code=40105, message="token revoked", verdict="hold_token")
        back = [Change(seq, State.QUEUED, due_at=NOW, counted=False) for seq in (1, 2)]
        await store.ledger.record(batch.batch_id, answer, back)
    group = await only(store)
    assert (group.key.reason, group.key.code, group.key.event) == ("lane_held", 40105, "")
    assert group.ever.seen == 2


async def test_the_pixels_copy_at_tiktok_is_no_problem_where_it_is_known(
    store: MemoryStore | SqliteStore,
) -> None:
    """That it was first is how it should be; without evidence somebody else may send the event."""
    one, other = remarked(numbered(1)), remarked(numbered(2))
    await store.ledger.admit([one, other])
    await store.pairs.note([a_call("ord_1")])
    await send(store.ledger, State.REVIEW, reason="already_at_tiktok")
    group = await only(store)
    assert (group.key.reason, group.sample.event_id) == ("already_at_tiktok", "ord_2")


async def test_an_end_by_the_clock_is_a_problem(store: Store) -> None:
    """Nobody refused the event, and its conversion is not counted all the same."""
    await store.ledger.admit([remarked(numbered(1)), remarked(numbered(2))])
    await store.ledger.settle([Change(1, State.EXPIRED, "event_too_old")], NOW + DAY)
    await store.ledger.settle([Change(2, State.CANCELLED, "consent_tightened")], NOW + DAY)
    group = await only(store, NOW + DAY)
    assert (group.key.reason, group.key.origin) == ("event_too_old", Origin.LOCAL)


async def test_the_last_day_is_the_hour_that_runs_and_23_before_it(store: Store) -> None:
    """What is over a day ago is in the whole span alone."""
    hour = NOW - NOW % HOUR
    for at in (hour, hour + HOUR):
        await store.ledger.admit([structs.replace(remarked(numbered(int(at))), received_at=at)])
        await tallied(store, a_refusal(at), a_refusal(at + 1))
    lately = [(await only(store, hour + hours * HOUR)).lately for hours in (1, 23, 24, 25)]
    assert lately == [Share(4, 6), Share(4, 6), Share(2, 3), Share(0, 0)]
    assert (await only(store, hour + 99 * HOUR)).ever == Share(4, 6)


async def test_the_whole_span_begins_with_the_hour_in_which_it_was_first_seen(store: Store) -> None:
    """A hundred good events of last week say nothing about a release of today."""
    old = [remarked(numbered(number)) for number in range(100, 200)]
    await store.ledger.admit([structs.replace(event, received_at=NOW - 7 * DAY) for event in old])
    await store.ledger.admit([remarked(numbered(1))])
    await tallied(store, a_refusal())
    assert (await only(store)).ever == Share(1, 2)


async def test_a_resolved_group_opens_when_it_is_seen_again(store: Store) -> None:
    """Whoever said that it is mended wants to know that it is not."""
    await tallied(store, a_refusal())
    named = (await only(store)).problem_id
    assert await store.problems.resolve(named, act(at=NOW + 10))
    group = await only(store)
    assert status_of(group.stand, NOW + 11) is Status.RESOLVED
    assert (group.stand.note, group.stand.by) == ("mended", "orders")
    await tallied(store, a_refusal(NOW + 9))
    assert status_of((await only(store)).stand, NOW + 11) is Status.RESOLVED
    await tallied(store, a_refusal(NOW + 20))
    group = await only(store)
    assert status_of(group.stand, NOW + 21) is Status.OPEN
    assert (group.stand.returned_at, group.stand.returns, group.ever.seen) == (NOW + 20, 1, 3)


async def test_a_muted_group_counts_on_and_is_heard_of_after_its_time(store: Store) -> None:
    """Silence is not blindness."""
    await tallied(store, a_refusal())
    named = (await only(store)).problem_id
    assert await store.problems.mute(named, NOW + HOUR, act("problem_muted"))
    await tallied(store, a_refusal(NOW + 60))
    group = await only(store)
    assert status_of(group.stand, NOW + 60) is Status.MUTED
    assert group.ever.seen == 2
    assert status_of(group.stand, NOW + HOUR) is Status.OPEN
    assert await store.problems.news(group.news, NOW + HOUR) == []
    await tallied(store, a_refusal(NOW + HOUR))
    assert [one.problem_id for one in await store.problems.news(group.news, NOW + HOUR)] == [named]


async def test_a_mute_for_good_lasts_until_it_is_ended(store: Store) -> None:
    """Also over a return."""
    await tallied(store, a_refusal())
    named = (await only(store)).problem_id
    assert await store.problems.mute(named, None, act("problem_muted"))
    await tallied(store, a_refusal(NOW + 999 * DAY))
    assert status_of((await only(store)).stand, NOW + 999 * DAY) is Status.MUTED
    assert await store.problems.news(0, NOW + 999 * DAY) == []
    assert await store.problems.unmute(named, act("problem_unmuted"))
    assert status_of((await only(store)).stand, NOW) is Status.OPEN


async def test_news_is_what_is_new_or_returned(store: Store) -> None:
    """An alert tells each once: whoever goes on after the last one hears nothing twice."""
    await tallied(
        store, a_refusal(), a_refusal(key=a_key("value_invalid", field="properties.value"))
    )
    first = await store.problems.news(0, NOW)
    assert {group.key.reason for group in first} == {"currency_invalid", "value_invalid"}
    assert [group.news for group in first] == sorted(group.news for group in first)
    seen = first[-1].news
    await tallied(store, a_refusal(NOW + 1))
    assert await store.problems.news(seen, NOW) == []
    named = problem_id(a_key())
    await store.problems.resolve(named, act(at=NOW + 2))
    assert named not in {group.problem_id for group in await store.problems.news(0, NOW + 3)}
    await tallied(store, a_refusal(NOW + 4))
    assert [group.problem_id for group in await store.problems.news(seen, NOW + 5)] == [named]


async def test_decisions_are_in_the_audit_log(store: Store) -> None:
    """With the group that they are about; what is decided about nothing leaves no line."""
    await tallied(store, a_refusal())
    named = (await only(store)).problem_id
    await store.problems.resolve(named, act())
    await store.problems.mute(named, None, act("problem_muted", note=""))
    await store.problems.unmute(named, act("problem_unmuted", note="quiet now"))
    assert not await store.problems.resolve("currency_invalid-aaaaaaaa", act())
    assert await store.problems.find("currency_invalid-aaaaaaaa", NOW) is None
    told = [(one.what, one.reason) for one in await store.controls.acts(9)]
    assert told == [
        ("problem_unmuted", f"{named}: quiet now"),
        ("problem_muted", named),
        ("problem_resolved", f"{named}: mended"),
    ]


async def test_a_stranger_cannot_make_groups_without_end(store: Store) -> None:
    """Names of fields are anybody's to choose; what is beyond the bound is one group more."""
    strange = [a_key("unknown_field", field=f"properties.x{number}") for number in range(99)]
    await tallied(store, *(a_refusal(key=key) for key in strange), a_refusal())
    found = await store.problems.groups(ProblemFilter(), NOW)
    assert len(found) == MOST_ALIKE + 2
    gathered = next(group for group in found if group.key.field == OTHERS)
    assert (gathered.key.reason, gathered.key.event) == ("unknown_field", "")
    assert gathered.ever.seen == 99 - MOST_ALIKE
    assert a_key() in {group.key for group in found}


async def test_only_the_pixels_of_a_key_are_shown(store: Store) -> None:
    """An agency's clients see their own."""
    await tallied(store, a_refusal(), a_refusal(key=a_key(pixel_id="ANOTHERPIXEL99")))
    for wanted in (
        ProblemFilter(pixels=frozenset({PIXEL})),
        ProblemFilter(pixel_id=PIXEL, pixels=frozenset({PIXEL, "ANOTHERPIXEL99"})),
    ):
        [group] = await store.problems.groups(wanted, NOW)
        assert group.key.pixel_id == PIXEL


async def test_it_survives_a_restart_and_ends_with_the_keys(tmp_path: Path) -> None:
    """Counts of last week are there after an update; what was not seen for 90 days is not."""
    clock = PatientClock()
    store = await SqliteStore.open(tmp_path / "a.db", STORE_KEY, clock)
    await store.ledger.admit([without_consent()])
    before = await groups(store)
    await store.problems.resolve(before["consent_missing", "consent"].problem_id, act(at=NOW + 1))
    await store.aclose()
    store = await SqliteStore.open(tmp_path / "a.db", STORE_KEY, clock)
    again = structs.replace(without_consent(event_id="again"), received_at=NOW + 2)
    await store.ledger.admit([again])
    group = (await groups(store))["consent_missing", "consent"]
    assert (group.ever, group.stand.returns) == (Share(2, 2), 1)
    await store.retention.sweep(Keep(events=-3.0))
    assert await groups(store) == {}
    await store.ledger.admit([structs.replace(again, received_at=NOW + 3)])
    assert (await groups(store))["consent_missing", "consent"].ever.seen == 1
    await store.aclose()


async def test_what_did_not_take_place_is_not_counted(store: Store) -> None:
    """A write that fails leaves no sighting behind."""
    await store.ledger.admit([remarked(numbered(1)), remarked(numbered(2))])
    batch = await begin(store.ledger)
    answer = an_answer(code=40002, verdict="refused")
    refused = [Change(seq, State.REJECTED, "refused_by_tiktok") for seq in (1, 2)]
    impossible = [refused[0], Change(2, State.HELD)]
    with pytest.raises(IllegalEdge):
        await store.ledger.record(batch.batch_id, answer, impossible)
    assert await groups(store) == {}
    await store.ledger.record(batch.batch_id, answer, refused)
    assert (await only(store)).ever == Share(2, 2)
