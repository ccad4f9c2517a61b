"""A damaged store is told, set aside, and what can be proven of it is taken over."""

from pathlib import Path

import pytest

from tandemgate.model.errors import ConfigurationError
from tandemgate.storage.sqlite.recovering import recover
from tests.build import NOW
from tests.faults.account import ledger_rows
from tests.faults.recovery import (
    EVENTS,
    damage_page_of,
    recovered_files,
    rename_in_rows,
    written,
)
from tests.faults.storework import STORE_KEY


async def test_nothing_is_invented_and_most_is_recovered(tmp_path: Path) -> None:
    """Whoever has no backup wants all that is left, and not one event that never was."""
    account = await recovered_files(tmp_path, rounds=24)
    assert account.wrong == []


async def test_a_whole_store_has_nothing_to_recover(tmp_path: Path) -> None:
    """A recovery makes outcomes unknown; it must not happen by a slip."""
    await written(tmp_path / "ledger.db")
    came = recover(tmp_path / "ledger.db", STORE_KEY, tmp_path / "new.db", NOW)
    assert (came.was_whole, came.events, came.lost) == (True, EVENTS, 0)


async def test_a_key_that_nothing_proves_is_not_taken_over(tmp_path: Path) -> None:
    """One flipped bit of an event_id would make an event that never was, and send it."""
    database = tmp_path / "ledger.db"
    before = await written(database)
    content = bytearray(database.read_bytes())
    rename_in_rows(content, b"ord_399", b"ord_39y")
    database.write_bytes(content)
    came = recover(database, STORE_KEY, tmp_path / "new.db", NOW)
    assert (came.events, came.lost) == (EVENTS - 1, 1)
    assert ledger_rows(tmp_path / "new.db").keys() == before.rows.keys() - {"ord_399"}


@pytest.mark.parametrize("table", ["stock", "attempt", "remark", "event_waiting", "pixel"])
async def test_a_page_without_events_costs_no_event(tmp_path: Path, table: str) -> None:
    """Counters are counted anew and indexes made anew; lost history is told."""
    await written(tmp_path / "ledger.db")
    damage_page_of(tmp_path / "ledger.db", table)
    came = recover(tmp_path / "ledger.db", STORE_KEY, tmp_path / "new.db", NOW)
    assert (came.events, came.lost) == (EVENTS, 0)
    assert came.findings


@pytest.mark.parametrize("table", ["store", "sqlite_schema"])
async def test_without_its_secrets_nothing_can_be_proven(tmp_path: Path, table: str) -> None:
    """Then only a backup helps, and that is said instead of an empty store."""
    await written(tmp_path / "ledger.db")
    if table == "store":
        damage_page_of(tmp_path / "ledger.db", table)
    else:
        with (tmp_path / "ledger.db").open("r+b") as file:
            file.write(bytes(4096))
    with pytest.raises(ConfigurationError):
        recover(tmp_path / "ledger.db", STORE_KEY, tmp_path / "new.db", NOW)
