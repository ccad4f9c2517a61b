"""Keys that were made while the gateway runs, on SQLite."""

import json
from functools import partial

from tandemgate.model.instant import Epoch
from tandemgate.model.key import KeyKind, KeyRights, MadeKey, Scope
from tandemgate.model.operation import Act
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import add_act
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.writer import Writer


class SqliteKeys:
    """Keeps the promises of :class:`tandemgate.ports.Keys`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    async def made(self) -> list[MadeKey]:
        return await self._readers.run(_made)

    async def make(self, key: MadeKey, act: Act) -> bool:
        return await self._writer.run(partial(_make, key=key, act=act))

    async def exchange(self, key: MadeKey, ends: Epoch, act: Act) -> bool:
        return await self._writer.run(partial(_exchange, key=key, ends=ends, act=act))

    async def end(self, act: Act, name: str) -> int:
        return await self._writer.run(partial(_end, act=act, name=name))


def _made(reader: Reader) -> list[MadeKey]:
    return [_key(*row) for row in reader.operation.rows("keys")]


def _key(  # noqa: PLR0913, PLR0917 - a row
    name: str,
    kind: str,
    pixels: str,
    scopes: str,
    origins: str,
    rate: float,
    digest: bytes,
    tail: str,
    since: Epoch,
    until: Epoch | None,
    public: str,
) -> MadeKey:
    rights = KeyRights(
        name,
        KeyKind(kind),
        tuple(json.loads(pixels)),
        tuple(Scope(scope) for scope in json.loads(scopes)),
        tuple(json.loads(origins)),
        rate,
    )
    return MadeKey(rights, digest, tail, since, until, public)


def _make(book: Book, key: MadeKey, act: Act) -> bool:
    if _in_use(book, key.rights.name, act.at):
        return False
    _add(book, key, act)
    return True


def _exchange(book: Book, key: MadeKey, ends: Epoch, act: Act) -> bool:
    if not _in_use(book, key.rights.name, act.at):
        return False
    book.operation.run("end_keys", (ends, key.rights.name, act.at))
    _add(book, key, act)
    return True


def _end(book: Book, act: Act, name: str) -> int:
    ended = book.operation.change("end_keys", (act.at, name, act.at))
    if ended:
        add_act(book, act)
    return ended


def _in_use(book: Book, name: str, now: Epoch) -> bool:
    (count,) = book.operation.only("keys_in_use", (name, now))
    return bool(count)


def _add(book: Book, key: MadeKey, act: Act) -> None:
    rights = key.rights
    lists = (json.dumps(listed) for listed in (rights.pixels, rights.scopes, rights.origins))
    row = (rights.name, rights.kind, *lists, rights.rate, key.digest, key.tail, key.since)
    book.operation.run("add_key", (*row, key.until, key.public))
    add_act(book, act)
