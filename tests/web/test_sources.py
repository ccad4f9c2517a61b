"""Unmodified clients of other systems hand in their calls, by our key in the place of theirs."""

from base64 import b64encode
from typing import Any

import pytest

from tests.build import PIXEL, some_rules
from tests.web.gateway import BROWSER_KEY, ORIGIN, SERVER_KEY, BrokenStore, Gateway

BASIC = {"authorization": f"Basic {b64encode(f'{SERVER_KEY}:'.encode()).decode()}"}


def a_call(**stated: object) -> dict[str, Any]:
    """An order as Segment's libraries report it."""
    call: dict[str, Any] = {
        "type": "track",
        "event": "Order Completed",
        "userId": "cust_34982",
        "messageId": "m-1",
        "timestamp": "2026-04-23T11:22:50.000Z",
        "properties": {
            "order_id": "10492",
            "total": 129.95,
            "currency": "EUR",
            "products": [{"product_id": "sku_7", "price": 129.95, "quantity": 1}],
        },
        "context": {
            "ip": "203.0.113.42",
            "userAgent": "Mozilla/5.0",
            "traits": {"email": "a@customer.example"},
            "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"},
        },
    }
    return call | stated


async def test_a_batch_is_taken(gateway: Gateway) -> None:
    """A shop that has Segment's library changes one address."""
    reply = await gateway.post({"batch": [a_call()]}, path="/v1/batch")
    story = await gateway.get("/api/events/ord_10492_complete_payment")
    assert (reply.status, reply.outcomes) == (200, ["accepted"])
    assert story.json["event"] == "CompletePayment"
    assert (story.json["source"], story.json["verified"]) == ("segment", True)
    assert story.json["match_keys"]["email"] == "sent"


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b"])
@pytest.mark.parametrize(
    ("query", "headers", "more"),
    [
        ("", BASIC, {}),
        ("", {"authorization": f"Bearer {SERVER_KEY}"}, {}),
        (f"?writeKey={SERVER_KEY}", {}, {}),
        ("", {}, {"writeKey": SERVER_KEY}),
    ],
)
async def test_a_key_is_found_wherever_a_client_puts_it(
    gateway: Gateway, path: str, query: str, headers: dict[str, str], more: dict[str, str]
) -> None:
    """Each library has its own place for it."""
    tree = {"batch": [a_call()]} | more
    reply = await gateway.post(tree, key=None, path=path + query, headers=headers)
    assert (reply.status, reply.outcomes) == (200, ["accepted"])


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ({"type": "identify", "traits": {"email": "a@customer.example"}}, "identify_seen"),
        ({"type": "group", "groupId": "g"}, "call_not_an_event"),
        (a_call(event="Quote Requested"), "event_not_mapped"),
        (a_call(event="Order Refunded"), "no_sale"),
    ],
)
async def test_what_is_no_event_is_noted(
    gateway: Gateway, call: dict[str, Any], reason: str
) -> None:
    """Libraries send more than conversions; each is answered and counted, none is refused."""
    reply = await gateway.post({"batch": [call]}, path="/v1/batch")
    [result] = reply.json["results"]
    assert (reply.status, result["outcome"], result["reason"]) == (200, "noted", reason)
    assert "customer.example" not in gateway.log.getvalue()


async def test_a_full_disk_is_told_so_that_the_client_sends_again() -> None:
    """On 503 they keep what they have; on 400 they would drop it."""
    gateway = Gateway(store=BrokenStore())
    reply = await gateway.post({"batch": [a_call()]}, path="/v1/batch")
    assert (reply.status, reply.headers["retry-after"]) == (503, "5")


async def test_a_page_reports_what_is_no_servers_truth() -> None:
    """A public key opens browser events alone: anybody could report an order with it."""
    rules = some_rules(server_truth=frozenset({"CompletePayment"}))
    gateway = Gateway(rules={PIXEL: rules}, pixels={})
    added = a_call(event="Product Added", properties={"product_id": "sku_7"}, messageId="m-2")
    reply = await gateway.post(
        {"batch": [a_call(), added], "writeKey": BROWSER_KEY},
        key=None,
        path="/v1/b",
        headers={"origin": ORIGIN},
    )
    assert reply.outcomes == ["noted", "accepted"]
    assert reply.json["results"][0]["reason"] == "server_is_truth"
    elsewhere = await gateway.post(
        {"batch": [], "writeKey": BROWSER_KEY}, key=None, path="/v1/b",
        headers={"origin": "https://other.example"},
    )  # fmt: skip
    assert elsewhere.status == 403
