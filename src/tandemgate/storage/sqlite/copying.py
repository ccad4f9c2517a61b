"""A copy of a store while it is in use, and what a copy means when it becomes the store.

A backup keeps what the ledger must not forget: keys, states, attempts, the audit log. Of payloads
it keeps only those of events that are not at their end, sealed anew: the keys of days never leave
the store, so that destroying one destroys its payloads wherever backups may lie.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

from tandemgate.model.event import Channel, EventKey
from tandemgate.model.instant import Epoch
from tandemgate.storage.seal import Cipher, DayCiphers, owner
from tandemgate.storage.sqlite.schema import connect_to_read, migrate, schema_of
from tandemgate.storage.sqlite.statements import Statements

PAGES: Final = 4_096
"""Pages between two words about how far it is; with 4 KiB each, 16 MiB."""

Progress = Callable[[int, int], None]
"""Hears how many pages are copied, of how many."""


def back_up(path: Path, store_key: bytes, to: Path, at: Epoch, progress: Progress) -> int:
    """Copy the store at *path* to the new file *to*; return how many events wait in the copy.

    One state of the store is copied while a gateway writes on; nobody waits for anybody. The copy
    has its name only when it is complete and durable.
    """
    unfinished = to.with_name(f".{to.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _copy(path, unfinished, progress)
        waiting = _make_backup(unfinished, store_key, at)
        os.link(unfinished, to)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(to.parent)
    return waiting


def _copy(path: Path, to: Path, progress: Progress) -> None:
    source = connect_to_read(path)
    copy = apsw.Connection(str(to))
    try:
        schema_of(source, path)
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM store").fetchall()  # from here on it is one state
        with copy.backup("main", source, "main") as backup:
            while not backup.done:
                backup.step(PAGES)
                progress(backup.page_count - backup.remaining, backup.page_count)
    finally:
        copy.close()
        source.close()


def _make_backup(path: Path, store_key: bytes, at: Epoch) -> int:
    connection = apsw.Connection(str(path))
    try:
        connection.pragma("journal_mode", "delete")
        connection.pragma("secure_delete", "on")
        migrate(connection, path)  # a store is backed up before a new version first touches it
        sql = Statements(connection, "copying.sql")
        sql.run("begin")
        for name in ("drop_ended_payloads", "drop_visits", "drop_references", "drop_crossings"):
            sql.run(name)
        waiting = _seal_anew(sql, Cipher(store_key))
        sql.run("mark", (at,))
        sql.run("commit")
        connection.execute("VACUUM")
    finally:
        connection.close()
    with path.open("rb") as written:
        os.fsync(written.fileno())
    return waiting


def _seal_anew(sql: Statements, store: Cipher) -> int:
    """Give the days in the copy keys of their own; return how many payloads are left."""
    old = DayCiphers(store, dict(sql.rows("days")).get)
    new = DayCiphers(store, lambda _: None)
    sql.run("forget_keys")
    ciphers: dict[int, Cipher] = {}
    rows = sql.rows("payloads")
    for seq, day, sealed, pixel_id, event, event_id, channel in rows:
        whose = owner(EventKey(pixel_id, event, event_id, Channel(channel)))
        opened = old.get(day)
        plain = opened.open(sealed, whose) if opened else None
        if plain is None:
            continue
        if day not in ciphers:
            ciphers[day], wrapped = new.make(day)
            sql.run("set_key", (wrapped, day))
        sql.run("reseal", (ciphers[day].seal(plain, whose), seq))
    return len(rows)


def settle_copy(connection: apsw.Connection) -> int | None:
    """Treat the store as restored, if it is a copy; return how many events that concerns.

    What was not at its end may have been sent since the copy was made, so it counts as an attempt
    without an answer at that time: inside TikTok's window it is sent again, later it is not.
    """
    sql = Statements(connection, "copying.sql")
    (copied_at,) = sql.row("copied_at") or (None,)
    if copied_at is None:
        return None
    before = connection.total_changes()
    sql.run("begin")
    sql.run("count_as_unknown", (copied_at,))
    sql.run("count_held", (copied_at,))
    concerned = connection.total_changes() - before
    sql.run("record", (copied_at, concerned))
    sql.run("unmark")
    sql.run("commit")
    return concerned


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
