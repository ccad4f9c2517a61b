"""Looking a store over: is it as it was written, does it add up, and does its key open it?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

from tandemgate.model.event import Channel, EventKey
from tandemgate.storage.seal import Cipher, DayCiphers, key_id, owner
from tandemgate.storage.sqlite.coverage import miscounted
from tandemgate.storage.sqlite.errors import NONSENSE, StoreIsDamaged, StoreSealedWithAnotherKey
from tandemgate.storage.sqlite.rows import members_of
from tandemgate.storage.sqlite.schema import connect_to_read, migrations, schema_of
from tandemgate.storage.sqlite.statements import Statements

SAMPLE: Final = 1_000
"""Payloads that are opened: the newest. One wrong key shows in the first."""

MOST_DAMAGE: Final = 20
"""Findings of SQLite that are worth reading; a broken file has thousands."""


def must_fit(path: Path, store_key: bytes) -> None:
    """Raise ConfigurationError when *path* is no store, is too new, or has another key."""
    connection = connect_to_read(path)
    try:
        schema_of(connection, path)
        _must_open(connection, path, store_key)
    finally:
        connection.close()


def examine(path: Path, store_key: bytes, *, quick: bool) -> list[str]:
    """Return what is wrong with the store, each finding in a line; nothing when all is well.

    Reads one state of the store while a gateway may write the next. *quick* skips SQLite's search
    through every index, which takes about a minute for ten million events.

    Raises:
        ConfigurationError: *path* is no store, is of a newer version, or has another key.

    """
    connection = connect_to_read(path)
    try:
        version = schema_of(connection, path)
        _must_open(connection, path, store_key)
        if version < migrations()[-1][0]:
            return [f"the schema is {version}; tandemgate db migrate brings it up to date"]
        connection.execute("BEGIN")
        sql = Statements(connection, "checking.sql")
        parts = {
            "indexes": _damage(connection, quick=quick),
            "counters": _sums(sql),
            "counts of match keys": iter(()) if quick else miscounted(connection),
            "batches": _flights(sql),
            "payloads": _payloads(sql, store_key),
        }
        return [said for part, found in parts.items() for said in _readable(part, found)]
    finally:
        connection.close()


def _must_open(connection: apsw.Connection, path: Path, store_key: bytes) -> None:
    found = Statements(connection, "checking.sql").row("secret")
    if found is None:
        return
    sealed_with, wrapped = found
    if Cipher(store_key).open(wrapped, b"fingerprint key") is None:
        if sealed_with == key_id(store_key):
            raise StoreIsDamaged(path)
        raise StoreSealedWithAnotherKey(path, sealed_with, key_id(store_key))


def _readable(part: str, found: Iterator[str]) -> Iterator[str]:
    """Pass on what is found; that a part can't even be read is a finding as well."""
    try:
        yield from found
    except (apsw.CorruptError, *NONSENSE) as error:
        yield f"the {part} can't be read to their end: {type(error).__name__}"


def _damage(connection: apsw.Connection, *, quick: bool) -> Iterator[str]:
    way = "quick_check" if quick else "integrity_check"
    for (said,) in connection.execute(f"PRAGMA {way}({MOST_DAMAGE})"):
        if said != "ok":
            yield f"SQLite says: {said}"


def _sums(sql: Statements) -> Iterator[str]:
    for kind, state, counted, there in sql.rows("stock_against_events"):
        yield f"{counted} events of kind {kind} are counted as {state}, and {there} are there"
    recorded, forgotten, there = sql.only("recorded_against_events")
    if recorded - forgotten != there:
        yield f"{recorded} events were stored, {forgotten} removed, and {there} are there"
    (orphans,) = sql.only("events_without_detail")
    if orphans:
        yield f"{orphans} events lack their details"


def _flights(sql: Statements) -> Iterator[str]:
    intended = {seq for (members,) in sql.rows("open_members") for seq in members_of(members)}
    sending = {seq for (seq,) in sql.rows("sending")}
    if sending - intended:
        yield f"{len(sending - intended)} events are in SENDING without an intent"


def _payloads(sql: Statements, store_key: bytes) -> Iterator[str]:
    (missing,) = sql.only("waiting_without_payload")
    if missing:
        yield f"{missing} events wait to be sent and have no payload"
    keys = dict(sql.rows("days"))
    days = DayCiphers(Cipher(store_key), keys.get)
    closed = sum(
        cipher.open(sealed, owner(EventKey(pixel_id, event, event_id, Channel(channel)))) is None
        for pixel_id, event, event_id, channel, day, sealed in sql.rows("payloads", (SAMPLE,))
        if (cipher := days.get(day)) is not None
    )
    if closed:
        yield f"{closed} of the {SAMPLE} newest payloads can't be opened: their bytes are damaged"
    unwrapped = [day for day, key in keys.items() if key and days.get(day) is None]
    if unwrapped:
        yield f"the keys of {len(unwrapped)} days can't be opened: their bytes are damaged"
