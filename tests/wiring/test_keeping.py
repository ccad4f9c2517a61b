"""A store is looked over, copied and restored; nothing is sent twice, or lost, because of it."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from tandemgate.core.clocks import screen
from tandemgate.model.admission import Clash
from tandemgate.model.errors import ConfigurationError
from tandemgate.model.operation import Act
from tandemgate.model.rules import Clocks
from tandemgate.model.secret import Secret
from tandemgate.model.state import State
from tandemgate.settings import Settings, StoreKey, StoreSettings
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.schema import migrations
from tandemgate.wiring import keeping
from tests.build import NOW, PIXEL
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import LANE, begin, numbered, send, without_consent

HOUR = 3600
KEY = StoreKey(secret=Secret(STORE_KEY.hex()))


def settings(folder: Path, name: str = "ledger.db") -> Settings:
    """Settings whose store is in *folder*."""
    return Settings(store=StoreSettings(url=f"sqlite:///{name}", key=KEY), folder=folder)


def stored(folder: Path, work: Callable[[SqliteStore], Awaitable[object]] | None = None) -> None:
    """Open the store of *folder*, do *work* with it, and close it."""

    async def run() -> None:
        store = await SqliteStore.open(folder / "ledger.db", STORE_KEY, StoppedClock())
        try:
            if work is not None:
                await work(store)
        finally:
            await store.aclose()

    asyncio.run(run())


async def a_day(store: SqliteStore) -> None:
    """One event delivered a day ago, one refused, one under way, two waiting, one suppressed."""
    yesterday = NOW - 24 * HOUR
    await store.ledger.admit([numbered(1, now=yesterday, event_time=int(yesterday))])
    await send(store.ledger, State.DELIVERED, "b1")
    await store.ledger.admit([numbered(2)])
    await send(store.ledger, State.REJECTED, "b2")
    await store.ledger.admit([numbered(3)])
    await begin(store.ledger, "b3")
    await store.ledger.admit([numbered(4), numbered(5), without_consent(event_id="x")])
    act = Act(NOW, "root", "token_set", PIXEL)
    await store.vault.keep(Secret("tok_backup_0123456789"), act)


def quiet(_done: int, _pages: int) -> None:
    """Nobody watches."""


def test_a_sound_store_has_no_findings(tmp_path: Path) -> None:
    """Also right after traffic, with an intent that is open."""
    stored(tmp_path, a_day)
    assert keeping.check(settings(tmp_path), quick=False) == []
    assert keeping.check(settings(tmp_path), quick=True) == []


HARM: dict[str, tuple[str, str]] = {
    "a lost event": ("DELETE FROM event WHERE seq = 1", "6 events were stored, 0 removed, and 5"),
    "a wrong counter": ("UPDATE stock SET count = 9 WHERE state = 'DELIVERED'", "9 events of kind"),
    "a state nobody counted": ("UPDATE event SET state = 'REVIEW' WHERE seq = 2", "as REVIEW"),
    "a missing detail": ("DELETE FROM detail WHERE seq = 2", "1 events lack their details"),
    "a missing payload": ("DELETE FROM payload WHERE seq = 4", "1 events wait to be sent and have"),
    "a flipped payload": ("UPDATE payload SET sealed = x'00' WHERE seq = 4", "can't be opened"),
    "a flipped day key": ("UPDATE day SET data_key = x'00'", "the keys of 2 days can't be opened"),
    "a forgotten intent": ("UPDATE batch SET verdict = 'x'", "in SENDING without an intent"),
}


@pytest.mark.parametrize(("statement", "finding"), HARM.values(), ids=list(HARM))
def test_each_harm_is_found(tmp_path: Path, statement: str, finding: str) -> None:
    """A check that finds nothing is worth nothing until it is seen to find something."""
    stored(tmp_path, a_day)
    connection = apsw.Connection(str(tmp_path / "ledger.db"))
    connection.execute(statement)
    connection.close()
    findings = keeping.check(settings(tmp_path), quick=False)
    assert any(finding in line for line in findings), findings


def test_another_key_and_no_store_are_said_in_words(tmp_path: Path) -> None:
    """Before anything is changed."""
    with pytest.raises(ConfigurationError, match="does not exist"):
        keeping.check(settings(tmp_path), quick=False)
    stored(tmp_path)
    other = Settings(
        store=StoreSettings(
            url="sqlite:///ledger.db", key=StoreKey(secret=Secret((b"x" * 32).hex()))
        ),
        folder=tmp_path,
    )
    for refused in (keeping.fits, lambda one: keeping.check(one, quick=True)):
        with pytest.raises(ConfigurationError, match="sealed with the store key"):
            refused(other)


def test_a_newer_schema_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    """An older program would write what the newer one can't read."""
    stored(tmp_path)
    connection = apsw.Connection(str(tmp_path / "ledger.db"))
    connection.pragma("user_version", 99)
    connection.close()
    for refused in (keeping.bring_up_to_date, keeping.fits):
        with pytest.raises(ConfigurationError, match="has schema 99"):
            refused(settings(tmp_path))


