"""What waits is found by its index, and that costs little to keep."""

from pathlib import Path

import apsw
import pytest

from tandemgate.storage.sqlite import SqliteStore, schema
from tandemgate.storage.sqlite.statements import named_statements
from tests.build import NOW
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import LANE, numbered

BEFORE = 17
"""The schema whose index was of a list of states."""


async def a_store(path: Path) -> SqliteStore:
    """Open the store at *path*."""
    return await SqliteStore.open(path, STORE_KEY, StoppedClock())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("first_waiting", 1),
        ("first_suspected", 1),
        ("stranded_suspicion", 2),
        ("due + in_lane", 4),
        ("due + stranded_in_lane", 4),
        ("due + newest_in_lane", 3),
    ],
)
async def test_what_waits_is_found_by_its_index(tmp_path: Path, name: str, values: int) -> None:
    """Behind ten million events that ended, a look at each of them would stop the delivery."""
    await (await a_store(tmp_path / "a.db")).aclose()
    connection = apsw.Connection(str(tmp_path / "a.db"), flags=apsw.SQLITE_OPEN_READONLY)
    text = "\n".join(named_statements("reading.sql")[part] for part in name.split(" + "))
    rows = connection.execute(f"EXPLAIN QUERY PLAN {text}", (None,) * values).fetchall()
    connection.close()
    plan = [str(row[3]) for row in rows]
    looks = {step for step in plan if step.startswith(("SEARCH event ", "SCAN event"))}
    by_seq = "SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"
    assert looks - {by_seq}
    assert all("event_waiting" in step for step in looks - {by_seq})


async def test_no_tree_is_built_for_an_event_that_is_stored(tmp_path: Path) -> None:
    """SQLite builds one for each list of three or more that a partial index is told by."""
    await (await a_store(tmp_path / "a.db")).aclose()
    connection = apsw.Connection(str(tmp_path / "a.db"), flags=apsw.SQLITE_OPEN_READONLY)
    text = named_statements("writing.sql")["add_event"]
    steps = [row[1] for row in connection.execute(f"EXPLAIN {text}", (None,) * text.count("?"))]
    connection.close()
    assert ("Insert" in steps, "OpenEphemeral" in steps) == (True, False)


async def test_what_waited_before_the_index_changed_still_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade loses nobody's turn."""
    path = tmp_path / "a.db"
    earlier = [one for one in schema.migrations() if one[0] <= BEFORE]
    with monkeypatch.context() as patched:
        patched.setattr(schema, "migrations", lambda: earlier)
        store = await a_store(path)
        await store.ledger.admit([numbered(number) for number in range(5)])
        claimed = await store.ledger.claim(LANE, 9, NOW)
        await store.aclose()
    store = await a_store(path)
    assert (len(claimed), await store.ledger.claim(LANE, 9, NOW)) == (5, claimed)
    await store.aclose()
    connection = apsw.Connection(str(path))
    assert connection.pragma("integrity_check") == "ok"
    connection.close()
