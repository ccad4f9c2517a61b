"""What is remembered of alerts, on SQLite."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from tandemgate.model.alert import Alert, Family, Group, Mute
from tandemgate.model.operation import Act
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import add_act
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

    async def mutes(self) -> list[Mute]:
        return await self._readers.run(_mutes)

    async def mute(self, mute: Mute, act: Act) -> None:
        await self._writer.run(partial(_mute, mute=mute, act=act))

    async def unmute(self, family: Family, pixel_id: str, act: Act) -> bool:
        return await self._writer.run(partial(_unmute, family=family, pixel_id=pixel_id, act=act))


def _kept(reader: Reader) -> list[Alert]:
    return [_decode(content) for (content,) in reader.alerts.rows("kept")]


def _keep(book: Book, changed: Sequence[Alert], gone: Sequence[Group]) -> None:
    for group in gone:
        book.alerts.run("drop", group)
    for alert in changed:
        book.alerts.run("keep", (*alert.group, _encode(alert).decode()))


def _mutes(reader: Reader) -> list[Mute]:
    return [Mute(Family(family), *row) for family, *row in reader.alerts.rows("mutes")]


def _mute(book: Book, mute: Mute, act: Act) -> None:
    told = (mute.family, mute.pixel_id, mute.since, mute.until, mute.by, mute.note)
    book.alerts.run("mute", told)
    add_act(book, act)


def _unmute(book: Book, family: Family, pixel_id: str, act: Act) -> bool:
    found = book.alerts.change("unmute", (family, pixel_id))
    if found:
        add_act(book, act)
    return bool(found)
