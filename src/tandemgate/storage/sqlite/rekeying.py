"""Exchanging the store's key, shredding a day, and going on without a key that is lost.

Each is one transaction on a store that no gateway uses. Payloads are not touched by an exchange:
they are sealed by keys of days, and only these, the store's own secrets and the access tokens are
wrapped by the store's key.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tandemgate.core.days import day_of
from tandemgate.model.instant import Epoch
from tandemgate.storage.seal import Cipher, day_name, key_id, new_key
from tandemgate.storage.sqlite.errors import StoreIsDamaged
from tandemgate.storage.sqlite.schema import (
    connect_to_read,
    connect_to_write,
    empty_log,
    migrate,
    schema_of,
)
from tandemgate.storage.sqlite.statements import Statements
from tandemgate.storage.sqlite.vault import belongs

WHO: Final = "command line"
SECRETS: Final = (b"fingerprint key", b"blind index key")
FORGOTTEN: Final = ("payloads", "waiting", "held", "withdrawals", "tokens")
_FORGET: Final = (
    "drop_payloads",
    "drop_days",
    "drop_digests",
    "drop_marks",
    "drop_refusals",
    "drop_withdrawals",
    "drop_tokens",
    "drop_settings",
    "drop_visits",
    "drop_references",
    "drop_crossings",
)


@dataclass(frozen=True, slots=True)
class OfDay:
    """The payloads of a day that can still be opened, and how many of their events wait."""

    payloads: int
    waiting: int


def sealed_with(path: Path) -> str | None:
    """Return the id of the key that seals the store, or ``None`` where there is no store yet."""
    if not path.exists():
        return None
    connection = connect_to_read(path)
    try:
        schema_of(connection, path)
        row = Statements(connection, "rekeying.sql").row("key_id")
        return None if row is None else str(row[0])
    finally:
        connection.close()


def exchange(path: Path, old: bytes, new: bytes, at: Epoch) -> None:
    """Wrap everything with *new* that *old* wraps."""
    before, after = Cipher(old), Cipher(new)

    def again(wrapped: bytes, name: bytes) -> bytes:
        plain = before.open(wrapped, name)
        if plain is None:
            raise StoreIsDamaged(path)
        return after.seal(plain, name)

    with _changing(path) as sql:
        wrapped = sql.only("secrets")
        renewed = [again(secret, name) for secret, name in zip(wrapped, SECRETS, strict=True)]
        sql.run("put_secrets", (key_id(new), *renewed))
        for day, key in sql.rows("days"):
            sql.run("put_day", (again(key, day_name(day)), day))
        for pixel_id, digest, sealed in sql.rows("tokens"):
            sql.run("put_token", (again(sealed, belongs(pixel_id)), pixel_id, digest))
        _record(sql, at, "key_rotated", f"{key_id(old)} -> {key_id(new)}", {})


def of_day(path: Path, day: int) -> OfDay:
    """Count what shredding *day* would make unreadable."""
    connection = connect_to_read(path)
    try:
        schema_of(connection, path)
        return OfDay(*Statements(connection, "rekeying.sql").only("of_day", (day,)))
    finally:
        connection.close()


def shred(path: Path, day: int, date: str, at: Epoch) -> OfDay:
    """Destroy the key of a day; what waits of it ends in REVIEW when its turn comes."""
    with _changing(path) as sql:
        gone = OfDay(*sql.only("of_day", (day,)))
        sql.run("shred", (day,))
        counts = {"payloads": gone.payloads, "waiting": gone.waiting}
        _record(sql, at, "day_shredded", date, counts)
    return gone


def to_forget(path: Path) -> Mapping[str, int]:
    """Count what can't be opened any more without the key."""
    connection = connect_to_read(path)
    try:
        schema_of(connection, path)
        found = Statements(connection, "rekeying.sql").only("to_lose")
        return dict(zip(FORGOTTEN, found, strict=True))
    finally:
        connection.close()


def forget_payloads(path: Path, new: bytes, at: Epoch) -> Mapping[str, int]:
    """Seal the store with *new* and let go of everything that only the lost key opens.

    Keys, states and attempts stay. Digests go as well, since the secrets that made them are lost:
    they would only contradict those that are made from now on.
    """
    with _changing(path) as sql:
        counts = dict(zip(FORGOTTEN, sql.only("to_lose"), strict=True))
        old = sql.only("key_id")[0]
        made = [Cipher(new).seal(new_key(), name) for name in SECRETS]
        sql.run("put_secrets", (key_id(new), *made))
        for statement in _FORGET:
            sql.run(statement)
        sql.run("count_ends", (day_of(at),))
        sql.run("end_waiting", (at,))
        sql.run("forget_stock")
        sql.run("count_stock")
        _record(sql, at, "payloads_forgotten", f"the key {old} is lost", counts)
    return counts


@contextmanager
def _changing(path: Path) -> Iterator[Statements]:
    """Give the statements of one transaction; what they replaced is in no file afterwards."""
    connection = connect_to_write(path)
    try:
        migrate(connection, path)
        sql = Statements(connection, "rekeying.sql")
        sql.run("begin")
        yield sql
        sql.run("commit")
    finally:
        connection.close()
    empty_log(path)


def _record(sql: Statements, at: Epoch, what: str, reason: str, counts: Mapping[str, int]) -> None:
    sql.run("record", (at, WHO, what, reason, json.dumps(counts, sort_keys=True)))
