"""The Pixel's copies and ours are found beside each other; the same in each store."""

from pathlib import Path
from typing import TypeAlias

import pytest

from tandemgate.core.clocks import screen
from tandemgate.core.identify import fingerprint
from tandemgate.core.pairing import pair
from tandemgate.core.traces import traces
from tandemgate.model.event import Commerce, Fingerprint
from tandemgate.model.operation import Act
from tandemgate.model.pair import Copy, Evidence, PairFilter, PairVerdict, Place, Sides
from tandemgate.model.person import MatchKeys
from tandemgate.model.rules import Clocks
from tandemgate.model.state import State
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.retention import Keep
from tests.build import EVENT_TIME, NOW, PIXEL, an_event, some_rules
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import LANE

Store: TypeAlias = MemoryStore | SqliteStore

HOUR, DAY = 3600.0, 86_400.0
OURS = "ord_10492_complete_payment"
VISIT = "s-4711"
TRACE = traces(MatchKeys(), VISIT, some_rules().blind_index_key)[0]
NOTHING = Fingerprint({})


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
) -> Evidence:
    """A call of the Pixel for 129.95 EUR, as a page reports it."""
    worth = Commerce(value=129.95, currency="EUR")
    told = fingerprint(worth, MatchKeys(), some_rules().fingerprint_key)
    return Evidence(pixel, arrived_at, Copy(event, event_id, at, at, told, session))


async def sides(store: Store, event_id: str = OURS) -> Sides:
    """Both sides of the one stored event with this id."""
    [story] = await store.archive.stories(event_id, PIXEL, None)
    [found] = await store.pairs.of([story.entry.seq])
    return found


async def verdicts(store: Store, **wanted: object) -> list[tuple[str | None, str]]:
    """The newest pairs, each by its event_id."""
    page = await store.pairs.page(PairFilter(**wanted), 50)  # type: ignore[arg-type]
    told = []
    for one in page:
        copy = one.server or one.browser
        judged = pair(one.server, one.browser, one.near)
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
    assert pair(found.server, found.browser, found.near).verdict == verdict
    assert (OURS, verdict) in await verdicts(store)


async def test_what_only_the_pixel_sent_is_listed(store: Store) -> None:
    """A purchase that the server never told is the first thing to know about."""
    await store.pairs.note([a_call("ord_7", arrived_at=NOW - 1), a_call(None, arrived_at=NOW - 2)])
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
        seen += [(one.server or one.browser) for one in page]
        place = page[-1].place if page else place
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


async def test_an_erased_visit_is_found_by_nothing(store: Store) -> None:
    """What the page reported was sent to TikTok by the page; that it was this person's, goes."""
    await store.ledger.admit([an_event(session=VISIT)])
    await store.pairs.note([a_call("px_1", session=TRACE)])
    assert await verdicts(store) == [(OURS, "probable_id_mismatch"), ("px_1", "browser_only")]
    await store.rights.erase([TRACE], 10, Act(NOW, "root", "erase", "", ""))
    assert await verdicts(store) == [(OURS, "server_only"), ("px_1", "browser_only")]
    assert (await store.pairs.page(PairFilter(), 2))[-1].browser == a_call("px_1").copy


async def test_evidence_goes_with_the_keys_it_belongs_to(tmp_path: Path) -> None:
    """It is kept as long as keys are, and no longer."""
    store = await SqliteStore.open(tmp_path / "ledger.db", STORE_KEY, PatientClock())
    await store.pairs.note([a_call("old", arrived_at=NOW - 91 * DAY), a_call("new")])
    await store.retention.sweep(Keep())
    assert await verdicts(store) == [("new", "browser_only")]
    await store.aclose()
