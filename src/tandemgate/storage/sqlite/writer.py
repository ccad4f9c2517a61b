"""Group commit: one thread, one transaction for all that waits, one sync for many events."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, Protocol, TypeVar

import apsw

from tandemgate.ports import StoreUnavailable
from tandemgate.storage.sqlite.errors import FAILURES, NONSENSE, unavailable

THREAD: Final = "tandemgate-writer"
GROUP: Final = 4_000
"""Events after which a transaction takes no more work, so that its callers do not wait too long."""


class Transactions(Protocol):
    """What the writer needs of a book."""

    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def tidy(self) -> None: ...
    def close(self) -> None: ...


B = TypeVar("B", bound=Transactions)
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """What one caller asks for: *work*, which returns a result for each of *items*."""

    work: Callable[[Any, Sequence[Any]], Sequence[Any]]
    items: Sequence[Any]
    events: int
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    job: _Job
    results: Sequence[Any] = ()
    error: BaseException | None = None


class Writer:
    """Runs work on the book in its own thread and answers when the commit is durable.

    *limit* bounds the events that wait; work without events (the dispatcher's) is always taken.
    """

    def __init__(self, open_book: Callable[[], B], *, limit: int = 20_000) -> None:
        self._open_book = open_book
        self._book: Any = open_book()
        self._limit = limit
        self._waiting = 0
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._run, name=THREAD, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Any], R]) -> R:
        """Run *work* inside a transaction; return its result after the commit.

        What *work* raises is raised here, and only its own changes are undone. Raises
        :class:`StoreUnavailable` when the commit failed.
        """
        (result,) = await self._asked(lambda book, _: [work(book)], (None,), 0)
        return result

    async def each(
        self, work: Callable[[Any, Sequence[T]], Sequence[R]], items: Sequence[T]
    ) -> Sequence[R]:
        """Run *work* on events as :meth:`run` does, together with those of other callers.

        Raises :class:`StoreUnavailable` also at once, when too many wait.
        """
        if self._waiting and self._waiting + len(items) > self._limit:
            raise StoreUnavailable(f"{self._waiting} events wait to be stored")
        return await self._asked(work, items, len(items))

    async def _asked(
        self, work: Callable[[Any, Sequence[T]], Sequence[R]], items: Sequence[T], events: int
    ) -> Sequence[R]:
        if not self._thread.is_alive():
            raise StoreUnavailable("the store is closed")
        job = _Job(work, items, events, self._loop.create_future())
        self._waiting += events
        self._jobs.put(job)
        results: Sequence[R] = await job.future
        return results

    async def aclose(self) -> None:
        """Finish what waits and close the book."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    # -- in the thread

    def _run(self) -> None:
        while jobs := self._next_group():
            self._tell(self._commit(jobs))
            if self._book is not None:
                self._book.tidy()
            del jobs  # while nothing comes, nobody's events are remembered
        with contextlib.suppress(apsw.Error):
            if self._book is not None:
                self._book.close()

    def _next_group(self) -> list[_Job]:
        """Wait for work and take all that is there; an empty list is the end."""
        job = self._jobs.get()
        jobs: list[_Job] = []
        events = 0
        while job is not None:
            jobs.append(job)
            events += job.events
            if events >= GROUP:
                return jobs
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return jobs
        if jobs:
            self._jobs.put(None)
        return jobs

    def _commit(self, jobs: Sequence[_Job]) -> list[_Done]:
        try:
            return self._together(jobs)
        except FAILURES as failure:
            self._drop_book()
            refusal = unavailable(failure)
            return [_Done(job, error=refusal) for job in jobs]
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked for the work
            if len(jobs) == 1:
                told = unavailable(error) if isinstance(error, NONSENSE) else error
                return [_Done(jobs[0], error=told)]
            return [done for job in jobs for done in self._commit([job])]

    def _together(self, jobs: Sequence[_Job]) -> list[_Done]:
        if self._book is None:
            self._book = self._open_book()
        book = self._book
        try:
            book.begin()
            done = [one for like in groupby(jobs, attrgetter("work")) for one in _done(book, *like)]
            book.commit()
        except BaseException:
            book.rollback()
            raise
        return done

    def _drop_book(self) -> None:
        """Close the connection: after a failed sync it may believe what the disk does not hold."""
        book, self._book = self._book, None
        if book is not None:
            with contextlib.suppress(apsw.Error):
                book.close()

    def _tell(self, done: list[_Done]) -> None:
        with contextlib.suppress(
            RuntimeError
        ):  # the loop is gone, and everybody who waited with it
            self._loop.call_soon_threadsafe(self._answer, done)

    # -- in the loop

    def _answer(self, done: list[_Done]) -> None:
        for one in done:
            self._waiting -= one.job.events
            future = one.job.future
            if future.done():  # whoever asked has gone; the work is done all the same
                continue
            if one.error is not None:
                future.set_exception(one.error)
            else:
                future.set_result(one.results)


def _done(
    book: Transactions, work: Callable[..., Sequence[Any]], jobs: Iterable[_Job]
) -> list[_Done]:
    """Do the same *work* for several callers at once."""
    asked = list(jobs)
    results = iter(work(book, [item for job in asked for item in job.items]))
    return [_Done(job, list(islice(results, len(job.items)))) for job in asked]
