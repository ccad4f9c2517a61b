"""Coverage of match keys is what a recount of the stored events would find; in each store."""

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tandemgate.core.days import day_of
from tandemgate.model.consent import Flag
from tandemgate.model.delivery import Change
from tandemgate.model.event import Channel, Event, Lane, Source
from tandemgate.model.operation import Act
from tandemgate.model.outcome import Accepted
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.quality import CoverageFilter, Score
from tandemgate.model.rights import Statement
from tandemgate.model.state import State
from tandemgate.ports import IllegalEdge, OutOfStep
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore, schema
from tandemgate.storage.sqlite.checking import examine
from tandemgate.storage.sqlite.recovering import recover
from tandemgate.storage.sqlite.retention import Keep
from tests.build import NOW, PIXEL, a_policy, an_event, an_item, processed, some_rules
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import EVER, an_answer, begin, counts, denied, numbered, send

Store: TypeAlias = MemoryStore | SqliteStore
Action: TypeAlias = Callable[[Store], Awaitable[object]]

DAY: Final = 86_400.0
TODAY: Final = day_of(NOW)
HOLDING = some_rules(policy=a_policy(hold_for_consent=3600.0))
EMAIL, PHONE, IP = MatchKey.EMAIL, MatchKey.PHONE, MatchKey.IP
TTCLID, TTP = MatchKey.TTCLID, MatchKey.TTP
SENT, MISSING = Presence.SENT, Presence.MISSING
SUPPRESSED, INVALID = Presence.SUPPRESSED, Presence.INVALID


class PatientClock(StoppedClock):
    """A clock that the test moves; nobody sleeps."""

    at = NOW

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        del seconds


async def presences(store: Store, key: MatchKey) -> dict[Presence, int]:
    """How many events have *key* in which way."""
    told: dict[Presence, int] = {}
    for one in (await store.quality.coverage(EVER)).covered:
        told[one.presence[key]] = told.get(one.presence[key], 0) + one.count
    return told


async def why(store: Store, **wanted: Any) -> dict[tuple[str, str], int]:  # noqa: ANN401
    """How many events lack a key for which reason; "" for all of it."""
    asked = replace(EVER, **wanted)
    gaps = (await store.quality.coverage(asked)).gaps
    return {(one.key or "", one.reason): one.count for one in gaps if one.count}


async def test_events_are_counted_by_day_and_name(store: Store) -> None:
    """A week is the sum of its days, and no name is mixed with another."""
    await store.ledger.admit(
        [
            numbered(1),
            numbered(2),
            structs.replace(numbered(3), received_at=NOW - DAY),
            an_event(event="AddToCart", event_id="cart_1"),
        ]
    )
    covered = (await store.quality.coverage(EVER)).covered
    told = {(one.event, one.day - TODAY): one.count for one in covered}
    assert told == {
        ("CompletePayment", 0): 2,
        ("CompletePayment", -1): 1,
        ("AddToCart", 0): 1,
    }


@pytest.mark.parametrize(
    ("wanted", "events"),
    [
        ({}, 3),
        ({"first": TODAY}, 2),
        ({"last": TODAY - 1}, 1),
        ({"event": "AddToCart"}, 1),
        ({"event": "Search"}, 0),
        ({"pixel_id": PIXEL}, 3),
        ({"pixel_id": "another"}, 0),
        ({"pixels": frozenset({PIXEL})}, 3),
        ({"pixels": frozenset({"another"})}, 0),
    ],
)
async def test_only_what_is_wanted_is_told(
    store: Store, wanted: dict[str, Any], events: int
) -> None:
    """Keys are for their own pixels."""
    await store.ledger.admit(
        [
            numbered(1),
            structs.replace(numbered(2), received_at=NOW - DAY),
            an_event(event="AddToCart", event_id="cart_1"),
        ]
    )
    coverage = await store.quality.coverage(replace(EVER, **wanted))
    assert sum(one.count for one in coverage.covered) == events


async def test_a_copy_that_fills_a_key_moves_the_event(store: Store) -> None:
    """What is told is how the event leaves, not how its first copy came."""
    await store.ledger.admit([an_event(user={"email": "a@b.example"})])
    assert await presences(store, IP) == {MISSING: 1}
    assert await why(store) == {("ip", "ip_missing"): 1, ("user_agent", "user_agent_missing"): 1}
    await store.ledger.admit([an_event(user={"email": "a@b.example", "ip": "203.0.113.9"})])
    assert await presences(store, IP) == {SENT: 1}
    assert await why(store) == {("user_agent", "user_agent_missing"): 1}


