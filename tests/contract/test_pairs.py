"""The Pixel's copies and ours are found beside each other; the same in each store."""

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from msgspec import structs
from msgspec.structs import replace as replace_in

from tandemgate.core.clocks import screen
from tandemgate.core.identify import action_digest, digest_of_order, fingerprint
from tandemgate.core.pairing import judge, pair
from tandemgate.core.traces import traces
from tandemgate.model.consent import Flag
from tandemgate.model.event import Channel, Commerce, EventKey, Lane
from tandemgate.model.operation import Act
from tandemgate.model.pair import (
    Copy,
    Evidence,
    Nameless,
    PairFilter,
    PairVerdict,
    Place,
    Sides,
    Stance,
)
from tandemgate.model.person import MatchKeys
from tandemgate.model.rules import Clocks, SameOrder
from tandemgate.model.state import State
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.retention import Keep
from tests.build import EVENT_TIME, NOW, PIXEL, an_event, some_rules
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import LANE, send

Store: TypeAlias = MemoryStore | SqliteStore

HOUR, DAY = 3600.0, 86_400.0
OURS = "ord_10492_complete_payment"
VISIT = "s-4711"
RULES = some_rules()
TRACE = traces(MatchKeys(), VISIT, RULES.blind_index_key)[0]
NOTHING_SAID = Stance()


class PatientClock(StoppedClock):
    """It is always NOW, however long one waits."""

    async def sleep(self, seconds: float) -> None:
        del seconds


def a_call(
    event_id: str | None = OURS,
    event: str = "CompletePayment",
    at: float = EVENT_TIME,
    *,
    arrived_at: float = NOW,
    pixel: str = PIXEL,
    session: bytes | None = None,
    order: str | None = None,
    said: Stance = NOTHING_SAID,
) -> Evidence:
    """A call of the Pixel for 129.95 EUR, as a page reports it."""
    worth, secret = Commerce(value=129.95, currency="EUR", order_id=order), RULES.fingerprint_key
    told = fingerprint(worth, MatchKeys(), secret)
    key = EventKey(pixel, event, "", Channel.LIVE)
    digest = digest_of_order(key, order, secret)
    action = action_digest(key, VISIT if session == TRACE else None, worth, secret)
    copy = Copy(event, event_id, at, at, told, session, said)
    return Evidence(pixel, arrived_at, copy, digest, action)


async def sides(store: Store, event_id: str = OURS) -> Sides:
    """Both sides of the one stored event with this id."""
    [story] = await store.archive.stories(event_id, PIXEL, None)
    [found] = await store.pairs.of([story.entry.seq])
    return found


async def verdicts(store: Store, **wanted: object) -> list[tuple[str | None, str]]:
    """The newest pairs, each by its event_id."""
    page = await store.pairs.page(PairFilter(**wanted), 50)  # type: ignore[arg-type]
    told = []
    for one in page.sides:
        copy = one.server or one.browser
        judged = judge(one)
        told.append((copy.event_id if copy else None, judged.verdict.value))
    return told


@pytest.mark.parametrize("evidence_first", [True, False])
async def test_it_does_not_matter_which_side_comes_first(
    store: Store, *, evidence_first: bool
) -> None:
    """A page reports at once, or a day later from a train; a webhook comes whenever it likes."""
    steps = [lambda: store.pairs.note([a_call()]), lambda: store.ledger.admit([an_event()])]
    for step in steps if evidence_first else reversed(steps):
        await step()
    both = await sides(store)
    assert both.server is not None
    assert both.browser is not None
    assert pair(both.server, both.browser).verdict is PairVerdict.PAIRED
    assert both.browser.at == EVENT_TIME
    assert await verdicts(store) == [(OURS, "paired")]


@pytest.mark.parametrize("evidence_first", [True, False])
async def test_tiktoks_window_begins_with_the_pixels_copy(
    store: Store, *, evidence_first: bool
) -> None:
    """Two days after the Pixel's copy, ours would be counted as a second conversion."""
    called_at = NOW - 47.5 * HOUR
    steps = [
        lambda: store.pairs.note([a_call(at=called_at)]),
        lambda: store.ledger.admit([an_event()]),
    ]
    for step in steps if evidence_first else reversed(steps):
        await step()
    [due] = await store.ledger.claim(LANE, 10, NOW)
    assert due.first_maybe == called_at
    change = screen(due, Clocks(), NOW)
    assert change is not None
    assert (change.to, change.reason) == (State.EXPIRED, "pixel_window_over")
    [story] = await store.archive.stories(OURS, PIXEL, None)
    assert story.entry.first_maybe == called_at


