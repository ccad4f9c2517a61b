"""What an erasure leaves in the files: nothing of the person, not even what nobody could read."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from tandemgate.core.traces import IDENTITY
from tandemgate.model.event import Event
from tandemgate.model.operation import Act
from tandemgate.model.state import State
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.schema import empty_log
from tests.build import NOW
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import begin, end, numbered

JANE, JOHN = "jane@example.com", "john@example.com"
ERASE = Act(NOW, "root", "person_erased")


def of(email: str, number: int, **overrides: object) -> Event:
    """A purchase of somebody, with much to say about it."""
    user = {"email": email, "phone": f"+49170{email.encode().hex()[:7]}", "ip": "203.0.113.42"}
    page = {"url": "https://shop.example/" + "long/" * number}
    return numbered(number, user=user, page=page, session=f"session of {email}", **overrides)


def secrets_of(path: Path, event: Event) -> Iterator[bytes]:
    """Every ciphertext and digest by which the files could tell of one person's event."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    sealed = connection.execute(
        "SELECT sealed FROM payload JOIN event USING (seq) WHERE event_id = ?",
        (event.key.event_id,),
    ).fetchall()
    connection.close()
    for (ciphertext,) in sealed:
        assert isinstance(ciphertext, bytes)
        yield ciphertext
        yield ciphertext[12:60]  # also a part of it, where a page was cut
    yield from event.traces
    yield from (
        event.fingerprint.fields[name] for name in IDENTITY & event.fingerprint.fields.keys()
    )
    if event.action:
        yield event.action


def files_of(folder: Path) -> bytes:
    """All bytes of all files."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_nothing_of_an_erased_person_is_left_in_any_file(tmp_path: Path) -> None:
    """Database, log and free pages; and all of somebody else is still there."""
    path = tmp_path / "a.db"
    store = await SqliteStore.open(path, STORE_KEY, StoppedClock())
    events = [of(JANE if number % 3 else JOHN, number) for number in range(1, 120)]
    for event in events:
        await store.ledger.admit([event])
    batch = await begin(store.ledger, limit=40)
    await end(store.ledger, batch, State.DELIVERED)
    mine = [event for event in events if event.traces == events[0].traces]
    others = [event for event in events if event.traces != events[0].traces]
    secrets = {one for event in mine for one in secrets_of(path, event)}
    theirs = {one for event in others for one in secrets_of(path, event)} - secrets
    before = await asyncio.to_thread(files_of, tmp_path)
    assert all(secret in before for secret in secrets)
    told = await store.rights.erase(frozenset(mine[0].traces), 1_000, ERASE)
    assert (len(told.met), told.wiped) == (len(mine), True)
    after = await asyncio.to_thread(files_of, tmp_path)
    remembered = set(mine[0].traces)  # so that what comes late of the person is struck
    assert [secret for secret in secrets - remembered if secret in after] == []
    assert [secret for secret in theirs if secret not in after] == []
    assert {event.key.event_id for event in events if event.key.event_id.encode() in after} == {
        event.key.event_id for event in events
    }
    await store.aclose()


async def test_what_consent_took_away_before_is_not_in_any_file_either(tmp_path: Path) -> None:
    """A payload that was dropped weeks ago must not stand in a page that nobody uses."""
    path = tmp_path / "a.db"
    store = await SqliteStore.open(path, STORE_KEY, StoppedClock())
    events = [of(JANE, number) for number in range(1, 60)]
    await store.ledger.admit(events)
    secrets = {one for event in events for one in secrets_of(path, event)} - set(events[0].traces)
    await store.rights.erase(frozenset(events[0].traces), 1_000, ERASE)
    await store.aclose()
    left = await asyncio.to_thread(files_of, tmp_path)
    assert [secret for secret in secrets if secret in left] == []


async def test_a_reader_of_an_old_state_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log can't be emptied under somebody who reads it; then the answer says so."""
    monkeypatch.setattr("tandemgate.storage.sqlite.schema.LOG_PATIENCE", 1)
    path = tmp_path / "a.db"
    store = await SqliteStore.open(path, STORE_KEY, StoppedClock())
    await store.ledger.admit([of(JANE, 1)])
    reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM event").fetchall()
    told = await store.rights.erase(frozenset(of(JANE, 1).traces), 9, ERASE)
    assert told.wiped is False
    reader.close()
    assert empty_log(path)
    await store.aclose()
