"""What has had its time is forgotten, and nothing else; sums and stories stay right."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import pytest

from tandemgate.model.admission import Filter
from tandemgate.model.consent import Flag
from tandemgate.model.operation import Act
from tandemgate.model.rights import Statement
from tandemgate.model.state import State
from tandemgate.storage.sqlite import SqliteStore, retention
from tandemgate.storage.sqlite.checking import examine
from tandemgate.storage.sqlite.retention import Keep
from tests.build import NOW, PIXEL, a_policy
from tests.contract.conftest import STORE_KEY
from tests.contract.steps import numbered, send

DAY = 86_400.0
KEEP = Keep()


@dataclass
class MovedClock:
    """A clock that the test moves; nobody sleeps."""

    at: float = NOW

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, _seconds: float) -> None:
        return None


@pytest.fixture
def clock() -> MovedClock:
    """It is NOW."""
    return MovedClock()


@pytest.fixture
async def store(tmp_path: Path, clock: MovedClock) -> AsyncIterator[SqliteStore]:
    """Three events of one day: delivered, refused, waiting."""
    opened = await SqliteStore.open(tmp_path / "ledger.db", STORE_KEY, clock)
    await opened.ledger.admit([numbered(1)])
    await send(opened.ledger, State.DELIVERED, "b1")
    await opened.ledger.admit([numbered(2)])
    await send(opened.ledger, State.REJECTED, "b2")
    await opened.ledger.admit([numbered(3)])
    yield opened
    await opened.aclose()


async def test_an_erasure_is_remembered_with_its_tombstones_and_a_withdrawal_for_longer(
    store: SqliteStore, clock: MovedClock, tmp_path: Path
) -> None:
    """Until then an older consent may still come; a digest of somebody is not kept for good."""
    act = Act(NOW, "root", "asked")
    await store.rights.erase([b"erasedxx"], 9, act)
    denied = Statement(frozenset({b"withdrew"}), {PIXEL: a_policy()}, Flag.DENIED, None, NOW, NOW)
    await store.rights.state(denied, act)
    left = []
    for days in (89, 91, 399, 401):
        await after(store, clock, days * DAY)
        left.append(set(rows(tmp_path, "SELECT trace FROM withdrawal")))
    both, one = {b"erasedxx", b"withdrew"}, {b"withdrew"}
    assert left == [both, one, one, set()]


def rows(folder: Path, query: str) -> list[Any]:
    """Look past the store."""
    connection = apsw.Connection(str(folder / "ledger.db"))
    found = [row[0] for row in connection.execute(query)]
    connection.close()
    return found


def all_bytes(folder: Path) -> bytes:
    """What the database and its log hold, in use or not."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def after(store: SqliteStore, clock: MovedClock, seconds: float) -> None:
    """Sweep when so much time has passed, and somebody has sent an event of that day."""
    clock.at = NOW + seconds
    await store.ledger.admit([numbered(int(100 + seconds), now=clock.at, event_time=int(clock.at))])
    await store.retention.sweep(KEEP)


@pytest.mark.parametrize(
    ("seconds", "left"), [(14 * DAY, [1, 2, 3]), (14 * DAY + 2, [3]), (30 * DAY, [3])]
)
async def test_payloads_go_two_weeks_after_the_end_of_their_event(
    store: SqliteStore, clock: MovedClock, tmp_path: Path, seconds: float, left: list[int]
) -> None:
    """What waits keeps its payload, however old; without it there would be nothing to send."""
    await after(store, clock, seconds)
    assert rows(tmp_path, "SELECT seq FROM payload WHERE seq < 4 ORDER BY seq") == left
    assert (await store.archive.stats()).forgotten == 0
    (again,) = await store.ledger.admit([numbered(1)])
    assert again.state is State.DELIVERED  # type: ignore[union-attr]


async def test_a_day_whose_payloads_are_gone_loses_its_key(
    store: SqliteStore, clock: MovedClock, tmp_path: Path
) -> None:
    """Then backups of the file, and blocks that the disk still holds, are noise."""
    keys = "SELECT data_key FROM day WHERE data_key IS NOT NULL ORDER BY day"
    await after(store, clock, 15 * DAY)
    first, second = rows(tmp_path, keys)
    await send(store.ledger, State.DELIVERED, "b3")
    await after(store, clock, 30 * DAY)
    kept, _ = rows(tmp_path, keys)
    assert (kept, first in all_bytes(tmp_path), second in all_bytes(tmp_path)) == (
        second,
        False,
        True,
    )
    assert rows(tmp_path, "SELECT seq FROM payload ORDER BY seq") == [4, 5]


async def test_the_log_lets_go_of_a_destroyed_key_when_its_reader_does(
    store: SqliteStore, clock: MovedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep that found the log in use looks after it again."""
    monkeypatch.setattr("tandemgate.storage.sqlite.schema.LOG_PATIENCE", 1)
    (key,) = rows(tmp_path, "SELECT data_key FROM day")
    await send(store.ledger, State.DELIVERED, "b3")
    reader = apsw.Connection(str(tmp_path / "ledger.db"))
    reader.execute("BEGIN; SELECT count(*) FROM event").fetchall()
    await after(store, clock, 15 * DAY)
    assert key in all_bytes(tmp_path)
    reader.close()
    await store.retention.sweep(KEEP)
    assert key not in all_bytes(tmp_path)


async def test_after_ninety_days_an_event_is_forgotten_and_the_ledger_adds_up(
    store: SqliteStore, clock: MovedClock, tmp_path: Path
) -> None:
    """Nothing of it is left, but the number of events that there were."""
    await after(store, clock, 90 * DAY + 2)
    stats = await store.archive.stats()
    assert (stats.recorded, stats.forgotten, stats.imbalance) == (4, 2, 0)
    assert [entry.seq for entry in await store.archive.page(Filter(), 9)] == [4, 3]
    assert await store.archive.stories("ord_1", None, None) == []
    left = "SELECT seq FROM detail UNION SELECT seq FROM attempt UNION SELECT seq FROM remark"
    assert rows(tmp_path, left) == [3, 4]
    assert rows(tmp_path, "SELECT count(*) FROM batch") == [0]
    assert examine(tmp_path / "ledger.db", STORE_KEY, quick=False) == []


async def test_many_slices_forget_as_much_as_one(
    store: SqliteStore, clock: MovedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slice that holds only what must stay must not end the walk."""
    monkeypatch.setattr(retention, "SLICE", 1)
    await after(store, clock, 91 * DAY)
    assert rows(tmp_path, "SELECT seq FROM event ORDER BY seq") == [3, 4]


async def test_new_events_are_stored_after_old_ones_were_forgotten(
    store: SqliteStore, clock: MovedClock
) -> None:
    """Numbers are never given twice, and times are still found."""
    await after(store, clock, 91 * DAY)
    await after(store, clock, 92 * DAY)
    found = await store.archive.page(Filter(since=NOW + 92 * DAY), 9)
    assert [entry.seq for entry in found] == [5]
    assert (await store.archive.stats()).imbalance == 0
