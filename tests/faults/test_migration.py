"""Making and changing the store's tables, interrupted or from the future."""

from pathlib import Path

import apsw
import pytest

from tandemgate.storage.sqlite import schema
from tandemgate.storage.sqlite.errors import StoreIsDamaged, StoreTooNew
from tests.build import an_event
from tests.faults.disk import killed, plugged_in
from tests.faults.storework import opened


async def test_a_first_start_killed_at_any_step_is_done_anew(tmp_path: Path) -> None:
    """The first start is when people press Ctrl-C."""
    with plugged_in() as disk:
        store = await opened(tmp_path / "ledger.db")
        await store.aclose()
    for at in range(0, len(disk.steps), 3):
        folder = tmp_path / str(at)
        folder.mkdir()
        killed(disk.steps[:at], folder)
        again = await opened(folder / "ledger.db")
        await again.ledger.admit([an_event()])
        assert (await again.archive.stats()).recorded == 1
        await again.aclose()


async def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older version must still be able to serve what it wrote."""
    store = await opened(tmp_path / "ledger.db")
    await store.ledger.admit([an_event()])
    await store.aclose()
    known = schema.migrations()
    broken = (known[-1][0] + 1, "CREATE TABLE half (a) STRICT; INSERT INTO nowhere VALUES (1);")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "migrations", lambda: [*known, broken])
        with pytest.raises(StoreIsDamaged):
            await opened(tmp_path / "ledger.db")
    again = await opened(tmp_path / "ledger.db")
    assert (await again.archive.stats()).recorded == 1
    await again.aclose()


async def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    """An older version would not know what it destroys."""
    await (await opened(tmp_path / "ledger.db")).aclose()
    connection = apsw.Connection(str(tmp_path / "ledger.db"))
    connection.pragma("user_version", 9_999)
    connection.close()
    with pytest.raises(StoreTooNew, match="9999"):
        await opened(tmp_path / "ledger.db")
