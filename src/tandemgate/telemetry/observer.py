"""The observer of one gateway: every happening becomes counts, and a line where it is news."""

import contextlib
from functools import cache
from typing import Final, TextIO, assert_never

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from tandemgate.model.happening import (
    Acted,
    AlertChanged,
    AlertTold,
    AttentionWanted,
    BatchSent,
    ClockStepped,
    EventsSettled,
    Happening,
    IdentifierExposed,
    LaneHeld,
    LaneResumed,
    StoreRefused,
)
from tandemgate.model.instant import Seconds
from tandemgate.telemetry.described import METRICS, Kind
from tandemgate.telemetry.log import make_log
from tandemgate.telemetry.metrics import (
    FROM_THE_LEDGER,
    DeliveredAfter,
    Seen,
    Snapshot,
)
from tandemgate.telemetry.requests import BROKEN_FROM, BUCKETS, Counted, Requests

LOGGED_FROM: Final = 300
"""Requests are logged from this status; an event that went well is counted, there are many."""


class Telemetry:
    """Logs and metrics of one gateway; a :class:`tandemgate.ports.Observer`.

    Neither holds a payload or an identifier, and a failure of either never touches an event.
    ``lines_lost`` counts the lines that the log could not take.
    """

    def __init__(self, stream: TextIO, *, for_people: bool = False) -> None:
        # They would double the table by names that it does not have.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.lines_lost = 0
        self.registry = CollectorRegistry()
        self._requests = Requests()
        self._delivered_after = DeliveredAfter()
        own = {**self._requests.collectors, DeliveredAfter.NAME: self._delivered_after}
        plain = [one for name, one in METRICS.items() if name not in {*own, *FROM_THE_LEDGER}]
        self._counters = {
            one.name: Counter(one.name, one.meaning, one.labels, registry=self.registry)
            for one in plain
            if one.kind is Kind.COUNTER
        }
        self._histograms = {
            one.name: Histogram(
                one.name, one.meaning, one.labels, buckets=BUCKETS, registry=self.registry
            )
            for one in plain
            if one.kind is Kind.HISTOGRAM
        }
        for collector in own.values():
            self.registry.register(collector)
        # A child stays what it is, and finding it anew costs more than counting.
        self._counter = cache(self._find_counter)
        self._histogram = cache(self._find_histogram)
        self.log = make_log(stream, for_people=for_people, dropped=self._drop, lost=self._lose)

    def notice(self, happening: Happening) -> None:
        """Count and log what the flow did; :class:`tandemgate.ports.Observer`."""
        with contextlib.suppress(Exception):  # whatever it is, the flow goes on
            self._notice(happening)

    def request(self, route: str, method: str, status: int, took: Seconds, request_id: str) -> None:
        """Count one request, and log it when something was wrong with it."""
        self._requests.add(route, method, status, took)
        if status >= LOGGED_FROM:
            self.log.info(
                "request",
                route=route,
                method=method,
                status=status,
                latency_ms=round(took * 1000, 1),
                request_id=request_id,
            )

    @property
    def requests(self) -> int:
        """How many requests came from shops and browsers, below ``/v1/``."""
        return self._requests.with_events()

    @property
    def failed(self) -> int:
        """How many of them were answered with 5xx."""
        return self._requests.with_events(BROKEN_FROM)

    def take(self) -> tuple[Counted, int]:
        """Return requests and lines lost since the last time, for another process to tell."""
        lost, self.lines_lost = self.lines_lost, 0
        return self._requests.take(), lost

    def add_all(self, counted: Counted, lines_lost: int) -> None:
        """Count what another process has counted, and logged where it had to."""
        self._requests.add_all(counted)
        for _ in range(lines_lost):
            self._lose()

    def failure(self, route: str, error: BaseException, request_id: str) -> None:
        """Log a mistake of ours by its type alone: its text may quote what came."""
        self.log.error(
            "request_failed", route=route, error=type(error).__name__, request_id=request_id
        )

    def render(self, seen: Seen) -> bytes:
        """Everything in Prometheus' text format."""
        now_told = CollectorRegistry()
        now_told.register(Snapshot(seen))
        return generate_latest(self.registry) + generate_latest(now_told)

    def _count(self, name: str, *labels: str, by: float = 1) -> None:
        self._counter(name, *labels).inc(by)

    def _find_counter(self, name: str, *labels: str) -> Counter:
        counter = self._counters[name]
        return counter.labels(*labels) if labels else counter

    def _find_histogram(self, name: str, *labels: str) -> Histogram:
        return self._histograms[name].labels(*labels)

    def _lose(self) -> None:
        self.lines_lost += 1
        self._count("tandemgate_log_lines_lost_total")

    def _drop(self, number: int) -> None:
        self._count("tandemgate_log_fields_dropped_total", by=number)

    def _notice(self, happening: Happening) -> None:
        match happening:
            case BatchSent():
                self._batch_sent(happening)
            case EventsSettled(lane, state, reason, count):
                labels = (lane.pixel_id, state, reason or "")
                self._count("tandemgate_settled_events_total", *labels, by=count)
            case LaneHeld():
                self._lane_held(happening)
            case LaneResumed():
                self._lane_resumed(happening)
            case IdentifierExposed():
                self._identifier_exposed(happening)
            case StoreRefused(_, operation, reason):
                self._count("tandemgate_store_refusals_total", operation)
                self.log.error("store_refused", operation=operation, reason=reason)
            case ClockStepped(steady):
                self._count("tandemgate_clock_steps_total", by=not steady)
                self.log.warning("clock_stepped", steady=steady)
            case Acted(act):
                # The stated reason stays in the audit log: people write into it what they like.
                self.log.info(
                    act.what,
                    pixel=act.pixel_id or None,
                    key=act.who,
                    events=act.counts.get("sent"),
                )
            case AttentionWanted() | AlertChanged() | AlertTold():
                self._wanted(happening)
            case _:
                assert_never(happening)

    def _batch_sent(self, sent: BatchSent) -> None:
        pixel = sent.lane.pixel_id
        self._count("tandemgate_batches_total", pixel, sent.verdict)
        self._count("tandemgate_batch_events_total", pixel, sent.verdict, by=sent.events)
        self._histogram("tandemgate_batch_seconds", pixel).observe(sent.latency)
        self._delivered_after.add(pixel, sent.delivered_after)
        self.log.info(
            "batch_sent",
            pixel=pixel,
            channel=sent.lane.channel,
            batch_id=sent.batch_id,
            events=sent.events,
            verdict=sent.verdict,
            http_status=sent.http_status,
            code=sent.code,
            message=sent.message,
            request_id=sent.request_id,
            latency_ms=round(sent.latency * 1000, 1),
        )

    def _wanted(self, happening: AttentionWanted | AlertChanged | AlertTold) -> None:
        match happening:
            case AttentionWanted(reason, pixel_id, wanted):
                self._turn("attention_wanted" if wanted else "attention_ended", reason, pixel_id)
            case AlertChanged(family, pixel_id, began):
                self._turn("alert_began" if began else "alert_ended", family, pixel_id)
            case AlertTold(phase, result, why):
                self._count("tandemgate_alert_messages_total", result)
                if why:
                    self.log.warning("alert_not_told", operation=phase, reason=why)

    def _turn(self, event: str, reason: str, pixel_id: str) -> None:
        log = self.log.info if event.endswith("_ended") else self.log.warning
        log(event, reason=reason, pixel=pixel_id or None)

    def _lane_held(self, held: LaneHeld) -> None:
        self.log.warning(
            "lane_held",
            pixel=held.lane.pixel_id,
            channel=held.lane.channel,
            cause=held.cause,
            probes=held.probes,
            probe_in=round(held.probe_in, 1),
            code=held.code,
            message=held.message,
            request_id=held.request_id,
        )

    def _lane_resumed(self, resumed: LaneResumed) -> None:
        self.log.info(
            "lane_resumed",
            pixel=resumed.lane.pixel_id,
            channel=resumed.lane.channel,
            cause=resumed.cause,
            held_for=round(resumed.held_for, 1),
        )

    def _identifier_exposed(self, exposed: IdentifierExposed) -> None:
        self._count("tandemgate_unhashed_identifiers_total", exposed.lane.pixel_id)
        self.log.error(
            "identifier_not_hashed",
            pixel=exposed.lane.pixel_id,
            batch_id=exposed.batch_id,
            request_id=exposed.request_id,
        )
