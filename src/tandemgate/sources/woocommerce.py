"""WooCommerce's order webhooks.

Sources: WooCommerce REST API, "Orders" (properties, statuses) and "Webhooks" (topics: creating an
order in a paid state tells ``order.created``, each later change ``order.updated``), "Order
Attribution" (``_wc_order_attribution_session_entry`` is the page that the buyer landed at).

The order goes by its ``number``, which its thank-you page, mails and exports show; it is the ``id``
unless a plugin counts otherwise. Of some countries states have the country in front (``DE-NW``), as
WooCommerce's ``i18n/states.php`` lists them; it is taken off. Products go by SKU, else by the id of
the variation or product, as TikTok's own plugin for WooCommerce names them.
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

TOPICS: Final = ("order.created", "order.updated")
PAID: Final = ("processing", "completed")
"""Statuses of a sale: paid, or to be paid in cash when it is handed over."""

RENEWED_BY: Final = "subscription"
AT_THE_COUNTER: Final = "pos-rest-api"
_LANDING: Final = "_wc_order_attribution_session_entry"


def read_woocommerce(delivery: Delivery) -> Message:
    """Read one delivery; an order is a sale while it stands in one of :data:`PAID`."""
    order = delivery.tree
    if delivery.topic not in TOPICS:
        return Message("", {}, "topic_no_sale")
    if not isinstance(order, dict):
        return Message("", order)
    if order.get("status") not in PAID:
        return Message("", {}, "order_not_paid")
    if order.get("created_via") == AT_THE_COUNTER:
        return Message("", {}, "order_not_online")
    if order.get("created_via") == RENEWED_BY:
        return Message("", {}, "renewal")
    return event_of(_order(order, delivery), SALE, delivery.rules)


def _order(order: Mapping[str, Any], delivery: Delivery) -> Order:
    billing, shipping = inner(order, "billing"), inner(order, "shipping")
    return Order(
        number=identity(order.get("number"), order.get("id")),
        at=seconds(order.get("date_created_gmt")),
        amounts=_amounts(order),
        currency=order.get("currency"),
        user=dict(_user(order, billing)),
        contents=list(_contents(order, delivery)),
        countries=texts(billing.get("country"), shipping.get("country")),
        notes=read_notes(pairs(order, "meta_data", "key", "value")),
    )


def _amounts(order: Mapping[str, Any]) -> Mapping[Any, Decimal]:
    return amounts(
        total=decimal(order.get("total")),
        subtotal=_sum(order, "line_items", "subtotal"),
        tax=decimal(order.get("total_tax")),
        shipping=decimal(order.get("shipping_total")),
        discount=decimal(order.get("discount_total")),
        refund=_sum(order, "refunds", "total"),
    )


def _sum(order: Mapping[str, Any], name: str, field: str) -> Decimal:
    """Sum amounts; those of refunds have a sign in front."""
    found = (decimal(str(one.get(field)).removeprefix("-")) for one in rows(order, name))
    return sum((one for one in found if one is not None), Decimal())


def _user(order: Mapping[str, Any], billing: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "email", texts(billing.get("email"))
    yield "phone", texts(billing.get("phone"))
    yield "external_id", identity(order.get("customer_id"))
    yield "zip_code", billing.get("postcode")
    yield "state", str(billing.get("state") or "").removeprefix(f"{billing.get('country')}-")
    yield from ((name, billing.get(name)) for name in _AS_THEY_ARE)
    said = pairs(order, "meta_data", "key", "value")
    yield "ttclid", click_in(next((value for key, value in said if key == _LANDING), None))
    yield "ip", order.get("customer_ip_address")
    yield "user_agent", order.get("customer_user_agent")


_AS_THEY_ARE: Final = ("first_name", "last_name", "city", "country")


def _contents(order: Mapping[str, Any], delivery: Delivery) -> Iterator[object]:
    for one in rows(order, "line_items"):
        ids = {
            "variant": one.get("variation_id"),
            "product": one.get("product_id"),
            "sku": one.get("sku"),
        }
        price, quantity = decimal(one.get("price")), one.get("quantity")
        yield line(delivery.content_id, ids, one.get("name"), price, quantity)
