"""What was bought, and what it was worth by the pixel's rule."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from tandemgate.model.order import SheetField
from tandemgate.model.rules import PixelRules
from tandemgate.sources.totals import by_rule, decimal
from tandemgate.sources.walk import first, inner, named, text, told

_KEPT: Final = (
    "currency",
    "order_id",
    "query",
    "search_string",
    "shop_id",
    "content_ids",
    "num_items",
    "predicted_ltv",
)
_LINE: Final[Mapping[str, tuple[str, ...]]] = {
    "content_id": ("product_id", "productId", "sku", "id"),
    "content_name": ("name",),
    "content_category": ("category",),
    "brand": ("brand",),
    "price": ("price",),
    "quantity": ("quantity",),
}
_REFERENCES: Final[Mapping[str, str]] = {
    "order": "order_id",
    "checkout": "checkout_id",
    "cart": "cart_id",
    "lead": "lead_id",
}
_TOTAL, _SUBTOTAL = SheetField.TOTAL, SheetField.SUBTOTAL
_ASIDE: Final = (SheetField.TAX, SheetField.SHIPPING, SheetField.DISCOUNT)
_NONE: Final = Decimal()


def properties_of(call: Mapping[str, Any], rules: PixelRules) -> dict[str, object]:
    """Pick what TikTok has a field for; whatever else a shop states is nobody's business."""
    said = inner(call, "properties")
    lines = _lines(said)
    return told(
        {
            **{name: said.get(name) for name in _KEPT},
            "value": _value(said, rules),
            "contents": lines or None,
            "content_type": "product" if lines else None,
        }
    )


def references(call: Mapping[str, Any]) -> dict[str, object]:
    """Name the order, checkout, cart or lead, by which a visit may be found."""
    said = inner(call, "properties")
    return told({ours: text(said.get(theirs)) for ours, theirs in _REFERENCES.items()})


def _lines(said: Mapping[str, Any]) -> list[object]:
    products = said.get("products")
    if not isinstance(products, list):
        products = [said] if named(said, "product_id", "sku") is not None else []
    return [line for line in map(_line, products) if line]


def _line(product: object) -> dict[str, object]:
    """Read a product; some shops name nothing but its id."""
    if not isinstance(product, dict):
        return told({"content_id": text(product)})
    return told({ours: named(product, *theirs) for ours, theirs in _LINE.items()})


def _value(said: Mapping[str, Any], rules: PixelRules) -> object:
    """Work out the value: as stated, else of an order's amounts by the rule, else of a product.

    ``revenue`` and ``subtotal`` are without tax and shipping, ``total`` is with both (Spec: V2
    Ecommerce Events), so that each follows from the other. An amount that can't be read is handed
    on, for the event to be refused with it.
    """
    total, subtotal = said.get("total"), first(said.get("subtotal"), said.get("revenue"))
    if (own := said.get("value")) is not None:
        return own
    if total is None and subtotal is None:
        return _of_product(said)
    parts = {_TOTAL: total, _SUBTOTAL: subtotal, **{one: said.get(one) for one in _ASIDE}}
    read = {field: decimal(amount) for field, amount in parts.items() if amount is not None}
    unread = next((parts[field] for field, amount in read.items() if amount is None), None)
    if unread is not None:
        return unread
    amounts = {SheetField.REFUND: _NONE, **dict.fromkeys(_ASIDE, _NONE)}
    amounts |= {field: amount for field, amount in read.items() if amount is not None}
    beside = amounts[SheetField.TAX] + amounts[SheetField.SHIPPING]
    amounts.setdefault(_TOTAL, amounts.get(_SUBTOTAL, _NONE) + beside)
    amounts.setdefault(_SUBTOTAL, amounts[_TOTAL] - beside)
    return by_rule(amounts, rules.value_rule)


def _of_product(said: Mapping[str, Any]) -> object:
    """Return what one product comes to, where the action is about one."""
    price = decimal(said.get("price"))
    if price is None or named(said, "product_id", "sku") is None:
        return None
    quantity = decimal(said.get("quantity"))
    return float(price * (1 if quantity is None else quantity))
