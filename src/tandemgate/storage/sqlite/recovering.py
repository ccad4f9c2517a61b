"""A new store from a damaged one: what can be proven is taken over, nothing is guessed.

An event is taken over when its row and its details can be read, and its key is proven: by its
payload, which is authenticated together with the key, or by the index of keys, which lies on other
pages. What was not at its end may have been sent by writes that the damage hides, so it counts as
an attempt without an answer since it was received.
"""

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw
import msgspec

from tandemgate.model.event import Channel, EventKey
from tandemgate.model.instant import Epoch
from tandemgate.model.state import IN_FLIGHT, State
from tandemgate.storage.seal import Cipher, DayCiphers, owner
from tandemgate.storage.sqlite.checking import examine
from tandemgate.storage.sqlite.coverage import recount
from tandemgate.storage.sqlite.errors import BeyondRecovery, StoreIsDamaged
from tandemgate.storage.sqlite.rows import decision_of, findings_of, fingerprint_of, presence_of
from tandemgate.storage.sqlite.salvage import DAMAGE, SLICE, Row, Salvage, complete
from tandemgate.storage.sqlite.schema import connect_to_read, migrate, schema_of
from tandemgate.storage.sqlite.statements import Statements, named_statements

COUNTED_ANEW: Final = frozenset({"stock", "coverage", "gap"})
OF_EVENTS: Final = ("event", "detail", "payload")
UNREADABLE: Final = (*DAMAGE, LookupError, ValueError, TypeError, msgspec.MsgspecError)


@dataclass(slots=True)
class Recovered:
    """What came of it: ``events`` are in the new store, ``lost`` ones are not.

    Of the events, ``unknown`` may have been sent without a trace, and ``unsendable`` wait without
    a payload that opens. ``torn`` names the tables of which some rows could not be reached.
    """

    events: int = 0
    lost: int = 0
    unknown: int = 0
    unsendable: int = 0
    torn: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def was_whole(self) -> bool:
        """Whether nothing was the matter with the old store."""
        return not (self.lost or self.unsendable or self.torn or self.findings)


def recover(path: Path, store_key: bytes, to: Path, at: Epoch) -> Recovered:
    """Write what can be proven of the store at *path* to the new file *to*, durably.

    Raises:
        ConfigurationError: nothing can be read, or the key is another; *to* is of no use then.

    """
    try:
        findings = tuple(examine(path, store_key, quick=False))
    except StoreIsDamaged:
        raise BeyondRecovery(path) from None
    except DAMAGE:
        findings = ("SQLite can't read it",)
    padded = to.with_name(f"{to.name}.padded")
    with (
        complete(path, padded) as readable,
        closing(connect_to_read(readable)) as old,
        closing(apsw.Connection(str(to))) as new,
    ):
        try:
            recovery = _Recovery(Salvage(old), old, new, store_key)
            schema_of(old, path)
            migrate(new, to, recovery.salvage.version())
            new.execute("BEGIN IMMEDIATE")
            recovered = recovery.run(at)
            new.execute("COMMIT")
        except UNREADABLE:
            raise BeyondRecovery(path) from None
        migrate(new, to)
    if examine(to, store_key, quick=False):
        raise BeyondRecovery(path)
    with to.open("rb") as written:
        os.fsync(written.fileno())
    recovered.findings = findings
    return recovered