async def test_the_first_call_under_a_key_counts(store: Store) -> None:
    """A thank-you page that is opened again fires again, and TikTok drops that copy."""
    await store.ledger.admit([an_event()])
    for later in (100.0, 0.0, 9000.0):
        await store.pairs.note([a_call(at=EVENT_TIME + later)])
    assert (await sides(store)).browser == a_call().copy
    assert len(await verdicts(store)) == 1


@pytest.mark.parametrize(
    ("call", "verdict"),
    [
        (a_call(event="Purchase"), "name_mismatch"),
        (a_call(event_id=OURS.upper()), "case_mismatch"),
        (a_call(event_id="px_1", session=TRACE), "probable_id_mismatch"),
        (a_call(event_id=None, session=TRACE), "probable_id_mismatch"),
        (a_call(event_id="px_1", session=TRACE, at=EVENT_TIME + 301), "server_only"),
        (a_call(event_id="px_1", session=b"another-"), "server_only"),
        (a_call(event_id="px_1"), "server_only"),
        (a_call(event="Purchase", pixel="D0OTHER12345"), "server_only"),
    ],
)
async def test_a_copy_alone_is_told_what_its_counterpart_missed(
    store: Store, call: Evidence, verdict: str
) -> None:
    """Each is counted twice, and one look tells by which letter."""
    await store.ledger.admit([an_event(session=VISIT)])
    await store.pairs.note([call])
    found = await sides(store)
    assert judge(found).verdict == verdict
    assert (OURS, verdict) in await verdicts(store)


async def test_what_consent_keeps_back_is_no_pair(store: Store) -> None:
    """The Pixel sent it all the same, which is the first thing that a privacy officer asks."""
    await store.ledger.admit([an_event(consent={"region": "DE"})])
    await store.pairs.note([a_call()])
    assert await verdicts(store) == [(OURS, "kept_back")]


@pytest.mark.parametrize(("unknown", "verdict"), [(False, "kept_back"), (True, "paired")])
async def test_what_was_refused_is_no_pair_unless_it_may_have_arrived(
    store: Store, *, unknown: bool, verdict: str
) -> None:
    """After an answer that was lost, TikTok may have a copy although it refused the next."""
    await store.ledger.admit([an_event()])
    await store.pairs.note([a_call()])
    if unknown:
        await send(store.ledger, State.RETRY, "b0", maybe_at=NOW, due_at=NOW)
    await send(store.ledger, State.REJECTED, reason="refused_by_tiktok")
    assert await verdicts(store) == [(OURS, verdict)]


async def test_what_only_the_pixel_sent_is_listed(store: Store) -> None:
    """A purchase that the server never told is the first thing to know about."""
    await store.pairs.note([a_call(None, arrived_at=NOW - 2), a_call("ord_7", arrived_at=NOW - 1)])
    await store.ledger.admit([an_event()])
    assert await verdicts(store) == [
        (OURS, "server_only"),
        ("ord_7", "browser_only"),
        (None, "browser_only"),
    ]


async def test_pairs_come_page_by_page_each_once(store: Store) -> None:
    """Both sides arrive while somebody turns the pages."""
    ids = [f"ord_{number}" for number in range(7)]
    await store.ledger.admit([an_event(event_id=event_id) for event_id in ids])
    calls = [a_call(f"px_{number}", arrived_at=NOW + number) for number in range(5)]
    await store.pairs.note(calls)
    seen, place = [], Place()
    for _ in range(4):
        page = await store.pairs.page(PairFilter(after=place), 4)
        seen += [(one.server or one.browser) for one in page.sides]
        place = page.place or place
    assert sorted(copy.event_id or "" for copy in seen if copy) == sorted(
        [*ids, *(f"px_{number}" for number in range(5))]
    )


async def test_a_list_shows_what_was_asked_for(store: Store) -> None:
    """An agency's client sees his own pixel."""
    await store.ledger.admit([an_event(), an_event(event="AddToCart", event_id="cart_1")])
    await store.pairs.note([a_call("theirs", pixel="D0OTHER12345")])
    assert await verdicts(store, event="AddToCart") == [("cart_1", "server_only")]
    assert await verdicts(store, pixel_id="D0OTHER12345") == [("theirs", "browser_only")]
    assert await verdicts(store, pixels=frozenset({"D0OTHER12345"})) == [("theirs", "browser_only")]
    assert len(await verdicts(store, pixels=frozenset({PIXEL}))) == 2


async def test_a_call_of_the_same_order_is_told_from_both_sides(store: Store) -> None:
    """A bank transfer is reported two days after the page, by a job that knows of no visit."""
    worth = {"value": 129.95, "currency": "EUR", "order_id": "10492"}
    await store.ledger.admit([an_event(properties=worth)])
    await store.pairs.note([a_call("px_1", at=EVENT_TIME - 40 * HOUR, order="10492")])
    await store.pairs.note([a_call("px_2", order="10493", arrived_at=NOW + 1)])
    assert await verdicts(store) == [
        ("px_2", "browser_only"),
        (OURS, "probable_id_mismatch"),
        ("px_1", "probable_id_mismatch"),
    ]


