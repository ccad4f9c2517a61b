"""Events that nothing is known of, stored together: three tables, few statements.

Nearly all that is admitted comes this way, so that each event is walked over once, and what is
alike of many is counted before it is told to the book.
"""

from collections import Counter
from typing import Any, TypeAlias

from msgspec import structs

from tandemgate.core import resolution as resolving
from tandemgate.core.resolution import Insert, Standing
from tandemgate.model.admission import Admission
from tandemgate.model.event import Event
from tandemgate.model.rollup import minute_of
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.coverage import Covered
from tandemgate.storage.sqlite.rows import detail_columns, presence_text

_Newcomer: TypeAlias = tuple[int, Event, Standing]
"""kind, event, where it begins"""

_Row: TypeAlias = tuple[Any, ...]


class Newcomers:
    """New events on their way into the book; :meth:`store` before anybody looks for them there."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._new: list[_Newcomer] = []

    def add(self, insert: Insert, kind: int) -> Admission:
        """Take an event of *kind*; return the answer to whoever reported it."""
        event = insert.event
        if insert.findings:
            event = structs.replace(event, findings=(*event.findings, *insert.findings))
        if event.findings:
            self._book.sightings.remark(kind, event, event.findings)
        self._new.append((kind, event, insert.begins))
        return resolving.answer(insert, None)

    def store(self) -> None:
        """Store what was taken since the last time."""
        if not self._new:
            return
        new, self._new = self._new, []
        self._count(new)
        self._write(new)

    def _count(self, new: list[_Newcomer]) -> None:
        """Let the events begin."""
        alike = Counter(
            [
                (kind, begins.state, begins.reason, minute_of(event.received_at))
                for kind, event, begins in new
            ]
        )
        for (kind, state, reason, minute), events in alike.items():
            self._book.step(None, state, {kind: events}, minute, reason)
            self._book.count(kind, *Standing(state, reason, None).outcome, minute, events)

    def _write(self, new: list[_Newcomer]) -> None:
        book = self._book
        rows: list[_Row] = []
        details: list[_Row] = []
        payloads: list[_Row] = []
        covered: list[Covered] = []
        for seq, (kind, event, begins) in zip(book.new_seqs(len(new)), new, strict=True):
            at = event.received_at
            decision, presence = book.decision(event.decision), presence_text(event.presence)
            rows.append(_event_row(seq, kind, book.lane(event.lane), event, begins))
            details.append((seq, decision, *detail_columns(event, presence)))
            covered.append((kind, at, presence, decision, event.findings))
            if event.wire:
                payloads.append((seq, *book.seal(event.key, event.wire, at)))
        book.coverage.add_all(covered)
        book.sql.insert("add_event", rows)
        book.sql.insert("add_detail", details)
        book.sql.insert("add_payload", payloads)


def _event_row(seq: int, kind: int, lane: int, event: Event, begins: Standing) -> _Row:
    return (
        seq,
        kind,
        lane,
        event.key.event_id,
        event.event_time,
        event.received_at,
        event.received_at,
        event.source,
        event.verified,
        begins.state,
        begins.reason,
        begins.due_at,
        event.order,
        event.action,
    )
