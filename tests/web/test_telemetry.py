"""Logs and metrics never hold what they must not, and never stand in the way of an event."""

import io
import json
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from tandemgate.core.histogram import ERROR, bucket_of
from tandemgate.model.delivery import HoldCause
from tandemgate.model.event import Lane
from tandemgate.model.happening import (
    BatchSent,
    ClockStepped,
    EventsSettled,
    Happening,
    IdentifierExposed,
    LaneHeld,
    LaneResumed,
    StoreRefused,
)
from tandemgate.model.state import State
from tandemgate.telemetry import Telemetry
from tandemgate.telemetry.requests import BUCKETS
from tests.build import PIXEL

LANE = Lane(PIXEL)
LABELS = ("route", "method", "status")
REQUESTS = [
    ("/v1/events", 202, 0.0), ("/v1/events", 202, 0.001), ("/v1/events", 503, 0.0011),
    ("other", 404, 2.5), ("/v1/events", 202, 11.0), ("other", 200, 10.0),
]  # fmt: skip


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """What was logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_what_several_processes_counted_is_told_as_one_count() -> None:
    """Each of them tells now and then what it counted since, and none of it twice."""
    alone, told = Telemetry(io.StringIO()), Telemetry(io.StringIO())
    others = [Telemetry(io.StringIO()) for _ in range(2)]
    for number, (route, status, took) in enumerate(REQUESTS):
        for one in (alone, others[number % 2]):
            one.request(route, "POST", status, took, "r")
        told.add_all(*others[number % 2].take())
    told.add_all(*others[0].take())
    assert generate_latest(told.registry) == generate_latest(alone.registry)
    assert (told.requests, told.failed) == (4, 1)


def test_only_listed_fields_are_logged() -> None:
    """A new log line must not leak because nobody thought of it."""
    stream = io.StringIO()
    telemetry = Telemetry(stream)
    telemetry.log.info("request", status=422, email="jane@example.com", route={"payload": 1})
    (line,) = lines(stream)
    assert (line["event"], line["status"], line["route"]) == ("request", 422, "dict")
    assert "jane" not in stream.getvalue()
    dropped = telemetry.registry.get_sample_value("tandemgate_log_fields_dropped_total")
    assert dropped == 1


class FullDisk(io.StringIO):
    """A stream that can't take anything."""

    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_under_the_log_stops_nothing() -> None:
    """Events go on; that the log does not is seen on the disk's own alert."""
    telemetry = Telemetry(FullDisk())
    telemetry.log.error("store_refused")
    telemetry.notice(StoreRefused(LANE, "admit"))


HAPPENINGS: dict[str, tuple[Happening, str, dict[str, str]]] = {
    "a batch": (
        BatchSent(LANE, "b1", 18, "delivered", 200, 0, "OK", "r1", 0.052),
        "tandemgate_batch_events_total",
        {"pixel": PIXEL, "verdict": "delivered"},
    ),
    "an end": (
        EventsSettled(LANE, State.EXPIRED, "too_old", 18),
        "tandemgate_settled_events_total",
        {"pixel": PIXEL, "state": "EXPIRED", "reason": "too_old"},
    ),
    "an exposure": (
        IdentifierExposed(LANE, "b1", "r1"),
        "tandemgate_unhashed_identifiers_total",
        {"pixel": PIXEL},
    ),
    "a refusal": (
        StoreRefused(LANE, "record"),
        "tandemgate_store_refusals_total",
        {"operation": "record"},
    ),
    "a step of the clock": (ClockStepped(steady=False), "tandemgate_clock_steps_total", {}),
}


@pytest.mark.parametrize(("happening", "name", "labels"), HAPPENINGS.values(), ids=list(HAPPENINGS))
def test_what_happens_is_counted(happening: Happening, name: str, labels: dict[str, str]) -> None:
    """Alerts are made of these numbers."""
    telemetry = Telemetry(io.StringIO())
    telemetry.notice(happening)
    assert telemetry.registry.get_sample_value(name, labels) in {1, 18}


def test_deliveries_are_a_histogram() -> None:
    """How long a conversion takes to arrive, as Prometheus adds it up over gateways."""
    telemetry = Telemetry(io.StringIO())
    took = {bucket_of(0.5): 17, bucket_of(90): 1}
    for _ in range(2):
        telemetry.notice(BatchSent(LANE, "b1", 18, "delivered", 200, 0, "OK", "r1", 0.052, took))

    def told(suffix: str, **labels: str) -> float | None:
        name = f"tandemgate_delivered_after_seconds_{suffix}"
        return telemetry.registry.get_sample_value(name, {"pixel": PIXEL, **labels})

    assert (told("bucket", le="1.024"), told("bucket", le="+Inf"), told("count")) == (34, 36, 36)
    assert told("sum") == pytest.approx(34 * 0.5 + 2 * 90, rel=ERROR)


def test_a_held_lane_is_logged_with_its_cause() -> None:
    """The line that somebody reads at night."""
    stream = io.StringIO()
    telemetry = Telemetry(stream)
    telemetry.notice(LaneHeld(LANE, HoldCause.TOKEN, 0.0, 1, 30.0, 40105, "expired", "r1"))
    telemetry.notice(LaneResumed(LANE, HoldCause.TOKEN, 61.0))
    held, resumed = lines(stream)
    assert (held["event"], held["cause"], held["code"], held["level"]) == (
        "lane_held",
        "token",
        40105,
        "warning",
    )
    assert (resumed["event"], resumed["held_for"]) == ("lane_resumed", 61.0)


def test_requests_are_told_as_prometheus_would_tell_them() -> None:
    """They are counted in plain numbers; whoever reads them must not see a difference."""
    telemetry, own = Telemetry(io.StringIO()), CollectorRegistry()
    counter = Counter("tandemgate_http_requests_total", "", LABELS, registry=own)
    timed = Histogram(
        "tandemgate_http_request_seconds", "", ["route"], buckets=BUCKETS, registry=own
    )
    for route, status, took in REQUESTS:
        telemetry.request(route, "POST", status, took, "id")
        counter.labels(route, "POST", str(status)).inc()
        timed.labels(route).observe(took)
    told = {one.name: one for one in telemetry.registry.collect()}
    for expected in own.collect():
        assert told[expected.name].type == expected.type
        assert told[expected.name].samples == expected.samples
