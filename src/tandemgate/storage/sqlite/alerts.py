"""What is remembered of alerts, on SQLite."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from tandemgate.model.alert import Alert, Group
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.writer import Writer

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Alert).decode


class SqliteAlerts:
    """Keeps the promises of :class:`tandemgate.ports.Alerts`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    async def kept(self) -> list[Alert]:
        return await self._readers.run(_kept)

    async def keep(self, changed: Sequence[Alert], gone: Sequence[Group]) -> None:
        await self._writer.run(partial(_keep, changed=changed, gone=gone))


def _kept(reader: Reader) -> list[Alert]:
    return [_decode(content) for (content,) in reader.alerts.rows("kept")]


def _keep(book: Book, changed: Sequence[Alert], gone: Sequence[Group]) -> None:
    for group in gone:
        book.alerts.run("drop", group)
    for alert in changed:
        book.alerts.run("keep", (*alert.group, _encode(alert).decode()))
