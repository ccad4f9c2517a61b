"""Shop systems call ``/webhooks/…``: signed deliveries become events, all others change nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tandemgate.catalog.shops import SHOPS
from tandemgate.model.rules import PixelRules
from tandemgate.model.secret import Secret
from tandemgate.model.shop import ShopKind
from tandemgate.settings import SourceSettings
from tandemgate.web.hearings import Hearings
from tests.build import NOW, PIXEL
from tests.sources.shops import NEWER_SECRET, SECRET, changed, golden, signed
from tests.web.gateway import OTHER_PIXEL, BrokenStore, Gateway, Reply

SOURCES = tuple(
    SourceSettings(kind, f"{kind}-shop", Secret(SECRET), pixels=(PIXEL,)) for kind in ShopKind
)
SHOPIFY = ShopKind.SHOPIFY


@dataclass
class Shop:
    """A shop system and the gateway that it calls."""

    kind: ShopKind = SHOPIFY
    sources: tuple[SourceSettings, ...] = SOURCES
    gateway: Gateway = field(init=False)
    store: Any = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    rules: dict[str, PixelRules] | None = None
    hearings: Hearings = field(default_factory=Hearings)

    def __post_init__(self) -> None:
        given = {"store": self.store, "rules": self.rules}
        made = {name: one for name, one in given.items() if one is not None}
        parts = {"sources": self.sources, "hearings": self.hearings, **self.parts}
        self.gateway = Gateway(parts=parts, **made)

    async def tells(
        self, content: object, topic: str = "orders/paid", secret: str = SECRET
    ) -> Reply:
        """Deliver *content*, signed."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = signed(self.kind, body, self.gateway.clock.now(), topic=topic, secret=secret)
        return await self.posts(body, headers)

    async def posts(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Deliver *body* with these headers."""
        path = f"/webhooks/{self.kind}/{self.kind}-shop"
        return await self.gateway.post(body, key=None, path=path, headers=headers)


async def test_a_paid_order_of_shopify_is_an_event() -> None:
    """A shop pastes one address; its orders arrive with all that Shopify knows."""
    shop = Shop()
    order = changed(golden("shopify-paid")["in"], "note_attributes/0/value", "")
    order = changed(order, "note_attributes/1/value", "")
    reply = await shop.tells(order)
    assert (reply.status, reply.outcomes) == (200, ["accepted"])
    assert reply.json["results"][0]["event_id"] == "ord_5940139491234_complete_payment"
    story = (await shop.gateway.get("/api/events/ord_5940139491234_complete_payment")).json
    assert (story["source"], story["verified"], story["event"]) == (
        "shopify", True, "CompletePayment",
    )  # fmt: skip
    assert {key for key, said in story["match_keys"].items() if said == "sent"} >= {
        "email", "phone", "external_id", "ttclid", "ttp", "ip", "user_agent",
    }  # fmt: skip


async def test_a_delivery_that_is_repeated_is_one_event() -> None:
    """Shop systems repeat what they hear no answer to; an order is counted once."""
    shop = Shop()
    order = golden("shopify-paid")["in"]
    replies = [await shop.tells(order) for _ in range(3)]
    assert [reply.outcomes for reply in replies] == [["accepted"], ["duplicate"], ["duplicate"]]


async def test_each_pixel_of_the_source_gets_the_order() -> None:
    """One shop may be measured by two pixels; the answer says what became of each."""
    source = SourceSettings(SHOPIFY, "shopify-shop", Secret(SECRET), pixels=(PIXEL, OTHER_PIXEL))
    reply = await Shop(sources=(source,)).tells(golden("shopify-paid")["in"])
    told = [(one["pixel_id"], one["outcome"]) for one in reply.json["results"]]
    assert told == [(PIXEL, "accepted"), (OTHER_PIXEL, "accepted")]


async def test_without_a_stated_consent_nothing_leaves_where_it_is_needed() -> None:
    """A yes to the shop's mails is no yes to ads, and silence is none either."""
    order = changed(golden("shopify-paid")["in"], "note_attributes", [])
    order = changed(order, "shipping_address", None)
    reply = await Shop().tells(order)
    [result] = reply.json["results"]
    assert (order["buyer_accepts_marketing"], result["outcome"]) == (True, "suppressed")
    assert result["reason"] == "consent_missing"


async def test_a_test_order_is_no_conversion() -> None:
    """Whoever tries the checkout must not teach TikTok whom to look for; but a demo shows it."""
    order = changed(golden("shopify-paid")["in"], "test", True)
    reply = await Shop().tells(order)
    assert [one["reason"] for one in reply.json["results"]] == ["test_order"]
    reply = await Shop(parts={"demo": True}).tells(order)
    assert reply.outcomes == ["accepted"]


async def test_while_a_secret_is_exchanged_both_count() -> None:
    """Shopify takes up to an hour to sign with the new one; no order of it may be lost."""
    source = SourceSettings(SHOPIFY, "shopify-shop", Secret(NEWER_SECRET), Secret(SECRET), (PIXEL,))
    shop = Shop(sources=(source,))
    for secret in (SECRET, NEWER_SECRET):
        reply = await shop.tells(golden("shopify-paid")["in"], secret=secret)
        assert reply.status == 200


@pytest.mark.parametrize("kind", list(ShopKind))
async def test_what_is_not_signed_is_refused_and_counted_nowhere(kind: ShopKind) -> None:
    """Anybody can find the address; nobody else may report an order."""
    shop = Shop(kind)
    body = b'{"id": 1}'
    header = SHOPS[kind].signature
    replies = {
        "signature_missing": await shop.posts(body, {}),
        "signature_wrong": await shop.tells(body, secret=NEWER_SECRET),
    }
    for reason, reply in replies.items():
        assert (reply.status, reply.first_problem["reason"]) == (401, reason)
        assert reply.first_problem["field"] == f"header {header}"
        assert SECRET not in reply.body.decode()
    stats = (await shop.gateway.get("/api/stats")).json
    assert stats["received"] == []


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/webhooks/shopify/unknown", "POST", 404),
        ("/webhooks/shopify/stripe-shop", "POST", 404),
        ("/webhooks/magento/shopify-shop", "POST", 404),
        ("/webhooks/shopify", "POST", 404),
        ("/webhooks/shopify/shopify-shop", "GET", 405),
    ],
)
async def test_other_addresses_are_told_apart(path: str, method: str, status: int) -> None:
    """A name that was mistyped in the shop system must be told from a wrong secret."""
    gateway = Shop().gateway
    reply = await (gateway.get(path) if method == "GET" else gateway.post(b"{}", path=path))
    assert reply.status == status


