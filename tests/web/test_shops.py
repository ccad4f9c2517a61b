"""What shop systems do in the course of a day, and what becomes of it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandemgate.catalog.shops import SHOPS
from tandemgate.core.valuation import read_rule
from tandemgate.model.shop import ShopKind
from tests import strategies
from tests.build import NOW, PIXEL, some_rules
from tests.contract.steps import waiting_item
from tests.sources.shops import GOLDEN, changed, golden, signature, signed
from tests.web.gateway import ADMIN_KEY
from tests.web.test_trials import VISIT, beacon, joined
from tests.web.test_webhooks import Shop

STRIPE, WOOCOMMERCE = ShopKind.STRIPE, ShopKind.WOOCOMMERCE
ANY_KIND = st.sampled_from(ShopKind)
TOPICS = {ShopKind.SHOPIFY: "orders/paid", WOOCOMMERCE: "order.updated", STRIPE: ""}
CASES = {path.stem: json.loads(path.read_text("utf-8")) for path in GOLDEN}


def stripe(name: str, **places: object) -> dict[str, Any]:
    """One of Stripe's golden events with other values at ``data/object/…``."""
    event: dict[str, Any] = golden(name)["in"]
    for place, value in places.items():
        event = changed(event, f"data/object/{place.replace('__', '/')}", value)
    return event


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "out" in case])
async def test_each_golden_delivery_is_accepted(name: str) -> None:
    """The whole way, from the signed bytes to an event that is ready for TikTok."""
    case = CASES[name]
    reply = await Shop(ShopKind(case["kind"])).tells(case["in"], case["topic"])
    assert (reply.status, reply.outcomes) == (200, ["accepted"])


@pytest.mark.parametrize(
    ("session", "payment"),
    [
        ({}, {}),
        ({}, {"metadata": {}}),
        ({"metadata": {}}, {"metadata": {}}),
        ({"metadata__order_id": ...}, {}),
        ({}, {"metadata__order_id": "another"}),
    ],
    ids=["both", "the session", "none", "the payment", "each another"],
)
@pytest.mark.parametrize("payment_first", [False, True])
async def test_a_payment_that_stripe_tells_twice_is_one_event_whoever_names_the_order(
    session: dict[str, Any], payment: dict[str, Any], *, payment_first: bool
) -> None:
    """A shop ticks all events that sound right; the payment is counted once all the same."""
    shop = Shop(STRIPE)
    told = [
        stripe("stripe-session", **session),
        stripe("stripe-payment", currency="eur", **payment),
    ]
    for event in reversed(told) if payment_first else told:
        assert (await shop.tells(event)).status == 200
    stored = (await shop.gateway.get("/api/events")).json["events"]
    assert [one["event"] for one in stored] == ["CompletePayment"]


async def test_a_subscription_that_is_told_twice_is_one_event() -> None:
    """Checkout and the invoice both tell its first payment."""
    shop = Shop(STRIPE)
    subscription = "sub_1PabcdEfGhIjKlMn"
    begun = stripe(
        "stripe-session", mode="subscription", subscription=subscription, amount_total=1190
    )
    replies = [await shop.tells(begun), await shop.tells(golden("stripe-invoice")["in"])]
    ids = [reply.json["results"][0]["event_id"] for reply in replies]
    assert ids == [f"ord_{subscription}_subscribe"] * 2
    stored = (await shop.gateway.get("/api/events")).json["events"]
    assert [one["event"] for one in stored] == ["Subscribe"]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (stripe("stripe-session", payment_status="unpaid"), "order_not_paid"),
        (stripe("stripe-session", mode="setup"), "topic_no_sale"),
        (stripe("stripe-session", mode="subscription", amount_total=0), "nothing_paid"),
        (stripe("stripe-payment", metadata={}), "payment_without_order"),
        (stripe("stripe-invoice", billing_reason="subscription_cycle"), "renewal"),
        (stripe("stripe-invoice", billing_reason="manual"), "topic_no_sale"),
        (stripe("stripe-invoice", amount_paid=0), "nothing_paid"),
        (golden("stripe-session")["in"] | {"type": "charge.refunded"}, "topic_no_sale"),
        (golden("stripe-session")["in"] | {"type": "customer.subscription.created"},
         "topic_no_sale"),
        (golden("stripe-session")["in"] | {"livemode": False}, "test_order"),
    ],
)  # fmt: skip
async def test_what_is_no_sale_at_stripe_is_noted(event: dict[str, Any], reason: str) -> None:
    """Each says why, for whoever misses an order."""
    reply = await Shop(STRIPE).tells(event)
    [result] = reply.json["results"]
    assert (reply.status, result["outcome"], result["reason"]) == (200, "noted", reason)


