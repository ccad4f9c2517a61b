"""The book: the writing connection, and what it remembers between statements.

Only the writer's thread touches it. Whatever it remembers of a transaction that is rolled back is
forgotten with it.
"""

from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from tandemgate.core.days import day_of
from tandemgate.core.histogram import bucket_of
from tandemgate.model.consent import Decision
from tandemgate.model.delivery import Answer
from tandemgate.model.event import Channel, EventKey, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.rollup import SENT, Hop, minute_of
from tandemgate.model.state import EDGES, FINAL, State
from tandemgate.ports import IllegalEdge
from tandemgate.storage.seal import Cipher, DayCiphers, owner
from tandemgate.storage.sqlite.coverage import CoverageCounts
from tandemgate.storage.sqlite.folding import Folding
from tandemgate.storage.sqlite.room import must_be_writable
from tandemgate.storage.sqlite.rows import decision_text, shared_of
from tandemgate.storage.sqlite.schema import connect_to_write
from tandemgate.storage.sqlite.sightings import Sightings
from tandemgate.storage.sqlite.statements import Statements
from tandemgate.storage.sqlite.withdrawals import Withdrawals

K = TypeVar("K")

_MOST_WORDS: Final = 10_000
"""Entries that each memory of interned words may hold before it starts anew."""

_MOST_RETRACED: Final = 10_000
"""Many times what can be amended while the traces of ten million events are read."""


