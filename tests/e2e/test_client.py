"""The client for shops beside a real gateway and a simulated TikTok, on a bad day."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tandemgate.client import Client, Limits, NotTaken, Result, WSGIVisitor
from tandemgate.client.words import User
from tests.e2e.programs import (
    PATIENCE,
    PIXEL,
    SERVER_KEY,
    Program,
    eventually,
    gateway,
    simulator,
    write_settings,
)

pytestmark = pytest.mark.e2e

ORDERS = 300
ORIGIN = "https://shop.example"
CLICK = "E.C.P.CkEqBWxhbmRlZA0123456789"
PAGES = """
[[keys]]
kind = "browser"
name = "shop"
secret = "pk_shop"
pixels = ["C9ABC1234567890"]
origins = ["https://shop.example"]
"""
SHOPPER: User = {"ip": "203.0.113.42", "user_agent": "Mozilla/5.0 (X11; Linux x86_64)"}


@pytest.fixture
def tiktok() -> Iterator[Program]:
    """A simulated TikTok."""
    with simulator() as running:
        yield running


def buy(client: Client, number: int) -> bool:
    """Report one order."""
    return client.track(
        "CompletePayment",
        event_id=f"ord_{number}",
        value=129.95,
        currency="USD",
        order_id=str(number),
        user={"email": f"shopper{number}@customer.example", **SHOPPER},
        page={"url": "https://shop.example/thanks"},
    )


def counted(tiktok: Program) -> dict[str, int]:
    """How often TikTok counts each order."""
    told = tiktok.ask("GET", "/_sim/conversions", key=None)[1]["conversions"]
    return {one["event_id"]: one["counted"] for one in told}


def test_orders_outlive_a_gateway_that_is_killed(tiktok: Program, tmp_path: Path) -> None:
    """Whatever was on its way at that moment, each order is counted once."""
    told: list[Result] = []
    with gateway(write_settings(tmp_path, tiktok.url)) as first:
        place = urlsplit(first.url).netloc
        settings = write_settings(tmp_path, tiktok.url, listen=place)
        limits = Limits(batch=5, age=0.05)
        client = Client(first.url, SERVER_KEY, PIXEL, on_result=told.append, limits=limits)
        for number in range(ORDERS):
            assert buy(client, number)
            if number == ORDERS // 2:
                eventually(lambda: len(told) >= ORDERS // 4)
                first.kill()
    assert client.counts()["waiting"] > 0
    with gateway(settings):
        assert client.flush(PATIENCE)
        eventually(lambda: len(counted(tiktok)) == ORDERS)
    client.close()
    assert Counter(counted(tiktok).values()) == {1: ORDERS}
    assert {one.outcome for one in told} <= {"accepted", "duplicate"}
    assert sorted(str(one.event_id) for one in told) == sorted(f"ord_{n}" for n in range(ORDERS))


def test_orders_outlive_a_store_that_takes_nothing(
    tiktok: Program, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The gateway answers 503 as long as another process has its database locked."""
    with (
        gateway(write_settings(tmp_path, tiktok.url)) as running,
        Client(running.url, SERVER_KEY, PIXEL, limits=Limits(age=0.05)) as client,
    ):
        with closing(sqlite3.connect(tmp_path / "tandemgate.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert buy(client, 1)
            eventually(lambda: "(HTTP 503)" in caplog.text)
            other.execute("ROLLBACK")
        assert client.flush(PATIENCE)
        assert client.counts() == {"accepted": 1, "waiting": 0}
        eventually(lambda: counted(tiktok) == {"ord_1": 1})


def test_the_gateways_answers_are_read(
    tiktok: Program, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One bad event beside a good one, by its id, with what mends it and nobody's name."""
    told: list[Result] = []
    with (
        gateway(write_settings(tmp_path, tiktok.url)) as running,
        Client(running.url, SERVER_KEY, PIXEL, on_result=told.append) as client,
    ):
        buy(client, 1)
        client.track("CompletePayment", event_id="ord_2", value=9.5, currency="EURO", user=SHOPPER)
        client.track("Search", event_id="anna.canary@customer.example", user=SHOPPER)
        assert client.flush(PATIENCE)
        assert client.send("Search", event_id="s_1", user=SHOPPER).outcome == "accepted"
        assert client.send("Search", event_id="s_1", user=SHOPPER).outcome == "duplicate"
        stranger = Client(running.url, "sk_stranger", PIXEL)
        with pytest.raises(NotTaken) as raised:
            stranger.send("Search", event_id="s_2")
        stranger.close()
    outcomes = [(one.event_id, one.outcome) for one in told]
    assert outcomes == [("ord_1", "accepted"), ("ord_2", "rejected"), (None, "rejected")]
    assert told[1].problems[0].reason == "currency_invalid"
    assert told[1].problems[0].field == "/properties/currency"
    assert raised.value.status == 401
    assert "1 rejected: currency_invalid at /properties/currency; fix: " in caplog.text
    assert "(ord_2)" in caplog.text
    assert "canary" not in f"{caplog.text}{told}"


def visited(running: Program) -> str:
    """Agree on a page of the shop, after the click on an ad; the cookie that it set."""
    call = {"type": "page", "at": 1_000, "page": {"url": "https://shop.example/"}, "ttclid": CLICK}
    flags = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
    beacon = {"key": "pk_shop", "session": None, "sent_at": 1_000, "consent": flags}
    connection = HTTPConnection(urlsplit(running.url).netloc, timeout=PATIENCE)
    headers = {"Origin": ORIGIN, "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}
    body = json.dumps({**beacon, "events": [call]})
    connection.request("POST", "/v1/collect", body, headers)
    answer = connection.getresponse()
    cookie = answer.getheader("Set-Cookie", "").partition(";")[0]
    assert (answer.status, json.loads(answer.read())["rejected"]) == (202, 0)
    connection.close()
    return cookie


def test_a_request_leads_to_its_visit(tiktok: Program, tmp_path: Path) -> None:
    """The script's cookie comes to the shop's own server, whose order then has the ad's click."""
    settings = write_settings(tmp_path, tiktok.url)
    settings.write_text(settings.read_text("utf-8") + PAGES, "utf-8")
    with (
        gateway(settings) as running,
        Client(running.url, SERVER_KEY, PIXEL) as client,
    ):

        def checkout(_environ: object, _start_response: object) -> list[bytes]:
            client.track("CompletePayment", event_id="ord_1", value=9.5, currency="EUR")
            return []

        environ = {"HTTP_COOKIE": f"theme=dark; {visited(running)}"}
        WSGIVisitor(checkout)(environ, lambda *_: None)
        assert client.flush(PATIENCE)
        assert client.counts() == {"accepted": 1, "waiting": 0}
        eventually(lambda: counted(tiktok) == {"ord_1": 1})
    (sent,) = tiktok.ask("GET", "/_sim/events?event_id=ord_1", key=None)[1]["events"]
    assert sent["wire"]["user"]["ttclid"] == CLICK


def test_a_visit_an_attach_and_a_decision(tiktok: Program, tmp_path: Path) -> None:
    """What the gateway keeps of a visit is bound to an order, and its withdrawal stops it."""
    session = "S1Yw0b0nGq9n3F6mP2vQxA"
    told: list[Result] = []
    with (
        gateway(write_settings(tmp_path, tiktok.url)) as running,
        Client(running.url, SERVER_KEY, PIXEL, on_result=told.append) as client,
    ):
        assert client.attach(session, order=10493)
        assert client.flush(PATIENCE)
        client.send("Search", event_id="s_1", session=session, user=SHOPPER)
        answer = client.consent(session=session, ad_user_data="DENIED")
        with pytest.raises(NotTaken) as raised:
            client.consent(user={"email": "anna.canary"})
    assert [one.outcome for one in told] == ["bound"]
    assert answer["found"] == 1
    assert raised.value.status == 400
    assert "canary" not in str(raised.value)
