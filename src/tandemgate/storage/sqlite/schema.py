"""Opening the file and bringing its tables up to date."""

import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

import apsw

from tandemgate.storage.sqlite.coverage import recount
from tandemgate.storage.sqlite.errors import FAILURES, NotAStore, StoreTooNew
from tandemgate.storage.sqlite.room import log_kept

APPLICATION_ID: Final = 0x74676C67
"""Marks the file as a ledger in its header: "tglg"."""

LOCK_PATIENCE: Final = 2_000
"""Milliseconds. Only a person's own tool can hold the lock, and callers should hear of it soon."""

LOG_PATIENCE: Final = 1_000
"""Milliseconds. While the log is being emptied nobody writes, so it must not wait for long."""

PAGE: Final = 4096
"""Bytes."""

SPARE_PAGE: Final = (1 << 30) // PAGE + 1
"""The page at the file's first gigabyte, which holds nothing: SQLite lends its number to pages that
exchange theirs [btree.c, balance_nonroot]. In a smaller file the commit then looks through all of
the cache for pages beyond the end [pcache.c, sqlite3PcacheTruncate]."""

STATEMENTS_KEPT: Final = 300
"""Prepared statements that a connection keeps: all that there are, and those for many rows in each
of their sizes."""

COMPLETED: Final[Mapping[int, Callable[[apsw.Connection], None]]] = {13: recount}
"""What a migration leaves to be done that SQL alone can't say, in the same transaction."""

_MIGRATION: Final = re.compile(r"(\d{4})_\w+\.sql")


def migrations() -> list[tuple[int, str]]:
    """Return the numbered migrations, the oldest first."""
    folder = files(__package__) / "migrations"
    named = [(_MIGRATION.fullmatch(entry.name), entry) for entry in folder.iterdir()]
    return sorted((int(name[1]), entry.read_text("utf-8")) for name, entry in named if name)


def connect_to_write(path: Path) -> apsw.Connection:
    """Open the writing connection: a commit returns when it would survive a power cut."""
    connection = _connect(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
    connection.set_busy_timeout(LOCK_PATIENCE)
    try:
        _refuse_strangers(connection, path)
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        log = log_kept(path.parent)
        connection.pragma("journal_size_limit", log)
        connection.pragma("wal_autocheckpoint", log // PAGE)
        connection.pragma("cache_size", -cache_kept(int(connection.pragma("page_count"))))
        connection.pragma("secure_delete", "on")
        connection.pragma("temp_store", "memory")
    except apsw.NotADBError:
        connection.close()
        raise NotAStore(path, "SQLite can't read it") from None
    return connection


def cache_kept(pages: int) -> int:
    """Return how many KiB of a file of so many *pages* the writing connection keeps in memory.

    A small commit in a file of less than a gigabyte costs the more the more is kept; in a larger
    one each new event reads two pages of indexes from anywhere.
    """
    return 65_536 if pages >= SPARE_PAGE else 16_384


def empty_log(path: Path) -> bool:
    """Fold the write-ahead log into the file and cut it to nothing, beside a running gateway.

    What was overwritten or removed stands in the log as it was before. Return whether it is gone: a
    reader that looks at an old state keeps it, and so does a disk that fails.
    """
    connection = _connect(path, apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.wal_checkpoint()  # most of it, while others write
        connection.set_busy_timeout(LOG_PATIENCE)
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0]
    except FAILURES:
        return False
    finally:
        connection.close()
    return not busy


def connect_to_read(path: Path) -> apsw.Connection:
    """Open a connection that can't write and waits for nobody."""
    connection = _connect(path, apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(5_000)
    return connection


def schema_of(connection: apsw.Connection, path: Path) -> int:
    """Return the number of the last migration of the store that *connection* looks at.

    Raises:
        ConfigurationError: the file is no store, or of a newer version of the gateway.

    """
    newest = migrations()[-1][0]
    try:
        ours = int(connection.pragma("application_id")) == APPLICATION_ID
        version = int(connection.pragma("user_version"))
    except apsw.NotADBError:
        raise NotAStore(path, "SQLite can't read it") from None
    if not ours:
        raise NotAStore(path, "it is empty, or of another program")
    if version > newest:
        raise StoreTooNew(path, version, newest)
    return version


def migrate(connection: apsw.Connection, path: Path, to: int | None = None) -> None:
    """Apply what is missing, each migration in a transaction of its own; *to* is the last one."""
    known = migrations()
    newest = known[-1][0]
    for number, script in known:
        if to is not None and number > to:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = int(connection.pragma("user_version"))
            if version > newest:
                raise StoreTooNew(path, version, newest)
            if number > version:
                connection.execute(script)
                COMPLETED.get(number, _nothing_more)(connection)
                connection.pragma("application_id", APPLICATION_ID)
                connection.pragma("user_version", number)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _nothing_more(_: apsw.Connection) -> None:
    """Leave it at the script."""


def _connect(path: Path, flags: int) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=STATEMENTS_KEPT)
    # Otherwise SQLite prepares a statement anew for each value that could be a partial index's.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    return connection


def _refuse_strangers(connection: apsw.Connection, path: Path) -> None:
    """A file of another program must not be touched, not even by changing its journal mode."""
    if int(connection.pragma("application_id")) == APPLICATION_ID:
        return
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables != (0,):
        raise NotAStore(path, "it is a SQLite file of another program")
