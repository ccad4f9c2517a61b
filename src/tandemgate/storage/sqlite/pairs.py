"""Evidence of the Pixel's copies on SQLite, and what stands beside ours.

Nothing is matched when something arrives: both sides are found by their key when somebody asks, so
it makes no difference which came first, and an arrival costs the same however full the ledger is.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, Final

from tandemgate.core.pairing import SAME_ACTION_WITHIN, count
from tandemgate.model.event import Fingerprint
from tandemgate.model.pair import (
    Copy,
    Evidence,
    FoundBy,
    Name,
    Nameless,
    PairCounts,
    PairFilter,
    PairPage,
    Sides,
)
from tandemgate.model.state import STAYS_HERE
from tandemgate.model.taxonomy import NameSeen
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.pairwalk import CopyRow, walk
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.rows import (
    fingerprint_of,
    pack_fingerprint,
    stance_of,
    stance_text,
    stated_stance,
    traces_of,
)
from tandemgate.storage.sqlite.writer import Writer

LOOKED_AT: Final = 20
"""Copies that a page looks at for each that it may hold, before it ends as it is."""

_NO_CONTENT: Final = Fingerprint({})


class SqliteNaming:
    """Keeps the promises of :class:`tandemgate.ports.Naming`."""

    def __init__(self, intake: Readers) -> None:
        self._intake = intake

    async def names(self, nameless: Sequence[Nameless]) -> list[list[Name]]:
        return await self._intake.run(lambda reader: [_names(reader, one) for one in nameless])


class SqlitePairs(SqliteNaming):
    """Keeps the promises of :class:`tandemgate.ports.Pairs`.

    *intake* are readers for events that wait for an answer, *archive* those for everybody else.
    """

    def __init__(self, writer: Writer, archive: Readers, intake: Readers) -> None:
        super().__init__(intake)
        self._writer = writer
        self._readers = archive

    async def note(self, seen: Sequence[Evidence]) -> None:
        await self._writer.run(partial(_note, seen=seen))

    async def of(self, seqs: Sequence[int]) -> list[Sides]:
        return await self._readers.run(lambda reader: [_of_event(reader, seq) for seq in seqs])

    async def page(self, wanted: PairFilter, limit: int) -> PairPage:
        return await self._readers.run(partial(_page, wanted=wanted, limit=limit))

    async def counts(self, wanted: PairFilter, most: int) -> PairCounts:
        return await self._readers.run(partial(_counts, wanted=wanted, most=most))

    async def spoken(self) -> list[NameSeen]:
        return await self._readers.run(_spoken)


def _spoken(reader: Reader) -> list[NameSeen]:
    rows = (NameSeen(*row) for row in reader.pairs.rows("spoken"))
    return [one for one in rows if one.gateway_at is not None or one.pixel_at is not None]


def _note(book: Book, seen: Sequence[Evidence]) -> None:
    for one in seen:
        copy = one.copy
        columns = (
            book.kind_of(one.pixel_id, copy.event, one.channel),
            copy.event_id,
            None if copy.event_id is None else copy.event_id.casefold(),
            copy.at,
            one.arrived_at,
            copy.session,
            pack_fingerprint(copy.fingerprint),
            one.order,
            one.action,
            stance_text(copy.said),
        )
        book.pairs.run("note", columns)


def _names(reader: Reader, asked: Nameless) -> list[Name]:
    kind = reader.pairs.row("kind_of", (asked.pixel_id, asked.event, asked.channel))
    if kind is None:
        return []
    at, names = asked.happened_at, []
    if asked.derived and (ours := reader.pairs.row("is_stored", (asked.derived, *kind))):
        names.append(Name(asked.derived, FoundBy.LEDGER, at, _NO_CONTENT, ours[0]))
    if asked.order is not None:
        calls = reader.pairs.rows("evidence + by_order", (asked.order, None))
        names += [_name(reader, CopyRow(*call), FoundBy.ORDER) for call in calls]
    if asked.session is not None:
        within = (at - SAME_ACTION_WITHIN, at + SAME_ACTION_WITHIN)
        visit = (asked.session, *within, *kind)
        calls = reader.pairs.rows("evidence + calls_of_session", visit)
        named = [CopyRow(*call) for call in calls if call[1] is not None]
        names += [_name(reader, call, FoundBy.SESSION) for call in named]
    return names


def _name(reader: Reader, call: CopyRow, by: FoundBy) -> Name:
    """Name by a call; what a page's own report bears may be taken by the server's."""
    ours = reader.pairs.row("is_stored", (call.event_id, call.kind))
    stored = ours[0] if ours and ours[1] else None
    return Name(str(call.event_id), by, call.at, fingerprint_of(call.fingerprint), stored)


def _page(reader: Reader, wanted: PairFilter, limit: int) -> PairPage:
    """Merge our copies and calls of the Pixel that have no copy of ours, the newest first."""
    told: list[Sides] = []
    place, steps = wanted.after, walk(reader, wanted, limit)
    for row, is_ours in islice(steps, limit * LOOKED_AT):
        place = replace(place, **{"event" if is_ours else "evidence": row.seq})
        sides = _of(reader, row, is_ours=is_ours)
        told += [replace(sides, place=place)] if sides else []
        if len(told) == limit:
            return PairPage(tuple(told), place)
    return PairPage(tuple(told), None if next(steps, None) is None else place)


def _counts(reader: Reader, wanted: PairFilter, most: int) -> PairCounts:
    steps = walk(reader, wanted, most)
    looked = [_of(reader, row, is_ours=is_ours) for row, is_ours in islice(steps, most)]
    return count((sides for sides in looked if sides), complete=next(steps, None) is None)


def _of(reader: Reader, row: CopyRow, *, is_ours: bool) -> Sides | None:
    """Return both sides of what *row* is a copy of; ``None`` for a call that has a copy of ours."""
    if is_ours:
        return _of_ours(reader, row)
    met = row.event_id and reader.pairs.row("is_stored", (row.event_id, row.kind))
    return None if met else _of_theirs(reader, row)


def _of_event(reader: Reader, seq: int) -> Sides:
    return _of_ours(reader, CopyRow(*reader.pairs.only("copy + of_event", (seq,))))


def _of_ours(reader: Reader, row: CopyRow) -> Sides:
    found = reader.pairs.row("evidence + of_key", (row.event_id, row.kind))
    copy, earlier = _earlier_of_ours(reader, row)
    if found is not None:
        call = CopyRow(*found)
        again = _earlier_of_theirs(reader, call) if _may_repeat(copy) else []
        return Sides(row.pixel_id, copy, _their_copy(call), (), (*earlier, *again))
    folded = str(row.event_id).casefold()
    named = (row.pixel_id, folded, row.event_id, row.kind, row.channel)
    near = reader.pairs.rows("evidence + by_id", named)
    if row.order is not None:
        near += reader.pairs.rows("evidence + by_order", (row.order, row.event_id))
    since, until = row.happened_at - SAME_ACTION_WITHIN, row.happened_at + SAME_ACTION_WITHIN
    for trace in traces_of(row.whose):
        visit = (row.pixel_id, trace, since, until, row.event_id, row.channel)
        if found_there := reader.pairs.rows("evidence + by_session", visit):
            copy = replace(copy, session=trace)
            near += found_there
    return Sides(row.pixel_id, copy, None, _their_copies(near), earlier)


def _of_theirs(reader: Reader, row: CopyRow) -> Sides:
    spelled = row.event_id or ""
    near: list[tuple[Any, ...]] = []
    for event_id in {spelled, spelled.lower(), spelled.upper()} - {""}:
        named = (event_id, row.pixel_id, row.kind, event_id, row.channel)
        near += reader.pairs.rows("copy + with_id", named)
    for found_by, digest in (("with_order", row.order), ("with_action", row.action)):
        if digest is not None:
            near += reader.pairs.rows(f"copy + {found_by}", (digest,))
    ours = tuple(_of_visit(CopyRow(*one), row.whose) for one in near)
    earlier = tuple(_earlier_of_theirs(reader, row))
    return Sides(row.pixel_id, None, _their_copy(row), ours, earlier)


def _earlier_of_ours(reader: Reader, row: CopyRow) -> tuple[Copy, tuple[Copy, ...]]:
    """Return our copy, and those of the same action that came before it under other event_ids."""
    copy = _our_copy(row)
    if row.action is None:
        return copy, ()
    rows = [
        CopyRow(*one) for one in reader.pairs.rows("copy + earlier_action", (row.action, row.seq))
    ]
    for trace in reversed(traces_of(row.whose)):  # the visit's is the last one
        again = [_our_copy(one, trace) for one in rows if trace in traces_of(one.whose)]
        if again:
            return replace(copy, session=trace), tuple(again)
    return copy, ()


def _earlier_of_theirs(reader: Reader, row: CopyRow) -> list[Copy]:
    if row.whose is None:
        return []
    within = (row.at - SAME_ACTION_WITHIN, row.at + SAME_ACTION_WITHIN)
    rows = reader.pairs.rows("evidence + calls_of_session", (row.whose, *within, row.kind))
    return [_their_copy(one) for one in map(_row, rows) if one.seq < row.seq]


def _may_repeat(copy: Copy) -> bool:
    """Tell whether of two copies that met anything more is asked: only an order shows a repeat."""
    return "order_id" in copy.fingerprint.fields


def _of_visit(row: CopyRow, trace: bytes | None) -> Copy:
    """Read our copy, as one of the visit if it is."""
    return _our_copy(row, trace if trace in traces_of(row.whose) else None)


def _row(columns: tuple[Any, ...]) -> CopyRow:
    return CopyRow(*columns)


def _their_copies(rows: Sequence[tuple[Any, ...]]) -> tuple[Copy, ...]:
    return tuple(_their_copy(CopyRow(*one)) for one in rows)


def _their_copy(row: CopyRow) -> Copy:
    told, said = fingerprint_of(row.fingerprint), stance_of(row.said)
    return Copy(row.event, row.event_id, row.at, row.happened_at, told, row.whose, said)


def _our_copy(row: CopyRow, session: bytes | None = None) -> Copy:
    """Read our copy. Which of its traces is the visit's is told by what is found by it."""
    told, said = fingerprint_of(row.fingerprint), stated_stance(row.said)
    kept = row.state in STAYS_HERE and not row.unknown
    return Copy(row.event, row.event_id, row.at, row.happened_at, told, session, said, kept)
