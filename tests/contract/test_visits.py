"""What browsers showed is found again by session and by reference; the same in each store."""

from pathlib import Path
from typing import TypeAlias

import pytest

from tandemgate.model.consent import Flag, Signals
from tandemgate.model.visit import Agreed, Binding, Found, Reference, Seen, Visit, Wanted
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.retention import Keep
from tests.build import NOW, PIXEL
from tests.contract.conftest import STORE_KEY, StoppedClock

Store: TypeAlias = MemoryStore | SqliteStore

DAY = 86_400.0
OURS, THEIRS = "s-4711", "s-0815"
CLICK = Visit(ttclid=Seen("E.C.P.abc", NOW), ip=Seen("203.0.113.9", NOW))
AGREED = Agreed(Signals(Flag.GRANTED, Flag.DENIED, region="DE", cmp="acme"), NOW)


async def open_sqlite(folder: Path) -> SqliteStore:
    """Open the same store again and again."""
    return await SqliteStore.open(folder / "ledger.db", STORE_KEY, StoppedClock())


def an_order(value: str = "10492", *, verified: bool = False, pixel: str = PIXEL) -> Binding:
    """An order of the shop."""
    return Binding(pixel, Reference.ORDER, value, verified)


async def found(
    store: Store, session: str | None = None, now: float = NOW, pixel: str = PIXEL, **refs: str
) -> Found | None:
    """Look one visit up."""
    named = tuple((Reference(kind), value) for kind, value in refs.items())
    [one] = await store.visits.find([Wanted(pixel, session, named)], now)
    return one


async def test_a_visit_is_found_by_its_session(store: Store) -> None:
    """The backend read the session from the page, and tells of an order hours later."""
    await store.visits.note(OURS, CLICK, [], NOW)
    assert await found(store, OURS, NOW + 9) == Found(CLICK, "session", NOW + 9)
    assert await found(store, THEIRS) is None
    assert await found(store) is None


async def test_what_a_visit_shows_is_gathered(store: Store) -> None:
    """The click is on the landing page, the consent comes with the banner's answer."""
    await store.visits.note(OURS, CLICK, [], NOW)
    await store.visits.note(OURS, Visit(agreed=AGREED), [], NOW + 1)
    newer = Visit(ttclid=Seen("E.C.P.newer", NOW + 2))
    await store.visits.note(OURS, newer, [], NOW + 2)
    expected = Visit(newer.ttclid, None, CLICK.ip, agreed=AGREED)
    assert await found(store, OURS) == Found(expected, "session", NOW)


@pytest.mark.parametrize(
    ("kind", "counts_to"),
    [
        (Reference.ORDER, NOW),
        (Reference.CHECKOUT, NOW),
        (Reference.CART, NOW + 3 * DAY),
        (Reference.LEAD, NOW + 3 * DAY),
    ],
)
async def test_a_visit_is_found_by_what_it_led_to(
    store: Store, kind: Reference, counts_to: float
) -> None:
    """A payment may come days after the order, and its click was fresh when the order was made."""
    await store.visits.note(OURS, CLICK, [Binding(PIXEL, kind, "10492")], NOW)
    one = await found(store, None, NOW + 3 * DAY, **{kind: "10492"})
    assert one == Found(CLICK, kind, counts_to)


async def test_the_session_comes_first_then_the_order(store: Store) -> None:
    """The nearer the reference is to the purchase, the surer it is the same person's."""
    theirs = Visit(ttclid=Seen("E.C.P.theirs", NOW))
    await store.visits.note(OURS, CLICK, [an_order()], NOW)
    await store.visits.note(THEIRS, theirs, [Binding(PIXEL, Reference.CART, "7")], NOW)
    assert (await found(store, THEIRS, order="10492", cart="7")) == Found(theirs, "session", NOW)
    assert (await found(store, "s-lost", order="10492", cart="7")) == Found(CLICK, "order", NOW)


async def test_nobody_lends_an_order_the_click_of_his_own(store: Store) -> None:
    """A browser's word about an order stands only until a server's, and against no earlier one."""
    visits, forged = store.visits, Visit(ttclid=Seen("E.C.P.forged", NOW))
    assert await visits.note(OURS, CLICK, [an_order()], NOW) == []
    assert await visits.note(THEIRS, forged, [an_order()], NOW + 1) == [an_order()]
    assert await found(store, order="10492") == Found(CLICK, "order", NOW)
    by_server = an_order(verified=True)
    assert await visits.note(THEIRS, forged, [by_server], NOW + 2) == []
    assert await found(store, order="10492") == Found(forged, "order", NOW + 2)
    assert await visits.note(OURS, CLICK, [an_order()], NOW + 3) == [an_order()]


async def test_binding_again_changes_nothing(store: Store) -> None:
    """A page that is reloaded must not make its click older or younger."""
    for later in range(3):
        assert await store.visits.note(OURS, CLICK, [an_order()], NOW + later * DAY) == []
    assert await found(store, order="10492") == Found(CLICK, "order", NOW)


async def test_two_shops_may_have_the_same_order_number(store: Store) -> None:
    """An agency's gateway serves both, and one's click is nothing to the other."""
    await store.visits.note(OURS, CLICK, [an_order()], NOW)
    assert await found(store, pixel="D0OTHER12345", order="10492") is None


async def test_visits_are_sealed_and_forgotten(tmp_path: Path) -> None:
    """An address is personal data: it stands nowhere in the clear, and goes when it is stale."""
    store = await open_sqlite(tmp_path)
    await store.visits.note(OURS, CLICK, [an_order()], NOW - 29 * DAY)
    await store.visits.note(THEIRS, CLICK, [an_order("10493")], NOW - 27 * DAY)
    written = everything_in(tmp_path)
    for secret in (OURS, "203.0.113.9", "E.C.P.abc", "10492"):
        assert secret.encode() not in written
    await store.aclose()
    store = await SqliteStore.open(tmp_path / "ledger.db", STORE_KEY, PatientClock())
    await store.retention.sweep(Keep())
    assert await found(store, OURS) is None
    assert await found(store, order="10492") is None
    assert await found(store, order="10493") is not None
    await store.aclose()


def everything_in(folder: Path) -> bytes:
    """Return all that the store has written."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


class PatientClock(StoppedClock):
    """It is always NOW, however long one waits."""

    async def sleep(self, seconds: float) -> None:
        del seconds
