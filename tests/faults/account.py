"""What a fault did, in numbers: one line of the table that ``make soak`` prints."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import apsw

from tests.e2e.programs import Program

MOST_SHOWN: Final = 5


@dataclass(slots=True)
class Account:
    """*rounds* times the fault *fault*. ``wrong`` says what broke a promise; it must stay empty.

    ``missing`` is what this machine lacks, where the fault could not be tried at all.

    ``copies``, ``unknown`` and ``counted`` are ``None`` where no simulated TikTok was part of it.
    """

    fault: str
    rounds: int = 0
    admitted: int = 0
    lost: int = 0
    copies: int | None = None
    unknown: int | None = None
    counted: int | None = None
    wrong: list[str] = field(default_factory=list)
    missing: str = ""

    @classmethod
    def not_run(cls, fault: str, missing: str) -> Self:
        """Say that this machine lacks what the fault needs."""
        return cls(fault, missing=missing)

    def must(self, holds: bool, otherwise: str) -> None:
        """Note *otherwise* unless it *holds*."""
        self.wrong += [otherwise] * (not holds)

    def lose(self, missing: Iterable[str]) -> None:
        """Count acknowledged events that are not there."""
        names = sorted(missing)
        self.lost += len(names)
        self.must(not names, f"{len(names)} acknowledged events are gone: {names[:MOST_SHOWN]}")

    def cells(self) -> list[str]:
        """The line of the table."""
        numbers = (self.rounds, self.admitted, self.lost, self.copies, self.unknown, self.counted)
        told = ["-" if number is None else f"{number:,}" for number in numbers]
        if self.missing:
            return [self.fault, *("-" for _ in told), f"NOT RUN: needs {self.missing}"]
        return [self.fault, *told, "ok" if not self.wrong else "WRONG"]


HEAD: Final = ("fault", "rounds", "admitted", "lost", "copies", "unknown", "counted", "ok")


@dataclass(frozen=True, slots=True)
class Row:
    """One event of the ledger's file, as it is on the disk."""

    state: str
    attempts: int
    unknown: int


def ledger_rows(database: Path) -> dict[str, Row]:
    """Every event by its event_id, read past the gateway."""
    found = _asked(database, "SELECT event_id, state, attempts, unknown FROM event")
    return {event_id: Row(*columns) for event_id, *columns in found}


def ledger_states(database: Path) -> dict[str, int]:
    """How many events are in each state, counted one by one and past the gateway."""
    return dict(_asked(database, "SELECT state, count(*) FROM event GROUP BY state"))


def ledger_state(database: Path, event_id: str) -> str:
    """The state of one event, or nothing."""
    found = _asked(database, "SELECT state FROM event WHERE event_id = ?", event_id)
    return str(found[0][0]) if found else ""


def _asked(database: Path, statement: str, *values: str) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.set_busy_timeout(5_000)
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def _conversions(tiktok: Program) -> list[dict[str, Any]]:
    """What TikTok counted; half a million of them take their time."""
    connection = HTTPConnection(urlsplit(tiktok.url).netloc, timeout=300)
    try:
        connection.request("GET", "/_sim/conversions")
        told: list[dict[str, Any]] = json.loads(connection.getresponse().read())["conversions"]
        return told
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of each event: the conversions of the simulated TikTok, and the ledger's rows."""

    conversions: Mapping[str, Mapping[str, Any]]
    rows: Mapping[str, Row]

    @classmethod
    def of(cls, tiktok: Program, *databases: Path) -> Self:
        """Ask both sides; event_ids must differ between *databases*."""
        told = _conversions(tiktok)
        rows = [ledger_rows(database) for database in databases]
        return cls(
            {conversion["event_id"]: conversion for conversion in told},
            {event_id: row for found in rows for event_id, row in found.items()},
        )

    def only(self, pixel: str) -> "Seen":
        """The same for one pixel's events, whose names begin with it."""
        told = {name: it for name, it in self.conversions.items() if name.startswith(pixel)}
        return Seen(told, self.rows)

    def into(self, account: Account, admitted: Iterable[str]) -> Account:
        """Hold everything against the promises of the ledger, and add it up."""
        names = set(admitted)
        account.admitted += len(names)
        account.lose(names - self.rows.keys())
        account.lose(
            name
            for name in names & self.rows.keys()
            if self.rows[name].state == "DELIVERED" and name not in self.conversions
        )
        account.copies = sum(it["copies_server"] for it in self.conversions.values())
        account.counted = sum(it["counted"] for it in self.conversions.values())
        account.unknown = sum(row.unknown for row in self.rows.values())
        for name, conversion in self.conversions.items():
            _hold(account, name, conversion, self.rows.get(name))
        return account

    def unfinished(self) -> list[str]:
        """Events that are not delivered."""
        return [name for name, row in self.rows.items() if row.state != "DELIVERED"]


def _hold(account: Account, name: str, told: Mapping[str, Any], row: Row | None) -> None:
    copies, counted = told["copies_server"], told["counted"]
    if row is None:
        account.must(False, f"{name} arrived and is not in the ledger")
        return
    account.must(copies <= 1 + row.unknown, f"{name}: {copies} copies, {row.unknown} unknown")
    account.must(counted == 1, f"{name} is counted {counted} times")
    account.must(not told["server_copies_differ"], f"{name}: copies differ")
