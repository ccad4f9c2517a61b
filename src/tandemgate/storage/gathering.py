"""Sightings of problems that become durable in one commit, gathered by their groups."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tandemgate.core.problems import problem_id
from tandemgate.model.instant import Epoch
from tandemgate.model.problem import ProblemKey, Sample
from tandemgate.model.rollup import HOUR


def hour_of(at: Epoch) -> int:
    """Return the hour of *at*, counted from 1970-01-01T00Z."""
    return int(at // HOUR)


def begin_of(hour: int) -> int:
    """Return when *hour* began, in Unix seconds."""
    return hour * int(HOUR)


@dataclass(slots=True)
class Seen:
    """What is to be added to one group: how often it was seen, by the hour, and the last sample."""

    sample: Sample
    first: Epoch
    hours: Counter[int] = field(default_factory=Counter)


class Gathering:
    """Takes sightings until it is asked for all of them."""

    def __init__(self) -> None:
        self._seen: dict[ProblemKey, Seen] = {}

    def add(
        self, key: ProblemKey, sample: Sample, *, first: Epoch | None = None, times: int = 1
    ) -> None:
        """Add what was seen *times* times within an hour, at *first* and last as *sample* says."""
        first = sample.at if first is None else first
        seen = self._seen.setdefault(key, Seen(sample, first))
        seen.first = min(seen.first, first)
        seen.sample = max(seen.sample, sample, key=_rank)
        seen.hours[hour_of(sample.at)] += times

    def clear(self) -> None:
        """Forget all of it."""
        self._seen.clear()

    def take(self) -> Iterator[tuple[str, ProblemKey, Seen]]:
        """Yield each group's name, key and what was seen, in the order of their names."""
        seen, self._seen = self._seen, {}
        named = sorted((problem_id(key), key) for key in seen)
        return ((name, key, seen[key]) for name, key in named)


def _rank(sample: Sample) -> tuple[Epoch, str, str, str]:
    """Of several samples of one moment the same one is kept in whatever order they come."""
    return sample.at, sample.event_id or "", sample.pointer, sample.received
