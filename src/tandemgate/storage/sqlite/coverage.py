"""Counting which match keys events carry: one count for all that are alike in a commit."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import apsw

from tandemgate.core.coverage import Mark, is_paid, judged, marks, reasons
from tandemgate.core.days import day_of
from tandemgate.model.finding import Finding
from tandemgate.model.instant import Epoch
from tandemgate.storage.sqlite.rows import decision_of, findings_of, presence_of, presence_text
from tandemgate.storage.sqlite.statements import Statements, named_statements

Alike: TypeAlias = tuple[int, int, str, bool]
"""kind, day, presence as it is judged, paid: what is counted of events."""

Reasoned: TypeAlias = tuple[int, int, str, str]
"""kind, day, match key or "", reason: what is counted of gaps."""

Covered: TypeAlias = tuple[int, Epoch, str, int, Sequence[Finding]]
"""kind, when it was received, presence, decision, findings: what is to be counted of an event."""

_Told: TypeAlias = tuple[int, int, str, int, tuple[Mark, ...]]
"""kind, day, presence, decision, and what matters of the findings."""

_MOST_KNOWN: Final = 10_000
"""Presences that are remembered as they are judged, before that begins anew."""


class _Judged(NamedTuple):
    """What one presence counts for, under one decision and with the same marks."""

    presence: str
    paid: bool
    why: tuple[tuple[str, str], ...]


class CoverageCounts:
    """What a transaction changes in the counts, until :meth:`write`."""

    def __init__(self, sql: Statements) -> None:
        self._sql = sql
        self._known: dict[tuple[str, int, tuple[Mark, ...]], _Judged] = {}
        self.covered: Counter[Alike] = Counter()
        self.gaps: Counter[Reasoned] = Counter()

    def add(self, event: Covered, times: int = 1) -> None:
        """Count an event so many *times*; -1 for one that is no more.

        Its presence and its decision are as they stand in its detail.
        """
        self._add(_told(event), times)

    def add_all(self, events: Iterable[Covered]) -> None:
        """Count each of *events*."""
        for told, times in Counter(map(_told, events)).items():
            self._add(told, times)

    def add_row(self, row: Sequence[Any], times: int = 1) -> None:
        """Count an event as a statement named ``countable`` reads it."""
        kind, at, presence, decision, findings, alike = row
        self.add((kind, at, presence, decision, findings_of(findings)), alike * times)

    def forget(self) -> None:
        """Forget what was not written, and decisions that may never have been stored."""
        self._known.clear()
        self.covered.clear()
        self.gaps.clear()

    def write(self) -> None:
        """Add everything to the counts of the store."""
        for name, counter in (("count_coverage", self.covered), ("count_gap", self.gaps)):
            if counter:
                self._sql.many(name, [(*cell, delta) for cell, delta in counter.items() if delta])
                counter.clear()

    def _add(self, told: _Told, times: int) -> None:
        kind, day = told[:2]
        known = self._known.get(told[2:]) or self._judge(*told[2:])
        self.covered[kind, day, known.presence, known.paid] += times
        for key, reason in known.why:
            self.gaps[kind, day, key, reason] += times

    def _judge(self, text: str, number: int, told: tuple[Mark, ...]) -> _Judged:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        decision = decision_of(self._sql.only("facts", (number,))[0], None, None)
        came = presence_of(text)
        presence = judged(came, decision)
        why = reasons(presence, decision, told)
        known = self._known[text, number, told] = _Judged(
            presence_text(presence),
            is_paid(came, told),
            tuple((key or "", reason) for key, reason in why),
        )
        return known


def _told(event: Covered) -> _Told:
    kind, at, presence, decision, findings = event
    return kind, day_of(at), presence, decision, marks(findings) if findings else ()


def recounted(connection: apsw.Connection) -> CoverageCounts:
    """Count every event that is there; a million take some seconds."""
    counts = CoverageCounts(Statements(connection, "quality.sql"))
    for row in _countable(connection):
        counts.add_row(row)
    return counts


def recount(connection: apsw.Connection) -> None:
    """Put the counts of what is there in place of all others, in the caller's transaction."""
    counts = recounted(connection)
    for table in ("coverage", "gap"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    counts.write()


def _countable(connection: apsw.Connection) -> Iterator[tuple[Any, ...]]:
    """Read events without findings, alike ones at once, and the others one by one."""
    text = named_statements("quality.sql")
    yield from connection.execute(text["all_without_findings"])
    yield from connection.execute(f"{text['countable']}\n{text['all_with_findings']}")


def miscounted(connection: apsw.Connection) -> Iterator[str]:
    """Say where the counts are not those of the events that are there."""
    sql, there = Statements(connection, "quality.sql"), recounted(connection)
    counted: dict[Alike, int] = {
        (kind, day, presence, bool(paid)): count
        for kind, day, presence, paid, count in sql.rows("coverage")
    }
    gaps: dict[Reasoned, int] = {tuple(cell): count for *cell, count in sql.rows("gaps")}
    wrong = _apart(counted, there.covered) + _apart(gaps, there.gaps)
    if wrong:
        yield f"{wrong} counts of match keys are not those of the events that are there"


def _apart(counted: dict[Any, int], there: Counter[Any]) -> int:
    cells: Iterable[object] = counted.keys() | there.keys()
    return sum(counted.get(cell, 0) != there[cell] for cell in cells)