async def test_an_old_delivery_of_stripe_is_refused_by_how_old_it_is() -> None:
    """Whoever recorded one must not send it again; and a wrong clock is named."""
    shop = Shop(STRIPE)
    body = json.dumps(golden("stripe-session")["in"]).encode()
    now = shop.gateway.clock.now()
    for apart in (-300, 0, 299):
        assert (await shop.posts(body, signed(STRIPE, body, now + apart))).status == 200
    old = await shop.posts(body, signed(STRIPE, body, now - 412))
    assert (old.status, old.first_problem["received"]) == (401, "signed 412 s before our clock")
    reply = await shop.posts(body, signed(STRIPE, body, now + 412))
    assert reply.first_problem["received"] == "signed 412 s after our clock"
    assert "NTP" in reply.first_problem["fix"]


async def test_stripe_signs_with_each_secret_that_counts() -> None:
    """While the secret is rolled there are two signatures, in any order."""
    shop = Shop(STRIPE)
    body = json.dumps(golden("stripe-session")["in"]).encode()
    right = signature(STRIPE, body, shop.gateway.clock.now())
    at, _, made = right.partition(",")
    for header in (f"{at},v1={'0' * 64},{made},v0=abc", f"{right},v1={'0' * 64}"):
        reply = await shop.posts(body, {"stripe-signature": header})
        assert reply.status == 200


@pytest.mark.parametrize("header", ["t=,v1=", "v1=abc", "t=1", "x", "t=1e5,v1=ab", "t=²,v1=ab"])
async def test_a_header_that_is_no_signature_is_told_from_a_wrong_one(header: str) -> None:
    """Then a proxy rewrites headers, and no secret is to blame."""
    reply = await Shop(STRIPE).posts(b"{}", {"stripe-signature": header})
    assert (reply.status, reply.first_problem["reason"]) == (401, "signature_unreadable")


async def test_woocommerce_knocks_before_it_begins() -> None:
    """Its first request is an unsigned form; anything but 200 is shown as an error there."""
    shop = Shop(WOOCOMMERCE)
    reply = await shop.posts(
        b"webhook_id=12", {"content-type": "application/x-www-form-urlencoded"}
    )
    assert (reply.status, reply.json["results"]) == (200, [])
    assert (await shop.gateway.get("/api/stats")).json["received"] == []
    for body in (b"webhook_id=12&order=1", b"webhook_id=", b"{}"):
        assert (await shop.posts(body, {})).status == 401


@pytest.mark.parametrize("kind", [STRIPE, ShopKind.SHOPIFY])
async def test_nobody_else_knocks(kind: ShopKind) -> None:
    """Of another system it would be a delivery without a signature."""
    assert (await Shop(kind).posts(b"webhook_id=12", {})).status == 401


async def test_what_is_said_twice_is_not_believed_once() -> None:
    """Of two consents in one object a parser takes the last; a grant must not win that way."""
    body = json.dumps(golden("shopify-paid")["in"]).encode()
    reply = await Shop().tells(body[:-1] + b', "note_attributes": []}')
    assert reply.outcomes == ["rejected"]
    assert reply.first_problem["reason"] == "key_repeated"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "on-hold"}, "order_not_paid"),
        ({"status": "refunded"}, "order_not_paid"),
        ({"status": "cancelled"}, "order_not_paid"),
        ({"created_via": "subscription"}, "renewal"),
        ({"created_via": "pos-rest-api"}, "order_not_online"),
    ],
)
async def test_what_is_no_sale_at_woocommerce_is_noted(
    changes: dict[str, str], reason: str
) -> None:
    """An order is told at each step of its life; one of them is the sale."""
    order = golden("woocommerce-processing")["in"] | changes
    reply = await Shop(WOOCOMMERCE).tells(order, "order.updated")
    assert [one["reason"] for one in reply.json["results"]] == [reason]


