"""What was said to be stored is there afterwards."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from tandemgate.model.state import State
from tandemgate.ports import StoreUnavailable
from tandemgate.storage.seal import Cipher
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.ledger import SqliteLedger
from tandemgate.storage.sqlite.readers import Readers
from tandemgate.storage.sqlite.writer import Writer
from tests.build import NOW
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import LANE, begin, numbered

ADMITTING = """
import asyncio, sys
from pathlib import Path
from tandemgate.storage.sqlite import SqliteStore
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import numbered

async def main(path, first):
    store = await SqliteStore.open(Path(path), STORE_KEY, StoppedClock())
    async def admit(start):
        for number in range(start, start + 100_000, 8):
            event = numbered(number)
            await store.ledger.admit([event])
            print(event.key.event_id, flush=True)
    await asyncio.gather(*(admit(first + lane) for lane in range(8)))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def acknowledged(path: Path, first: int, lines: int) -> list[str]:
    """Admit until *lines* events are acknowledged, then kill without warning."""
    command = [sys.executable, "-c", ADMITTING, str(path), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline().strip() for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        return seen + process.stdout.read().splitlines()[:-1]


async def test_a_killed_process_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """The promise behind every 202, several times over the same file."""
    path = tmp_path / "a.db"
    said = [
        event_id
        for rounds, lines in enumerate((1, 7, 60, 200))
        for event_id in acknowledged(path, rounds * 1_000_000, lines)
    ]
    store = await SqliteStore.open(path, STORE_KEY, StoppedClock())
    missing = [one for one in said if not await store.archive.stories(one, None, None)]
    stats = await store.archive.stats()
    await store.aclose()
    assert missing == []
    assert (len(said) >= 268, stats.recorded >= len(said), stats.imbalance) == (True, True, 0)


class Doubtful(Book):
    """Its first commits take place and are reported as failed, as a dying disk may do."""

    doubts = 0

    def commit(self) -> None:
        super().commit()
        if Doubtful.doubts:
            Doubtful.doubts -= 1
            raise apsw.IOError("nobody knows")


async def test_an_intent_that_failed_and_yet_took_place_is_taken_back(tmp_path: Path) -> None:
    """Its events would wait until the next restart, and count as sent."""
    path, clock = tmp_path / "a.db", StoppedClock()
    await (await SqliteStore.open(path, STORE_KEY, clock)).aclose()
    cipher = Cipher(STORE_KEY)
    writer, readers = Writer(lambda: Doubtful(path, cipher)), Readers(path, cipher, size=1)
    ledger = SqliteLedger(writer, readers, tmp_path, clock)
    await ledger.admit([numbered(1)])
    Doubtful.doubts = 1
    with pytest.raises(StoreUnavailable):
        await begin(ledger, "doubtful")
    (due,) = await ledger.claim(LANE, 9, NOW)
    assert (due.state, due.attempts, await ledger.unsettled()) == (State.QUEUED, 0, [])
    await begin(ledger, "b2")
    await readers.aclose()
    await writer.aclose()
