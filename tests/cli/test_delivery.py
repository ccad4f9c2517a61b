"""What ``tandemgate delivery`` prints fits a terminal: a figure that is cut off tells nothing."""

from typing import Any

import pytest

from tandemgate.cli.call import Call
from tandemgate.cli.delivery import _lines

LATENCY = {"count": 2400, "p50": 52.3, "p95": 1180.0, "p99": 12_400.0}
FIGURES = {
    "waiting": 120_000,
    "oldest_waiting_at": "2026-04-23T11:22:50.000Z",
    "in_per_minute": 1234.56,
    "out_per_minute": 1234.5,
    "answer_ms": LATENCY,
    "delivered_ms": LATENCY,
}
LANE: dict[str, Any] = {
    "pixel_id": "C9ABC1234567890",
    "channel": "live",
    "test_event_code": "",
    "paused": False,
    "held": True,
    "cause": "configuration",
    "message": "Access token has expired.",
    "next_probe_at": "2026-04-23T11:24:20.000Z",
    "in_flight": 1,
    "concurrency": 4,
    "breaker": {"state": "held", "probes": 3},
    "limiter": {"requests_per_second": 10.0, "pause_seconds": 0.0},
    "token": {
        "tail": "6789",
        "since": "2026-04-01T00:00:00.000Z",
        "age_seconds": 1_944_000,
        "source": "settings",
        "refused_since": "2026-04-23T11:22:50.000Z",
    },
    **FIGURES,
}
TOLD = {
    "window_seconds": 900.0,
    "sum": FIGURES,
    "lanes": [LANE],
    "paused": [],
    "pixels_without_token": [],
}


def test_no_figure_is_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal of a hundred columns, and with the numbers of a large shop."""
    Call().show(*_lines(TOLD))
    told = capsys.readouterr().out
    for whole in (
        "held: configuration", "120000", "04-23 11:22:50", "04-23 11:24:20", "1 of 4", "1234.56",
        "52.3 / 1180 / 12400", "…6789", "22 d", "settings", "10/s", "Access token has expired.",
    ):  # fmt: skip
        assert whole in told
    assert max(map(len, told.splitlines())) <= 100