async def test_an_order_of_woocommerce_is_one_purchase_at_every_step() -> None:
    """Created as paid, updated, edited while it waits, completed: one event, as it stood last."""
    shop = Shop(WOOCOMMERCE)
    order = golden("woocommerce-processing")["in"]
    steps = [
        ("order.created", order),
        ("order.updated", order | {"status": "completed"}),
        ("order.updated", order | {"total": "99.95"}),
        ("order.deleted", {"id": 727}),
    ]
    replies = [await shop.tells(content, topic) for topic, content in steps]
    assert [reply.outcomes for reply in replies] == [
        ["accepted"], ["duplicate"], ["accepted"], ["noted"],
    ]  # fmt: skip
    assert replies[2].json["results"][0]["revision"] == 2
    stored = (await shop.gateway.get("/api/events")).json["events"]
    assert [(one["event_id"], one["state"]) for one in stored] == [
        ("ord_727_complete_payment", "QUEUED")
    ]


@pytest.mark.parametrize(
    ("rule", "name", "value"),
    [
        ("total - tax - shipping", "shopify-paid", 99.2),
        ("subtotal + tax", "stripe-session", 121.55),
        ("total - refund", "woocommerce-processing", 119.95),
        ("subtotal - discount", "woocommerce-processing", 100.8),
        ("total - tax", "stripe-payment", 12995),
    ],
)
async def test_the_value_is_what_the_pixels_rule_says(rule: str, name: str, value: float) -> None:
    """The Pixel tells a value too; only the shop knows which of the amounts that is."""
    case = CASES[name]
    found = read_rule(rule)
    assert found is not None
    shop = Shop(ShopKind(case["kind"]), rules={PIXEL: some_rules(value_rule=found)})
    reply = await shop.tells(case["in"], case["topic"])
    assert reply.outcomes == ["accepted"]
    item = await waiting_item(shop.gateway.store.ledger)
    assert item["properties"]["value"] == pytest.approx(value)


async def test_a_test_order_counts_in_a_test_session() -> None:
    """Whoever tries the whole journey sees the order arrive, and live conversions never do."""
    shop = Shop()
    cookies = await joined(shop.gateway)
    await beacon(shop.gateway, cookies, {"type": "page"})
    order = changed(golden("shopify-paid")["in"], "note_attributes/2/value", VISIT)
    order["processed_at"] = datetime.fromtimestamp(NOW, UTC).isoformat()
    reply = await shop.tells(order | {"test": True})
    assert reply.outcomes == ["accepted"]
    stored = (await shop.gateway.get("/api/events", ADMIN_KEY)).json["events"]
    assert [one["channel"] for one in stored] == ["test"]


# -- laws


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ANY_KIND, strategies.json_values, st.sampled_from(sorted(CASES)), st.data())
async def test_whatever_is_signed_is_answered_and_ends_in_one_outcome(
    kind: ShopKind, tree: object, name: str, data: st.DataObject
) -> None:
    """A repeat would mend nothing, and a webhook that fails too often is deleted."""
    case = CASES[name]
    if case["kind"] == kind:
        keys = data.draw(st.lists(st.sampled_from(sorted(case["in"])), max_size=3))
        tree = case["in"] | dict.fromkeys(keys, tree)
    try:
        body = json.dumps(tree).encode("utf-8")
    except UnicodeEncodeError:
        return
    reply = await Shop(kind).tells(body, TOPICS[kind])
    assert reply.status in {200, 400}
    assert reply.status == 400 or len(reply.outcomes) == 1


@settings(deadline=None)
@given(st.sampled_from(sorted(CASES)), st.data())
async def test_a_flipped_bit_is_refused(name: str, data: st.DataObject) -> None:
    """Of the body or of the signature: what came is what the shop sent, or nothing."""
    case = CASES[name]
    kind = ShopKind(case["kind"])
    shop = Shop(kind)
    header = SHOPS[kind].signature.lower()
    body = json.dumps(case["in"]).encode()
    headers = signed(kind, body, shop.gateway.clock.now(), topic=case["topic"])
    parts = [bytearray(body), bytearray(headers[header].encode())]
    which = data.draw(st.integers(0, 1))
    place = data.draw(st.integers(0, len(parts[which]) - 1))
    parts[which][place] ^= 1 << data.draw(st.integers(0, 7))
    reply = await shop.posts(bytes(parts[0]), headers | {header: parts[1].decode("latin-1")})
    assert reply.status == 401
    assert (await shop.gateway.get("/api/stats")).json["received"] == []