async def test_a_denial_moves_what_waits_to_suppressed(store: Store) -> None:
    """Also a key that never came: the denial would have kept it here."""
    await store.ledger.admit([an_event()])
    assert (await presences(store, EMAIL), await presences(store, PHONE)) == (
        {SENT: 1},
        {MISSING: 1},
    )
    await store.ledger.admit([denied()])
    for key in (EMAIL, PHONE, TTCLID, TTP):
        assert await presences(store, key) == {SUPPRESSED: 1}
    assert await presences(store, IP) == {SENT: 1}


async def test_what_nobody_was_asked_about_is_kept_back_and_says_so(store: Store) -> None:
    """A banner that tells nobody is the fault that costs most; a held event may still go."""
    held = an_event(HOLDING, consent={"region": "DE"})
    never = an_event(event_id="other", consent={"region": "DE"})
    await store.ledger.admit([held, never])
    assert await presences(store, EMAIL) == {SUPPRESSED: 2}
    assert await presences(store, PHONE) == {MISSING: 2}
    assert await why(store) == {("", "consent_missing"): 2}
    await store.ledger.admit([an_event(HOLDING)])
    assert await presences(store, EMAIL) == {SUPPRESSED: 1, SENT: 1}
    assert await why(store) == {("", "consent_missing"): 1}


async def test_invalid_keys_are_counted_with_their_reasons(store: Store) -> None:
    """The reason is the fix: a phone without region is mended by one line of the settings."""
    rules = some_rules(phone_region=None)
    user = {"email": "sha256(customer@example.com)", "phone": "0170 1234567", "ip": "203.0.113.9"}
    await store.ledger.admit([an_event(rules, user=user)])
    assert (await presences(store, PHONE), await presences(store, EMAIL)) == (
        {INVALID: 1},
        {INVALID: 1},
    )
    assert await why(store) == {
        ("email", "placeholder_not_digest"): 1,
        ("phone", "phone_region_unknown"): 1,
        ("user_agent", "user_agent_missing"): 1,
    }


async def test_an_ads_visit_is_known_by_its_click_or_by_what_is_left_of_it(store: Store) -> None:
    """Only there a missing ttclid is a fault."""
    user = {"email": "customer@example.com"}
    page = {"url": "https://shop.example/thanks?utm_source=tiktok"}
    await store.ledger.admit(
        [
            an_event(event_id="clicked", user=user | {"ttclid": "E.C.P.abc"}),
            an_event(event_id="lost", user=user, page=page),
            an_event(event_id="direct", user=user),
        ]
    )
    covered = (await store.quality.coverage(EVER)).covered
    told = {(one.paid, one.presence[TTCLID]): one.count for one in covered}
    assert told == {(True, SENT): 1, (True, MISSING): 1, (False, MISSING): 1}
    assert (await why(store))["ttclid", "click_id_missing"] == 1


async def test_test_events_are_counted_apart(store: Store) -> None:
    """A test order must not make the shop look better."""
    tried = processed(an_item(), lane=Lane(PIXEL, "TEST1"))
    assert isinstance(tried, Accepted)
    await store.ledger.admit([an_event(), tried.event])
    told = [await store.quality.coverage(replace(EVER, channel=channel)) for channel in Channel]
    assert [[one.count for one in coverage.covered] for coverage in told] == [[1], [1]]


async def test_a_withdrawal_counts_as_suppressed_unless_it_had_left(store: Store) -> None:
    """What TikTok has was sent; what was stopped here was not."""
    await store.ledger.admit([numbered(1)])
    await send(store.ledger, State.DELIVERED)
    await store.ledger.admit([numbered(2)])
    await withdraw(store, numbered(1).traces)
    assert await presences(store, EMAIL) == {SENT: 1, SUPPRESSED: 1}
    late = numbered(3)
    await store.ledger.admit([late])
    assert await presences(store, EMAIL) == {SENT: 1, SUPPRESSED: 2}
    assert await why(store) == {("", "consent_withdrawn"): 1}


async def test_an_erasure_leaves_the_counts_of_what_had_left(store: Store) -> None:
    """Counts name nobody. The tombstone of what never left counts as kept back."""
    await store.ledger.admit([numbered(1)])
    await send(store.ledger, State.DELIVERED)
    await store.ledger.admit([numbered(2)])
    await store.rights.erase(numbered(1).traces, 9, Act(NOW + 1, "root", "erase"))
    assert await presences(store, EMAIL) == {SENT: 1, SUPPRESSED: 1}


async def withdraw(store: Store, traces: Sequence[bytes], at: float = NOW) -> None:
    """Let a person deny everything."""
    flag = Flag.DENIED
    statement = Statement(frozenset(traces), {PIXEL: a_policy()}, flag, flag, at, at)
    await store.rights.state(statement, Act(at, "root", "consent_stated"))


