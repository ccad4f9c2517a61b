"""Requests as they are counted: in plain numbers, since there is one of them for every event."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from tandemgate.model.instant import Seconds
from tandemgate.telemetry.described import METRICS

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Where the buckets of every duration end, in seconds."""

_ENDS: Final = (*map(floatToGoString, BUCKETS), "+Inf")


@dataclass(slots=True)
class _Took:
    """How many requests of one route fell into each bucket, and how long they took together."""

    counts: list[int] = field(default_factory=lambda: [0] * len(_ENDS))
    total: Seconds = 0.0


class Requests:
    """Counts requests since the process began; ``collectors`` tell of them, by metrics' names."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._took: dict[str, _Took] = {}
        self.collectors: Final[dict[str, Collector]] = {
            "tandemgate_http_requests_total": _Told(self._counted),
            "tandemgate_http_request_seconds": _Told(self._timed),
        }

    def add(self, route: str, method: str, status: int, took: Seconds) -> None:
        """Count one."""
        labels = (route, method, status)
        self._counts[labels] = self._counts.get(labels, 0) + 1
        of_route = self._took.get(route)
        if of_route is None:
            of_route = self._took[route] = _Took()
        of_route.counts[bisect_left(BUCKETS, took)] += 1
        of_route.total += took

    def _counted(self) -> Metric:
        described = METRICS["tandemgate_http_requests_total"]
        family = CounterMetricFamily(described.name, described.meaning, labels=described.labels)
        for (route, method, status), count in self._counts.items():
            family.add_metric((route, method, str(status)), count)
        return family

    def _timed(self) -> Metric:
        described = METRICS["tandemgate_http_request_seconds"]
        family = HistogramMetricFamily(described.name, described.meaning, labels=described.labels)
        for route, took in self._took.items():
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
