"""What ``db recover`` takes out of damaged files, held against what was written."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import apsw

from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.errors import ConfigurationError
from tandemgate.model.event import EventKey
from tandemgate.model.operation import Act
from tandemgate.model.secret import Secret
from tandemgate.model.state import FINAL, State
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.checking import examine
from tandemgate.storage.sqlite.recovering import Recovered, recover
from tests.build import NOW, PIXEL, an_event
from tests.faults.account import Account, Row, ledger_rows
from tests.faults.storework import LANE, STORE_KEY, opened
from tests.faults.torn import DAMAGES, PAGE

EVENTS: Final = 400
LEAF_OF_TABLE: Final = 0x0D
"""The first byte of such a page. [sqlite.org/fileformat2.html]"""

ENDS: Final = (State.DELIVERED, State.REJECTED, State.REVIEW, State.RETRY)
TOKEN: Final = Secret("tok_e2e_0123456789")


@dataclass(frozen=True, slots=True)
class Written:
    """A store before it is damaged: its rows by event_id, and the bytes that may leave."""

    rows: Mapping[str, Row]
    wires: Mapping[EventKey, bytes]


async def written(database: Path) -> Written:
    """Fill a store with events in every kind of state, a pause, a token and an audit log."""
    store = await opened(database)
    for at in range(0, EVENTS, 50):
        await store.ledger.admit(
            [an_event(event_id=f"ord_{number}", now=NOW + number) for number in range(at, at + 50)]
        )
    wires = {due.key: due.wire for due in await store.ledger.claim(LANE, EVENTS, NOW + EVENTS)}
    for number, to in enumerate(ENDS * 10):
        await _end(store, f"b{number}", to)
    left = tuple(await store.ledger.claim(LANE, 5, NOW + EVENTS))
    await store.ledger.intend(Batch("open", LANE, left, b"body"), NOW + EVENTS)
    await store.controls.pause(Act(NOW, "root", "pause", PIXEL, "audit"))
    await store.vault.keep(TOKEN, Act(NOW, "root", "token_set", PIXEL))
    await store.aclose()
    return Written(ledger_rows(database), wires)


async def _end(store: SqliteStore, batch_id: str, to: State) -> None:
    due = tuple(await store.ledger.claim(LANE, 5, NOW + EVENTS))
    await store.ledger.intend(Batch(batch_id, LANE, due, b"body"), NOW + EVENTS)
    again = NOW + 9_999 if to is State.RETRY else None
    answer = Answer(NOW + EVENTS, "said", 0.1, 200, 0, "OK", "r1")
    changes = [Change(one.seq, to, due_at=again) for one in due]
    await store.ledger.record(batch_id, answer, changes)


async def recovered_files(folder: Path, *, rounds: int) -> Account:
    """Recover from damaged copies: nothing invented, nothing changed, all that can be is there."""
    account = Account("recovery from a damaged database", rounds=rounds, admitted=EVENTS * rounds)
    whole = folder / "whole.db"
    before = await written(whole)
    kept = hopeless = 0
    for number in range(rounds):
        chance = Random(number)  # noqa: S311 - to be repeated, not to be secret
        content = bytearray(whole.read_bytes())
        DAMAGES[number % len(DAMAGES)](content, chance)
        here = folder / str(number)
        here.mkdir()
        (here / "ledger.db").write_bytes(content)
        try:
            came = recover(here / "ledger.db", STORE_KEY, here / "new.db", NOW + 9_000)
        except ConfigurationError:
            hopeless += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not come up
            account.must(False, f"damage {number}: {error!r}")
        else:
            kept += came.events
            await _hold(here / "new.db", came, before, account, f"damage {number}")
        shutil.rmtree(here)
    account.must(hopeless < rounds // 4, f"nothing came of {hopeless} of {rounds} files")
    most = EVENTS * (rounds - hopeless)
    account.must(kept > most * 3 // 4, f"only {kept} of {most} events are recovered")
    return account


async def _hold(
    database: Path, came: Recovered, before: Written, account: Account, damage: str
) -> None:
    rows = ledger_rows(database)
    account.must(rows.keys() <= before.rows.keys(), f"{damage}: events were invented")
    account.must(len(rows) == came.events, f"{damage}: {came.events} told, {len(rows)} there")
    told = came.events + came.lost
    account.must(told == EVENTS, f"{damage}: {told} of {EVENTS} events are accounted for")
    for name, row in rows.items():
        old = before.rows[name]
        fits = row == old if old.state in FINAL else row.state in {"QUEUED", "RETRY", "REVIEW"}
        account.must(fits, f"{damage}: {name} was {old} and is {row}")
        account.must(
            old.state in FINAL or row.unknown > 0, f"{damage}: {name} could be sent anew forever"
        )
    account.must(
        not examine(database, STORE_KEY, quick=False), f"{damage}: the new store is not whole"
    )
    store = await opened(database)
    try:
        for due in await store.ledger.claim(LANE, EVENTS, NOW + 99_999):
            right = {b"", before.wires[due.key]}
            account.must(due.wire in right, f"{damage}: {due.key.event_id} has changed")
        account.must(await store.ledger.unsettled() == [], f"{damage}: an old batch is open")
        await store.ledger.admit([an_event(event_id="new")])
        account.must((await store.archive.stats()).imbalance == 0, f"{damage}: the books are off")
    finally:
        await store.aclose()
    account.must("new" in ledger_rows(database), f"{damage}: nothing new is stored")


def damage_page_of(database: Path, table: str) -> None:
    """Scribble over the first page of a table."""
    connection = apsw.Connection(str(database))
    found = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,))
    (page,) = next(iter(found))
    size = int(connection.pragma("page_size"))
    connection.close()
    assert isinstance(page, int)
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def rename_in_rows(content: bytearray, name: bytes, other: bytes) -> None:
    """Change an event_id in the table of events alone: its index keeps the right one."""
    for page in range(0, len(content), PAGE):
        if content[page] != LEAF_OF_TABLE:
            continue
        at = content.find(name, page, page + PAGE)
        if at >= 0:
            content[at : at + len(name)] = other
