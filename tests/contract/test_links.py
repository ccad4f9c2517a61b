"""A visit goes on at another host, by a token that is used once; the same in each store."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest
from msgspec import structs

from tandemgate.core.traces import TRACE_BYTES, session_digest
from tandemgate.model.consent import Flag, Signals
from tandemgate.model.link import Crossing
from tandemgate.model.operation import Act
from tandemgate.model.visit import Agreed, Binding, Found, Reference, Seen, Visit, Wanted
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.retention import Keep
from tests.build import NOW, PIXEL
from tests.contract.conftest import STORE_KEY
from tests.contract.test_visits import DAY, PatientClock, everything_in, open_sqlite

Store: TypeAlias = MemoryStore | SqliteStore

SHOP, PAY, BANK = "s-shop", "s-pay", "s-bank"
CLICK = Visit(ttclid=Seen("E.C.P.abc", NOW), ip=Seen("203.0.113.9", NOW))
PAYING = Visit(ip=Seen("203.0.113.10", NOW + 60), url=Seen("https://pay.example/", NOW + 60))
BOTH = Visit(CLICK.ttclid, None, PAYING.ip, None, PAYING.url)


def a_crossing(store: Store, session: str = SHOP, mark: bytes = b"m" * 16) -> Crossing:
    """What a token says that was made for *session*."""
    return Crossing(session_digest(session, store.blind_index_key), mark)


async def crossed(store: Store, session: str, to: str, mark: bytes = b"m" * 16) -> bool:
    """Go from one host's visit to another's."""
    return await store.visits.follow(to, a_crossing(store, session, mark), NOW)


async def found(store: Store, session: str | None = None, **refs: str) -> Found | None:
    """Look one visit up."""
    named = tuple((Reference(kind), value) for kind, value in refs.items())
    [one] = await store.visits.find([Wanted(PIXEL, session, named)], NOW)
    return one


@pytest.fixture
async def two(store: Store) -> Store:
    """A shop's visit with a click, and one at a payment page, that know nothing of each other."""
    await store.visits.note(SHOP, CLICK, [], NOW)
    order = Binding(PIXEL, Reference.ORDER, "10492")
    await store.visits.note(PAY, PAYING, [order], NOW)
    return store


async def test_a_visit_has_what_it_showed_at_the_host_before(two: Store) -> None:
    """The order is placed at the payment page, and the click is in the shop."""
    assert await found(two, PAY) == Found(PAYING, "session", NOW)
    assert await crossed(two, SHOP, PAY)
    where = " and a link from another host"
    assert await found(two, PAY) == Found(BOTH, f"session{where}", NOW)
    assert await found(two, order="10492") == Found(BOTH, f"order{where}", NOW)
    assert await found(two, SHOP) == Found(CLICK, "session", NOW)


async def test_what_the_shop_learns_later_counts_too(two: Store) -> None:
    """A second tab of the shop gets the visitor's denial while the payment page is open."""
    await crossed(two, SHOP, PAY)
    await two.visits.note(SHOP, Visit(ttp=Seen("2.x", NOW + 9)), [], NOW + 9)
    one = await found(two, PAY)
    assert one is not None
    assert one.visit == replace(BOTH, ttp=Seen("2.x", NOW + 9))


async def test_a_token_is_used_once(two: Store) -> None:
    """Whoever finds the address in a log or a chat gets nothing by it."""
    assert await crossed(two, SHOP, PAY)
    assert not await crossed(two, SHOP, BANK)
    await two.visits.note(BANK, Visit(), [], NOW)
    assert await found(two, BANK) == Found(Visit(), "session", NOW)


async def test_the_same_visit_may_ask_again(two: Store) -> None:
    """The script repeats a request whose answer was lost."""
    assert [await crossed(two, SHOP, PAY) for _ in range(3)] == [True] * 3


async def test_of_many_at_once_one_gets_it(two: Store) -> None:
    """Two requests may come in the same turn of the loop, or the same commit."""
    asked = [crossed(two, SHOP, f"s-{number}") for number in range(20)]
    assert sum(await asyncio.gather(*asked)) == 1