def test_migrating_says_from_where_to_where(tmp_path: Path) -> None:
    """And a second time there is nothing to do."""
    connection = apsw.Connection(str(tmp_path / "ledger.db"))
    connection.execute(migrations()[0][1])
    connection.pragma("application_id", 0x74676C67)
    connection.pragma("user_version", 1)
    connection.close()
    newest = migrations()[-1][0]
    assert keeping.bring_up_to_date(settings(tmp_path)) == (1, newest)
    assert keeping.bring_up_to_date(settings(tmp_path)) == (newest, newest)


def restored(tmp_path: Path, work: Callable[[SqliteStore], Awaitable[object]]) -> None:
    """Back up a store of one day at NOW + 1 h, restore it elsewhere, and do *work* there."""
    stored(tmp_path, a_day)
    copy = tmp_path / "copy.db"
    keeping.backup(settings(tmp_path), copy, NOW + HOUR, quiet)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    keeping.restore(settings(elsewhere), copy)
    stored(elsewhere, work)


def test_what_waited_in_a_backup_counts_as_sent_without_an_answer(tmp_path: Path) -> None:
    """The gateway may have sent it after the backup; the window begins at the backup."""

    async def look(store: SqliteStore) -> None:
        due = await store.ledger.claim(LANE, 9, NOW + HOUR)
        assert [(one.key.event_id, one.unknown, one.first_maybe) for one in due] == [
            ("ord_4", 1, NOW + HOUR),
            ("ord_5", 1, NOW + HOUR),
        ]
        assert all(one.wire for one in due)
        assert [screen(one, Clocks(), NOW + 48 * HOUR) for one in due] == [None, None]
        ends = [screen(one, Clocks(), NOW + 48 * HOUR + 1) for one in due]
        assert {end.to for end in ends if end} == {State.INDETERMINATE}
        (unsettled,) = await store.ledger.unsettled()
        assert [one.key.event_id for one in unsettled.events] == ["ord_3"]
        assert (await store.archive.stats()).imbalance == 0
        (act, *_) = await store.controls.acts(5)
        assert (act.what, act.counts) == ("restored", {"unknown": 2})

    restored(tmp_path, look)


def test_a_restored_store_still_knows_what_was_delivered_and_its_tokens(tmp_path: Path) -> None:
    """The memory of keys is what keeps a shop's second job from sending an order again."""

    async def look(store: SqliteStore) -> None:
        (again,) = await store.ledger.admit([numbered(1)])
        assert not isinstance(again, Clash)
        assert again.state is State.DELIVERED
        (token,) = await store.vault.tokens()
        assert token.secret.reveal() == "tok_backup_0123456789"

    restored(tmp_path, look)


def test_a_restore_counts_once_however_often_it_starts(tmp_path: Path) -> None:
    """A second start of the restored store is an ordinary start."""

    async def nothing(store: SqliteStore) -> None:
        assert (await store.archive.stats()).imbalance == 0

    async def look(store: SqliteStore) -> None:
        assert [one.unknown for one in await store.ledger.claim(LANE, 9, NOW + HOUR)] == [1, 1]

    restored(tmp_path, nothing)
    stored(tmp_path / "elsewhere", look)