async def test_a_call_of_the_same_action_is_told_from_both_sides(store: Store) -> None:
    """Whoever opens the page's copy reads what whoever opens the server's reads."""
    await store.ledger.admit([an_event(session=VISIT)])
    await store.pairs.note([a_call("px_1", session=TRACE)])
    assert await verdicts(store) == [
        (OURS, "probable_id_mismatch"),
        ("px_1", "probable_id_mismatch"),
    ]


async def test_an_action_that_one_side_sent_twice_is_told_once(store: Store) -> None:
    """Two tags on a page, or two jobs on the server: the second of the two is the one too many."""
    await store.pairs.note([a_call("px_1", at=EVENT_TIME - 900, session=TRACE, order="7")])
    await store.pairs.note([a_call("px_2", at=EVENT_TIME - 899, session=TRACE, order="7")])
    rules = some_rules(same_order=SameOrder.SEND)
    worth = {"value": 129.95, "currency": "EUR", "order_id": "8"}
    ours: dict[str, Any] = {"session": VISIT, "properties": worth}
    await store.ledger.admit(
        [an_event(rules, event_id=one, **ours) for one in ("ours_1", "ours_2")]
    )
    assert await verdicts(store) == [
        ("ours_2", "double_fire"),
        ("ours_1", "server_only"),
        ("px_2", "double_fire"),
        ("px_1", "browser_only"),
    ]


async def test_an_order_that_was_told_twice_by_both_sides_is_one_too_many(store: Store) -> None:
    """Every id has its two copies, and TikTok counts two purchases for one order."""
    rules = some_rules(same_order=SameOrder.SEND)
    worth = {"value": 129.95, "currency": "EUR", "order_id": "7"}
    for event_id in ("px_1", "px_2"):
        await store.ledger.admit([an_event(rules, event_id=event_id, properties=worth)])
        await store.pairs.note([a_call(event_id, session=TRACE, order="7")])
    assert await verdicts(store) == [("px_2", "double_fire"), ("px_1", "paired")]


async def test_what_each_side_said_about_consent_is_kept_with_its_copy(store: Store) -> None:
    """``Sec-GPC`` is the browser's own word, and the server may never have heard it."""
    said = Stance(Flag.GRANTED, None, opt_out=True, gpc=True)
    await store.ledger.admit([an_event(consent={"ad_user_data": "GRANTED", "region": "DE"})])
    await store.pairs.note([a_call(said=said)])
    both = await sides(store)
    assert both.server is not None
    assert both.browser is not None
    assert (both.browser.said, both.server.said) == (said, Stance(Flag.GRANTED))


def asked(**overrides: Any) -> Nameless:  # noqa: ANN401 - Nameless checks the names
    """What is asked for a purchase that came without an event_id."""
    key = EventKey(PIXEL, "CompletePayment", "", Channel.LIVE)
    order = digest_of_order(key, "10492", RULES.fingerprint_key)
    return replace(Nameless(PIXEL, key.event, EVENT_TIME, order, None, OURS), **overrides)


async def test_an_action_without_id_is_named_by_the_calls_of_its_order(store: Store) -> None:
    """They may have come on another day, and from another device than the visit that is known."""
    calls = [
        a_call("px_2", at=EVENT_TIME - HOUR, order="10492"),
        a_call("px_1", at=EVENT_TIME - 2 * HOUR, order="10492"),
        a_call(None, order="10492"),
        a_call("px_3", order="10493"),
        a_call("px_4", "Purchase", order="10492"),
        a_call("px_5", order="10492", pixel="D0OTHER12345"),
    ]
    await store.pairs.note(calls)
    [found] = await store.pairs.names([asked()])
    assert [(one.event_id, one.by, one.stored) for one in found] == [
        ("px_1", "order", None),
        ("px_2", "order", None),
    ]
    assert await store.pairs.names([asked(order=None), asked(event="Lead")]) == [[], []]


async def test_an_action_without_id_is_named_by_the_calls_of_its_visit(store: Store) -> None:
    """Within the five minutes in which one action is told by both sides."""
    moments = {"px_1": -299.0, "px_2": 300.0, "px_3": 301.0}
    calls = [a_call(one, at=EVENT_TIME + at, session=TRACE) for one, at in moments.items()]
    await store.pairs.note([*calls, a_call("px_4", session=b"another-")])
    [found] = await store.pairs.names([asked(session=TRACE)])
    assert [(one.event_id, one.by) for one in found] == [("px_1", "session"), ("px_2", "session")]


