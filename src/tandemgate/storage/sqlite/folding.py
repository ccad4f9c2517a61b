"""Folding the write-ahead log into the file, beside the writer: a checkpoint that stops no commit.

A log of 128 MiB takes some fifty milliseconds to fold, on a slow disk seconds. So a thread folds it
through a connection of its own while commits go on, and once more what came meanwhile. What came
since, a few pages, the writer folds between two commits, since the log can begin anew only at a
moment when all of it is in the file [wal.c, walRestartLog].
"""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Final

import apsw

from tandemgate.model.errors import ConfigurationError
from tandemgate.model.instant import Seconds
from tandemgate.storage.sqlite.room import log_kept
from tandemgate.storage.sqlite.schema import PAGE, connect_to_write

THREAD: Final = "tandemgate-folding"
FOLD, END = True, False

PASSES: Final = 2
"""The second one folds what came during the first, which takes a tenth of the time or less."""

AGAIN_AFTER: Final = 1 / 16
"""Of the log's length: by so much it grows before the next attempt, where a reader that looks at an
old state keeps it."""

AT_LEAST_EVERY: Final[Seconds] = 3_600.0
"""However little is written: a log that a shop fills in a week would be all that a damaged disk
takes, or that somebody forgets who copies the file alone."""

TROUBLE: Final = (apsw.Error, ConfigurationError)
"""Whatever it is, the writer meets it as well, and has somebody to tell."""


class Folding:
    """Watches the log behind *connection*, with which the ledger at *path* is written.

    What fails here is tried again as the log grows on. It breaks no promise: what was committed
    stays in the log, and is read from there.
    """

    def __init__(
        self, path: Path, connection: apsw.Connection, now: Callable[[], Seconds] = time.monotonic
    ) -> None:
        self._path = path
        self._now = now
        self._late = now() + AT_LEAST_EVERY
        self._connection = connection
        self._limit = self._due = log_kept(path.parent) // PAGE
        self._pages = 0
        self._asked: SimpleQueue[bool] = SimpleQueue()
        self._thread: Thread | None = None
        self._mostly_done = False
        connection.set_wal_hook(self._take_note)  # it takes the place of SQLite's own

    def go_on(self) -> None:
        """Begin or end folding where it is time; to be called by the writer between two commits."""
        if self._mostly_done:
            self._mostly_done = False
            self._end()
        elif self._pages >= self._due or self._now() >= self._late:
            self._due = self._pages + self._limit  # not again while the thread is at it
            self._late = self._now() + AT_LEAST_EVERY
            self._begin()

    def close(self) -> None:
        """Let the thread end what it is at."""
        if self._thread is not None:
            self._asked.put(END)
            self._thread.join()

    def _take_note(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        """Hear how many pages the log has after a commit."""
        self._pages = pages
        return apsw.SQLITE_OK

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name=THREAD, daemon=True)
            self._thread.start()
        self._asked.put(FOLD)

    def _end(self) -> None:
        self._due = self._pages + int(self._limit * AGAIN_AFTER)
        with suppress(apsw.Error):
            pages, folded = self._connection.wal_checkpoint()
            if folded == pages:
                self._due = self._limit

    # -- in the thread

    def _run(self) -> None:
        while self._asked.get():
            with suppress(*TROUBLE), closing(connect_to_write(self._path)) as connection:
                for _ in range(PASSES):
                    connection.wal_checkpoint()
            self._mostly_done = True