async def test_a_chain_of_hosts_is_followed(two: Store) -> None:
    """From the shop to the checkout, from there to the bank."""
    await two.visits.note(BANK, Visit(), [], NOW)
    await crossed(two, SHOP, PAY)
    await crossed(two, PAY, BANK, b"n" * 16)
    one = await found(two, BANK)
    assert one is not None
    assert one.visit == BOTH


async def test_to_and_fro_ends(two: Store) -> None:
    """The payment page sends the visitor back to the shop, with a token of its own."""
    await crossed(two, SHOP, PAY)
    await crossed(two, PAY, SHOP, b"n" * 16)
    await crossed(two, PAY, PAY, b"o" * 16)
    for session in (SHOP, PAY):
        one = await found(two, session)
        assert one is not None
        assert one.visit.ttclid == CLICK.ttclid


GRANTED = Signals(Flag.GRANTED, Flag.GRANTED, region="DE")


@pytest.mark.parametrize(
    ("there", "here", "expected"),
    [
        (None, GRANTED, GRANTED),
        (GRANTED, None, None),
        (GRANTED, GRANTED, GRANTED),
        (
            Signals(Flag.GRANTED, Flag.DENIED),
            GRANTED,
            structs.replace(GRANTED, ad_personalization=Flag.DENIED),
        ),
        (Signals(Flag.DENIED), GRANTED, structs.replace(GRANTED, ad_user_data=Flag.DENIED)),
        (Signals(Flag.DENIED, region="FR"), None, Signals(Flag.DENIED)),
        (Signals(opt_out=True), GRANTED, structs.replace(GRANTED, opt_out=True)),
        (Signals(child=True), None, Signals(child=True)),
    ],
)
async def test_consent_becomes_only_stricter(
    store: Store, there: Signals | None, here: Signals | None, expected: Signals | None
) -> None:
    """Who agreed in the shop has not agreed at the payment page; who refused has refused."""
    for session, said in ((SHOP, there), (PAY, here)):
        visit = Visit(agreed=Agreed(said, NOW) if said else None)
        await store.visits.note(session, visit, [], NOW)
    await crossed(store, SHOP, PAY)
    one = await found(store, PAY)
    assert one is not None
    assert one.visit.agreed == (Agreed(expected, NOW) if expected else None)


@pytest.mark.parametrize("erased", [SHOP, PAY])
async def test_an_erasure_ends_the_way(two: Store, erased: str) -> None:
    """What somebody showed in the shop must not live on at the payment page."""
    await crossed(two, SHOP, PAY)
    trace = session_digest(erased, two.blind_index_key)[:TRACE_BYTES]
    await two.rights.erase([trace], 9, Act(NOW, "root", "asked"))
    left = {SHOP: Found(CLICK, "session", NOW), PAY: Found(PAYING, "session", NOW)}
    for session in (SHOP, PAY):
        assert await found(two, session) == (None if session == erased else left[session])


async def test_a_used_token_stays_used_after_a_restart(tmp_path: Path) -> None:
    """And no session can be read from what is written."""
    store = await open_sqlite(tmp_path)
    await store.visits.note(SHOP, CLICK, [], NOW)
    assert await crossed(store, SHOP, PAY)
    await store.aclose()
    store = await open_sqlite(tmp_path)
    assert not await crossed(store, SHOP, BANK)
    assert await crossed(store, SHOP, PAY)
    await store.aclose()
    written = everything_in(tmp_path)
    assert [one for one in (SHOP, PAY, BANK) if one.encode() in written] == []


async def test_ways_are_forgotten_with_their_visits(tmp_path: Path) -> None:
    """A digest of somebody is not kept for good."""
    store = await SqliteStore.open(tmp_path / "ledger.db", STORE_KEY, PatientClock())
    old, new = (a_crossing(store, SHOP, mark) for mark in (b"o" * 16, b"n" * 16))
    await store.visits.follow(PAY, old, NOW - 29 * DAY)
    await store.visits.follow(PAY, new, NOW - 27 * DAY)
    await store.retention.sweep(Keep())
    assert [await store.visits.follow(BANK, one, NOW) for one in (old, new)] == [True, False]
    await store.aclose()
