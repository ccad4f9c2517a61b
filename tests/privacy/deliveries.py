"""What shop systems deliver by webhooks, with the canary wherever an order has room for it."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from time import time
from typing import Any, Final
from urllib.parse import quote

from tandemgate.model.shop import ShopKind
from tests.privacy.canaries import (
    CITY,
    EMAIL,
    EXTERNAL_ID,
    FIRST_NAME,
    IP,
    LAST_NAME,
    PHONES,
    SESSION,
    SHOP_SECRET,
    TTCLID,
    TTP,
    USER_AGENT,
    WRONG_KEY,
    ZIP_CODE,
)
from tests.privacy.journey import TOLD_BY_ITS_LOOKS, Call
from tests.sources.shops import golden, signed

NOTES: Final = {
    "session": SESSION,
    "ttclid": TTCLID,
    "ttp": TTP,
    "external_id": EXTERNAL_ID,
    "ad_user_data": "GRANTED",
    "ad_personalization": "GRANTED",
}
NAMES: Final = {"first_name": FIRST_NAME, "last_name": LAST_NAME, "phone": PHONES[1], "city": CITY}
LANDED: Final = f"https://shop.example/?ttclid={TTCLID}&mail={quote(EMAIL)}"


def _shopify() -> dict[str, Any]:
    order: dict[str, Any] = deepcopy(golden("shopify-paid")["in"])
    moment = datetime.now(UTC).isoformat()
    address = {**NAMES, "zip": ZIP_CODE, "country_code": "DE", "address1": EMAIL}
    return order | {
        "email": EMAIL, "contact_email": EMAIL, "phone": PHONES[0], "note": EMAIL,
        "processed_at": moment, "created_at": moment, "landing_site": LANDED,
        "client_details": {"browser_ip": IP, "user_agent": USER_AGENT},
        "billing_address": address, "shipping_address": address,
        "customer": {"id": EXTERNAL_ID, "email": EMAIL, "note": EMAIL},
        "note_attributes": [
            *({"name": name, "value": value} for name, value in NOTES.items()),
            {"name": EMAIL, "value": EMAIL},
        ],
    }  # fmt: skip


def _stripe() -> dict[str, Any]:
    event: dict[str, Any] = deepcopy(golden("stripe-session")["in"])
    address = {"city": CITY, "country": "DE", "postal_code": ZIP_CODE, "line1": EMAIL}
    details = {"email": EMAIL, "phone": PHONES[0], "address": address}
    event["created"] = int(time())
    event["data"]["object"] |= {
        "customer_details": details | {"name": f"{FIRST_NAME} {LAST_NAME}"},
        "client_reference_id": EMAIL,
        "metadata": {**NOTES, "order_id": "10492", EMAIL: EMAIL},
    }
    return event


def _woocommerce() -> dict[str, Any]:
    order: dict[str, Any] = deepcopy(golden("woocommerce-processing")["in"])
    billing = {**NAMES, "email": EMAIL, "postcode": ZIP_CODE, "country": "DE", "address_1": EMAIL}
    return order | {
        "date_created_gmt": datetime.now(UTC).isoformat().partition("+")[0],
        "billing": billing, "shipping": billing, "customer_note": EMAIL,
        "customer_ip_address": IP, "customer_user_agent": USER_AGENT, "customer_id": EXTERNAL_ID,
        "meta_data": [
            *({"id": 1, "key": f"_{name}", "value": value} for name, value in NOTES.items()),
            {"id": 2, "key": "_wc_order_attribution_session_entry", "value": LANDED},
        ],
    }  # fmt: skip


ORDERS: Final = {
    ShopKind.SHOPIFY: (_shopify, "orders/paid"),
    ShopKind.STRIPE: (_stripe, ""),
    ShopKind.WOOCOMMERCE: (_woocommerce, "order.updated"),
}


def delivered() -> Iterator[Call]:
    """Deliveries that are right, wrong and not signed, of every system."""
    for kind, (make, topic) in ORDERS.items():
        target = f"/webhooks/{kind}/{kind}-shop"
        for tree in _variants(make()):
            body = json.dumps(tree).encode()
            yield Call(
                target, body, headers=signed(kind, body, time(), topic=topic, secret=SHOP_SECRET)
            )
        good = json.dumps(make()).encode()
        right = signed(kind, good, time(), topic=topic, secret=SHOP_SECRET)
        for broken in (b"", b"[", good[:-9], EMAIL.encode()):
            headers = signed(kind, broken, time(), topic=topic, secret=SHOP_SECRET)
            yield Call(target, broken, headers=headers)
        yield Call(target, good, headers={})
        yield Call(target, good, headers=signed(kind, good, time(), secret=WRONG_KEY))
        yield Call(target, good, headers=signed(kind, good, 1.0, secret=SHOP_SECRET))
        for identifier in TOLD_BY_ITS_LOOKS:
            said = quote(identifier, safe="")
            yield Call(f"/webhooks/{kind}/{said}", good, headers=right)
            yield Call(f"{target}?{said}={said}", good, headers=right)
            for name in right:
                yield Call(target, good, headers=right | {name: identifier})
            yield Call(target, None, "GET", {"Referer": identifier})


def _variants(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The delivery as it is, and with an identifier instead of each thing that it says."""
    yield tree
    inside = tree["data"]["object"] if "data" in tree else tree
    for identifier in TOLD_BY_ITS_LOOKS:
        for name in inside:
            stray = {**inside, name: identifier, identifier: identifier}
            yield {**tree, "data": {"object": stray}} if "data" in tree else stray
        yield {**tree, "type": identifier}