async def test_a_score_is_kept_with_who_noted_it_and_when(store: Store) -> None:
    """The last one of a day counts, and the audit log knows of both."""
    first = Score(PIXEL, "Purchase", TODAY, 5.0, NOW, "anna")
    second = replace(first, value=6.3, noted_at=NOW + 1, who="ben")
    other = replace(first, event="AddToCart", day=TODAY - 9)
    for score in (first, second, other):
        act = Act(score.noted_at, score.who, "quality_noted", PIXEL, f"{score.value:g}")
        await store.quality.note(score, act)
    assert await store.quality.scores(EVER) == [other, second]
    assert await store.quality.scores(replace(EVER, event="Purchase")) == [second]
    assert await store.quality.scores(replace(EVER, first=TODAY)) == [second]
    assert await store.quality.scores(replace(EVER, pixels=frozenset())) == []
    assert [(act.who, act.reason) for act in await store.controls.acts(9)] == [
        ("anna", "5"),
        ("ben", "6.3"),
        ("anna", "5"),
    ]


# -- the law

CONSENTS: tuple[dict[str, object], ...] = (
    {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
    {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"},
    {"region": "DE"},
    {"region": "US", "opt_out": True},
    {"ad_user_data": "GRANTED", "region": "DE", "child": True},
)
VALUES: dict[str, tuple[str | None, ...]] = {
    "email": (None, "customer@example.com", "sha256(x)", "nobody"),
    "phone": (None, "+491701234567", "12"),
    "ttclid": (None, "E.C.P.abc", "x" * 1_001),
    "ttp": (None, "2.x9Jb3x"),
    "ip": (None, "203.0.113.9", "10.0.0.1"),
}
PAGES = ("https://shop.example/", "https://shop.example/?utm_source=tiktok&utm_medium=paid")


@st.composite
def copies(draw: st.DrawFn) -> Event:
    """Copies of few events, of two days, with keys of all kinds."""
    user = {name: draw(st.sampled_from(values)) for name, values in VALUES.items()}
    stated = {name: value for name, value in user.items() if value is not None}
    event = an_event(
        draw(st.sampled_from([HOLDING, some_rules()])),
        NOW + draw(st.sampled_from([0.0, 5.0, DAY])),
        event=draw(st.sampled_from(["CompletePayment", "AddToCart"])),
        event_id=draw(st.sampled_from(["e1", "e2", "e3"])),
        event_time=int(NOW) - 10,
        user={"external_id": "c1", **stated},
        page={"url": draw(st.sampled_from(PAGES))},
        consent=draw(st.sampled_from(CONSENTS)),
        session="s1",
    )
    verified = draw(st.booleans())
    return structs.replace(
        event, verified=verified, source=Source.BACKEND if verified else Source.BROWSER
    )


@st.composite
def admissions(draw: st.DrawFn) -> Action:
    """A request with several events."""
    batch = draw(st.lists(copies(), min_size=1, max_size=4))
    return lambda store: store.ledger.admit(batch)


@st.composite
def sendings(draw: st.DrawFn) -> Action:
    """A batch with its answer; sometimes a copy arrives in between."""
    to = draw(st.sampled_from([State.DELIVERED, State.RETRY, State.REJECTED]))
    meanwhile = draw(st.none() | copies())
    batch_id = draw(st.uuids()).hex

    async def act(store: Store) -> None:
        batch = await begin(store.ledger, batch_id, limit=2, at=NOW + 2 * DAY)
        if meanwhile is not None:
            await store.ledger.admit([meanwhile])
        changes = [Change(due.seq, to) for due in batch.events]
        await store.ledger.record(batch_id, an_answer(), changes)

    return act


@st.composite
def settlements(draw: st.DrawFn) -> Action:
    """What waits is over."""
    changes = [
        Change(draw(st.integers(1, 4)), draw(st.sampled_from([State.EXPIRED, State.SUPPRESSED])))
    ]
    return lambda store: store.ledger.settle(changes, NOW + 2 * DAY)


@st.composite
def wishes(draw: st.DrawFn) -> Action:
    """A person asks."""
    traces = an_event(user={"external_id": "c1"}).traces
    at = NOW + draw(st.sampled_from([0.0, 6.0, 2 * DAY]))
    if draw(st.booleans()):
        return lambda store: store.rights.erase(traces, 9, Act(at, "root", "erase"))
    return lambda store: withdraw(store, traces, at)


ACTIONS = st.lists(admissions() | sendings() | settlements() | wishes(), max_size=12)


async def lives(actions: Sequence[Action], keep: Keep, folder: Path) -> None:
    """Do everything to one store of each kind: what is counted is what a recount finds."""
    clock = PatientClock()
    memory, sqlite = MemoryStore(), await SqliteStore.open(folder / "a.db", STORE_KEY, clock)
    try:
        for action in actions:
            for store in (memory, sqlite):
                with contextlib.suppress(IllegalEdge, OutOfStep):
                    await action(store)
            told = [counts(await store.quality.coverage(EVER)) for store in (memory, sqlite)]
            assert told[0] == told[1]
        assert examine(folder / "a.db", STORE_KEY, quick=False) == []
        clock.at = NOW + 3 * DAY
        await sqlite.retention.sweep(keep)
        assert examine(folder / "a.db", STORE_KEY, quick=False) == []
    finally:
        await sqlite.aclose()


@given(ACTIONS, st.sampled_from([Keep(), Keep(events=1.5 * DAY), Keep(events=0.0)]))
@settings(max_examples=40, deadline=None)
def test_counts_are_what_a_recount_finds_after_anything(actions: list[Action], keep: Keep) -> None:
    """Arrivals, amendments, denials, erasures, answers, retention, in any order."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(lives(actions, keep, Path(folder)))


# -- on SQLite


async def filled(path: Path) -> SqliteStore:
    """A store with events of several kinds."""
    store = await SqliteStore.open(path, STORE_KEY, PatientClock())
    user = {"email": "sha256(x)", "ip": "203.0.113.9"}
    await store.ledger.admit([numbered(1), denied(event_id="d"), numbered(2, user=user)])
    return store


async def test_a_store_from_before_is_counted_when_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever upgrades sees the days before as well."""
    (number,) = schema.COMPLETED
    known = [one for one in schema.migrations() if one[0] <= number]
    monkeypatch.setattr(schema, "migrations", lambda: known)
    store = await filled(tmp_path / "a.db")
    before = counts(await store.quality.coverage(EVER))
    await store.aclose()
    connection = apsw.Connection(str(tmp_path / "a.db"))
    for table in ("coverage", "gap", "score"):
        connection.execute(f"DROP TABLE {table}")
    connection.pragma("user_version", number - 1)
    connection.close()
    again = await SqliteStore.open(tmp_path / "a.db", STORE_KEY, PatientClock())
    assert counts(await again.quality.coverage(EVER)) == before
    await again.aclose()


async def test_a_recovered_store_counts_what_was_recovered(tmp_path: Path) -> None:
    """What is lost is not counted, and scores are kept."""
    store = await filled(tmp_path / "a.db")
    await store.quality.note(Score(PIXEL, "Purchase", TODAY, 5, NOW, "anna"), Act(NOW, "a", "b"))
    before = counts(await store.quality.coverage(EVER))
    await store.aclose()
    connection = apsw.Connection(str(tmp_path / "a.db"))
    connection.execute("UPDATE coverage SET count = 7")
    connection.close()
    told = recover(tmp_path / "a.db", STORE_KEY, tmp_path / "b.db", NOW)
    assert told.findings == ("3 counts of match keys are not those of the events that are there",)
    again = await SqliteStore.open(tmp_path / "b.db", STORE_KEY, PatientClock())
    assert counts(await again.quality.coverage(EVER)) == before
    assert len(await again.quality.scores(EVER)) == 1
    await again.aclose()


async def test_what_failed_is_not_counted(tmp_path: Path) -> None:
    """The counts of a transaction that is rolled back go with it."""
    store = await filled(tmp_path / "a.db")
    before = counts(await store.quality.coverage(EVER))
    with pytest.raises(OutOfStep):
        await store.ledger.settle([Change(1, State.DELIVERED)], NOW)
    await store.ledger.admit([numbered(1)])
    assert counts(await store.quality.coverage(EVER)) == before
    await store.aclose()


async def test_forgotten_events_are_counted_no_more(tmp_path: Path) -> None:
    """Otherwise the counts would grow for good."""
    store = await filled(tmp_path / "a.db")
    await send(store.ledger, State.DELIVERED)
    clock = PatientClock()
    clock.at = NOW + 100 * DAY
    store.retention._clock = clock  # noqa: SLF001 - time is all that this is about
    await store.retention.sweep(Keep())
    assert (await store.quality.coverage(CoverageFilter(0, TODAY + 200))).covered == ()
    await store.aclose()
    connection = apsw.Connection(str(tmp_path / "a.db"))
    left = connection.execute("SELECT (SELECT count(*) FROM coverage) + count(*) FROM gap")
    assert left.fetchall() == [(0,)]
    connection.close()
