"""Every metric, in one table, and how the ledger's counters are told in Prometheus' format."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

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
            "tandemgate_waiting_events",
            Kind.GAUGE,
            ("pixel", "channel"),
            "Events that wait to be sent, or for their consent.",
        ),
        Described(
            "tandemgate_oldest_waiting_seconds",
            Kind.GAUGE,
            ("pixel", "channel"),
            "Age of the oldest of them that could be sent; 0 when none waits.",
        ),
        Described(
            "tandemgate_lane_requests_in_flight",
            Kind.GAUGE,
            ("pixel", "channel"),
            "Requests of a lane that wait for their answer.",
        ),
        Described(
            "tandemgate_lane_requests_per_second",
            Kind.GAUGE,
            ("pixel", "channel"),
            "How many requests a second the limiter lets leave with the lane's token; "
            "no sample where it is unlimited.",
        ),
        Described(
            "tandemgate_lane_probes",
            Kind.GAUGE,
            ("pixel", "channel"),
            "Probes of a held lane since it was held; 0 when it is not.",
        ),
        Described(
            "tandemgate_token_age_seconds",
            Kind.GAUGE,
            ("pixel",),
            "For how long the access token in use has been known.",
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
            "tandemgate_pairs",
            Kind.GAUGE,
            ("pixel", "verdict"),
            "Actions of the last hour by how the Pixel's copy and ours stand, counted at most once "
            "a minute over the newest 2,000 copies, shared by the pixels (each at least 100).",
        ),
        Described(
            "tandemgate_open_problems",
            Kind.GAUGE,
            ("pixel", "severity"),
            "Groups of problems that are neither resolved nor muted; `tandemgate problems` lists "
            "them.",
        ),
        Described(
            "tandemgate_match_key_events",
            Kind.GAUGE,
            ("pixel", "event"),
            "Live events of today and yesterday (UTC) of which anything left. Names that are not "
            "TikTok's are one, custom.",
        ),
        Described(
            "tandemgate_match_key_coverage",
            Kind.GAUGE,
            ("pixel", "event", "key"),
            "The share of them that carried the match key, 0 to 1.",
        ),
        Described(
            "tandemgate_alert",
            Kind.GAUGE,
            ("pixel", "family"),
            "1 for each kind of alert that is open; `tandemgate alerts` lists them.",
        ),
        Described(
            "tandemgate_alert_messages_total",
            Kind.COUNTER,
            ("result",),
            "Messages to the receiver of alerts: told, failed (and tried again) or given_up.",
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
            "tandemgate_delivered_after_seconds",
            Kind.HISTOGRAM,
            ("pixel",),
            "Time from an event's receipt to the answer that delivered it.",
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
