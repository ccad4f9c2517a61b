"""Read-only connections, each used by one thread at a time; they never wait for the writer."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from tandemgate.model.event import EventKey
from tandemgate.storage.seal import Cipher, DayCiphers, owner
from tandemgate.storage.sqlite.errors import FAILURES, NONSENSE, unavailable
from tandemgate.storage.sqlite.schema import connect_to_read
from tandemgate.storage.sqlite.statements import Statements

R = TypeVar("R")

CACHE: Final = 8 * 1024
"""KiB of pages that a reader keeps: room for the upper pages of every tree of a million events."""


class Reader:
    """One connection and the data keys that it has unwrapped."""

    def __init__(self, path: Path, store: Cipher) -> None:
        self._connection = connect_to_read(path)
        self._connection.pragma("cache_size", -CACHE)
        self.sql = Statements(self._connection, "reading.sql")
        self.operation = Statements(self._connection, "operation.sql")
        self.visits = Statements(self._connection, "visits.sql")
        self.pairs = Statements(self._connection, "pairs.sql")
        self.orders = Statements(self._connection, "orders.sql")
        self.rights = Statements(self._connection, "rights.sql")
        self.alerts = Statements(self._connection, "alerts.sql")
        self.rollups = Statements(self._connection, "rollups.sql")
        self.trials = Statements(self._connection, "trials.sql")
        self.problems = Statements(self._connection, "problems.sql")
        self.quality = Statements(self._connection, "quality.sql")
        self._days = DayCiphers(store, self._wrapped_key)

    def open(self, key: EventKey, day: int | None, sealed: bytes | None) -> bytes:
        """Return the bytes of a payload, or none where it can't be opened or is gone."""
        cipher = None if day is None else self._days.get(day)
        if cipher is None or sealed is None:
            return b""
        return cipher.open(sealed, owner(key)) or b""

    def begin(self) -> None:
        """See one state of the store until :meth:`end`."""
        self._days.forget()  # a key may have been destroyed since, and unwrapping costs little
        self.sql.run("begin")

    def end(self) -> None:
        """Let go of that state, so that the write-ahead log can shrink."""
        self.sql.run("end")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _wrapped_key(self, day: int) -> bytes | None:
        found = self.sql.row("find_day", (day,))
        return found[0] if found else None


class Readers:
    """At most *size* reads at a time; further ones wait their turn."""

    def __init__(self, path: Path, store: Cipher, *, size: int) -> None:
        self._path = path
        self._store = store
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="tandemgate-reader")
        # The one that was used last goes first: its page cache is warm. Safe between threads.
        self._idle: deque[Reader] = deque()

    async def run(self, work: Callable[[Reader], R]) -> R:
        """Run *work* in a thread, on one state of the store however long it takes.

        Raises :class:`StoreUnavailable` when the file can't be read.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._read, work)

    async def aclose(self) -> None:
        """Wait for running reads and close their connections."""
        await asyncio.to_thread(self._threads.shutdown)
        while self._idle:
            self._idle.pop().close()

    def _read(self, work: Callable[[Reader], R]) -> R:
        try:
            reader = self._take()
            reader.begin()
            try:
                return work(reader)
            finally:
                reader.end()
                self._idle.append(reader)
        except (*FAILURES, *NONSENSE) as failure:
            raise unavailable(failure) from None

    def _take(self) -> Reader:
        try:
            return self._idle.pop()
        except IndexError:
            return Reader(self._path, self._store)