async def test_what_a_name_stands_for_already_is_told(store: Store) -> None:
    """A report that is repeated must find the event that it made the first time."""
    await store.pairs.note([a_call("px_1", order="10492")])
    await store.ledger.admit([an_event()])
    [[ours, theirs]] = await store.pairs.names([asked()])
    assert (ours.event_id, ours.by, ours.stored) == (OURS, "ledger", EVENT_TIME)
    assert (theirs.event_id, theirs.stored) == ("px_1", None)
    await store.ledger.admit([an_event(event_id="px_1")])
    [[_, theirs]] = await store.pairs.names([asked()])
    assert theirs.stored == EVENT_TIME


async def test_the_newest_actions_are_counted_by_verdict(store: Store) -> None:
    """The pair rate is the first sign that a release broke the shop's pages."""
    await store.ledger.admit([an_event(), an_event(event_id="ord_2")])
    await store.pairs.note([a_call(), a_call("px_1", arrived_at=NOW - 9 * HOUR)])
    await store.pairs.note([a_call("px_2", pixel="D0OTHER12345")])
    counts = await store.pairs.counts(PairFilter(since=NOW - HOUR), 100)
    assert dict(counts.verdicts) == {
        (PIXEL, "paired"): 1,
        (PIXEL, "server_only"): 1,
        ("D0OTHER12345", "browser_only"): 1,
    }
    assert counts.complete
    mine = PairFilter(pixel_id=PIXEL, until=NOW)
    assert dict((await store.pairs.counts(mine, 100)).verdicts) == {(PIXEL, "browser_only"): 1}
    assert not (await store.pairs.counts(PairFilter(), 2)).complete


async def test_a_list_may_be_about_a_time(store: Store) -> None:
    """What came in the hour of the release."""
    for hour in range(4):
        await store.ledger.admit([an_event(now=NOW + hour * HOUR, event_id=f"ord_{hour}")])
        await store.pairs.note([a_call(f"px_{hour}", arrived_at=NOW + hour * HOUR + 1)])
    asked_for = {"since": NOW + HOUR, "until": NOW + 3 * HOUR}
    assert await verdicts(store, **asked_for) == [
        ("px_2", "browser_only"),
        ("ord_2", "server_only"),
        ("px_1", "browser_only"),
        ("ord_1", "server_only"),
    ]


async def test_an_erased_visit_is_found_by_nothing(store: Store) -> None:
    """What the page reported was sent to TikTok by the page; that it was this person's, goes."""
    await store.ledger.admit([an_event(session=VISIT)])
    await store.pairs.note([a_call("px_1", session=TRACE)])
    assert [verdict for _, verdict in await verdicts(store)] == ["probable_id_mismatch"] * 2
    await store.rights.erase([TRACE], 10, Act(NOW, "root", "erase", "", ""))
    assert await verdicts(store) == [(OURS, "kept_back"), ("px_1", "browser_only")]
    await store.ledger.admit([an_event(event_id="ord_again", session=VISIT)])
    [theirs] = [one for one in (await store.pairs.page(PairFilter(), 9)).sides if not one.server]
    assert theirs.browser == a_call("px_1").copy
    assert theirs.near == ()


async def test_evidence_goes_with_the_keys_it_belongs_to(tmp_path: Path) -> None:
    """It is kept as long as keys are, and no longer."""
    store = await SqliteStore.open(tmp_path / "ledger.db", STORE_KEY, PatientClock())
    await store.pairs.note([a_call("old", arrived_at=NOW - 91 * DAY), a_call("new")])
    await store.retention.sweep(Keep())
    assert await verdicts(store) == [("new", "browser_only")]
    await store.aclose()


async def test_every_name_is_known_with_when_each_side_used_it(store: Store) -> None:
    """Whoever compares two lists of names asks for both at once."""
    await store.ledger.admit([an_event(now=NOW)])
    await store.ledger.admit([an_event(now=NOW + DAY, event_id="ord_2")])
    await store.ledger.admit([an_event(event="Subscribe", event_id="sub_1")])
    await store.pairs.note([a_call(), a_call("ord_2", "Purchase", arrived_at=NOW + HOUR)])
    told = {
        one.event: (one.gateway_at, one.pixel_at, one.source) for one in await store.pairs.spoken()
    }
    assert told == {
        "CompletePayment": (NOW + DAY, NOW, "backend"),
        "Subscribe": (NOW, None, "backend"),
        "Purchase": (None, NOW + HOUR, ""),
    }


async def test_test_events_use_no_names(store: Store) -> None:
    """What is tried out in a test session is not how the shop names its events."""
    event = an_event()
    key = replace_in(event.key, channel=Channel.TEST)
    await store.ledger.admit([structs.replace(event, key=key, lane=Lane(PIXEL, "TEST1"))])
    assert await store.pairs.spoken() == []