class Book:
    """One transaction at a time, from :meth:`begin` to :meth:`commit` or :meth:`rollback`.

    ``retraced`` are the events whose traces changed last, which a search beside it may have missed.
    """

    def __init__(self, path: Path, store: Cipher) -> None:
        self._folder = path.parent
        self._connection = connect_to_write(path)
        self._folding = Folding(path, self._connection)
        self.sql = Statements(self._connection, "writing.sql")
        self.operation = Statements(self._connection, "operation.sql")
        self.retention = Statements(self._connection, "retention.sql")
        self.visits = Statements(self._connection, "visits.sql")
        self.orders = Statements(self._connection, "orders.sql")
        self.pairs = Statements(self._connection, "pairs.sql")
        self.rights = Statements(self._connection, "rights.sql")
        self.alerts = Statements(self._connection, "alerts.sql")
        self.rollups = Statements(self._connection, "rollups.sql")
        self.trials = Statements(self._connection, "trials.sql")
        self.quality = Statements(self._connection, "quality.sql")
        self.coverage = CoverageCounts(self.quality)
        self.withdrawals = Withdrawals(self.rights)
        self.sightings = Sightings(self._connection)
        self.retraced: deque[int] = deque(maxlen=_MOST_RETRACED)
        self._days = DayCiphers(store, self._wrapped_key)
        self._kinds: dict[tuple[str, str, Channel], int] = {}
        self._lanes: dict[Lane, int] = {}
        self._decisions: dict[Decision, int] = {}
        self._stock: Counter[tuple[int, State]] = Counter()
        self._received: Counter[tuple[int, str, str]] = Counter()
        self._minutes: Counter[tuple[int, int, str, str]] = Counter()
        self._latencies: Counter[tuple[int, int, str, int]] = Counter()
        self._recorded = self._next_seq = 0
        self._seen: int | None = None

    # -- transactions

    def begin(self) -> None:
        """Begin; nobody else may write until the end."""
        self.sql.run("begin")
        if self._seen != self._connection.data_version():  # somebody else wrote since
            (self._next_seq,) = self.sql.only("recorded")
        self._recorded = self._next_seq

    def commit(self) -> None:
        """Write the counters and make everything since :meth:`begin` durable.

        Raises one of :data:`tandemgate.storage.sqlite.errors.FAILURES`; then nobody knows whether
        it took place.
        """
        self._write_counters()
        self.sightings.store()
        self.sql.run("commit")
        self._seen = self._connection.data_version()
        must_be_writable(self._folder)

    def tidy(self) -> None:
        """Do what can be done after everybody has their answer."""
        self._folding.go_on()

    def rollback(self) -> None:
        """Forget everything since :meth:`begin`."""
        for memory in (self._kinds, self._lanes, self._decisions):
            memory.clear()
        self._stock.clear()
        for counter in (self._received, self._minutes, self._latencies):
            counter.clear()
        self.coverage.forget()
        self._days.forget()
        self._seen = None
        if self._connection.in_transaction:
            self.sql.run("rollback")
        self.sightings.forget()

    def close(self) -> None:
        """Close the connection; the last one to close folds the write-ahead log into the file."""
        self._folding.close()
        self._connection.close()

    # -- words that are stored once

    def kind(self, key: EventKey) -> int:
        """Return the number of a pixel's event on a channel."""
        return self.kind_of(key.pixel_id, key.event, key.channel)

    def kind_of(self, pixel_id: str, event: str, channel: Channel) -> int:
        """Return the number of a pixel's event on a channel."""
        words = (pixel_id, event, channel)
        kind = self._kinds.get(words)
        if kind is None:
            kind = self._kinds[words] = self._intern("kind", words)
            _bound(self._kinds)
        return kind

    def key(self, kind: int, event_id: str) -> EventKey:
        """Return the key of a stored event of *kind*."""
        pixel_id, event, channel = self.sql.only("words_of_kind", (kind,))
        return EventKey(pixel_id, event, event_id, Channel(channel))

    def lane(self, lane: Lane) -> int:
        """Return the number of a lane."""
        number = self._lanes.get(lane)
        if number is None:
            words = (lane.pixel_id, lane.test_event_code)
            number = self._lanes[lane] = self._intern("lane", words)
            _bound(self._lanes)
        return number

    def decision(self, decision: Decision) -> int:
        """Return the number of what many events share of *decision*."""
        shared = shared_of(decision)
        number = self._decisions.get(shared)
        if number is None:
            number = self._intern("decision", (decision_text(shared),))
            self._decisions[shared] = number
            _bound(self._decisions)
        return number

    def _intern(self, table: str, words: tuple[str, ...]) -> int:
        found = self.sql.row(f"find_{table}", words) or self.sql.only(f"add_{table}", words)
        return int(found[0])

    # -- payloads

    def seal(self, key: EventKey, wire: bytes, at: Epoch) -> tuple[int, bytes]:
        """Return the day whose key seals *wire*, and the sealed bytes."""
        day = day_of(at)
        return day, self._cipher(day).seal(wire, owner(key))

    def open(self, key: EventKey, day: int | None, sealed: bytes | None) -> bytes:
        """Return the bytes of a payload, or none where it can't be opened or is gone."""
        cipher = None if day is None else self._days.get(day)
        if cipher is None or sealed is None:
            return b""
        return cipher.open(sealed, owner(key)) or b""

    def shred(self, day: int) -> None:
        """Destroy the key of *day*: what it sealed can't be opened any more."""
        self.sql.run("shred_day", (day,))
        self._days.forget()

    def _cipher(self, day: int) -> Cipher:
        cipher = self._days.get(day)
        if cipher is None:
            cipher, wrapped = self._days.make(day)
            if not self.sql.many("add_day", [(day, self._next_seq, wrapped)]):
                raise LookupError("the data key of this day can't be unwrapped")
        return cipher

    def _wrapped_key(self, day: int) -> bytes | None:
        found = self.sql.row("find_day", (day,))
        return found[0] if found else None

    # -- counting

    def new_seqs(self, events: int) -> range:
        """Number the next stored events.

        Together, before any of them is sealed: the key of a day begins with the last number that
        was given, so that no event of the day before has a higher one, in whatever order they came.
        """
        first, self._next_seq = self._next_seq + 1, self._next_seq + events
        return range(first, self._next_seq + 1)

    def step(
        self,
        state: State | None,
        to: State,
        kinds: Mapping[int, int],
        at: Epoch,
        reason: str | None = None,
    ) -> State:
        """Go along an edge, and count how many events of which kinds do.

        There is no other way to change a state.
        """
        if (state, to) not in EDGES:
            raise IllegalEdge(f"there is no way from {state} to {to}")
        for kind, events in kinds.items():
            if state is not None:
                self._stock[kind, state] -= events
            self._stock[kind, to] += events
            if to in FINAL:
                self._happen(kind, to, reason or "", at, events)
        return to

    def forget(self, ended: Mapping[tuple[int, State], int]) -> None:
        """Count events no more, of so many kinds in so many states, since their rows are gone."""
        self._stock.subtract(ended)

    def count(self, kind: int, outcome: str, reason: str, at: Epoch, times: int = 1) -> None:
        """Count what became of something that was received."""
        self._received[kind, outcome, reason] += times
        self._happen(kind, outcome, reason, at, times)

    def answered(self, lane: int, kinds: Mapping[int, int], answer: Answer) -> None:
        """Count an answer: of which kinds its events are, what it meant, and how long it took."""
        minute = minute_of(answer.at)
        for kind, events in kinds.items():
            self._minutes[minute, kind, SENT, answer.verdict] += events
        if answer.http_status is not None:
            self._latencies[minute, lane, Hop.ANSWER, bucket_of(answer.latency)] += 1
        for bucket, events in answer.delivered_after.items():
            self._latencies[minute, lane, Hop.DELIVERED, bucket] += events

    def _happen(self, kind: int, name: str, reason: str, at: Epoch, times: int) -> None:
        self._minutes[minute_of(at), kind, name, reason] += times

    def _write_counters(self) -> None:
        for sql, name, counter in (
            (self.sql, "count_stock", self._stock),
            (self.sql, "count_received", self._received),
            (self.sql, "count_flow", self._days_of_minutes()),
            (self.rollups, "count", self._minutes),
            (self.rollups, "time", self._latencies),
        ):
            if counter:
                sql.many(name, [(*cell, delta) for cell, delta in counter.items() if delta])
                counter.clear()
        self.coverage.write()
        if self._next_seq != self._recorded:
            self.sql.run("set_recorded", (self._next_seq,))

    def _days_of_minutes(self) -> Counter[tuple[int, int, str, str]]:
        days: Counter[tuple[int, int, str, str]] = Counter()
        for (minute, kind, name, reason), times in self._minutes.items():
            if name != SENT:
                days[day_of(minute), kind, name, reason] += times
        return days


def _bound(memory: dict[K, int]) -> None:
    if len(memory) > _MOST_WORDS:
        memory.clear()
