"""Faults on demand, in process: what each one answers, and what it leaves behind."""

from typing import Any

import pytest

from tests.simulator.driver import a_driver, an_envelope, an_event
from tiktok_simulator.contract import Dialect
from tiktok_simulator.world import DEMO_PIXEL, Access

THREE = an_envelope(*(an_event(event_id=each) for each in ("a", "b", "c")))


@pytest.mark.parametrize(
    ("fault", "status", "start", "accepted"),
    [
        ({"fault": "status"}, 503, b"", 0),
        ({"fault": "status", "status": 429}, 429, b"", 0),
        ({"fault": "code", "code": 50000, "message": "oops"}, 200, b'{"code":50000,', 0),
        ({"fault": "token_expired"}, 200, b'{"code":40102,"message":"Access token has exp', 0),
        ({"fault": "garbage"}, 200, b"\x80\x81", 0),
        ({"fault": "garbage", "accept": True}, 200, b"\x80\x81", 3),
        ({"fault": "html"}, 502, b"<html>", 0),
        ({"fault": "html", "status": 200, "accept": True}, 200, b"<html>", 3),
        ({"fault": "redirect"}, 307, b"", 0),
        ({"fault": "huge_body", "size": 5000}, 200, b'{"code":0,', 3),
        ({"fault": "partial", "event_ids": ["b"]}, 200, b'{"code":20001,', 2),
        ({"fault": "poison", "event_ids": ["b"]}, 200, b'{"code":40002,', 0),
        ({"fault": "poison", "event_ids": ["x"]}, 200, b'{"code":0,', 3),
        ({"fault": "latency", "ms": 1}, 200, b'{"code":0,', 3),
        ({"fault": "rate_limit", "per_second": 1}, 200, b'{"code":0,', 3),
    ],
)
async def test_a_fault_answers_its_way_and_takes_in_what_it_says(
    fault: dict[str, Any], status: int, start: bytes, accepted: int
) -> None:
    """Whether TikTok kept the events is what makes an attempt unknown or not sent."""
    driver = a_driver()
    await driver.plan(**fault)
    answered = await driver.track(THREE)
    assert answered.status == status
    assert answered.body.startswith(start)
    assert (await driver.get("/_sim/conversions"))["total"] == accepted


async def test_one_token_of_several_expires() -> None:
    """While a token is exchanged both are known, and only the old one is refused."""
    pixel = frozenset({DEMO_PIXEL})
    driver = a_driver(access=Access({"token-old1": pixel, "token-new2": pixel}))
    await driver.plan(fault="token_expired", tail="old1")
    assert (await driver.track(token="token-old1")).json["code"] == 40102
    assert (await driver.track(token="token-new2")).json["code"] == 0


@pytest.mark.parametrize(
    ("index", "message"),
    [("named", "data.1.event: bad"), ("absent", "bad"), ("out_of_range", "data[10]: bad")],
)
async def test_poison_points_at_its_event_or_not(index: str, message: str) -> None:
    """Without a usable place the sender has to find the event by halving."""
    driver = a_driver()
    await driver.plan(fault="poison", event_ids=["b", "c"], index=index, message="bad")
    assert (await driver.track(THREE)).json["message"] == message


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        (
            "list",
            {
                "failed_events": [
                    {"index": 2, "event_id": "c", "code": 40002, "message": "this event failed."}
                ]
            },
        ),
        ("unreadable", {"failed_count": 1, "total_count": 3}),
    ],
)
async def test_partial_success_says_which_ones_or_only_how_many(
    shape: str, data: dict[str, Any]
) -> None:
    """The shape of 20001's data is unpublished: both kinds have to be survived."""
    driver = a_driver()
    await driver.plan(fault="partial", event_ids=["c"], shape=shape)
    assert (await driver.track(THREE)).json["data"] == data


async def test_a_partial_success_of_a_bad_batch_is_a_refusal() -> None:
    """A fault never makes good what the contract refuses."""
    driver = a_driver()
    await driver.plan(fault="partial", event_ids=["a"])
    answered = await driver.track(an_envelope(an_event(event_id="a"), an_event(event_id=1)))
    assert answered.json["code"] == 40002


