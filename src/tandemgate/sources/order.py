"""An order of any shop system, and the event that it becomes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tandemgate.catalog.reasons import finding
from tandemgate.catalog.translations import SHOPS
from tandemgate.core.consent import classify, locate
from tandemgate.core.valuation import value_of
from tandemgate.model.consent import RegionClass
from tandemgate.model.finding import Finding
from tandemgate.model.message import Message
from tandemgate.model.order import SheetField
from tandemgate.model.rules import PixelRules
from tandemgate.model.shop import ContentId
from tandemgate.sources.names import tiktok_name
from tandemgate.sources.notes import consent_of

SALE: Final = "Order Completed"
SUBSCRIPTION: Final = "Subscription Started"
"""What happened, in the words by which ``event_names`` renames it."""

_MOST: Final = Decimal(10) ** 15
_NOTHING: Final[Mapping[str, Any]] = {}
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
    wrote onto it for us.
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
        "user": {**_stated(order.user), **ids},
        "properties": properties,
        "consent": _consent(order, rules),
        "session": notes.get("session"),
        "refs": _stated({"order": order.number, **_stated(order.refs)}),
        "region": next(iter(order.countries), None),
    }
    return Message("", _stated(item), findings=remarks, rehearsal=order.rehearsal, amends=True)


def _properties(
    order: Order, rules: PixelRules
) -> tuple[Mapping[str, object], tuple[Finding, ...]]:
    lacking = [one for one in rules.value_rule.fields if one not in order.amounts]
    remarks: tuple[Finding, ...] = ()
    value = order.amounts.get(SheetField.TOTAL)
    if not lacking:
        value = value_of(order.amounts, rules.value_rule)
    elif value is not None:
        note = f"the total, since the order tells no {' and no '.join(lacking)}"
        remarks = (finding("value_rule_unmet", "/properties/value", note),)
    told = {
        "value": None if value is None else number(value),
        "currency": order.currency,
        "order_id": order.number,
        "contents": list(order.contents) or None,
        "content_type": "product" if order.contents else None,
    }
    return _stated(told), remarks


def _consent(order: Order, rules: PixelRules) -> Mapping[str, object]:
    """Tell what was said, and where the buyer is: of two countries the one that asks for more."""
    said = consent_of(order.notes)
    if "region" not in said and order.countries:
        governed = (one for one in order.countries if _governed(one, rules))
        said["region"] = next(governed, order.countries[0])
    return said


def _governed(country: str, rules: PixelRules) -> bool:
    where = classify(locate(country, None), rules.policy)
    return where in {RegionClass.GOVERNED, RegionClass.UNKNOWN}


def _stated(told: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in told.items() if value not in (None, "", [], {})}


def table(of: object, *path: str) -> Mapping[str, Any]:
    """Return the object at *path*, or an empty one."""
    for name in path:
        of = of.get(name) if isinstance(of, dict) else None
    return of if isinstance(of, dict) else _NOTHING


def listed(of: object, name: str) -> Sequence[Any]:
    """Return the list under *name*, or an empty one."""
    found = of.get(name) if isinstance(of, dict) else None
    return found if isinstance(found, list) else ()


def decimal(stated: object) -> Decimal | None:
    """Read an amount, which shops write as text; ``None`` where it is none."""
    if isinstance(stated, bool) or not isinstance(stated, str | int | float):
        return None
    try:
        amount = Decimal(str(stated).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < _MOST else None


def number(amount: Decimal) -> float | int:
    """Write an amount as a JSON number."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def amounts(**stated: Decimal | None) -> dict[SheetField, Decimal]:
    """Gather the amounts that are there, by the words of the value rule."""
    return {SheetField(name): one for name, one in stated.items() if one is not None}


def texts(*stated: object) -> list[str]:
    """Return what is text, each once, in order."""
    return list(dict.fromkeys(one for one in stated if isinstance(one, str) and one.strip()))


def identity(*stated: object) -> str | None:
    """Return the first that is an id: a text or a number, and not 0, which stands for a guest."""
    for one in stated:
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
    return _stated(
        {
            "content_id": identity(*(ids.get(one) for one in _PREFERRED[preferred])),
            "content_name": name,
            "price": None if price is None else number(price),
            "quantity": quantity,
        }
    )


def seconds(*stated: object) -> object:
    """Return the first moment as Unix seconds; one without an offset is in UTC.

    What can't be read is passed on, so that it is refused by its name.
    """
    said = next((one for one in stated if one), None)
    if not isinstance(said, str):
        return said
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return said
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def click_in(address: object) -> str | None:
    """Return the ttclid of an address, whole or only its path."""
    try:
        query = urlsplit(address).query if isinstance(address, str) else ""
    except ValueError:
        return None
    return next(iter(parse_qs(query).get("ttclid", ())), None)


def named_pairs(of: Iterable[object], name: str, value: str) -> Iterator[tuple[object, object]]:
    """Read objects that hold a name and a value."""
    return ((one.get(name), one.get(value)) for one in of if isinstance(one, dict))
