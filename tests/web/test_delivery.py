"""How delivery goes: every figure against what was done, none at the cost of the ledger's size."""

from collections import Counter
from typing import Any

import pytest

from tandemgate.core.histogram import ERROR, bucket_of
from tandemgate.model.delivery import Answer, Batch, Change, HoldCause, LaneStatus
from tandemgate.model.event import Lane
from tandemgate.model.state import State
from tests.build import NOW, PIXEL, an_item
from tests.web.gateway import ADMIN_KEY, OTHER_PIXEL, SERVER_KEY, TOKEN, Gateway

LANE = Lane(PIXEL)


async def delivered(gateway: Gateway, name: str, *, at: float, latency: float) -> None:
    """Send everything that waits in the live lane, answered at *at*."""
    due = tuple(await gateway.store.claim(LANE, 50, at))
    await gateway.store.intend(Batch(name, LANE, due, b""), at)
    took = Counter(bucket_of(at - one.received_at) for one in due)
    answer = Answer(at, "delivered", latency, 200, 0, "OK", "r", delivered_after=took)
    await gateway.store.record(name, answer, [Change(one.seq, State.DELIVERED) for one in due])


async def asked(gateway: Gateway, key: str = SERVER_KEY) -> Any:  # noqa: ANN401 - JSON
    """What the address tells."""
    return (await gateway.get("/api/delivery", key)).json


def about(milliseconds: float) -> Any:  # noqa: ANN401 - pytest.approx has no type
    """As exact as the histogram is."""
    return pytest.approx(milliseconds, rel=ERROR + 0.006)


async def test_rates_and_latencies_are_those_of_the_last_quarter_of_an_hour() -> None:
    """Three events came and left; a fourth waits."""
    gateway = Gateway()
    await gateway.sent(*(an_item(event_id=f"a{n}") for n in range(3)))
    await delivered(gateway, "b1", at=NOW + 2, latency=0.05)
    await gateway.sent(an_item(event_id="later"))
    told = await asked(gateway)
    (lane,) = told["lanes"]
    assert (lane["waiting"], lane["oldest_waiting_at"]) == (1, "2026-04-23T11:23:20.000Z")
    assert (lane["in_per_minute"], lane["out_per_minute"]) == (round(4 / 15, 2), 0.2)
    assert lane["answer_ms"] == {"count": 1, "p50": about(50), "p95": about(50), "p99": about(50)}
    assert (lane["delivered_ms"]["count"], lane["delivered_ms"]["p95"]) == (3, about(2000))
    assert {name: told["sum"][name] for name in ("waiting", "in_per_minute")} == {
        "waiting": 1,
        "in_per_minute": round(4 / 15, 2),
    }
    gateway.clock.at = NOW + 20 * 60
    (lane,) = (await asked(gateway))["lanes"]
    assert (lane["in_per_minute"], lane["answer_ms"]) == (
        0.0,
        {"count": 0, "p50": None, "p95": None, "p99": None},
    )


async def test_a_lane_that_rests_is_told_while_its_figures_are() -> None:
    """A lane goes when it is empty; what it did a minute ago is still of interest."""
    gateway = Gateway()
    await gateway.sent()
    await delivered(gateway, "b1", at=NOW + 1, latency=0.05)
    (lane,) = (await asked(gateway))["lanes"]
    assert (lane["breaker"]["state"], lane["waiting"], lane["held"]) == ("resting", 0, False)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (LaneStatus(LANE, None, None, None, 1, 4, 10.0), "passing"),
        (LaneStatus(LANE, None, None, None, 1, 1, 10.0, starting=True), "starting"),
        (LaneStatus(LANE, HoldCause.RATE, NOW, NOW + 60, 0, 1, 5.0, "slow", 3), "held"),
    ],
)
async def test_breaker_and_limiter_say_how_they_stand(status: LaneStatus, state: str) -> None:
    """Why events wait is one of three things: the lane, the rate, or TikTok."""
    (lane,) = (await asked(Gateway(parts={"lanes": lambda: [status]})))["lanes"]
    assert lane["breaker"] == {"state": state, "probes": status.probes}
    assert lane["limiter"] == {"requests_per_second": status.rate, "pause_seconds": 0.0}


async def test_a_token_is_told_by_its_age_and_to_an_admin_by_its_tail() -> None:
    """Whose token is old, and since when TikTok refuses it."""
    held = LaneStatus(LANE, HoldCause.TOKEN, NOW - 30, NOW + 60, 0, 1, 10.0, "expired")
    gateway = Gateway(parts={"lanes": lambda: [held]})
    await gateway.operator.begin()
    gateway.clock.at = NOW + 60
    (lane,) = (await asked(gateway))["lanes"]
    assert lane["token"] == {
        "tail": None,
        "since": "2026-04-23T11:23:20.000Z",
        "age_seconds": 60,
        "source": "settings",
        "refused_since": "2026-04-23T11:22:50.000Z",
    }
    (lane,) = (await asked(gateway, ADMIN_KEY))["lanes"]
    assert lane["token"]["tail"] == TOKEN[-4:]
    assert TOKEN not in str(lane)


async def test_a_key_sees_its_own_pixels_in_the_sum_as_well() -> None:
    """An agency's customers must not see each other's traffic, not even added up."""
    gateway = Gateway()
    envelope = {"event_source": "web", "event_source_id": OTHER_PIXEL, "data": [an_item()]}
    await gateway.post(envelope, key=ADMIN_KEY)
    told = await asked(gateway)
    assert (told["lanes"], told["sum"]["waiting"], told["sum"]["in_per_minute"]) == ([], 0, 0.0)
    assert (await asked(gateway, ADMIN_KEY))["sum"]["waiting"] == 1


async def test_the_same_is_told_to_prometheus() -> None:
    """Histograms as Prometheus wants them, gauges for what stands."""
    status = LaneStatus(LANE, HoldCause.RATE, NOW, NOW + 60, 2, 4, 5.0, "slow", 3)
    gateway = Gateway(parts={"lanes": lambda: [status]})
    await gateway.operator.begin()
    await gateway.sent()
    gateway.clock.at = NOW + 60
    told = (await gateway.get("/metrics", ADMIN_KEY)).body.decode().splitlines()
    live = f'{{channel="live",pixel="{PIXEL}"}}'
    assert {
        f"tandemgate_waiting_events{live} 1.0",
        f"tandemgate_oldest_waiting_seconds{live} 60.0",
        f"tandemgate_lane_requests_in_flight{live} 2.0",
        f"tandemgate_lane_requests_per_second{live} 5.0",
        f"tandemgate_lane_probes{live} 3.0",
        f'tandemgate_token_age_seconds{{pixel="{PIXEL}"}} 60.0',
    } <= set(told)
