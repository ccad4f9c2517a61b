"""Events that nothing is known of, stored together: three tables, few statements."""

from typing import TypeAlias

from tandemgate.core.resolution import standing
from tandemgate.model.event import Event
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.rows import detail_columns

_Numbered: TypeAlias = tuple[int, Event, int]
"""seq, event, kind"""


class Newcomers:
    """New events on their way into the book; :meth:`store` before anybody looks for them there."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._new: list[_Numbered] = []

    def add(self, event: Event, kind: int) -> None:
        """Take *event*."""
        self._new.append((self._book.new_seq(), event, kind))

    def store(self) -> None:
        """Store what was taken since the last time."""
        book, new = self._book, self._new
        if not new:
            return
        self._new = []
        book.sql.insert("add_event", [self._row(*one) for one in new])
        details = [
            (seq, book.decision(event.decision), detail_columns(event)) for seq, event, _ in new
        ]
        book.sql.insert("add_detail", [(seq, number, *rest) for seq, number, rest in details])
        for (_, event, kind), (_, number, (_, _, _, _, presence, *_)) in zip(
            new, details, strict=True
        ):
            book.coverage.add(kind, event.received_at, presence, number, event.findings)
        payloads = [
            (seq, *book.seal(event.key, event.wire, event.received_at))
            for seq, event, _ in new
            if event.wire
        ]
        book.sql.insert("add_payload", payloads)

    def _row(self, seq: int, event: Event, kind: int) -> tuple[object, ...]:
        book, begins = self._book, standing(event)
        return (
            seq,
            kind,
            book.lane(event.lane),
            event.key.event_id,
            event.event_time,
            event.received_at,
            event.received_at,
            event.source,
            event.verified,
            book.step(None, begins.state, {kind: 1}, event.received_at, begins.reason),
            begins.reason,
            begins.due_at,
            event.order,
            event.action,
        )
