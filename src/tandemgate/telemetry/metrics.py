"""How the ledger's counters are told in Prometheus' format."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from tandemgate.catalog.events import KNOWN
from tandemgate.core.attention import Attention
from tandemgate.core.histogram import middle, upper
from tandemgate.core.problems import severity_of, status_of
from tandemgate.core.quality import DECISIVE
from tandemgate.model.admission import Cell, Stats
from tandemgate.model.alert import Alert
from tandemgate.model.delivery import LaneStatus
from tandemgate.model.event import Lane
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.operation import Token, Waiting
from tandemgate.model.pair import PairVerdict
from tandemgate.model.person import Presence
from tandemgate.model.problem import ProblemGroup, Status
from tandemgate.model.quality import Coverage
from tandemgate.telemetry.described import METRICS, Kind

AFTER: Final = range(16, 121, 8)
"""Buckets of :mod:`tandemgate.core.histogram` at which those of ``delivered_after`` end."""

FROM_THE_LEDGER: Final = frozenset(
    {
        "tandemgate_received_events_total",
        "tandemgate_recorded_events_total",
        "tandemgate_forgotten_events_total",
    }
)
"""Counters that the store keeps, so that they survive a restart."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the ledger, the lanes and the lookout say at ``now``."""

    stats: Stats
    now: Epoch
    lanes: Sequence[LaneStatus] = ()
    found: Sequence[Attention] = ()
    waiting: Mapping[Lane, Waiting] = field(default_factory=dict)
    tokens: Sequence[Token] = ()
    pairs: Mapping[tuple[str, PairVerdict], int] = field(default_factory=dict)
    problems: Sequence[ProblemGroup] = ()
    coverage: Coverage = field(default_factory=Coverage)
    alerts: Sequence[Alert] = ()


class DeliveredAfter(Collector):
    """How long deliveries took since the process began, counted a batch at a time."""

    NAME: Final = "tandemgate_delivered_after_seconds"

    def __init__(self) -> None:
        self._counts: dict[str, Counter[int]] = {}

    def add(self, pixel_id: str, counts: Mapping[int, int]) -> None:
        """Count what one batch delivered."""
        self._counts.setdefault(pixel_id, Counter()).update(counts)

    def collect(self) -> Iterator[Metric]:
        """Tell them; asked by prometheus-client."""
        described = METRICS[self.NAME]
        family = HistogramMetricFamily(self.NAME, described.meaning, labels=described.labels)
        for pixel_id, counts in self._counts.items():
            within = [(str(upper(end)), _up_to(counts, end)) for end in AFTER]
            total = sum(middle(bucket) * count for bucket, count in counts.items())
            family.add_metric([pixel_id], [*within, ("+Inf", counts.total())], total)
        yield family


def _up_to(counts: Mapping[int, int], end: int) -> int:
    return sum(count for bucket, count in counts.items() if bucket <= end)


class Snapshot(Collector):
    """The ledger's counters, the lanes and the pairs, as they were seen."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        """Tell them; asked by prometheus-client."""
        seen, stats = self._seen, self._seen.stats
        received = (
            (cell.pixel_id, cell.channel, cell.name, cell.reason) for cell in stats.received
        )
        yield _family("tandemgate_received_events_total", _summed(stats.received, received))
        yield _family("tandemgate_recorded_events_total", {(): stats.recorded})
        yield _family("tandemgate_forgotten_events_total", {(): stats.forgotten})
        standing = ((cell.pixel_id, cell.channel, cell.name) for cell in stats.states)
        yield _family("tandemgate_events", _summed(stats.states, standing))
        yield _family("tandemgate_ledger_imbalance", {(): stats.imbalance})
        yield _family("tandemgate_oldest_pending_seconds", {(): self._age(stats.oldest_pending_at)})
        yield from self._of_the_lanes()
        held: dict[tuple[str, ...], float] = {
            (status.lane.pixel_id, status.lane.channel, status.cause): 1
            for status in seen.lanes
            if status.cause is not None
        }
        yield _family("tandemgate_lane_held", held)
        wanted: dict[tuple[str, ...], float] = {(one.pixel_id, one.reason): 1 for one in seen.found}
        yield _family("tandemgate_attention", wanted)
        yield _family("tandemgate_pairs", {(*cell,): count for cell, count in seen.pairs.items()})
        open_ones = Counter[tuple[str, ...]](
            (group.key.pixel_id, severity_of(group.key))
            for group in seen.problems
            if status_of(group.stand, seen.now) is Status.OPEN
        )
        yield _family("tandemgate_open_problems", open_ones)
        yield from _of_match_keys(seen.coverage)
        alarms: dict[tuple[str, ...], float] = {
            (one.group.pixel_id, one.group.family): 1 for one in seen.alerts if one.open
        }
        yield _family("tandemgate_alert", alarms)

    def _of_the_lanes(self) -> Iterator[Metric]:
        seen = self._seen
        waiting: Counter[tuple[str, ...]] = Counter()
        oldest: dict[tuple[str, ...], float] = {}
        for lane, one in seen.waiting.items():
            labels = (lane.pixel_id, lane.channel)
            waiting[labels] += one.count
            oldest[labels] = max(oldest.get(labels, 0.0), self._age(one.unsent_at))
        yield _family("tandemgate_waiting_events", waiting)
        yield _family("tandemgate_oldest_waiting_seconds", oldest)
        in_flight: Counter[tuple[str, ...]] = Counter()
        probes: Counter[tuple[str, ...]] = Counter()
        rates: dict[tuple[str, ...], float] = {}
        for status in seen.lanes:
            labels = (status.lane.pixel_id, status.lane.channel)
            in_flight[labels] += status.in_flight
            probes[labels] += status.probes
            if status.rate is not None:
                rates[labels] = status.rate
        yield _family("tandemgate_lane_requests_in_flight", in_flight)
        yield _family("tandemgate_lane_probes", probes)
        yield _family("tandemgate_lane_requests_per_second", rates)
        ages: dict[tuple[str, ...], float] = {
            (token.pixel_id,): self._age(token.since) for token in reversed(seen.tokens)
        }
        yield _family("tandemgate_token_age_seconds", ages)

    def _age(self, since: Epoch | None) -> Seconds:
        return 0.0 if since is None else max(0.0, self._seen.now - since)


def _of_match_keys(coverage: Coverage) -> Iterator[Metric]:
    events: Counter[tuple[str, ...]] = Counter()
    carried: Counter[tuple[str, ...]] = Counter()
    for one in coverage.covered:
        if Presence.SENT in one.presence.values():
            labels = (one.pixel_id, one.event if one.event in KNOWN else "custom")
            events[labels] += one.count
            for key in DECISIVE:
                carried[*labels, key] += one.count * (one.presence.get(key) is Presence.SENT)
    yield _family("tandemgate_match_key_events", events)
    shares = {cell: count / events[cell[:2]] for cell, count in carried.items()}
    yield _family("tandemgate_match_key_coverage", shares)


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
