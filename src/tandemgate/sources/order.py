"""An order of any shop system, and the event that it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from tandemgate.catalog.reasons import finding
from tandemgate.catalog.translations import SHOPS
from tandemgate.core.consent import classify, locate
from tandemgate.model.consent import RegionClass
from tandemgate.model.finding import Finding
from tandemgate.model.message import Message
from tandemgate.model.order import SheetField
from tandemgate.model.rules import PixelRules
from tandemgate.model.shop import ContentId
from tandemgate.sources.names import tiktok_name
from tandemgate.sources.notes import consent_of
from tandemgate.sources.totals import by_rule
from tandemgate.sources.walk import stated

SALE: Final = "Order Completed"
SUBSCRIPTION: Final = "Subscription Started"
"""What happened, in the words by which ``event_names`` renames it."""

_IDS: Final = ("external_id", "ttclid", "ttp")
"""Of the person; a note tells it as the Pixel does, so it wins."""

_PREFERRED: Final = {
    ContentId.VARIANT: ("variant", "product", "sku"),
    ContentId.PRODUCT: ("product", "sku", "variant"),
    ContentId.SKU: ("sku", "variant", "product"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """An order, read from what its system sends; nothing is checked yet.

    ``countries`` are those of its addresses, the buyer's own first. ``notes`` are what the shop
    wrote onto it for us. ``payment`` is the id of its payment, where several reports tell of one.
    """

    number: str | None
    at: object
    amounts: Mapping[SheetField, Decimal]
    currency: object
    user: Mapping[str, object] = field(default_factory=dict, repr=False)
    contents: Sequence[object] = ()
    refs: Mapping[str, object] = field(default_factory=dict, repr=False)
    countries: Sequence[str] = ()
    notes: Mapping[str, str] = field(default_factory=dict, repr=False)
    rehearsal: bool = False
    payment: str | None = None


def event_of(order: Order, action: str, rules: PixelRules) -> Message:
    """Make of *order* the event that *action* is: a sale goes by the pixel's own name for it."""
    name = tiktok_name(action, SHOPS, rules)
    if name is None:
        return Message("", {}, "event_not_mapped")
    properties, remarks = _properties(order, rules)
    notes = order.notes
    ids = {name: notes[name] for name in _IDS if name in notes}
    item = {
        "event": name,
        "event_id": notes.get("event_id"),
        "event_time": order.at,
        "user": {**_said(order.user), **ids},
        "properties": properties,
        "consent": _consent(order, rules),
        "session": notes.get("session"),
        "refs": _said({"order": order.number, **_said(order.refs)}),
        "region": next(iter(order.countries), None),
    }
    return Message(
        "",
        _said(item),
        findings=remarks,
        rehearsal=order.rehearsal,
        amends=True,
        payment=order.payment,
    )


def _properties(
    order: Order, rules: PixelRules
) -> tuple[Mapping[str, object], tuple[Finding, ...]]:
    lacking = [one for one in rules.value_rule.fields if one not in order.amounts]
    remarks: tuple[Finding, ...] = ()
    total = order.amounts.get(SheetField.TOTAL)
    value = None if total is None else float(total)
    if not lacking:
        value = by_rule(order.amounts, rules.value_rule)
    elif value is not None:
        note = f"the total, since the order tells no {' and no '.join(lacking)}"
        remarks = (finding("value_rule_unmet", "/properties/value", note),)
    told = {
        "value": value,
        "currency": order.currency,
        "order_id": order.number,
        "contents": list(order.contents) or None,
        "content_type": "product" if order.contents else None,
    }
    return _said(told), remarks


def _consent(order: Order, rules: PixelRules) -> Mapping[str, object]:
    """Tell what was said, and where the buyer is: of two countries the one that asks for more."""
    said = consent_of(order.notes)
    if "region" not in said and order.countries:
        governed = (one for one in order.countries if _governed(one, rules))
        said["region"] = next(governed, order.countries[0])
    return said


def _said(told: Mapping[str, object]) -> dict[str, object]:
    return dict(stated(told))


def _governed(country: str, rules: PixelRules) -> bool:
    where = classify(locate(country, None), rules.policy)
    return where in {RegionClass.GOVERNED, RegionClass.UNKNOWN}


def amounts(**told: Decimal | None) -> dict[SheetField, Decimal]:
    """Gather the amounts that are there, by the words of the value rule."""
    return {SheetField(name): one for name, one in told.items() if one is not None}


def texts(*told: object) -> list[str]:
    """Return what is text, each once, in order."""
    return list(dict.fromkeys(one for one in told if isinstance(one, str) and one.strip()))


def identity(*told: object) -> str | None:
    """Return the first that is an id: a text or a number, and not 0, which stands for a guest."""
    for one in told:
        if isinstance(one, str | int) and not isinstance(one, bool) and one not in {0, "0", ""}:
            return str(one)
    return None


def line(
    preferred: ContentId,
    ids: Mapping[str, object],
    name: object,
    price: Decimal | None,
    quantity: object,
) -> dict[str, object]:
    """Make a product line, which goes by the first of its *ids* that is there."""
    return _said(
        {
            "content_id": identity(*(ids.get(one) for one in _PREFERRED[preferred])),
            "content_name": name,
            "price": None if price is None else float(price),
            "quantity": quantity,
        }
    )


def seconds(*told: object) -> object:
    """Return the first moment as Unix seconds; one without an offset is in UTC.

    What can't be read is passed on, so that it is refused by its name.
    """
    said = next((one for one in told if one), None)
    if not isinstance(said, str):
        return said
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return said
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def rows(of: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects in the list under *name*."""
    found = of.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def pairs(of: Mapping[str, Any], name: str, key: str, value: str) -> list[tuple[object, object]]:
    """Return what those objects name, and what they say of it."""
    return [(one.get(key), one.get(value)) for one in rows(of, name)]
