"""Walking over the copies of both sides, newest first, and no further than is asked for."""

from collections.abc import Iterator
from heapq import merge
from typing import Final, NamedTuple

from tandemgate.model.admission import Filter
from tandemgate.model.event import Channel
from tandemgate.model.instant import Epoch
from tandemgate.model.pair import PairFilter
from tandemgate.storage.sqlite.lists import CLOCK_SLACK, FEW_KINDS, find, first_seq, kinds_of
from tandemgate.storage.sqlite.readers import Reader

_NEWEST: Final = 1 << 62
_AT_ONCE: Final = 200
"""Calls that are read in one go, at most."""


class CopyRow(NamedTuple):
    """A copy of either side; ``whose`` is the trace of its visit, or all traces of an event.

    ``said`` is what a page said about consent, or the facts of an event's decision.
    """

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
    order: bytes | None
    action: bytes | None
    said: str | None
    state: str | None
    unknown: int


def walk(reader: Reader, wanted: PairFilter, chunk: int) -> Iterator[tuple[CopyRow, bool]]:
    """Walk over what *wanted* shows, beside whether it is ours; also over calls that we have."""
    ours = ((row, True) for row in _ours(reader, wanted, min(chunk, _AT_ONCE)))
    theirs = ((row, False) for row in _theirs(reader, wanted, min(chunk, _AT_ONCE)))
    return merge(ours, theirs, key=lambda one: -one[0].arrived_at)


def _ours(reader: Reader, wanted: PairFilter, chunk: int) -> Iterator[CopyRow]:
    """Read our copies from the newest down."""
    after = wanted.after.event
    # Nearly all events are live, and walking all of them is quicker than by their names.
    channel = None if wanted.channel is Channel.LIVE else wanted.channel
    while True:
        events = Filter(
            wanted.pixel_id,
            wanted.event,
            since=wanted.since,
            until=wanted.until,
            after=after,
            pixels=wanted.pixels,
            channel=channel,
        )
        seqs = find(reader, events, chunk)
        for seq in seqs:
            row = CopyRow(*reader.pairs.only("copy + of_event", (seq,)))
            if row.channel == wanted.channel:
                yield row
        if len(seqs) < chunk:
            return
        after = seqs[-1]


def _theirs(reader: Reader, wanted: PairFilter, chunk: int) -> Iterator[CopyRow]:
    """Read calls of the Pixel from the newest down."""
    channel = None if wanted.channel is Channel.LIVE else wanted.channel
    events = Filter(wanted.pixel_id, wanted.event, pixels=wanted.pixels, channel=channel)
    kinds = kinds_of(reader, events)
    first, before = _bounds(reader, wanted)
    if kinds is None or len(kinds) > FEW_KINDS:
        rows = _read(reader, "newest_evidence", (before, first, chunk), ())
    else:
        each = (
            _read(reader, "newest_evidence_of_kind", (before, first, chunk), (kind,))
            for kind in kinds
        )
        rows = merge(*each, key=lambda row: -row.seq)
    return (row for row in rows if _shows(wanted, row))


def _read(
    reader: Reader, name: str, bounds: tuple[int, int, int], more: tuple[int, ...]
) -> Iterator[CopyRow]:
    before, first, chunk = bounds
    while True:
        values = (before, first, chunk, *more)
        rows = [CopyRow(*row) for row in reader.pairs.rows(f"evidence + {name}", values)]
        yield from rows
        if len(rows) < chunk:
            return
        before = rows[-1].seq


def _bounds(reader: Reader, wanted: PairFilter) -> tuple[int, int]:
    """Return the first seq that may be shown, and the one before which all are."""
    before = wanted.after.evidence or _NEWEST
    if wanted.since is None and wanted.until is None:
        return 0, before
    (last,) = reader.pairs.only("last_evidence")

    def reach(at: Epoch) -> int:
        return first_seq(last, lambda seq: reader.pairs.row("arrived_from", (seq,)), at)

    first = 0 if wanted.since is None else reach(wanted.since - CLOCK_SLACK)
    if wanted.until is not None:
        before = min(before, reach(wanted.until + CLOCK_SLACK))
    return first, before


def _shows(wanted: PairFilter, row: CopyRow) -> bool:
    return (
        wanted.channel == row.channel
        and wanted.pixel_id in {None, row.pixel_id}
        and wanted.event in {None, row.event}
        and (wanted.pixels is None or row.pixel_id in wanted.pixels)
        and (wanted.since is None or row.arrived_at >= wanted.since)
        and (wanted.until is None or row.arrived_at < wanted.until)
    )
