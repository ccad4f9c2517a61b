"""One thread, one commit for many callers; and what each hears when it fails."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import apsw
import pytest

from tandemgate.ports import StoreUnavailable
from tandemgate.storage.sqlite.writer import Writer


@dataclass
class Notebook:
    """A book that remembers what was committed together. ``gate`` lets its commits pass."""

    committed: list[list[str]] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    opened: int = 0
    begun: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)
    page: list[str] = field(default_factory=list)

    def open(self) -> "Notebook":
        self.opened += 1
        return self

    def begin(self) -> None:
        self.page = []

    def commit(self) -> None:
        self.begun.set()
        self.gate.wait(10)
        if self.failing:
            raise self.failing.pop()
        self.committed.append(self.page)

    def rollback(self) -> None:
        self.page = []

    def tidy(self) -> None:
        pass

    def close(self) -> None:
        pass


def note(word: str) -> Callable[[Notebook], str]:
    """Work that writes *word*."""

    def work(book: Notebook) -> str:
        book.page.append(word)
        return word.upper()

    return work


def note_all(book: Notebook, words: Sequence[str]) -> list[str]:
    """Work that writes *words*, of one caller or of several."""
    book.page.extend(words)
    return [word.upper() for word in words]


def mistake(book: Notebook) -> None:
    """Work that goes wrong by itself."""
    book.page.append("half")
    raise ZeroDivisionError


@asynccontextmanager
async def a_writer(book: Notebook, limit: int = 100) -> AsyncIterator[Writer]:
    """Start a writer whose first commit is stuck, so that everything else has to wait."""
    writer = Writer(book.open, limit=limit)
    first = asyncio.ensure_future(writer.each(note_all, ["first"]))
    await asyncio.to_thread(book.begun.wait, 10)
    yield writer
    book.gate.set()
    await asyncio.gather(first, return_exceptions=True)
    await writer.aclose()


async def test_what_waits_is_committed_together() -> None:
    """One sync serves everybody who came during the one before."""
    book = Notebook()
    async with a_writer(book) as writer:
        waiting = [asyncio.ensure_future(writer.run(note(word))) for word in "abc"]
        await asyncio.sleep(0)
        book.gate.set()
        assert await asyncio.gather(*waiting) == ["A", "B", "C"]
    assert book.committed == [["first"], ["a", "b", "c"]]


async def test_nobody_hears_of_success_before_the_commit() -> None:
    """A 202 means durable."""
    book = Notebook()
    async with a_writer(book) as writer:
        waiting = asyncio.ensure_future(writer.run(note("a")))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert (done, book.committed) == (set(), [])


async def test_a_mistake_costs_its_neighbours_nothing() -> None:
    """One impossible piece of work is undone alone."""
    book = Notebook()
    async with a_writer(book) as writer:
        works = [note("a"), mistake, note("b")]
        waiting = [asyncio.ensure_future(writer.run(work)) for work in works]
        await asyncio.sleep(0)
        book.gate.set()
        good, bad, fine = await asyncio.gather(*waiting, return_exceptions=True)
    assert (good, fine) == ("A", "B")
    assert isinstance(bad, ZeroDivisionError)
    assert book.committed == [["first"], ["a"], ["b"]]


@pytest.mark.parametrize(
    "failure", [apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.BusyError]
)
async def test_a_failing_disk_is_told_to_all_and_the_file_opened_anew(
    failure: type[Exception],
) -> None:
    """After a failed sync a connection may believe what the disk does not hold."""
    book = Notebook(failing=[failure("no")])
    book.gate.set()
    writer = Writer(book.open)
    with pytest.raises(StoreUnavailable, match=failure.__name__):
        await writer.run(note("a"))
    assert await writer.run(note("b")) == "B"
    assert (book.committed, book.opened) == ([["b"]], 2)
    await writer.aclose()


async def test_too_much_waiting_is_refused_at_once() -> None:
    """Memory is bounded, and the caller hears of it while he can still wait."""
    book = Notebook()
    async with a_writer(book, limit=3) as writer:
        taken = asyncio.ensure_future(writer.each(note_all, "ab"))
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="3 events wait"):
            await writer.each(note_all, "c")
        book.gate.set()
        assert await taken == ["A", "B"]
        assert await writer.each(note_all, "cde") == ["C", "D", "E"]


async def test_the_same_work_is_done_for_many_callers_at_once() -> None:
    """A statement for a thousand events is worth more than the transaction that they share."""
    book, asked = Notebook(), []

    def work(book: Notebook, words: Sequence[str]) -> list[str]:
        asked.append([*words])
        return note_all(book, words)

    async with a_writer(book) as writer:
        some = [asyncio.ensure_future(writer.each(work, words)) for words in ("ab", "c")]
        other = asyncio.ensure_future(writer.run(note("x")))
        more = asyncio.ensure_future(writer.each(work, "d"))
        await asyncio.sleep(0)
        book.gate.set()
        assert await asyncio.gather(*some, other, more) == [["A", "B"], ["C"], "X", ["D"]]
    assert asked == [["a", "b", "c"], ["d"]]
    assert book.committed == [["first"], ["a", "b", "c", "x", "d"]]


async def test_a_mistake_about_one_caller_is_not_told_to_those_beside_him() -> None:
    """Work that was shared is done again for each, so that only the guilty one hears of it."""
    book = Notebook()

    def work(_: Notebook, words: Sequence[str]) -> list[str]:
        return [str(1 // int(word != "bad")) for word in words]

    async with a_writer(book) as writer:
        asked = [asyncio.ensure_future(writer.each(work, [word])) for word in ("a", "bad", "b")]
        await asyncio.sleep(0)
        book.gate.set()
        good, bad, fine = await asyncio.gather(*asked, return_exceptions=True)
    assert (good, fine) == (["1"], ["1"])
    assert isinstance(bad, ZeroDivisionError)


async def test_the_dispatcher_is_never_refused() -> None:
    """Answers must be recorded, above all when intake is more than the disk can take."""
    book = Notebook()
    async with a_writer(book, limit=1) as writer:
        recording = asyncio.ensure_future(writer.run(note("answer")))
        await asyncio.sleep(0)
        book.gate.set()
        assert await recording == "ANSWER"


async def test_a_caller_who_left_is_served_all_the_same() -> None:
    """A closed connection does not undo what its request asked for."""
    book = Notebook()
    async with a_writer(book) as writer:
        gone = asyncio.ensure_future(writer.run(note("a")))
        await asyncio.sleep(0)
        gone.cancel()
        book.gate.set()
        assert await writer.run(note("b")) == "B"
    assert [word for page in book.committed for word in page] == ["first", "a", "b"]


async def test_closing_finishes_what_waits() -> None:
    """A stop loses nothing that was taken."""
    book = Notebook()
    async with a_writer(book) as writer:
        waiting = [asyncio.ensure_future(writer.run(note(word))) for word in "ab"]
        await asyncio.sleep(0)
        book.gate.set()
        await writer.aclose()
        assert [task.result() for task in waiting] == ["A", "B"]
        with pytest.raises(StoreUnavailable, match="closed"):
            await writer.run(note("c"))
