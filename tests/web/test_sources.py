"""Unmodified clients of other systems hand in their calls, by our key in the place of theirs."""

import gzip
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tandemgate.model.admission import Admission
from tandemgate.model.event import Event
from tandemgate.model.secret import Secret
from tandemgate.ports import StoreUnavailable
from tandemgate.settings import KeyKind, KeySettings
from tandemgate.storage.memory import MemoryStore
from tests.build import PIXEL, some_rules
from tests.web.gateway import (
    ADMIN_KEY,
    BROWSER_KEY,
    ORIGIN,
    OTHER_PIXEL,
    READ_KEY,
    SERVER_KEY,
    SLOW_KEY,
    BrokenStore,
    Gateway,
    ask,
)

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


async def test_an_admin_key_tells_no_customer_to_every_shop(gateway: Gateway) -> None:
    """It opens all pixels, and these clients name none."""
    reply = await gateway.post({"batch": [a_call()]}, key=ADMIN_KEY, path="/v1/batch")
    assert (reply.status, reply.first_problem["reason"]) == (403, "key_names_no_pixel")
    alone = Gateway(rules={PIXEL: some_rules()}, pixels={})
    taken = await alone.post({"batch": [a_call()]}, key=ADMIN_KEY, path="/v1/batch")
    assert taken.outcomes == ["accepted"]


@pytest.mark.parametrize(
    ("key", "status", "reason"),
    [
        (None, 401, "key_missing"),
        ("sk_wrong", 401, "key_unknown"),
        (READ_KEY, 403, "key_without_right"),
    ],
)
async def test_who_may_not_is_told_why(
    gateway: Gateway, key: str | None, status: int, reason: str
) -> None:
    """A client drops what gets a 4xx, so its log is where somebody looks."""
    reply = await gateway.post({"batch": [a_call()]}, key=key, path="/v1/batch")
    assert (reply.status, reply.first_problem["reason"]) == (status, reason)


async def test_a_batch_for_two_shops_is_told_for_each() -> None:
    """A key of several pixels sends each event to all of them, once however often it is sent."""
    keys = (KeySettings(KeyKind.SERVER, "both", Secret("sk_both"), (PIXEL, OTHER_PIXEL)),)
    gateway = Gateway(keys=keys)
    added = a_call(event="Product Added", properties={"product_id": "7"}, messageId="m-2")
    batch = {"batch": [a_call(), added], "writeKey": "sk_both"}
    first = await gateway.post(batch, key=None, path="/v1/batch")
    again = await gateway.post(batch, key=None, path="/v1/batch")
    assert [one["pixel_id"] for one in first.json["results"]] == [PIXEL] * 2 + [OTHER_PIXEL] * 2
    assert (first.outcomes, again.outcomes) == (["accepted"] * 4, ["duplicate"] * 4)
    ids = [[one["event_id"] for one in reply.json["results"]] for reply in (first, again)]
    assert ids == [["ord_10492_complete_payment", "m-2"] * 2] * 2


@dataclass
class HalfBrokenStore(MemoryStore):
    """A store whose disk is full when the second shop's event comes, and has room later."""

    admitted: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        self.admitted += 1
        if self.admitted == 2:
            raise StoreUnavailable
        return await super().admit(events)


async def test_a_refusal_in_the_middle_loses_nothing_and_doubles_nothing() -> None:
    """What is stored stays stored; the client sends all again, and that is known."""
    keys = (KeySettings(KeyKind.SERVER, "both", Secret("sk_both"), (PIXEL, OTHER_PIXEL)),)
    gateway = Gateway(keys=keys, store=HalfBrokenStore())
    batch = {"batch": [a_call()], "writeKey": "sk_both"}
    refused = await gateway.post(batch, key=None, path="/v1/batch")
    assert (refused.status, "results" in refused.json) == (503, False)
    again = await gateway.post(batch, key=None, path="/v1/batch")
    assert (again.status, again.outcomes) == (200, ["duplicate", "accepted"])


async def test_a_slow_key_waits(gateway: Gateway) -> None:
    """These clients keep what gets a 429, and send it again."""
    replies = [await gateway.post({"batch": []}, key=SLOW_KEY, path="/v1/b") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].headers["retry-after"] == "1"


async def test_one_address_has_its_share_of_a_public_key(gateway: Gateway) -> None:
    """Whoever reads the key in a page could keep everybody else's calls out."""
    page = {"origin": ORIGIN}
    statuses = {
        (await gateway.post({"writeKey": BROWSER_KEY}, key=None, path="/v1/p", headers=page)).status
        for _ in range(60)
    }
    assert statuses == {200, 429}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_is_what_it_is_whatever_its_type_says(gateway: Gateway, kind: str) -> None:
    """Pages say text/plain, RudderStack's library for Node says a form, over gzip."""
    body = gzip.compress(json.dumps({"batch": [a_call()]}).encode())
    reply = await gateway.post(body, path="/v1/batch", headers={"content-type": kind})
    assert reply.outcomes == ["accepted"]


async def test_a_pages_library_hears_where_to_send() -> None:
    """Nothing of the page goes to anybody but the gateway, not even figures about the library."""
    gateway, page = Gateway(), {"origin": ORIGIN}
    path = f"/v1/projects/{BROWSER_KEY}/settings"
    told = await ask(gateway.app, "GET", path, headers=page)
    segment = {"apiKey": BROWSER_KEY, "apiHost": "c.shop.example/v1", "protocol": "https"}
    assert told.json == {
        "integrations": {"Segment.io": segment},
        "metrics": {"sampleRate": 0},
    }
    assert told.headers["access-control-allow-origin"] == ORIGIN
    assert (await ask(gateway.app, "GET", path)).status == 403
    unknown = await ask(gateway.app, "GET", "/v1/projects/pk_wrong/settings", headers=page)
    assert unknown.status == 401


async def test_a_preflight_lets_the_library_ask(gateway: Gateway) -> None:
    """It sends a key in Authorization and counts its attempts, which browsers ask about first."""
    told = await ask(gateway.app, "OPTIONS", "/v1/t", headers={"origin": ORIGIN})
    assert told.status == 204
    assert told.headers["access-control-allow-origin"] == ORIGIN
    assert told.headers["access-control-allow-headers"].split(", ") == [
        "content-type",
        "authorization",
        "x-retry-count",
    ]


async def test_unreadable_consent_of_a_page_is_missing_and_of_a_server_refused() -> None:
    """Nobody reads what a page is answered; a server's makers do."""
    gateway = Gateway(rules={PIXEL: some_rules()}, pixels={})
    added = a_call(event="Product Added", properties={"product_id": "7"}, messageId="m-2")
    added["context"]["consent"] = {"ad_user_data": "yes", "region": "DE"}
    batch, page = {"batch": [added]}, {"origin": ORIGIN}
    by_page = batch | {"writeKey": BROWSER_KEY}
    reply = await gateway.post(by_page, key=None, path="/v1/b", headers=page)
    assert (reply.outcomes, reply.json["results"][0]["reason"]) == (
        ["suppressed"],
        "consent_missing",
    )
    assert (await gateway.post(batch, path="/v1/b")).first_problem["reason"] == "consent_unreadable"
