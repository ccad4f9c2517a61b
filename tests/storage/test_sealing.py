"""What the file gives away to whoever steals it: nothing that was sent."""

import asyncio
from pathlib import Path

import apsw
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.model.event import EventKey
from tandemgate.model.state import State
from tandemgate.storage.seal import Cipher, key_id, new_key, owner
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.errors import StoreSealedWithAnotherKey
from tests.build import NOW, an_event
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import LANE, begin, numbered, send

TODAY = int(NOW // 86_400)
OTHER_KEY = b"o" * 32


async def opened(path: Path, key: bytes = STORE_KEY) -> SqliteStore:
    """Open the store at *path*."""
    return await SqliteStore.open(path, key, StoppedClock())


def everything_in(folder: Path) -> bytes:
    """All bytes of all files."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_no_payload_stands_in_the_files(tmp_path: Path) -> None:
    """Neither the database nor its log shows a digest, an address or a browser."""
    event = an_event(user={"email": "customer@example.com", "ip": "203.0.113.42"})
    store = await opened(tmp_path / "a.db")
    await store.ledger.admit([event])
    await begin(store.ledger)
    files = await asyncio.to_thread(everything_in, tmp_path)
    assert event.key.event_id.encode() in files
    user = msgspec.json.decode(event.wire)["user"]
    assert {"email", "ip"} == set(user)
    assert [value for value in (*user.values(), "129.95") if value.encode() in files] == []
    await store.aclose()


async def test_a_store_opens_with_its_key_only(tmp_path: Path) -> None:
    """Both keys are named, so that the operator finds the right one."""
    await (await opened(tmp_path / "a.db")).aclose()
    with pytest.raises(StoreSealedWithAnotherKey) as refusal:
        await opened(tmp_path / "a.db", OTHER_KEY)
    assert key_id(STORE_KEY) in str(refusal.value)
    assert key_id(OTHER_KEY) in str(refusal.value)
    assert "Try: " in str(refusal.value)


async def test_the_stores_own_secrets_outlive_it(tmp_path: Path) -> None:
    """Fingerprints of last week must compare with those of today."""
    first = await opened(tmp_path / "a.db")
    await first.aclose()
    second = await opened(tmp_path / "a.db")
    other = await opened(tmp_path / "b.db")
    assert first.fingerprint_key == second.fingerprint_key
    assert len({first.fingerprint_key, first.blind_index_key, other.fingerprint_key}) == 3
    await second.aclose()
    await other.aclose()


async def test_a_shredded_day_stays_shut(tmp_path: Path) -> None:
    """Its events are known as before; what was sent of them is gone for good."""
    store = await opened(tmp_path / "a.db")
    tomorrow = numbered(2, event_time=int(NOW))
    await store.ledger.admit([numbered(1)])
    await store.ledger.admit([an_event(now=NOW + 86_400, event_id="ord_2")])
    assert all(due.wire for due in await store.ledger.claim(LANE, 9, NOW + 99_999))
    await store.shred(TODAY)
    due = await store.ledger.claim(LANE, 9, NOW + 99_999)
    assert [bool(one.wire) for one in due] == [False, True]
    assert (await store.archive.stories("ord_1", None, None))[0].entry.state is State.QUEUED
    await store.ledger.admit([tomorrow])
    await store.aclose()
    again = await opened(tmp_path / "a.db")
    due = await again.ledger.claim(LANE, 9, NOW + 99_999)
    assert [bool(one.wire) for one in due] == [False, True]
    await again.aclose()


async def test_a_shredded_day_that_is_not_over_gets_a_new_key(tmp_path: Path) -> None:
    """Whoever shreds today goes on working today."""
    store = await opened(tmp_path / "a.db")
    await store.ledger.admit([numbered(1)])
    await store.shred(TODAY)
    await store.ledger.admit([numbered(2)])
    due = await store.ledger.claim(LANE, 9, NOW)
    assert [bool(one.wire) for one in due] == [False, True]
    await store.aclose()


async def test_a_payload_moved_to_another_event_stays_shut(tmp_path: Path) -> None:
    """Whoever can write to the file can't make one order pass for another."""
    store = await opened(tmp_path / "a.db")
    await store.ledger.admit([numbered(1), numbered(2)])
    await store.aclose()
    connection = apsw.Connection(str(tmp_path / "a.db"))
    connection.execute("UPDATE payload SET sealed = (SELECT sealed FROM payload WHERE seq = 2)")
    connection.close()
    again = await opened(tmp_path / "a.db")
    assert [bool(due.wire) for due in await again.ledger.claim(LANE, 9, NOW)] == [False, True]
    await again.aclose()


async def test_what_left_can_still_be_told(tmp_path: Path) -> None:
    """Stories and lists need no payload."""
    store = await opened(tmp_path / "a.db")
    await store.ledger.admit([numbered(1)])
    await send(store.ledger, State.DELIVERED)
    await store.shred(TODAY)
    (story,) = await store.archive.stories("ord_1", None, None)
    assert story.entry.match_keys["email"] == "sent"
    await store.aclose()


@given(st.binary(max_size=200), st.binary(max_size=40), st.binary(max_size=40))
def test_only_the_owner_opens(plain: bytes, mine: bytes, other: bytes) -> None:
    """What a sealed text belongs to is part of the seal."""
    cipher = Cipher(new_key())
    sealed = cipher.seal(plain, mine)
    assert cipher.open(sealed, mine) == plain
    assert cipher.open(sealed, other) == (plain if mine == other else None)
    assert Cipher(new_key()).open(sealed, mine) is None


@given(st.binary(max_size=40))
def test_damaged_bytes_open_to_nothing(sealed: bytes) -> None:
    """A flipped bit is a payload that can't be opened, never an exception."""
    assert Cipher(new_key()).open(sealed, b"") is None


def test_keys_that_read_alike_own_different_payloads() -> None:
    """The parts of a key can't be shifted against each other."""
    assert owner(EventKey("a", "bc", "d")) != owner(EventKey("ab", "c", "d"))
