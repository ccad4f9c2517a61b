"""Finding the next page of a list, by the shortest way that its filter allows.

Each way walks from the newest row down and stops at the page's end, so its cost depends on how rare
the wanted events are among those it passes, not on the size of the ledger.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Final

from tandemgate.model.admission import Filter
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.state import State
from tandemgate.storage.sqlite.readers import Reader
from tandemgate.storage.sqlite.rows import members_of

FEW_MATCHES: Final = 20_000
"""Beginnings of an event_id that match fewer events are sorted; others are found by walking."""

FEW_KINDS: Final = 32
"""So many kinds are walked one by one and merged; more of them are most of the ledger."""

CLOCK_SLACK: Seconds = 3_600.0
"""Rows are in the order of storing; their times of arrival may be out of order by this much."""

_NEWEST: Final = 1 << 62


def find(reader: Reader, wanted: Filter, limit: int) -> list[int]:
    """Return the seqs of the next *limit* events that *wanted* shows, newest first."""
    kinds = kinds_of(reader, wanted)
    if kinds == []:
        return []
    search = _Search(reader, wanted, kinds)
    return list(islice(search.run(limit), limit))


def being_sent(reader: Reader) -> list[int]:
    """Return the seqs of all events in SENDING, newest first."""
    batches = (members_of(members) for (members,) in reader.sql.rows("open_members"))
    return sorted(chain.from_iterable(batches), reverse=True)


class _Search:
    """One search: its filter as values, and the ways to find what passes it."""

    def __init__(self, reader: Reader, wanted: Filter, kinds: list[int] | None) -> None:
        self._reader = reader
        self._wanted = wanted
        self._kinds = kinds
        self._values = {
            "before": _before(reader, wanted),
            "first": _first(reader, wanted),
            "state": wanted.state,
            "code": wanted.code,
            "kinds": None if kinds is None else json.dumps(kinds),
            "since": wanted.since,
            "until": wanted.until,
            "q": wanted.q or None,
        }

    def run(self, limit: int) -> Iterable[int]:
        wanted = self._wanted
        if wanted.q and (rare := self._beginning_with(wanted.q)) is not None:
            return self._among(rare)
        if wanted.state is State.SENDING:
            return self._among(being_sent(self._reader))
        if wanted.state not in {None, State.DELIVERED}:
            return self._walk("walk_state", limit)
        if wanted.code:
            return self._walk("walk_code", limit)
        if self._kinds is not None and len(self._kinds) <= FEW_KINDS:
            found = (self._walk("walk_kind", limit, kind) for kind in self._kinds)
            return sorted((seq for seqs in found for seq in seqs), reverse=True)
        return self._walk("walk", limit)

    def _walk(self, way: str, limit: int, one: int | None = None) -> list[int]:
        values = {**self._values, "limit": limit, "one": one}
        return [seq for (seq,) in self._reader.sql.rows(f"{way} + matching", values)]

    def _beginning_with(self, q: str) -> list[int] | None:
        """Return all events whose id begins with *q*, newest first, if they are few."""
        rows = self._reader.sql.rows("beginning_with", (q, FEW_MATCHES))
        return None if len(rows) == FEW_MATCHES else sorted((row[0] for row in rows), reverse=True)

    def _among(self, seqs: Iterable[int]) -> Iterator[int]:
        for seq in seqs:
            yield from self._walk("just", 1, seq)


def kinds_of(reader: Reader, wanted: Filter) -> list[int] | None:
    """Return the kinds that *wanted* is limited to, or ``None`` for all."""
    if {wanted.pixel_id, wanted.event, wanted.pixels, wanted.channel} == {None}:
        return None
    return [
        kind
        for kind, pixel_id, event, channel in reader.sql.rows("kinds")
        if wanted.pixel_id in {None, pixel_id}
        and wanted.event in {None, event}
        and wanted.channel in {None, channel}
        and (wanted.pixels is None or pixel_id in wanted.pixels)
    ]


def _before(reader: Reader, wanted: Filter) -> int:
    after = _NEWEST if wanted.after is None else wanted.after
    if wanted.until is None:
        return after
    return min(after, _first_event(reader, wanted.until + CLOCK_SLACK))


def _first(reader: Reader, wanted: Filter) -> int:
    return 0 if wanted.since is None else _first_event(reader, wanted.since - CLOCK_SLACK)


def _first_event(reader: Reader, at: Epoch) -> int:
    recorded = reader.sql.only("recorded")[0]
    return first_seq(int(recorded), lambda seq: reader.sql.row("received_from", (seq,)), at)


def first_seq(last: int, arrived_from: Callable[[int], tuple[Epoch] | None], at: Epoch) -> int:
    """Return the seq of about the first row that arrived at *at* or later.

    *last* is the newest row's, and *arrived_from* tells when the first row from a seq on arrived.
    """
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        found = arrived_from(middle)
        if found is not None and found[0] < at:
            low = middle + 1
        else:
            high = middle
    return low