async def test_after_and_times_choose_the_requests() -> None:
    """A test says "the third request fails, twice" and gets just that."""
    driver = a_driver()
    await driver.plan(fault="status", after=1, times=2)
    assert [(await driver.track()).status for _ in range(5)] == [200, 503, 503, 200, 200]


async def test_faults_are_met_in_the_order_in_which_they_were_planned() -> None:
    """A sequence of failures is written down as a sequence of faults."""
    driver = a_driver()
    await driver.call(
        "POST",
        "/_sim/faults",
        b'[{"fault":"status","status":500,"times":1},{"fault":"status","status":429,"times":1}]',
    )
    assert [(await driver.track()).status for _ in range(3)] == [500, 429, 200]


async def test_a_fault_of_one_pixel_leaves_the_others_alone() -> None:
    """One dead pixel is the case that lanes exist for."""
    driver = a_driver(access=Access({"sandbox-token": frozenset({"P1", "P2"})}))
    await driver.plan(fault="status", pixel="P1")
    answered = [await driver.track(an_envelope(event_source_id=each)) for each in ("P1", "P2")]
    assert [each.status for each in answered] == [503, 200]


@pytest.mark.parametrize(
    ("options", "dialect", "statuses", "codes"),
    [
        ({}, Dialect.SDK, [200, 200, 200], [0, 0, 40100]),
        ({}, Dialect.GUIDE, [200, 200, 200], [0, 0, 61000]),
    ],
)
async def test_the_rate_limit_refuses_what_is_too_much_in_one_second(
    options: dict[str, Any], dialect: Dialect, statuses: list[int], codes: list[int]
) -> None:
    """The adaptive rate of the gateway needs a limit to adapt to."""
    driver = a_driver(dialect=dialect)
    await driver.plan(fault="rate_limit", per_second=2, **options)
    answered = [await driver.track() for _ in range(3)]
    assert [each.status for each in answered] == statuses
    assert [each.json["code"] for each in answered] == codes
    driver.world.clock.advance(1)
    assert (await driver.track()).json["code"] == 0


async def test_the_rate_limit_may_speak_http_instead() -> None:
    """A limit can come from the API or from the proxy in front of it."""
    driver = a_driver()
    await driver.plan(fault="rate_limit", per_second=1, answer="status", retry_after=7)
    await driver.track()
    answered = await driver.track()
    assert (answered.status, answered.headers["retry-after"]) == (429, "7")


async def test_a_followed_redirect_is_caught_with_the_token_in_its_hand() -> None:
    """A client that follows carries the token wherever it is told to."""
    driver = a_driver()
    await driver.plan(fault="redirect")
    target = (await driver.track()).headers["location"]
    await driver.call("POST", target, b"{}", {"Access-Token": "sandbox-token"})
    followed = (await driver.get("/_sim/requests"))["requests"][-1]
    assert (followed["path"], followed["token"]) == ("/_sim/elsewhere", "oken")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"fault": "nope"}', "token_expired"),
        (b'{"fault": "latency"}', "missing required field `ms`"),
        (b'{"fault": "latency", "ms": -1}', "$[0].ms"),
        (b'{"fault": "status", "retries": 1}', "unknown field `retries`"),
        (b'{"fault": "poison", "event_ids": []}', "$[0].event_ids"),
        (b'{"fault": "status", "times": 0}', "$[0].times"),
        (b"{", "JSON"),
        (b"", "length >= 1"),
    ],
)
async def test_a_fault_that_does_not_exist_is_explained(body: bytes, told: str) -> None:
    """A typing error in a test must not look like a healthy TikTok."""
    answered = await a_driver().call("POST", "/_sim/faults", body)
    assert answered.status == 400
    assert told in answered.json["error"]
    assert "fault" in answered.json["try"]


async def test_faults_are_listed_with_how_often_they_were_met_and_can_be_dropped() -> None:
    """A test can ask whether its fault ever happened."""
    driver = a_driver()
    await driver.plan(fault="status", status=500)
    await driver.track()
    listed = await driver.get("/_sim/faults")
    assert listed == {"faults": [{"fault": "status", "status": 500, "met": 1}]}
    await driver.call("DELETE", "/_sim/faults")
    assert (await driver.track()).status == 200
