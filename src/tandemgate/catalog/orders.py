"""What became of an order, in words; and how order systems write their exports.

Sources of the columns: Shopify's orders export (Shopify Help Center, "Exporting orders"; its header
as shops publish it), WooCommerce's order export suite (woocommerce.com/document, "Import and Export
of WooCommerce Orders") and the payments export of Stripe's dashboard. Plain names are what people
write by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tandemgate.catalog.currencies import MINOR_DIGITS
from tandemgate.model.order import OrderOutcome, OrderRemark, SheetField

_F = SheetField
_O = OrderOutcome


@dataclass(frozen=True, slots=True)
class Told:
    """One outcome or remark in words. ``fix`` is empty where nothing is to be mended."""

    meaning: str
    fix: str


OUTCOMES: Final[Mapping[OrderOutcome, Told]] = {
    _O.DELIVERED: Told("TikTok answered that it took the order's event.", ""),
    _O.WAITING: Told(
        "The order's event is stored and has yet to be taken by TikTok.",
        "wait; tandemgate delivery says what its lane waits for",
    ),
    _O.HELD: Told(
        "The order's event waits for consent to be stated.",
        "state the consent with the event, or by POST /v1/consent",
    ),
    _O.SUPPRESSED: Told(
        "Consent keeps the order's event here, or it had nothing to be matched by.",
        "nothing, where consent was asked; tandemgate consent explain EVENT_ID says what decided",
    ),
    _O.REJECTED: Told(
        "TikTok refused the order's event.",
        "correct what TikTok names and send the event again with the same event_id",
    ),
    _O.UNDECIDED: Told(
        "Nobody knows whether TikTok has the order's event: an answer was lost, or unclear.",
        "look in TikTok's Events Manager, then tandemgate events settle EVENT_ID",
    ),
    _O.CANCELLED: Told(
        "Consent was withdrawn, or the person erased, before TikTok took the order's event.", ""
    ),
    _O.EXPIRED: Told(
        "The order's event became too old to be sent.",
        "see why it waited so long: tandemgate events show EVENT_ID",
    ),
    _O.REFUSED: Told(
        "The order's event was refused when it came, since something was wrong with it.",
        "correct what the reason names and send the event again",
    ),
    _O.MISSING: Told(
        "No event of this order ever came, as far as its number tells.",
        "send it as the order is paid, with its number as properties.order_id",
    ),
}

REMARKS: Final[Mapping[OrderRemark, Told]] = {
    OrderRemark.VALUE_DIFFERS: Told(
        "TikTok was told another value than the order system's.",
        "send as value what the pixel's value_rule says, or set value_rule to what is sent",
    ),
    OrderRemark.CURRENCY_DIFFERS: Told(
        "TikTok was told the value in another currency than the order system's.",
        "send the currency that the order was paid in",
    ),
    OrderRemark.VALUE_UNKNOWN: Told(
        "The event went without a value, since TikTok does not take its currency; or it was stored "
        "before the ledger kept values.",
        "convert the value to one of TikTok's currencies if it shall be optimized for",
    ),
    OrderRemark.SENT_TWICE: Told(
        "The order was sent under two event_ids or two names, and TikTok counts both.",
        "send each order once, under one event_id and one event name",
    ),
}

TEMPLATES: Final = ("ord_{order}_{event}", "{order}")
"""What event_ids are usually made of; ``{event}`` is the name in snake case."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of export, by field; spelled as its system spells them."""

    name: str
    columns: Mapping[SheetField, str]


LAYOUTS: Final = (
    Layout(
        "Shopify",
        {
            _F.ORDER: "Name",
            _F.TOTAL: "Total",
            _F.SUBTOTAL: "Subtotal",
            _F.TAX: "Taxes",
            _F.SHIPPING: "Shipping",
            _F.DISCOUNT: "Discount Amount",
            _F.REFUND: "Refunded Amount",
            _F.CURRENCY: "Currency",
            _F.PAID_AT: "Paid at",
            _F.STATUS: "Financial Status",
        },
    ),
    Layout(
        "WooCommerce",
        {
            _F.ORDER: "order_number",
            _F.TOTAL: "order_total",
            _F.SUBTOTAL: "order_subtotal",
            _F.TAX: "tax_total",
            _F.SHIPPING: "shipping_total",
            _F.DISCOUNT: "discount_total",
            _F.REFUND: "refunded_total",
            _F.CURRENCY: "order_currency",
            _F.PAID_AT: "paid_date",
            _F.STATUS: "status",
        },
    ),
    Layout(
        "Stripe",
        {
            _F.ORDER: "order_id (metadata)",
            _F.TOTAL: "Amount",
            _F.REFUND: "Amount Refunded",
            _F.CURRENCY: "Currency",
            _F.PAID_AT: "Created date (UTC)",
            _F.STATUS: "Status",
        },
    ),
)
"""The first whose order and total are there is taken; its other columns may be missing."""

PLAIN: Final[Mapping[SheetField, tuple[str, ...]]] = {
    _F.ORDER: ("order", "order_id", "order_number", "order_no", "order_name", "orderid"),
    _F.TOTAL: ("total", "order_total", "grand_total", "total_price", "amount", "value", "revenue"),
    _F.SUBTOTAL: ("subtotal", "order_subtotal", "subtotal_price"),
    _F.TAX: ("tax", "taxes", "tax_total", "total_tax", "vat"),
    _F.SHIPPING: ("shipping", "shipping_total", "shipping_price"),
    _F.DISCOUNT: ("discount", "discounts", "discount_total", "discount_amount"),
    _F.REFUND: ("refund", "refunded", "refund_total", "refunded_amount", "amount_refunded"),
    _F.CURRENCY: ("currency", "order_currency", "currency_code"),
    _F.PAID_AT: ("paid_at", "paid_date", "paid", "created_at", "order_date", "created", "date"),
    _F.STATUS: ("status", "financial_status", "order_status", "payment_status"),
}
"""Names that are looked for when no layout fits; spaces, hyphens and case make no difference."""

NOT_SOLD: Final = frozenset(
    {
        "pending", "pending payment", "on-hold", "on hold", "authorized", "unpaid", "open",
        "expired", "failed", "voided", "cancelled", "canceled", "draft", "checkout-draft", "trash",
        "abandoned", "requires_payment_method", "requires_action", "requires_capture", "incomplete",
    }
)  # fmt: skip
"""States in which nobody has bought anything, by Shopify, WooCommerce and Stripe."""

SYMBOLS: Final[Mapping[str, str]] = {
    "€": "EUR",
    "£": "GBP",
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "R$": "BRL",
    "₹": "INR",
    "₩": "KRW",
    "₺": "TRY",
    "₫": "VND",
    "₽": "RUB",
    "฿": "THB",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "Fr.": "CHF",
}
"""Signs that stand for one currency alone."""

SHARED_SYMBOLS: Final = frozenset({"$", "¥", "kr", "kr."})
"""Signs that several currencies share: only a column or an option says which."""


def is_currency(code: str) -> bool:
    """Tell whether *code* is an ISO 4217 code, in upper case."""
    return code in MINOR_DIGITS
