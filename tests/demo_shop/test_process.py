"""The shop as a program: orders, payments, webhooks, and the way through it to the gateway."""

import json
import signal
from urllib.parse import urlsplit

import pytest

from tests.demo_shop.conftest import SERVER_KEY, Neighbour, Shop
from tests.e2e.programs import Program, eventually

pytestmark = pytest.mark.e2e


def test_the_payment_page_is_another_origin_and_not_only_another_port(shop: Shop) -> None:
    """Cookies know no ports: on the shop's own name they would go along."""
    pay = shop.order().json["pay"]
    assert urlsplit(shop.url).hostname == "localhost"
    assert urlsplit(pay).hostname == "127.0.0.1"
    assert shop.ask("GET", pay).status == 200
    assert shop.ask("GET", urlsplit(pay).path).status == 404


def test_a_payment_is_reported_though_nobody_comes_back(shop: Shop, neighbour: Neighbour) -> None:
    """The provider tells the shop, and the shop the gateway, by itself."""
    told = shop.order().json
    assert "You can close this tab" in shop.pay(told["pay"]).text
    eventually(lambda: len(neighbour.heard) == 1)
    [(what, headers, body)] = neighbour.heard
    assert (what, headers["authorization"]) == ("POST /v1/events", f"Bearer {SERVER_KEY}")
    envelope = json.loads(body)
    [event] = envelope["data"]
    assert envelope["event_source_id"] == "C9TEST"
    assert event["event_id"] == f"ord_{told['order']}_complete_payment"
    assert event["refs"] == {"order": told["order"]}
    assert event["user"]["email"] == "ada@example.com"
    assert event["properties"]["value"] == 29.0
    assert not {"ttclid", "ttp", "ip", "user_agent"} & event["user"].keys()


@pytest.mark.parametrize("failing", [[503], [500, 503], [429, 401]])
def test_a_gateway_that_can_not_take_it_is_told_again(
    shop: Shop, neighbour: Neighbour, failing: list[int]
) -> None:
    """The webhook is answered only when the purchase is safe, so the provider repeats it."""
    neighbour.answers = [*failing]
    shop.pay(shop.order().json["pay"])
    eventually(lambda: len(neighbour.heard) == len(failing) + 1)
    assert len({body for _, _, body in neighbour.heard}) == 1


def test_who_pays_twice_has_paid_once(shop: Shop, neighbour: Neighbour) -> None:
    """A double click, or a payment page that is loaded again."""
    told = shop.order().json
    back = shop.pay(told["pay"], "return")
    assert back.status == 303
    assert back.headers["location"] == f"{shop.url}/thanks?order={told['order']}"
    assert shop.pay(told["pay"], "return").headers["location"] == back.headers["location"]
    assert "paid" in shop.ask("GET", told["pay"]).text
    shop.pay(shop.order().json["pay"])
    eventually(lambda: len(neighbour.heard) == 2)


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "é"])
def test_a_webhook_that_nobody_signed_is_not_believed(
    shop: Shop, neighbour: Neighbour, signature: str | None
) -> None:
    """Its address is public; without a signature anybody could pay every order."""
    order = shop.order().json["order"]
    body = json.dumps({"order": order, "paid_at": 1796058188}).encode()
    headers = {} if signature is None else {"Example-Pay-Signature": signature}
    assert shop.ask("POST", "/webhooks/payment", body, headers).status == 401
    assert neighbour.heard == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"phone": "soon"}, "phone"),
        ({"lines": []}, "lines"),
        ({"lines": [{"content_id": "SKU-0", "quantity": 1}]}, "lines"),
        ({"lines": [{"content_id": "SKU-533", "quantity": -1}]}, "lines"),
        ({"lines": "all of it"}, "lines"),
    ],
)
def test_an_order_that_can_not_be_is_refused_at_its_field(
    shop: Shop, fields: dict[str, object], field: str
) -> None:
    """And nothing is written down: the next order has the first number."""
    refused = shop.order(**fields)
    assert (refused.status, refused.json["field"]) == (422, field)
    assert refused.json["says"]
    assert shop.order().json["order"] == "1001"


def test_the_edge_tells_the_gateway_where_a_visitor_is(shop: Shop, neighbour: Neighbour) -> None:
    """Through the shop's own host the cookie is a first-party one; a stranger's word is dropped."""
    sent = {
        "Origin": shop.url,
        "User-Agent": "Mozilla/5.0",
        "Cookie": "tg_session=s0",
        "X-Forwarded-For": "198.51.100.1",
        "Authorization": "Bearer sk_stolen",
    }
    answer = shop.ask("POST", "/v1/collect", b"{}", sent)
    [(what, headers, body)] = neighbour.heard
    assert (what, body) == ("POST /v1/collect", b"{}")
    assert headers["x-forwarded-for"] == "203.0.113.7"
    assert (headers["origin"], headers["cookie"]) == (shop.url, "tg_session=s0")
    assert headers["user-agent"] == "Mozilla/5.0"
    assert "authorization" not in headers
    assert answer.headers["set-cookie"] == "tg_session=s1; HttpOnly"
    assert "x-private" not in answer.headers


def test_every_page_is_strict_about_what_runs_on_it(shop: Shop) -> None:
    """An inline script or another company's would show up here first."""
    for path in ("/", "/p/mug", "/cart", "/checkout", "/ledger", "/nowhere"):
        page = shop.ask("GET", path)
        assert "script-src 'self' http://127.0.0.1:" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        assert "<script>" not in page.text
        assert " style=" not in page.text


def test_another_sites_name_leads_nowhere(shop: Shop) -> None:
    """A page of a rebound name could read the ledger with the visitor's own browser."""
    assert shop.ask("GET", "/ledger.json", headers={"Host": "evil.example"}).status == 400


def test_neighbours_that_are_gone_are_told_of(shop: Shop, neighbour: Neighbour) -> None:
    """The page says that it is stale, and why, instead of showing what was."""
    neighbour.answers = [500] * 4
    assert shop.ask("GET", "/ledger.json").json["trouble"].endswith("answers 500")


def test_what_it_is_started_with_is_checked() -> None:
    """Words before a traceback, and the way out."""
    first = Program(
        "demo_shop",
        *("--gateway", "http://127.0.0.1:9", "--tiktok", "http://127.0.0.1:9", "--pixel", "C9"),
        *("--server-key", "sk", "--browser-key", "pk"),
        ready_on="stdout",
    )
    try:
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(10) == 0
    finally:
        first.close()