async def test_a_store_that_takes_nothing_asks_for_a_repeat() -> None:
    """Then the shop system delivers again, and nothing of the first time is left."""
    reply = await Shop(store=BrokenStore()).tells(golden("shopify-paid")["in"])
    assert (reply.status, reply.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize(
    ("body", "status", "outcomes"),
    [
        (b"[]", 200, ["rejected"]),
        (b'"order"', 200, ["rejected"]),
        (b"{}", 200, ["rejected"]),
        (b'{"id": 1, "id": 2}', 200, ["rejected"]),
        (b"{", 400, None),
        (b'{"id": NaN}', 400, None),
    ],
)
async def test_what_is_signed_and_readable_is_answered_with_200(
    body: bytes, status: int, outcomes: list[str] | None
) -> None:
    """A repeat mends no content, and after some refusals the webhook itself is deleted."""
    reply = await Shop().tells(body)
    assert reply.status == status
    assert outcomes is None or reply.outcomes == outcomes


async def test_the_moment_is_ours() -> None:
    """The order's moment is read with its offset."""
    shop = Shop()
    await shop.tells(golden("shopify-paid")["in"])
    story = (await shop.gateway.get("/api/events/chk_9c1f_payment")).json
    assert story["event_time"] == 1776943377
    assert story["event_time"] < NOW


async def test_what_was_last_heard_of_a_source_is_told() -> None:
    """Whoever sets a webhook up sees whether it arrives, and whether it is believed."""
    shop = Shop()

    async def heard() -> dict[str, Any]:
        told = (await shop.gateway.get("/api/setup")).json["sources"]
        found: dict[str, Any] = next(one for one in told if one["name"] == "shopify-shop")
        return found

    fresh = await heard()
    await shop.tells({}, secret=NEWER_SECRET)
    shop.gateway.clock.at += 60
    await shop.tells({}, secret=NEWER_SECRET)
    [doubt] = shop.hearings.refused.values()
    refused = await heard()
    await shop.tells(golden("shopify-paid")["in"])
    assert fresh["address"] == "https://c.shop.example/webhooks/shopify/shopify-shop"
    assert (fresh["heard_at"], fresh["refused"]) == (None, None)
    assert (refused["heard_at"], refused["refused"]) == (None, "signature_wrong")
    assert doubt.since == NOW
    after = await heard()
    assert (after["heard_at"] is None, after["refused"]) == (False, None)
    assert shop.hearings.refused == {}
