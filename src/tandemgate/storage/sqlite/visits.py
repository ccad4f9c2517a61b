"""Visits on SQLite: found by keyed digests, sealed under a key of their own."""

from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Final

import msgspec

from tandemgate.core.days import day_of
from tandemgate.core.following import found_by, whole
from tandemgate.core.traces import TRACE_BYTES, session_digest
from tandemgate.core.visit import BOUND_FOR_LONG, merge
from tandemgate.model.instant import Epoch
from tandemgate.model.link import Crossing
from tandemgate.model.visit import Binding, Found, Reference, Visit, Wanted
from tandemgate.storage.seal import Cipher
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.statements import Statements
from tandemgate.storage.sqlite.writer import Writer

_DIGEST_BYTES: Final = 16
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Visit).decode


class SqliteVisitSearch:
    """Keeps the promises of :class:`tandemgate.ports.VisitSearch`.

    *secret* is the blind index's key.
    """

    def __init__(self, readers: Readers, secret: bytes) -> None:
        self._readers = readers
        self._secret = secret
        self._cipher = Cipher(blake2b(digest_size=32, key=secret, person=b"visits").digest())

    async def find(self, wanted: Sequence[Wanted], now: Epoch) -> list[Found | None]:
        return await self._readers.run(
            lambda reader: [self._find(reader, one, now) for one in wanted]
        )

    def _find(self, reader: Reader, wanted: Wanted, now: Epoch) -> Found | None:
        if wanted.session is not None:
            digest = session_digest(wanted.session, self._secret)
            visit, linked = self._whole(reader.visits, digest)
            if visit is not None:
                by = found_by("session", linked=linked)
                return Found(visit, by, now, digest[:TRACE_BYTES])
        for kind, value in wanted.refs:
            reference = self._reference(wanted.pixel_id, kind, value)
            row = reader.visits.row("find_reference", (reference,))
            visit, linked = (None, False) if row is None else self._whole(reader.visits, row[0])
            if row is not None and visit is not None:
                as_of = row[1] if kind in BOUND_FOR_LONG else now
                by = found_by(kind, linked=linked)
                return Found(visit, by, as_of, row[0][:TRACE_BYTES])
        return None

    def _whole(self, sql: Statements, digest: bytes) -> tuple[Visit | None, bool]:
        return whole(digest, partial(self._visit, sql), partial(_followed_by, sql))

    def _visit(self, sql: Statements, digest: bytes) -> Visit | None:
        row = sql.row("find_visit", (digest,))
        plain = None if row is None else self._cipher.open(row[0], digest)
        return None if plain is None else _unpack(plain)

    def _reference(self, pixel_id: str, kind: Reference, value: str) -> bytes:
        text = f"{pixel_id}\x1f{kind}\x1f{value}".encode()
        key = self._secret
        return blake2b(text, digest_size=_DIGEST_BYTES, key=key, person=b"reference").digest()


class SqliteVisits(SqliteVisitSearch):
    """Keeps the promises of :class:`tandemgate.ports.Visits`."""

    def __init__(self, writer: Writer, readers: Readers, secret: bytes) -> None:
        super().__init__(readers, secret)
        self._writer = writer

    async def note(
        self, session: str, seen: Visit, bindings: Sequence[Binding], at: Epoch
    ) -> list[Binding]:
        digest = session_digest(session, self._secret)
        bound = [(one, self._reference(one.pixel_id, one.kind, one.value)) for one in bindings]
        return await self._writer.run(partial(self._note, digest, seen, bound, at))

    async def follow(self, session: str, crossing: Crossing, at: Epoch) -> bool:
        digest = session_digest(session, self._secret)
        crossed = (crossing.mark, digest, crossing.visit, at)
        return await self._writer.run(lambda book: book.visits.row("cross", crossed) is not None)

    def _note(
        self,
        digest: bytes,
        seen: Visit,
        bindings: Sequence[tuple[Binding, bytes]],
        at: Epoch,
        book: Book,
    ) -> list[Binding]:
        known = self._visit(book.visits, digest)
        if known is None or merge(known, seen) != known:
            plain = _pack(merge(known or Visit(), seen))
            book.visits.run("put_visit", (digest, day_of(at), self._cipher.seal(plain, digest)))
        return [
            one
            for one, reference in bindings
            if book.visits.row("bind", (reference, digest, at, one.verified)) is None
        ]


def _followed_by(sql: Statements, digest: bytes) -> bytes | None:
    row = sql.row("find_crossing", (digest,))
    return None if row is None else bytes(row[0])


def forget_visits(book: Book, traces: Iterable[bytes]) -> None:
    """Forget what the browsers of sessions showed that left *traces*, and where it led to."""
    for trace in traces:
        bounds = (trace, trace + b"\xff" * _DIGEST_BYTES)
        book.visits.run("forget_visits", bounds)
        book.visits.run("forget_references", bounds)
        book.visits.run("forget_crossings", bounds)
