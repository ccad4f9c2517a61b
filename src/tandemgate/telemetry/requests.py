"""Requests as they are counted: in plain numbers, since there is one of them for every event."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import add
from typing import Final

from msgspec import Struct, field
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from tandemgate.model.instant import Seconds
from tandemgate.telemetry.described import METRICS

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Where the buckets of every duration end, in seconds."""

_ENDS: Final = (*map(floatToGoString, BUCKETS), "+Inf")


WITH_EVENTS: Final = "/v1/"
"""How the addresses begin that shops and browsers ask."""

BROKEN_FROM: Final = 500


class Took(Struct):
    """How many requests of one route fell into each bucket, and how long they took together."""

    counts: list[int] = field(default_factory=lambda: [0] * len(_ENDS))
    total: Seconds = 0.0


class Counted(Struct):
    """What was counted: requests by route, method and status; and durations, by route."""

    counts: dict[tuple[str, str, int], int] = field(default_factory=dict)
    took: dict[str, Took] = field(default_factory=dict)


class Requests:
    """Counts requests since the process began; ``collectors`` tell of them, by metrics' names."""

    def __init__(self) -> None:
        self._seen = Counted()
        self.collectors: Final[dict[str, Collector]] = {
            "tandemgate_http_requests_total": _Told(self._counted),
            "tandemgate_http_request_seconds": _Told(self._timed),
        }

    def add(self, route: str, method: str, status: int, took: Seconds) -> None:
        """Count one."""
        labels, counts = (route, method, status), self._seen.counts
        counts[labels] = counts.get(labels, 0) + 1
        of_route = self._of_route(route)
        of_route.counts[bisect_left(BUCKETS, took)] += 1
        of_route.total += took

    def take(self) -> Counted:
        """Return what was counted since the last time, for another process to tell."""
        seen, self._seen = self._seen, Counted()
        return seen

    def add_all(self, seen: Counted) -> None:
        """Count what another process has counted."""
        for labels, count in seen.counts.items():
            self._seen.counts[labels] = self._seen.counts.get(labels, 0) + count
        for route, took in seen.took.items():
            of_route = self._of_route(route)
            of_route.counts = [*map(add, of_route.counts, took.counts)]
            of_route.total += took.total

    def with_events(self, least: int = 0) -> int:
        """Return how many came from shops and browsers and were answered by *least* or more."""
        return sum(
            count
            for (route, _, status), count in self._seen.counts.items()
            if status >= least and route.startswith(WITH_EVENTS)
        )

    def _of_route(self, route: str) -> Took:
        of_route = self._seen.took.get(route)
        if of_route is None:
            of_route = self._seen.took[route] = Took()
        return of_route

    def _counted(self) -> Metric:
        described = METRICS["tandemgate_http_requests_total"]
        family = CounterMetricFamily(described.name, described.meaning, labels=described.labels)
        for (route, method, status), count in self._seen.counts.items():
            family.add_metric((route, method, str(status)), count)
        return family

    def _timed(self) -> Metric:
        described = METRICS["tandemgate_http_request_seconds"]
        family = HistogramMetricFamily(described.name, described.meaning, labels=described.labels)
        for route, took in self._seen.took.items():
            family.add_metric(
                [route], [*zip(_ENDS, accumulate(took.counts), strict=True)], took.total
            )
        return family


@dataclass(frozen=True, slots=True)
class _Told(Collector):
    """One metric, made when it is asked for."""

    make: Callable[[], Metric]

    def collect(self) -> Iterator[Metric]:
        """Tell it; asked by prometheus-client."""
        yield self.make()