def test_a_backup_holds_no_key_of_a_day_and_no_payload_that_is_not_needed(tmp_path: Path) -> None:
    """Destroying a day's key must destroy the day, wherever copies of the file may lie."""
    stored(tmp_path, a_day)
    copy = tmp_path / "copy.db"
    assert keeping.backup(settings(tmp_path), copy, NOW, quiet) == 3
    here, there = (apsw.Connection(str(file)) for file in (tmp_path / "ledger.db", copy))
    keys = [
        {key for (key,) in one.execute("SELECT data_key FROM day WHERE data_key IS NOT NULL")}
        for one in (here, there)
    ]
    kept = [seq for (seq,) in there.execute("SELECT seq FROM payload ORDER BY seq")]
    here.close()
    there.close()
    assert not keys[0] & keys[1]
    assert kept == [3, 4, 5]
    assert copy.stat().st_mode & 0o077 == 0


def test_a_backup_is_taken_while_the_gateway_writes(tmp_path: Path) -> None:
    """It is one state of the store, and nobody waits for it."""

    async def write_and_copy(store: SqliteStore) -> None:
        await a_day(store)
        copying = asyncio.to_thread(
            keeping.backup, settings(tmp_path), tmp_path / "copy.db", NOW, quiet
        )
        copy = asyncio.create_task(copying)
        number = 10
        while not copy.done():
            await store.ledger.admit([numbered(number)])
            number += 1
        await copy

    stored(tmp_path, write_and_copy)
    assert keeping.check(settings(tmp_path, "copy.db"), quick=False) == []
    assert keeping.check(settings(tmp_path), quick=False) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Neither a backup by a backup, nor a store by a restore."""
    stored(tmp_path, a_day)
    copy = tmp_path / "copy.db"
    keeping.backup(settings(tmp_path), copy, NOW, quiet)
    with pytest.raises(ConfigurationError, match="overwrites nothing"):
        keeping.backup(settings(tmp_path), copy, NOW, quiet)
    with pytest.raises(ConfigurationError, match="overwrites nothing"):
        keeping.restore(settings(tmp_path), copy)
    assert sorted(file.name for file in tmp_path.glob(".*")) == []


def test_a_file_of_another_program_is_not_restored(tmp_path: Path) -> None:
    """A mistyped name must not become the ledger."""
    file = tmp_path / "notes.txt"
    file.write_text("milk, eggs\n" * 200)
    with pytest.raises(ConfigurationError, match="is not a ledger"):
        keeping.restore(settings(tmp_path), file)
    shutil.copy(file, tmp_path / "ledger.db")
    with pytest.raises(ConfigurationError, match="is not a ledger"):
        keeping.check(settings(tmp_path), quick=False)


def test_a_damaged_store_is_set_aside_and_what_can_be_proven_takes_its_place(
    tmp_path: Path,
) -> None:
    """The damaged file stays as it is, for whoever can read more of it."""
    stored(tmp_path, a_day)
    file = tmp_path / "ledger.db"
    with closing(apsw.Connection(str(file))) as store:
        pages = "SELECT max(pageno) FROM dbstat WHERE name = 'event'"
        ((page,),) = store.execute(pages).fetchall()
        assert isinstance(page, int)
    with file.open("r+b") as damaged:
        damaged.seek((page - 1) * 4096)
        damaged.write(bytes(range(256)) * 16)
    harmed = file.read_bytes()
    came, aside = keeping.recover(settings(tmp_path), NOW + 60)
    assert aside is not None
    assert aside.read_bytes() == harmed
    assert keeping.check(settings(tmp_path), quick=False) == []
    assert came.events + came.lost == 6
    assert {path.name for path in tmp_path.iterdir()} >= {"ledger.db", aside.name}
    assert not list(tmp_path.glob(".*unfinished*"))


def test_a_whole_store_is_left_alone(tmp_path: Path) -> None:
    """Recovering makes outcomes unknown; whoever asks for it by mistake loses nothing."""
    stored(tmp_path, a_day)
    before = (tmp_path / "ledger.db").read_bytes()
    came, aside = keeping.recover(settings(tmp_path), NOW + 60)
    assert (came.was_whole, aside) == (True, None)
    assert (tmp_path / "ledger.db").read_bytes() == before
    assert not list(tmp_path.glob("*damaged*"))


def test_a_restore_is_told_at_the_next_start_and_only_then(tmp_path: Path) -> None:
    """The gateway's own log says what the verb said: whoever reads it may not have run the verb."""
    told: list[int | None] = []

    async def look(store: SqliteStore) -> None:
        told.append(store.restored)

    restored(tmp_path, look)
    stored(tmp_path / "elsewhere", look)
    assert told == [2, None]
