"""What a person may ask of the store, on SQLite.

The events of a person are found by reading all traces, beside everything else that goes on. What
arrived or was amended meanwhile is looked at again in the commit that then does what was asked, so
that nothing escapes it.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from tandemgate.core.resolution import Repeat, Replace
from tandemgate.core.withdrawal import (
    ERASED,
    STATED,
    WITHDRAWN,
    erasure,
    forgotten,
    stated,
    withdrawal_of,
)
from tandemgate.model.admission import Known, Story
from tandemgate.model.event import Lane
from tandemgate.model.operation import Act
from tandemgate.model.rights import Erased, Stated, Statement, Withdrawal
from tandemgate.storage.sqlite.admitting import apply, read_known
from tandemgate.storage.sqlite.archive import story
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.controls import MOST_ACT_REMARKS, add_act
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.schema import empty_log
from tandemgate.storage.sqlite.statements import Statements
from tandemgate.storage.sqlite.visits import forget_visits
from tandemgate.storage.sqlite.writer import Writer

AT_ONCE: Final = 8
"""Traces that are looked for in one walk."""


@dataclass(frozen=True, slots=True)
class Found:
    """Events with one of the wanted traces, among all up to ``last``."""

    seqs: frozenset[int]
    last: int


class SqliteRights:
    """Keeps the promises of :class:`tandemgate.ports.Rights`."""

    def __init__(self, writer: Writer, readers: Readers, path: Path) -> None:
        self._writer = writer
        self._readers = readers
        self._path = path

    async def state(self, statement: Statement, act: Act) -> Stated:
        found = await self._readers.run(partial(_found, traces=statement.traces))
        return await self._writer.run(partial(_state, statement=statement, act=act, found=found))

    async def traced(self, traces: Collection[bytes], limit: int) -> list[Story]:
        return await self._readers.run(partial(_traced, traces=traces, limit=limit))

    async def erase(self, traces: Collection[bytes], limit: int, act: Act) -> Erased:
        found = await self._readers.run(partial(_found, traces=traces))
        done = await self._writer.run(
            partial(_erase, traces=traces, limit=limit, act=act, found=found)
        )
        return replace(done, wiped=await asyncio.to_thread(empty_log, self._path))


def _found(reader: Reader, traces: Collection[bytes]) -> Found:
    (last,) = reader.rights.only("last")
    return Found(frozenset(_search(reader.rights, traces, 0)), last)


def _traced(reader: Reader, traces: Collection[bytes], limit: int) -> list[Story]:
    seqs = sorted(set(_search(reader.rights, traces, 0)))
    return [story(reader, seq) for seq in seqs[:limit]]


def _search(sql: Statements, traces: Collection[bytes], after: int) -> Iterator[int]:
    # A trace that begins inside another's place would be found too; by chance, that never happens.
    wanted = list(traces)
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        padded = (*some, *[None] * (AT_ONCE - len(some)))
        for (seq,) in sql.rows("traced", (*padded, after)):
            yield seq


def _known(book: Book, traces: Collection[bytes], found: Found) -> Iterator[Known]:
    """Read the events with one of *traces* as they stand now, oldest first."""
    since = _search(book.rights, traces, found.last)
    for seq in sorted({*found.seqs, *since, *book.retraced}):
        if book.sql.row("find_state", (seq,)) is None:
            continue  # its time was over meanwhile
        known = read_known(book, seq)
        if not set(traces).isdisjoint(known.event.traces):
            yield known


def _state(book: Book, statement: Statement, act: Act, found: Found) -> Stated:
    said, traces = withdrawal_of(statement), statement.traces
    counts: Counter[str] = Counter()
    released: Counter[Lane] = Counter()
    for known in list(_known(book, traces, found)):
        key = known.event.key
        if key.pixel_id not in statement.policies:
            continue
        remembered = book.withdrawals.of(key.pixel_id, known.event.traces)
        word, resolution = stated(known, statement, remembered or Withdrawal())
        counts[word] += 1
        if word == "released":
            released[known.event.lane] += 1
        stage = STATED if isinstance(resolution, Replace) else WITHDRAWN
        _apply(book, known, resolution, act, stage)
    if said != Withdrawal():
        for pixel_id in statement.policies:
            book.withdrawals.remember(pixel_id, traces, said)
    add_act(book, replace(act, counts=counts))
    return Stated(counts, released)


def _erase(book: Book, traces: Collection[bytes], limit: int, act: Act, found: Found) -> Erased:
    everything = list(_known(book, traces, found))
    meant = everything[:limit]
    for known in meant:
        # In place, and all of them first: when SQLite moves rows, it leaves copies where they were.
        book.rights.run("blank_payload", (known.seq,))
        book.rights.run("blank_detail", (known.seq,))
    for known in meant:
        _, resolution = forgotten(known)
        _apply(book, known, resolution, act, ERASED)
    left = {*traces, *chain(*(known.event.traces for known in meant))}
    forget_visits(book, left)
    book.pairs.many("forget_session", [(trace,) for trace in left])
    before = [row for trace in traces for row in book.rights.rows("forget_withdrawals", (trace,))]
    book.withdrawals.remember("", traces, erasure([Withdrawal(*row) for row in before], act.at))
    states = Counter(known.state.value for known in meant)
    add_act(book, replace(act, counts=states))
    return Erased({known.seq: known.state for known in meant}, len(everything) > limit)


def _apply(
    book: Book, known: Known, resolution: Repeat | Replace | None, act: Act, stage: str
) -> None:
    if resolution is None:
        return
    apply(book, book.kind(known.event.key), known, resolution, act.at)
    columns = (known.seq, act.at, stage, f"by {act.who}", MOST_ACT_REMARKS)
    book.sql.run("add_remark", columns)
