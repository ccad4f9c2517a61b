"""A store in a file that does everything at once, without threads: a clock of tests waits for none.

It is the gateway's own in all else: its statements, its transactions and its connections.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from tandemgate.ports import Clock
from tandemgate.storage.sqlite import SqliteStore, store
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.writer import Writer

T = TypeVar("T")
R = TypeVar("R")


class WriterAtOnce(Writer):
    """Each piece of work is a transaction of its own."""

    async def run(self, work: Callable[[Any], R]) -> R:
        return self._commit_now(work)

    async def each(
        self, work: Callable[[Any, Sequence[T]], Sequence[R]], items: Sequence[T]
    ) -> Sequence[R]:
        return self._commit_now(lambda book: work(book, items))

    def _commit_now(self, work: Callable[[Any], R]) -> R:
        self._book.begin()
        try:
            result = work(self._book)
            self._book.commit()
        except BaseException:
            self._book.rollback()
            raise
        self._book.tidy()
        return result


class ReadersAtOnce(Readers):
    """Each read is done where it is asked for."""

    async def run(self, work: Callable[[Reader], R]) -> R:
        return self._read(work)


def open_store(path: Path, clock: Clock) -> SqliteStore:
    """Make a store in a file."""
    with patch.object(store, "Writer", WriterAtOnce), patch.object(store, "Readers", ReadersAtOnce):
        return SqliteStore(path, b"k" * 32, clock)