class _Recovery:
    """One run, table by table."""

    def __init__(
        self, salvage: Salvage, old: apsw.Connection, new: apsw.Connection, store_key: bytes
    ) -> None:
        self.salvage = salvage
        self._old = old
        self._new = new
        self._sql = Statements(new, "recovering.sql")
        self._days: dict[int, bytes | None] = {}
        self._ciphers = DayCiphers(Cipher(store_key), self._days.get)
        self._kinds: dict[int, tuple[str, str, Channel]] = {}
        self._lanes: set[int] = set()
        self._facts: dict[int, str] = {}
        self._told = Recovered()

    def run(self, at: Epoch) -> Recovered:
        """Fill the new store; its transaction is the caller's."""
        tables = self._tables()
        recorded = max(
            self.salvage.number("SELECT recorded FROM store"),
            self.salvage.number("SELECT max(seq) FROM event"),
        )
        recorded = min(recorded, self.salvage.most)
        rest = tables.keys() - COUNTED_ANEW - set(OF_EVENTS) - {"batch"}
        of_an_event = {table for table in rest if tables[table].startswith("seq,")}
        for table in sorted(rest - of_an_event):
            self._copy(table, tables[table])
        self._remember()
        for first in range(1, recorded + 1, SLICE):
            self._copy_events(tables, first, min(first + SLICE - 1, recorded))
        for table in sorted(of_an_event):
            self._copy_numbered(table, tables[table], recorded)
            orphans = f"DELETE FROM {table} WHERE seq NOT IN (SELECT seq FROM event)"  # noqa: S608 - our own names
            self._new.execute(orphans)
        self._copy_numbered("batch", tables["batch"], self._sql.only("last_batch")[0] or 0)
        forgotten = self.salvage.number("SELECT forgotten FROM store")
        self._told.lost = max(0, recorded - forgotten - self._told.events)
        self._settle(recorded, at, counts_coverage="coverage" in tables)
        return self._told

    def _tables(self) -> Mapping[str, str]:
        """Every table of the new store with its columns."""
        named = self._new.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            str(table): ", ".join(
                str(it[1]) for it in self._new.execute(f"PRAGMA table_info({table})")
            )
            for (table,) in named
        }

    def _copy(self, table: str, columns: str) -> None:
        """Take over a table that does not grow with the ledger."""
        named = [it[1] for it in self._new.execute(f"PRAGMA table_info({table})") if it[5]]
        for row in self.salvage.from_both_ends(table, columns, ", ".join(named)):
            self._put(table, columns, row)

    def _copy_numbered(self, table: str, columns: str, most: int) -> None:
        """Take over a table whose first column is a number up to *most*."""
        key, _, _ = columns.partition(",")
        for first in range(1, most + 1, SLICE):
            for row in self.salvage.between(table, columns, key, first, first + SLICE - 1):
                self._put(table, columns, row)

    def _put(self, table: str, columns: str, row: Row) -> bool:
        marks = ", ".join("?" * len(row))
        statement = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - our own names
        before = self._new.total_changes()
        try:
            self._new.execute(statement, row)
        except (apsw.ConstraintError, apsw.MismatchError):  # a type that the column never had
            self.salvage.torn.add(table)
            return False
        return self._new.total_changes() > before

    def _remember(self) -> None:
        """Learn the words that events refer to, as they stand in the new store."""
        rows = self._new.execute
        self._days.update(rows("SELECT day, data_key FROM day"))
        for kind, pixel_id, event, channel in rows(
            "SELECT kind, pixel_id, event, channel FROM kind"
        ):
            if channel in set(Channel):
                self._kinds[kind] = (pixel_id, event, Channel(channel))
        self._lanes.update(lane for (lane,) in rows("SELECT lane FROM lane"))
        self._facts.update(rows("SELECT decision, facts FROM decision"))

    # -- events

    def _copy_events(self, tables: Mapping[str, str], first: int, last: int) -> None:
        found = {
            table: {
                row[0]: row
                for row in self.salvage.between(table, tables[table], "seq", first, last)
            }
            for table in OF_EVENTS
        }
        names = tables["event"].split(", ")
        for seq, row in found["event"].items():
            event = dict(zip(names, row, strict=True))
            detail, payload = found["detail"].get(seq), found["payload"].get(seq)
            key = self._key(event)
            if key is None or detail is None or not self._is_readable(tables["detail"], detail):
                continue
            opens = payload is not None and self._opens(key, payload)
            if not (opens or self._is_indexed(event)) or not self._put(
                "event", tables["event"], row
            ):
                continue
            self._put("detail", tables["detail"], detail)
            self._told.events += 1
            if payload is not None and opens:
                self._put("payload", tables["payload"], payload)
            else:
                self._told.unsendable += event["state"] in IN_FLIGHT

    def _key(self, event: Mapping[str, object]) -> EventKey | None:
        kind, state, event_id = event["kind"], event["state"], event["event_id"]
        words = self._kinds.get(kind) if isinstance(kind, int) else None
        if words is None or event["lane"] not in self._lanes or state not in set(State):
            return None
        return (
            EventKey(words[0], words[1], event_id, words[2]) if isinstance(event_id, str) else None
        )

    def _is_readable(self, columns: str, row: Row) -> bool:
        detail = dict(zip(columns.split(", "), row, strict=True))
        try:
            facts = self._facts[detail["decision"]]
            decision_of(facts, detail["collected_at"], detail.get("sources"))
            presence_of(detail["presence"])
            fingerprint_of(detail["fingerprint"])
            findings_of(detail["findings"])
        except UNREADABLE:
            return False
        return True

    def _opens(self, key: EventKey, payload: Row) -> bool:
        _, day, sealed = payload
        cipher = self._ciphers.get(day) if isinstance(day, int) else None
        return (
            cipher is not None
            and isinstance(sealed, bytes)
            and cipher.open(sealed, owner(key)) is not None
        )

    def _is_indexed(self, event: Mapping[str, object]) -> bool:
        statement = named_statements("recovering.sql")["key_in_index"]
        try:
            found = self._old.execute(statement, (event["event_id"], event["kind"])).fetchall()
        except DAMAGE:
            return False
        return found == [(event["seq"],)]

    # -- what it means

    def _settle(self, recorded: int, at: Epoch, *, counts_coverage: bool) -> None:
        self._sql.run("attempts_without_answer")
        self._sql.run("close_batches", (at,))
        self._sql.run("end_unsendable", (at,))
        before = self._new.total_changes()
        self._sql.run("count_as_unknown", (at,))
        self._told.unknown = self._new.total_changes() - before
        self._sql.run("count_held")
        self._sql.run("recount")
        if counts_coverage:
            recount(self._new)
        self._sql.run("record_all", (recorded,))
        self._sql.only("has_secrets")
        self._told.torn = tuple(sorted(self.salvage.torn))
        told = self._told
        counts = {
            "recovered": told.events,
            "lost": told.lost,
            "unknown": told.unknown,
            "unsendable": told.unsendable,
        }
        self._sql.run("record_act", (at, msgspec.json.encode(counts).decode()))
