"""What the ledger holds of a shop's orders, on SQLite: few statements for many orders."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import partial
from operator import attrgetter
from typing import TypeAlias

from tandemgate.model.order import OrderMarks, Refusal, Sale
from tandemgate.model.state import State
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.rows import worth_of
from tandemgate.storage.sqlite.statements import listed

_Mark: TypeAlias = bytes | tuple[str, int]
"""The digest of an order, or an event_id and its kind."""


class SqliteOrders:
    """Keeps the promises of :class:`tandemgate.ports.Orders`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def sales(self, orders: Sequence[OrderMarks]) -> list[list[Sale]]:
        return await self._readers.run(partial(_sales, orders=orders))

    async def refusals(self, orders: Sequence[OrderMarks]) -> list[Refusal | None]:
        return await self._readers.run(partial(_refusals, orders=orders))


def refuse(book: Book, refusals: Sequence[Refusal]) -> None:
    """Remember why purchases were refused."""
    for one in refusals:
        book.orders.run("refuse", (one.order, one.at, one.code, one.reason))


def _refusals(reader: Reader, orders: Sequence[OrderMarks]) -> list[Refusal | None]:
    digests = tuple({digest for one in orders for digest in one.digests})
    rows = reader.orders.rows("refused", (listed(digests),)) if digests else []
    known = {row[0]: Refusal(*row) for row in rows}
    found = ([known[digest] for digest in one.digests if digest in known] for one in orders)
    return [max(each, key=attrgetter("at"), default=None) for each in found]


def _sales(reader: Reader, orders: Sequence[OrderMarks]) -> list[list[Sale]]:
    marks = _marks(reader, orders)
    stored = _stored(reader, orders)
    seqs = [sorted({seq for mark in each for seq in stored.get(mark, ())}) for each in marks]
    sales = _read(reader, {seq for each in seqs for seq in each})
    return [[sales[seq] for seq in each] for each in seqs]


def _marks(reader: Reader, orders: Sequence[OrderMarks]) -> list[list[_Mark]]:
    kinds = {(pixel, event): kind for pixel, event, kind in reader.orders.rows("live_kinds")}
    told: list[list[_Mark]] = []
    for one in orders:
        meant = [kinds.get((one.pixel_id, event)) for event in one.events]
        named = [(event_id, kind) for event_id in one.event_ids for kind in meant if kind]
        told.append([*one.digests, *named])
    return told


def _stored(reader: Reader, orders: Sequence[OrderMarks]) -> dict[_Mark, list[int]]:
    digests = tuple({digest for one in orders for digest in one.digests})
    event_ids = tuple({event_id for one in orders for event_id in one.event_ids})
    found: defaultdict[_Mark, list[int]] = defaultdict(list)
    if digests:
        for digest, seq in reader.orders.rows("by_digest", (listed(digests),)):
            found[digest].append(seq)
    if event_ids:
        for event_id, kind, seq in reader.orders.rows("by_event_id", (listed(event_ids),)):
            found[event_id, kind].append(seq)
    return found


def _read(reader: Reader, seqs: Collection[int]) -> dict[int, Sale]:
    if not seqs:
        return {}
    told: dict[int, Sale] = {}
    for row in reader.orders.rows("sale", (listed(sorted(seqs)),)):
        seq, event, event_id, state, reason, code, unknown, event_time, received_at = row[:9]
        minor, currency, request_id = row[9:]
        worth = worth_of(minor, currency)
        told[seq] = Sale(
            seq, event, event_id, State(state), reason, code, unknown, event_time, received_at,
            worth, request_id,
        )  # fmt: skip
    return told
