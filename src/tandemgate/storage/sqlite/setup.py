"""What people said is there, on SQLite."""

from functools import partial

from tandemgate.model.operation import Act
from tandemgate.model.setup import Confirmed, Prerequisite
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import add_act
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.writer import Writer


class SqliteConfirmations:
    """Keeps the promises of :class:`tandemgate.ports.Confirmations`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    async def confirm(self, prerequisite: Prerequisite, act: Act) -> None:
        await self._writer.run(partial(_confirm, prerequisite=prerequisite, act=act))

    async def confirmed(self) -> list[Confirmed]:
        return await self._readers.run(_confirmed)


def _confirm(book: Book, prerequisite: Prerequisite, act: Act) -> None:
    book.operation.run("confirm", (act.pixel_id, prerequisite, act.at, act.who))
    add_act(book, act)


def _confirmed(reader: Reader) -> list[Confirmed]:
    return [
        Confirmed(pixel_id, Prerequisite(prerequisite), at, who)
        for pixel_id, prerequisite, at, who in reader.operation.rows("confirmed")
    ]
