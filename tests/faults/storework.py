"""Work for a store on a bad disk, and what must hold of the file afterwards."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest.mock import patch

import apsw

from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.event import Lane
from tandemgate.model.state import State
from tandemgate.storage.sqlite import SqliteStore, room
from tests.build import NOW, PIXEL, an_event
from tests.faults.account import Account, ledger_rows
from tests.faults.disk import Disk, Promise, Step
from tests.web.gateway import StillClock

STORE_KEY: Final = b"k" * 32
LANE: Final = Lane(PIXEL)
SHORT_LOG: Final = 80 * 4096
"""Bytes."""
AFTER: Final = {
    "admitted": frozenset(State),
    "intended": frozenset({State.SENDING, State.DELIVERED}),
    "delivered": frozenset({State.DELIVERED}),
}
"""The states in which an event may be found once its caller was told so much of it."""


@dataclass(frozen=True, slots=True)
class Said:
    """The caller heard that *events* are as far as *stage*."""

    stage: str
    events: tuple[str, ...]


@contextmanager
def short_log() -> Iterator[None]:
    """Let the log of a store that is opened now be folded every few commits."""
    with patch.object(room, "MOST_LOG", SHORT_LOG):
        yield


async def opened(path: Path) -> SqliteStore:
    """Open the real store."""
    return await SqliteStore.open(path, STORE_KEY, StillClock())


async def work(store: SqliteStore, disk: Disk, numbers: Iterable[int]) -> None:
    """Admit two events for each number, and let one of them leave and arrive."""
    for number in numbers:
        ids = (f"ord_{number}_stays", f"ord_{number}_leaves")
        await store.ledger.admit([an_event(event_id=event_id) for event_id in ids])
        disk.promise(Said("admitted", ids))
        due = (await store.ledger.claim(LANE, 1, NOW + 1))[0]
        batch = Batch(f"b{number}", LANE, (due,), due.wire)
        await store.ledger.intend(batch, NOW + 1)
        disk.promise(Said("intended", (due.key.event_id,)))
        answer = Answer(NOW + 2, "delivered", 0.1, 200, 0, "OK", "r1")
        await store.ledger.record(batch.batch_id, answer, [Change(due.seq, State.DELIVERED)])
        disk.promise(Said("delivered", (due.key.event_id,)))


def promised(steps: Iterable[Step]) -> dict[str, str]:
    """The last thing that was said of each event."""
    said: dict[str, str] = {}
    for step in steps:
        match step:
            case Promise(Said(stage, events)):
                said |= dict.fromkeys(events, stage)
            case _:
                pass
    return said


async def inspect(database: Path, said: dict[str, str], account: Account) -> None:
    """Open the store as after a restart; hold the file against what was *said*; go on with it."""
    store = await opened(database)
    try:
        rows = ledger_rows(database)
        account.admitted += len(said)
        account.lose(said.keys() - rows.keys())
        for name in said.keys() & rows.keys():
            fits = rows[name].state in AFTER[said[name]]
            account.must(fits, f"{name} was {said[name]} and is {rows[name].state}")
        stats = await store.archive.stats()
        account.must(stats.imbalance == 0, f"{database}: the books are off by {stats.imbalance}")
        account.must(stats.recorded == len(rows), f"{stats.recorded} recorded, {len(rows)} rows")
        await store.ledger.admit([an_event(event_id="after the fault")])
        account.must("after the fault" in ledger_rows(database), "nothing new is stored")
    finally:
        await store.aclose()
    account.must(_sound(database), f"{database}: integrity_check")


def _sound(database: Path) -> bool:
    connection = apsw.Connection(str(database))
    try:
        return bool(connection.pragma("integrity_check") == "ok")
    finally:
        connection.close()
