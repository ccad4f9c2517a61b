"""Stripe's events.

Sources: Stripe, "Types of events"; "The Checkout Session object", "The PaymentIntent object", "The
Invoice object"; "Fulfill orders" (which event of Checkout is the sale); "Supported currencies".

One payment is told by several of Stripe's events, and is one event here:

- Of Checkout and payment links, ``checkout.session.completed`` is the sale, or, where the money
  takes days, ``checkout.session.async_payment_succeeded``. It goes by ``metadata.order_id``, else
  by the id of its payment.
- ``payment_intent.succeeded`` is the sale of a page of the shop's own, which states
  ``metadata.order_id``. Checkout's own payments have no metadata unless the shop gives them some;
  if that is the same order, it is the same event, and if it is another, the second is refused.
- Of a subscription its first payment counts, told by Checkout's session and by ``invoice.paid``
  alike: both go by the subscription's id. A renewal answers no ad.
- ``customer.subscription.created`` names nobody and may be unpaid: it is no event.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from tandemgate.model.message import Message
from tandemgate.sources.delivery import Delivery
from tandemgate.sources.notes import read_notes
from tandemgate.sources.order import (
    SALE,
    SUBSCRIPTION,
    Order,
    amounts,
    event_of,
    identity,
    rows,
    texts,
)
from tandemgate.sources.walk import inner

ZERO_DECIMAL: Final = frozenset(
    {
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV",
        "XAF", "XOF", "XPF",
    }
)  # fmt: skip
THREE_DECIMAL: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""In which units Stripe counts; all others in hundredths, ISK and UGX too (unlike ISO 4217)."""

_PAID: Final = ("paid", "no_payment_required")


def read_stripe(delivery: Delivery) -> Message:
    """Read one event."""
    event = delivery.tree
    if not isinstance(event, dict):
        return Message("", event)
    kind = event.get("type")
    read = _READ.get(kind) if isinstance(kind, str) else None
    if read is None:
        return Message("", {}, "topic_no_sale")
    found = read(event, inner(event, "data", "object"))
    if isinstance(found, str):
        return Message("", {}, found)
    return event_of(found[1], found[0], delivery.rules)


def _session(event: Mapping[str, Any], session: Mapping[str, Any]) -> tuple[str, Order] | str:
    if session.get("mode") == "setup":
        return "topic_no_sale"
    if session.get("payment_status") not in _PAID:
        return "order_not_paid"
    subscribes = session.get("mode") == "subscription"
    if subscribes and session.get("amount_total") == 0:
        return "nothing_paid"
    notes = _notes(session)
    paid = _id(session.get("payment_intent")) or _id(session)
    details, totals = inner(session, "customer_details"), inner(session, "total_details")
    shipped = inner(session, "collected_information", "shipping_details") or inner(
        session, "shipping_details"
    )
    order = _order(
        event,
        session,
        notes,
        number=_id(session.get("subscription")) if subscribes else notes.get("order_id", paid),
        minor={
            "total": session.get("amount_total"),
            "subtotal": session.get("amount_subtotal"),
            "tax": totals.get("amount_tax"),
            "shipping": totals.get("amount_shipping") or 0,
            "discount": totals.get("amount_discount"),
        },
        user={
            "email": texts(details.get("email"), session.get("customer_email")),
            "phone": texts(details.get("phone")),
            "locale": None if session.get("locale") == "auto" else session.get("locale"),
            **dict(_buyer(details.get("name"), inner(details, "address"))),
        },
        refs={
            "order": notes.get("order_id"),
            "checkout": _id(session),
            "cart": session.get("client_reference_id"),
        },
        addresses=(inner(details, "address"), inner(shipped, "address")),
        payment=_id(session.get("payment_intent")),
    )
    return (SUBSCRIPTION if subscribes else SALE), order


