"""What happened when, in memory."""

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias, TypeVar

from tandemgate.core.histogram import bucket_of
from tandemgate.model.admission import Cell
from tandemgate.model.delivery import Answer
from tandemgate.model.event import EventKey, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.rollup import Hop, Rollup, minute_of
from tandemgate.model.state import FINAL
from tandemgate.storage.memory.rows import Row

_Counted: TypeAlias = tuple[str, str, str, str, str]
_Timed: TypeAlias = tuple[Lane, Hop, int]
_C = TypeVar("_C", _Counted, _Timed)


class MemoryRollups:
    """Keeps the promises of :class:`tandemgate.ports.Rollups`, and minutes for ever."""

    def __init__(self) -> None:
        self._counts: dict[int, Counter[_Counted]] = {}
        self._times: dict[int, Counter[_Timed]] = {}

    def count(self, key: EventKey, name: str, reason: str, at: Epoch) -> None:
        """Count something about an event."""
        cell = (key.pixel_id, key.event, key.channel.value, name, reason)
        self._counts.setdefault(minute_of(at), Counter())[cell] += 1

    def step(self, row: Row, at: Epoch) -> None:
        """Count that *row* just came to its end, if it did."""
        if row.state in FINAL:
            self.count(row.event.key, row.state.value, row.reason or "", at)

    def answered(self, lane: Lane, answer: Answer) -> None:
        """Count how long an answer took, and what it delivered."""
        times = self._times.setdefault(minute_of(answer.at), Counter())
        if answer.http_status is not None:
            times[lane, Hop.ANSWER, bucket_of(answer.latency)] += 1
        for bucket, events in answer.delivered_after.items():
            times[lane, Hop.DELIVERED, bucket] += events

    async def between(self, since: Epoch, until: Epoch) -> Rollup:
        span = (minute_of(since), minute_of(until))
        cells = tuple(Cell(*cell, count) for cell, count in sorted(_within(self._counts, *span)))
        latencies: dict[tuple[Lane, Hop], dict[int, int]] = {}
        for (lane, hop, bucket), count in _within(self._times, *span):
            latencies.setdefault((lane, hop), {})[bucket] = count
        return Rollup(*span, cells, latencies)


def _within(minutes: dict[int, Counter[_C]], since: int, until: int) -> Iterator[tuple[_C, int]]:
    span = range(since, until, 60)
    starts = span if len(span) < len(minutes) else [one for one in minutes if one in span]
    summed: Counter[_C] = Counter()
    for start in starts:
        summed.update(minutes.get(start, ()))
    yield from summed.items()
