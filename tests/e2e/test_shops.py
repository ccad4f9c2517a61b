"""A visitor comes from an ad, and hours later a shop system tells that the order is paid."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from tandemgate.model.shop import ShopKind
from tests.e2e.programs import PIXEL, Program, eventually, gateway, simulator, write_settings
from tests.sources.shops import SECRET, golden, signed

pytestmark = pytest.mark.e2e

SHOPIFY = ShopKind.SHOPIFY
ORIGIN = "https://shop.example"
CLICK = "E.C.P.CvQBAclicked"
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)"
SETTINGS = f"""
[[keys]]
kind = "browser"
name = "shop"
secret = "pk_shop"
pixels = ["{PIXEL}"]
origins = ["{ORIGIN}"]

[[sources]]
kind = "shopify"
name = "main-shop"
secret = "{SECRET}"
pixels = ["{PIXEL}"]
"""


@pytest.fixture(params=[0, 1], ids=["one process", "intake apart"])
def world(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Program, Program]]:
    """A gateway that a shop system calls, and the TikTok that it sends to."""
    with simulator() as tiktok:
        folder = tmp_path_factory.mktemp("shops")
        settings = write_settings(folder, tiktok.url, processes=request.param)
        settings.write_text(settings.read_text("utf-8") + SETTINGS, "utf-8")
        with gateway(settings) as running:
            yield running, tiktok


def post(url: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
    """Make one request."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("POST", path, body, dict(headers))
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


def visits(running: Program, checkout: str) -> None:
    """Land from an ad, agree, and bind the checkout before Shopify takes over."""
    beacon = {
        "key": "pk_shop",
        "session": "page-long-session-1",
        "sent_at": 2_000,
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
        "events": [
            {
                "type": "page",
                "at": 1_000,
                "ttclid": CLICK,
                "page": {"url": f"{ORIGIN}/?ttclid={CLICK}"},
            },
            {"type": "attach", "at": 1_500, "refs": {"checkout": checkout}},
        ],
    }
    headers = {"Origin": ORIGIN, "User-Agent": BROWSER}
    status, told = post(running.url, "/v1/collect", json.dumps(beacon).encode(), headers)
    assert status == 202, told


def paid_order(checkout: str) -> bytes:
    """The order as Shopify tells it, by a theme that writes down nothing for us."""
    moment = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")
    order = golden("shopify-paid")["in"] | {
        "processed_at": moment,
        "checkout_token": checkout,
        "landing_site": "/",
        "note_attributes": [],
        "shipping_address": None,
        "client_details": None,
        "browser_ip": None,
    }
    return json.dumps(order).encode()


def conversions(tiktok: Program) -> list[dict[str, Any]]:
    """What TikTok counts."""
    found: list[dict[str, Any]] = tiktok.ask("GET", "/_sim/conversions")[1]["conversions"]
    return found


def test_an_order_that_is_paid_later_is_one_conversion_with_its_click(
    world: tuple[Program, Program],
) -> None:
    """The whole point: click and consent are the visit's, the money is the shop's."""
    running, tiktok = world
    visits(running, "9c1f0d2b4e6a8c0e")
    body = paid_order("9c1f0d2b4e6a8c0e")
    path = "/webhooks/shopify/main-shop"
    headers = signed(SHOPIFY, body, time.time(), topic="orders/paid")

    assert post(running.url, path, body + b" ", headers)[0] == 401
    answers = [post(running.url, path, body, headers) for _ in range(3)]

    assert [status for status, _ in answers] == [200, 200, 200]
    outcomes = [told["results"][0]["outcome"] for _, told in answers]
    assert outcomes == ["accepted", "duplicate", "duplicate"], answers
    event_id = "ord_5940139491234_complete_payment"
    eventually(lambda: running.story(event_id).get("state") == "DELIVERED")
    [counted] = conversions(tiktok)
    [sent] = tiktok.ask("GET", "/_sim/events")[1]["events"]
    assert (counted["event"], counted["event_id"]) == ("CompletePayment", event_id)
    assert sent["wire"]["user"]["ttclid"] == CLICK
    assert sent["wire"]["user"]["user_agent"] == BROWSER
    assert sent["wire"]["properties"]["value"] == 129.95
    assert sent["wire"]["properties"]["ad_user_data"] == "GRANTED"
    told = {one["reason"] for one in running.story(event_id)["findings"]}
    assert "filled_from_visit" in told
