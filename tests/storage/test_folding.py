"""The log is folded while commits go on, stays short, and never holds what is lost with it."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from itertools import count
from pathlib import Path

import apsw
import pytest

from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.folding import AT_LEAST_EVERY, THREAD, Folding
from tandemgate.storage.sqlite.schema import connect_to_read, connect_to_write, migrate
from tests.build import an_event
from tests.faults.disk import Disk, Step, Write, healthy, plugged_in
from tests.faults.storework import SHORT_LOG, opened, short_log
from tests.faults.waiting import until

MANY = 60
"""Commits, which write several times as much as a short log holds."""


class Admitting:
    """A store, and the names of what it has taken."""

    def __init__(self, path: Path, store: SqliteStore) -> None:
        self.path, self.store = path, store
        self.names: list[str] = []
        self._numbers = count()

    async def admit(self, commits: int) -> None:
        """Take one event after the other."""
        for number, _ in zip(self._numbers, range(commits), strict=False):
            self.names.append(f"ord_{number}")
            await self.store.ledger.admit([an_event(event_id=self.names[-1])])

    async def admit_until(self, true: Callable[[], bool]) -> None:
        """Go on until it is so; a log that never gets there ends the test."""
        for _ in range(3 * MANY):
            if true():
                return
            await self.admit(1)
        pytest.fail(f"not so after {len(self.names)} commits; the log has {self.log} bytes")

    @property
    def log(self) -> int:
        """Bytes of the log's file."""
        return self.path.with_name("ledger.db-wal").stat().st_size


@pytest.fixture
def disk() -> Iterator[Disk]:
    """A disk that can fail, and a log that is short."""
    with plugged_in() as disk, short_log():
        yield disk


@asynccontextmanager
async def admitting(folder: Path) -> AsyncIterator[Admitting]:
    """Open a store, and in the end find in its file all that it took."""
    path = folder / "ledger.db"
    one = Admitting(path, await opened(path))
    yield one
    await one.store.aclose()
    again = await opened(path)
    missing = [name for name in one.names if not await again.archive.stories(name, None, None)]
    await again.aclose()
    assert missing == []


def folds(step: Step) -> bool:
    """Tell whether this is the thread's, on its way into the file."""
    here = threading.current_thread().name
    return here == THREAD and isinstance(step, Write) and step.file.endswith("ledger.db")


async def test_the_log_stays_short_however_much_is_written(tmp_path: Path, disk: Disk) -> None:
    """Without folding it would have all that was ever written."""
    async with admitting(tmp_path) as one:
        await one.admit(MANY)
        written = sum(
            len(step.content)
            for step in disk.steps
            if isinstance(step, Write) and step.file.endswith("-wal")
        )
        assert one.log < 4 * SHORT_LOG < written / 2


async def test_commits_are_answered_while_the_log_is_folded(tmp_path: Path, disk: Disk) -> None:
    """On a slow disk folding takes seconds, and nobody should wait for that."""
    begun, goes_on = threading.Event(), threading.Event()

    def slow(step: Step) -> None:
        if folds(step):
            begun.set()
            goes_on.wait(30)

    disk.fault = slow
    async with admitting(tmp_path) as one:
        await one.admit_until(begun.is_set)
        await one.admit(10)
        assert not goes_on.is_set()
        goes_on.set()


def test_a_log_that_hardly_grows_is_folded_every_hour(tmp_path: Path) -> None:
    """What a shop with ten orders a day has stored should not stand in the log alone for weeks."""
    path, now = tmp_path / "ledger.db", 0.0
    with closing(connect_to_write(path)) as connection:
        migrate(connection, path)
        folding = Folding(path, connection, lambda: now)
        connection.execute("CREATE TABLE noted (word); INSERT INTO noted VALUES ('kept')")
        folding.go_on()
        assert b"kept" not in path.read_bytes()
        now = AT_LEAST_EVERY
        folding.go_on()
        assert until(lambda: b"kept" in path.read_bytes())
        folding.close()


async def test_folding_that_fails_is_tried_again(tmp_path: Path, disk: Disk) -> None:
    """What was committed stays in the log meanwhile, and the log shrinks when the disk is well."""
    failed = threading.Event()

    def broken(step: Step) -> None:
        if isinstance(step, Write) and step.file.endswith("ledger.db"):
            failed.set()
            raise apsw.IOError("on purpose")

    async with admitting(tmp_path) as one:
        await one.admit(1)
        disk.fault = broken
        await one.admit_until(lambda: failed.is_set() and one.log > 4 * SHORT_LOG)
        disk.fault = healthy
        await one.admit_until(lambda: one.log <= SHORT_LOG)


@pytest.mark.usefixtures("disk")
async def test_a_reader_of_an_old_state_keeps_the_log_only_while_it_reads(tmp_path: Path) -> None:
    """Folding can't take away what somebody still looks at; afterwards the log is cut."""
    async with admitting(tmp_path) as one:
        await one.admit(1)
        reader = connect_to_read(one.path)
        reader.execute("BEGIN; SELECT count(*) FROM event").fetchall()
        await one.admit_until(lambda: one.log > 4 * SHORT_LOG)
        reader.close()
        await one.admit_until(lambda: one.log <= SHORT_LOG)
