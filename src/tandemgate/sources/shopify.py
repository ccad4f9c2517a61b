"""Shopify's order webhooks.

Sources: Shopify, "Order" in the REST Admin API (fields; amounts in the shop's currency, and in
``…_set.presentment_money`` as the buyer saw them), "Webhook topics", "About webhooks" (tests).

The order goes by its ``id``: the one number of it that Shopify's customer events give to a Pixel
(``checkout.order.id``), so that both copies are one. ``checkout_completed`` names the buyer's
currency too. ``buyer_accepts_marketing`` is about mails of the shop: no consent to ads.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from tandemgate.model.message import Message
from tandemgate.sources.delivery import Delivery
from tandemgate.sources.notes import read_notes
from tandemgate.sources.order import (
    SALE,
    Order,
    amounts,
    event_of,
    identity,
    line,
    pairs,
    rows,
    seconds,
    texts,
)
from tandemgate.sources.totals import decimal
from tandemgate.sources.walk import click_in, inner

PAID: Final = "orders/paid"
AT_THE_COUNTER: Final = "pos"
_BY_ITS_BUYER: Final = (None, "web")
"""Sources of orders whose browser is the buyer's: a draft's may be that of the shop's people."""


def read_shopify(delivery: Delivery) -> Message:
    """Read one delivery; ``orders/paid`` alone is a sale."""
    order = delivery.tree
    if delivery.topic != PAID:
        return Message("", {}, "topic_no_sale")
    if not isinstance(order, dict):
        return Message("", order)
    if order.get("cancelled_at"):
        return Message("", {}, "order_not_paid")
    if order.get("source_name") == AT_THE_COUNTER:
        return Message("", {}, "order_not_online")
    return event_of(_order(order, delivery), SALE, delivery.rules)


def _order(order: Mapping[str, Any], delivery: Delivery) -> Order:
    notes = read_notes(pairs(order, "note_attributes", "name", "value"))
    addresses = (inner(order, "billing_address"), inner(order, "shipping_address"))
    return Order(
        number=identity(order.get("id")),
        at=seconds(order.get("processed_at"), order.get("created_at")),
        amounts=_amounts(order),
        currency=_money(order, "total_price")[1],
        user=dict(_user(order)),
        contents=list(_contents(order, delivery)),
        refs={"checkout": order.get("checkout_token"), "cart": order.get("cart_token")},
        countries=texts(*(one.get("country_code") for one in addresses)),
        notes=notes,
        rehearsal=order.get("test") is True,
    )


def _money(of: Mapping[str, Any], name: str) -> tuple[Decimal | None, object]:
    """Read an amount as the buyer saw it, with its currency."""
    shown = inner(of, f"{name}_set", "presentment_money")
    amount, currency = decimal(shown.get("amount")), shown.get("currency_code")
    if amount is not None and currency:
        return amount, currency
    return decimal(of.get(name)), of.get("currency")


def _amounts(order: Mapping[str, Any]) -> Mapping[Any, Decimal]:
    total, now = _money(order, "total_price")[0], _money(order, "current_total_price")[0]
    return amounts(
        total=total,
        subtotal=_money(order, "subtotal_price")[0],
        tax=_money(order, "total_tax")[0],
        shipping=_money(order, "total_shipping_price")[0],
        discount=_money(order, "total_discounts")[0],
        refund=None if total is None or now is None else total - now,
    )


def _user(order: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    customer, client = inner(order, "customer"), inner(order, "client_details")
    buyer = inner(order, "billing_address") or inner(order, "shipping_address")
    buyer = buyer or inner(customer, "default_address")
    yield "email", texts(order.get("email"), order.get("contact_email"), customer.get("email"))
    yield "phone", texts(order.get("phone"), buyer.get("phone"), customer.get("phone"))
    yield "external_id", identity(customer.get("id"))
    yield "first_name", buyer.get("first_name") or customer.get("first_name")
    yield "last_name", buyer.get("last_name") or customer.get("last_name")
    yield "city", buyer.get("city")
    yield "state", buyer.get("province_code")
    yield "zip_code", buyer.get("zip")
    yield "country", buyer.get("country_code")
    yield "ttclid", click_in(order.get("landing_site"))
    yield "locale", order.get("customer_locale")
    if order.get("source_name") in _BY_ITS_BUYER:
        yield "ip", client.get("browser_ip") or order.get("browser_ip")
        yield "user_agent", client.get("user_agent")


def _contents(order: Mapping[str, Any], delivery: Delivery) -> Iterator[object]:
    for one in rows(order, "line_items"):
        ids = {
            "variant": one.get("variant_id"),
            "product": one.get("product_id"),
            "sku": one.get("sku"),
        }
        price, _ = _money(one, "price")
        quantity = one.get("quantity")
        yield line(delivery.content_id, ids, one.get("title"), price, quantity)
