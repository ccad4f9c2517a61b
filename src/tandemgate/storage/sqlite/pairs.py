"""Evidence of the Pixel's copies on SQLite, and what stands beside ours.

Nothing is matched when something arrives: both sides are found by their key when somebody asks, so
it makes no difference which came first, and an arrival costs the same however full the ledger is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

from tandemgate.core.pairing import SAME_ACTION_WITHIN
from tandemgate.model.admission import Filter
from tandemgate.model.event import Channel
from tandemgate.model.instant import Epoch
from tandemgate.model.pair import Copy, Evidence, PairFilter, Sides
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.lists import find
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.rows import fingerprint_of, pack_fingerprint, traces_of
from tandemgate.storage.sqlite.writer import Writer

_NEWEST: Final = 1 << 62


class _Row(NamedTuple):
    """A copy of either side; ``whose`` is the trace of its visit, or all traces of an event."""

    event: str
    event_id: str | None
    at: Epoch
    happened_at: Epoch
    fingerprint: bytes
    whose: bytes | None
    seq: int
    pixel_id: str
    arrived_at: Epoch
    channel: str
    kind: int


class SqlitePairs:
    """Keeps the promises of :class:`tandemgate.ports.Pairs`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    async def note(self, seen: Sequence[Evidence]) -> None:
        await self._writer.run(partial(_note, seen=seen))

    async def of(self, seqs: Sequence[int]) -> list[Sides]:
        return await self._readers.run(lambda reader: [_of_event(reader, seq) for seq in seqs])

    async def page(self, wanted: PairFilter, limit: int) -> list[Sides]:
        return await self._readers.run(partial(_page, wanted=wanted, limit=limit))


def _note(book: Book, seen: Sequence[Evidence]) -> None:
    for one in seen:
        copy = one.copy
        folded = None if copy.event_id is None else copy.event_id.casefold()
        columns = (
            book.kind_of(one.pixel_id, copy.event, one.channel),
            copy.event_id,
            folded,
            copy.at,
            one.arrived_at,
            copy.session,
            pack_fingerprint(copy.fingerprint),
        )
        book.pairs.run("note", columns)


def _page(reader: Reader, wanted: PairFilter, limit: int) -> list[Sides]:
    """Merge our copies and calls of the Pixel that have no copy of ours, the newest first."""
    rows = [(row, True) for row in islice(_ours(reader, wanted, limit), limit)]
    rows += [(row, False) for row in _theirs(reader, wanted, limit)]
    rows.sort(key=lambda one: -one[0].arrived_at)
    told: list[Sides] = []
    place = wanted.after
    for row, is_ours in rows[:limit]:
        place = replace(place, **{"event" if is_ours else "evidence": row.seq})
        sides = _of_ours(reader, row) if is_ours else _of_theirs(reader, row)
        told.append(replace(sides, place=place))
    return told


def _ours(reader: Reader, wanted: PairFilter, limit: int) -> Iterator[_Row]:
    """Read events of the channel from the newest down; nearly all of them are live."""
    after = wanted.after.event
    while True:
        only = None if wanted.channel is Channel.LIVE else wanted.channel
        events = Filter(
            wanted.pixel_id, wanted.event, after=after, pixels=wanted.pixels, channel=only
        )
        seqs = find(reader, events, limit)
        if not seqs:
            return
        for seq in seqs:
            row = _Row(*reader.pairs.only("copy + of_event", (seq,)))
            if row.channel == wanted.channel:
                yield row
        after = seqs[-1]


def _theirs(reader: Reader, wanted: PairFilter, limit: int) -> list[_Row]:
    words = (
        wanted.after.evidence or _NEWEST,
        wanted.pixel_id,
        wanted.event,
        wanted.channel,
        limit,
    )
    rows = (_Row(*row) for row in reader.pairs.rows("evidence + newest_evidence", words))
    return [row for row in rows if wanted.pixels is None or row.pixel_id in wanted.pixels]


def _of_event(reader: Reader, seq: int) -> Sides:
    return _of_ours(reader, _Row(*reader.pairs.only("copy + of_event", (seq,))))


def _of_ours(reader: Reader, row: _Row) -> Sides:
    found = reader.pairs.row("evidence + of_key", (row.event_id, row.kind))
    copy = _our_copy(row)
    if found is not None:
        return Sides(row.pixel_id, copy, _their_copy(_Row(*found)))
    folded = str(row.event_id).casefold()
    named = (row.pixel_id, folded, row.event_id, row.kind, row.channel)
    near = reader.pairs.rows("evidence + by_id", named)
    since, until = row.happened_at - SAME_ACTION_WITHIN, row.happened_at + SAME_ACTION_WITHIN
    for trace in traces_of(row.whose):
        visit = (row.pixel_id, trace, since, until, row.event_id, row.channel)
        if found_there := reader.pairs.rows("evidence + by_session", visit):
            copy = replace(copy, session=trace)
            near += found_there
    return Sides(row.pixel_id, copy, None, tuple(_their_copy(_Row(*one)) for one in near))


def _of_theirs(reader: Reader, row: _Row) -> Sides:
    spelled = row.event_id or ""
    near: list[tuple[Any, ...]] = []
    for event_id in {spelled, spelled.lower(), spelled.upper()} - {""}:
        named = (event_id, row.pixel_id, row.kind, event_id, row.channel)
        near += reader.pairs.rows("copy + with_id", named)
    copies = tuple(_our_copy(_Row(*one)) for one in near)
    return Sides(row.pixel_id, None, _their_copy(row), copies)


def _their_copy(row: _Row) -> Copy:
    told = fingerprint_of(row.fingerprint)
    return Copy(row.event, row.event_id, row.at, row.happened_at, told, row.whose)


def _our_copy(row: _Row) -> Copy:
    """Read our copy. Which of its traces is the visit's is told by what is found by it."""
    told = fingerprint_of(row.fingerprint)
    return Copy(row.event, row.event_id, row.at, row.happened_at, told)
