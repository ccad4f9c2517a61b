"""The writing connection remembers nothing that is not so any more."""

from pathlib import Path
from typing import Any

import apsw
from msgspec import structs

from tandemgate.model.admission import Admission, Admitted
from tandemgate.model.event import Event
from tandemgate.model.state import State
from tandemgate.storage.seal import Cipher
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.admitting import admit
from tandemgate.storage.sqlite.book import Book
from tests.build import NOW
from tests.contract.conftest import STORE_KEY, StoppedClock
from tests.contract.steps import numbered


async def a_store(folder: Path) -> Path:
    """Make an empty store; return its file."""
    path = folder / "ledger.db"
    await (await SqliteStore.open(path, STORE_KEY, StoppedClock())).aclose()
    return path


def committed(book: Book, *events: Event) -> list[Admission]:
    """Admit *events* in a transaction of their own."""
    book.begin()
    admissions = admit(book, events)
    book.commit()
    return admissions


def received(event: Event, at: float) -> Event:
    """Return *event* as it is when it comes at *at*."""
    return structs.replace(event, received_at=at)


def read(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Look into the file as any other program would."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


async def test_what_somebody_else_wrote_meanwhile_is_counted_on(tmp_path: Path) -> None:
    """A person's own tool, or a second gateway by mistake: no number is given twice."""
    path = await a_store(tmp_path)
    one, other = Book(path, Cipher(STORE_KEY)), Book(path, Cipher(STORE_KEY))
    for number, book in enumerate((one, one, other, other, one, other)):
        assert committed(book, numbered(number)) == [Admitted(State.QUEUED, 1)]
    one.close()
    other.close()
    assert read(path, "SELECT recorded, (SELECT count(*) FROM event) FROM store") == [(6, 6)]


async def test_of_two_days_in_one_group_no_key_is_taken_for_unused(tmp_path: Path) -> None:
    """The key of a day goes when no payload up to where the next day begins was sealed with it."""
    path = await a_store(tmp_path)
    book = Book(path, Cipher(STORE_KEY))
    committed(book, received(numbered(1), NOW))
    late, early = received(numbered(2), NOW), received(numbered(3), NOW + 86_400)
    committed(book, early, late)
    book.close()
    begins = "SELECT day.day, first_seq FROM day ORDER BY day DESC LIMIT 1"
    beyond = f"SELECT seq FROM payload, ({begins}) AS last WHERE payload.day < last.day"  # noqa: S608
    assert read(path, f"{beyond} ORDER BY seq") == [(1,), (3,)]
    assert read(path, f"{beyond} AND seq > first_seq") == []