def _payment(event: Mapping[str, Any], payment: Mapping[str, Any]) -> tuple[str, Order] | str:
    notes = _notes(payment)
    if not notes.keys() & {"order_id", "event_id"}:
        return "payment_without_order"
    shipping = inner(payment, "shipping")
    received = payment.get("amount_received")
    order = _order(
        event,
        payment,
        notes,
        number=notes.get("order_id", _id(payment)),
        minor={"total": received if received is not None else payment.get("amount")},
        user={
            "email": texts(payment.get("receipt_email")),
            "phone": texts(shipping.get("phone")),
            **dict(_buyer(shipping.get("name"), inner(shipping, "address"))),
        },
        refs={"checkout": _id(payment)},
        addresses=(inner(shipping, "address"),),
        payment=_id(payment),
    )
    return SALE, order


def _invoice(event: Mapping[str, Any], invoice: Mapping[str, Any]) -> tuple[str, Order] | str:
    reason = invoice.get("billing_reason")
    if reason != "subscription_create":
        renewed = isinstance(reason, str) and reason.startswith("subscription")
        return "renewal" if renewed else "topic_no_sale"
    if invoice.get("amount_paid") == 0:
        return "nothing_paid"
    # Since 2025 ("basil") what is known of the subscription stands under parent.
    details = inner(invoice, "parent", "subscription_details")
    notes = {**_notes(details or inner(invoice, "subscription_details")), **_notes(invoice)}
    order = _order(
        event,
        invoice,
        notes,
        number=_id(details.get("subscription")) or _id(invoice.get("subscription")),
        minor={
            "total": invoice.get("amount_paid"),
            "subtotal": invoice.get("subtotal"),
            "tax": _sum(invoice, "total_taxes", "total_tax_amounts"),
            "shipping": inner(invoice, "shipping_cost").get("amount_total") or 0,
            "discount": _sum(invoice, "total_discount_amounts"),
        },
        user={
            "email": texts(invoice.get("customer_email")),
            "phone": texts(invoice.get("customer_phone")),
            **dict(_buyer(invoice.get("customer_name"), inner(invoice, "customer_address"))),
        },
        refs={"order": notes.get("order_id")},
        addresses=(
            inner(invoice, "customer_address"),
            inner(invoice, "customer_shipping", "address"),
        ),
    )
    return SUBSCRIPTION, order


_READ: Final[
    Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[str, Order] | str]]
] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "payment_intent.succeeded": _payment,
    "invoice.paid": _invoice,
}
TOPICS: Final = tuple(_READ)


def _order(  # noqa: PLR0913 - what the three kinds of objects differ in
    event: Mapping[str, Any],
    thing: Mapping[str, Any],
    notes: Mapping[str, str],
    *,
    number: str | None,
    minor: Mapping[str, object],
    user: Mapping[str, object],
    refs: Mapping[str, object],
    addresses: tuple[Mapping[str, Any], ...],
    payment: str | None = None,
) -> Order:
    said = thing.get("currency")
    currency = said.upper() if isinstance(said, str) else ""
    return Order(
        number=number,
        at=event.get("created"),
        amounts=_amounts(minor, currency),
        currency=currency or said,
        user=user,
        refs=refs,
        countries=texts(*(one.get("country") for one in addresses)),
        notes=notes,
        rehearsal=event.get("livemode") is False,
        payment=payment,
    )


def _amounts(minor: Mapping[str, object], currency: str) -> Mapping[Any, Decimal]:
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    whole = {
        name: Decimal(one).scaleb(-digits)
        for name, one in minor.items()
        if isinstance(one, int) and not isinstance(one, bool)
    }
    return amounts(**whole, refund=Decimal())


def _sum(of: Mapping[str, Any], *names: str) -> object:
    found = next((rows(of, name) for name in names if name in of), [])
    return sum(one["amount"] for one in found if isinstance(one.get("amount"), int))


def _id(thing: object) -> str | None:
    """Return the id of what Stripe gives by its id, or whole."""
    return identity(thing.get("id") if isinstance(thing, dict) else thing)


def _notes(of: Mapping[str, Any]) -> Mapping[str, str]:
    return read_notes(inner(of, "metadata").items(), also=("order_id",))


def _buyer(name: object, address: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    if isinstance(name, str):
        first, _, last = name.strip().rpartition(" ")
        yield "first_name", first or last
        yield "last_name", last if first else None
    yield from ((field, address.get(field)) for field in ("city", "state", "country"))
    yield "zip_code", address.get("postal_code")
