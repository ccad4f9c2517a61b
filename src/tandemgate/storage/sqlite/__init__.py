"""The ledger on SQLite: one file, one writer, and any number of readers beside it."""

from tandemgate.storage.sqlite.search import SqliteSearch
from tandemgate.storage.sqlite.store import SqliteStore
from tandemgate.storage.sqlite.writer import THREAD as WRITER

__all__ = ["WRITER", "SqliteSearch", "SqliteStore"]
