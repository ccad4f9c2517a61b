"""Opening files of other times and other programs."""

from pathlib import Path

import apsw
import pytest

from tandemgate.model.errors import ConfigurationError
from tandemgate.storage.sqlite import SqliteStore, schema
from tandemgate.storage.sqlite.errors import NotAStore, StoreTooNew
from tandemgate.storage.sqlite.schema import (
    APPLICATION_ID,
    SPARE_PAGE,
    cache_kept,
    connect_to_write,
    migrate,
    migrations,
)
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import numbered

NEWEST = migrations()[-1][0]


def version(path: Path) -> tuple[int, int]:
    """What the file says about itself."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    marks = connection.pragma("application_id"), connection.pragma("user_version")
    connection.close()
    return marks


def test_migrations_are_numbered_without_gaps() -> None:
    """Two branches that both add the next one must not both be merged."""
    assert [number for number, _ in migrations()] == list(range(1, NEWEST + 1))


async def test_a_new_store_is_marked_and_up_to_date(tmp_path: Path) -> None:
    """Any tool can tell what the file is."""
    await (await SqliteStore.open(tmp_path / "a.db", STORE_KEY, StoppedClock())).aclose()
    assert version(tmp_path / "a.db") == (APPLICATION_ID, NEWEST)


async def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    """A restart is no event."""
    store = await SqliteStore.open(tmp_path / "a.db", STORE_KEY, StoppedClock())
    await store.ledger.admit([numbered(1)])
    before = await store.archive.stories("ord_1", None, None)
    await store.aclose()
    again = await SqliteStore.open(tmp_path / "a.db", STORE_KEY, StoppedClock())
    assert await again.archive.stories("ord_1", None, None) == before
    await again.aclose()


async def test_a_newer_store_is_refused_untouched(tmp_path: Path) -> None:
    """An old version that writes into new tables destroys them."""
    await (await SqliteStore.open(tmp_path / "a.db", STORE_KEY, StoppedClock())).aclose()
    connection = apsw.Connection(str(tmp_path / "a.db"))
    connection.pragma("user_version", NEWEST + 1)
    connection.close()
    with pytest.raises(StoreTooNew, match=f"has schema {NEWEST + 1}.*knows {NEWEST}"):
        await SqliteStore.open(tmp_path / "a.db", STORE_KEY, StoppedClock())
    assert version(tmp_path / "a.db") == (APPLICATION_ID, NEWEST + 1)


async def test_the_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    """A wrong path in the settings must not cost anybody a database."""
    connection = apsw.Connection(str(tmp_path / "a.db"))
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(NotAStore, match="another program"):
        await SqliteStore.open(tmp_path / "a.db", STORE_KEY, StoppedClock())
    assert (tmp_path / "a.db").read_bytes() == before


async def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    """The same for any other file."""
    (tmp_path / "a.db").write_bytes(b"dear diary, " * 100)
    with pytest.raises(ConfigurationError, match=r"a\.db"):
        await SqliteStore.open(tmp_path / "a.db", STORE_KEY, StoppedClock())
    assert (tmp_path / "a.db").read_bytes() == b"dear diary, " * 100


def test_an_interrupted_migration_leaves_the_step_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done again as a whole at the next start."""
    path = tmp_path / "a.db"
    steps = [(1, "CREATE TABLE a (x)"), (2, "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)")]
    monkeypatch.setattr(schema, "migrations", lambda: steps)
    connection = connect_to_write(path)
    with pytest.raises(apsw.SQLError):
        migrate(connection, path)
    assert version(path) == (APPLICATION_ID, 1)
    tables = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    assert tables == [("a",)]
    steps[1] = (2, "CREATE TABLE b (x)")
    migrate(connection, path)
    connection.close()
    assert version(path) == (APPLICATION_ID, 2)


@pytest.mark.parametrize(("pages", "kept"), [(0, 16), (SPARE_PAGE - 1, 16), (SPARE_PAGE, 64)])
def test_more_of_a_large_file_is_kept_in_memory(pages: int, kept: int) -> None:
    """Below a gigabyte a small commit looks through all that is kept."""
    assert cache_kept(pages) == kept * 1024
