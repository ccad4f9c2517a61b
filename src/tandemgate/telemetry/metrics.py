"""Every metric, in one table, and how the ledger's counters are told in Prometheus' format."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from tandemgate.core.attention import Attention
from tandemgate.model.admission import Cell, Stats
from tandemgate.model.delivery import LaneStatus
from tandemgate.model.instant import Epoch


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Described(NamedTuple):
    """One metric as it is documented."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str


METRICS: Final[dict[str, Described]] = {
    described.name: described
    for described in (
        Described(
            "tandemgate_received_events_total",
            Kind.COUNTER,
            ("pixel", "channel", "outcome", "reason"),
            "Events received, by what became of them at once. Kept with the ledger.",
        ),
        Described(
            "tandemgate_recorded_events_total",
            Kind.COUNTER,
            (),
            "Events ever stored in the ledger.",
        ),
        Described(
            "tandemgate_forgotten_events_total",
            Kind.COUNTER,
            (),
            "Of those, removed because their time was over (store.keep_events).",
        ),
        Described(
            "tandemgate_events",
            Kind.GAUGE,
            ("pixel", "channel", "state"),
            "Stored events by the state they are in now.",
        ),
        Described(
            "tandemgate_ledger_imbalance",
            Kind.GAUGE,
            (),
            "Stored minus final minus in flight. Anything but 0 is a lost event: raise an alert.",
        ),
        Described(
            "tandemgate_oldest_pending_seconds",
            Kind.GAUGE,
            (),
            "Age of the oldest event that waits to be sent; 0 when none waits.",
        ),
        Described(
            "tandemgate_lane_held",
            Kind.GAUGE,
            ("pixel", "channel", "cause"),
            "1 for each lane that stands until somebody mends its cause.",
        ),
        Described(
            "tandemgate_attention",
            Kind.GAUGE,
            ("pixel", "reason"),
            "1 for each thing that wants an operator's eye, by the reason that `tandemgate doctor` "
            "gives: pixel_paused, events_in_review, queue_old and others.",
        ),
        Described(
            "tandemgate_batches_total",
            Kind.COUNTER,
            ("pixel", "verdict"),
            "Requests to TikTok by what their answer meant.",
        ),
        Described(
            "tandemgate_batch_events_total",
            Kind.COUNTER,
            ("pixel", "verdict"),
            "Events in those requests.",
        ),
        Described(
            "tandemgate_batch_seconds",
            Kind.HISTOGRAM,
            ("pixel",),
            "Time from sending a request to its answer.",
        ),
        Described(
            "tandemgate_settled_events_total",
            Kind.COUNTER,
            ("pixel", "state", "reason"),
            "Events that came to a state, since the process began.",
        ),
        Described(
            "tandemgate_unhashed_identifiers_total",
            Kind.COUNTER,
            ("pixel",),
            "Answers in which TikTok says that an identifier was not hashed. Must stay 0.",
        ),
        Described(
            "tandemgate_store_refusals_total",
            Kind.COUNTER,
            ("operation",),
            "Writes that the store could not take; they are tried again.",
        ),
        Described(
            "tandemgate_clock_steps_total",
            Kind.COUNTER,
            (),
            "Times that the wall clock was set by more than a minute.",
        ),
        Described(
            "tandemgate_http_requests_total",
            Kind.COUNTER,
            ("route", "method", "status"),
            "Requests to the gateway.",
        ),
        Described(
            "tandemgate_http_request_seconds",
            Kind.HISTOGRAM,
            ("route",),
            "Time from a request's headers to the end of its answer.",
        ),
        Described(
            "tandemgate_log_lines_lost_total",
            Kind.COUNTER,
            (),
            "Lines that the log could not take: a full disk, or a pipe that nobody reads.",
        ),
        Described(
            "tandemgate_log_fields_dropped_total",
            Kind.COUNTER,
            (),
            "Fields kept out of the log because the allow-list does not name them.",
        ),
    )
}
"""Every metric: the documentation is made from this table."""

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

FROM_THE_LEDGER: Final = frozenset(
    {
        "tandemgate_received_events_total",
        "tandemgate_recorded_events_total",
        "tandemgate_forgotten_events_total",
    }
)
"""Counters that the store keeps, so that they survive a restart."""


class Snapshot(Collector):
    """The ledger's counters and the lanes, as they are at *now*."""

    def __init__(
        self,
        stats: Stats,
        lanes: Iterable[LaneStatus],
        found: Iterable[Attention],
        now: Epoch,
    ) -> None:
        self._stats = stats
        self._lanes = tuple(lanes)
        self._found = tuple(found)
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Tell them; asked by prometheus-client."""
        stats = self._stats
        oldest = stats.oldest_pending_at
        age = 0.0 if oldest is None else max(0.0, self._now - oldest)
        received = (
            (cell.pixel_id, cell.channel, cell.name, cell.reason) for cell in stats.received
        )
        yield _family("tandemgate_received_events_total", _summed(stats.received, received))
        yield _family("tandemgate_recorded_events_total", {(): stats.recorded})
        yield _family("tandemgate_forgotten_events_total", {(): stats.forgotten})
        standing = ((cell.pixel_id, cell.channel, cell.name) for cell in stats.states)
        yield _family("tandemgate_events", _summed(stats.states, standing))
        yield _family("tandemgate_ledger_imbalance", {(): stats.imbalance})
        yield _family("tandemgate_oldest_pending_seconds", {(): age})
        held: dict[tuple[str, ...], float] = {
            (status.lane.pixel_id, status.lane.channel, status.cause): 1
            for status in self._lanes
            if status.cause is not None
        }
        yield _family("tandemgate_lane_held", held)
        wanted: dict[tuple[str, ...], float] = {
            (one.pixel_id, one.reason): 1 for one in self._found
        }
        yield _family("tandemgate_attention", wanted)


def _summed(
    cells: Iterable[Cell], labels: Iterable[tuple[str, ...]]
) -> Mapping[tuple[str, ...], float]:
    """Add up cells that differ only in what is no label: event names would be too many."""
    sums: Counter[tuple[str, ...]] = Counter()
    for cell, label in zip(cells, labels, strict=True):
        sums[label] += cell.count
    return sums


def _family(name: str, samples: Mapping[tuple[str, ...], float]) -> Metric:
    described = METRICS[name]
    kind = CounterMetricFamily if described.kind is Kind.COUNTER else GaugeMetricFamily
    family = kind(name, described.meaning, labels=described.labels)
    for labels, value in samples.items():
        family.add_metric(labels, value)
    return family
