"""``/api/reconcile``: the order system's books beside the ledger, some hundred orders at a time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct
from starlette.requests import Request

from tandemgate.catalog.orders import is_currency
from tandemgate.catalog.reasons import problem
from tandemgate.core.identify import LONGEST_EVENT_ID
from tandemgate.core.money import is_too_fine, like, money_of
from tandemgate.core.reading import printable, shape
from tandemgate.core.reconcile import EVENTS, Reckoning, judge, marks
from tandemgate.core.scrub import holds_identifier
from tandemgate.core.valuation import AMOUNTS, value_of
from tandemgate.model.finding import Problem
from tandemgate.model.money import Money
from tandemgate.model.order import Judged, SheetField, ValueRule
from tandemgate.model.person import Identifiers
from tandemgate.web.answers import Answer, Refusal, as_json, problem_json
from tandemgate.web.body import Bodies, misfit
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts, PixelCard

MOST_ORDERS: Final = 1_000
MOST_TEMPLATES: Final = 4
_AMOUNT: Final = re.compile(r"-?(?![0-9.]{17})[0-9]{1,15}(?:\.[0-9]{1,14})?")
_NOBODY: Final = Identifiers()


class OrderBody(Struct, frozen=True, forbid_unknown_fields=True):
    """One order: its number, its currency, and the amounts that the pixel's rule needs."""

    order: str | int
    currency: str = ""
    total: str | float | None = None
    subtotal: str | float | None = None
    tax: str | float | None = None
    shipping: str | float | None = None
    discount: str | float | None = None
    refund: str | float | None = None


class ReconcileBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Orders of one pixel. ``event_ids`` are further ways in which the shop names its events."""

    orders: tuple[OrderBody, ...]
    pixel: str = ""
    events: tuple[str, ...] = EVENTS
    event_ids: tuple[str, ...] = ()


class Reconcile:
    """Answers what became of orders."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._bodies = Bodies()

    async def terms(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Say what a comparison needs: the pixel, its value rule, and the share that it wants."""
        pixel_id = self._pixel(request.query_params.get("pixel", ""), key)
        if isinstance(pixel_id, Refusal):
            return pixel_id
        card = self._card(pixel_id)
        told = {
            "pixel_id": pixel_id,
            "value_rule": str(card.value_rule),
            "amounts": list(card.value_rule.fields),
            "at_least": card.at_least,
            "events": EVENTS,
            "most_orders": MOST_ORDERS,
        }
        return as_json(200, told)

    async def compare(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Say of each order what became of it, and sum up."""
        body = await self._read(request)
        if isinstance(body, Refusal):
            return body
        pixel_id = self._pixel(body.pixel, key)
        if isinstance(pixel_id, Refusal):
            return pixel_id
        rule = self._card(pixel_id).value_rule
        read = _each_once(_order(one, rule, f"/orders/{at}") for at, one in enumerate(body.orders))
        judged = await self._judge(pixel_id, body, [one for one in read if isinstance(one, _Order)])
        reckoning = Reckoning()
        for one in judged:
            reckoning.add(one)
        told = {
            "pixel_id": pixel_id,
            "value_rule": str(rule),
            "results": judged,
            "problems": [problem_json(one) for one in read if isinstance(one, Problem)],
            "summary": reckoning.told(),
        }
        return as_json(200, told)

    async def _judge(
        self, pixel_id: str, body: ReconcileBody, orders: Sequence["_Order"]
    ) -> list[Judged]:
        secret = self._parts.rules[pixel_id].fingerprint_key
        asked = [marks(one.order, pixel_id, body.events, secret, body.event_ids) for one in orders]
        found = await self._parts.orders.sales(asked)
        refused = await self._parts.orders.refusals(asked)
        return [
            judge(one.order, one.total, sales, refusal)
            for one, sales, refusal in zip(orders, found, refused, strict=True)
        ]

    async def _read(self, request: Request) -> ReconcileBody | Refusal:
        content = await self._bodies.read(request.receive, 0)
        if isinstance(content, Refusal):
            return content
        try:
            body = msgspec.json.decode(content or b"", type=ReconcileBody)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            expected = f"a JSON object with {', '.join(ReconcileBody.__struct_fields__)}"
            return _wrong(*misfit(error), expected)
        if len(body.orders) > MOST_ORDERS:
            return _wrong("/orders", f"{len(body.orders)} orders", f"at most {MOST_ORDERS}")
        if not set(body.events) <= set(EVENTS) or not body.events:
            came = printable(", ".join(body.events))
            return _wrong("/events", came, f"one or both of {', '.join(EVENTS)}")
        if stray := _stray_template(body.event_ids):
            return stray
        return body

    def _pixel(self, stated: str, key: KeyGrant) -> str | Refusal:
        """Return the pixel that is meant; where the key opens one alone, it need not be said."""
        opened = [pixel_id for pixel_id in self._parts.rules if key.opens(pixel_id)]
        if stated in opened:
            return stated
        if not stated and len(opened) == 1:
            return opened[0]
        if not stated:
            known = f"one of {', '.join(opened)}"
            return Refusal(400, problem("pixel_unsaid", "pixel", "nothing", expected=known))
        return Refusal(403, problem("pixel_not_allowed", "pixel", printable(stated)))

    def _card(self, pixel_id: str) -> PixelCard:
        return self._parts.pixels.get(pixel_id, PixelCard())


class _Order(Struct, frozen=True):
    """One order as it is looked up."""

    order: str
    total: Money


def _each_once(orders: Iterable["_Order | Problem"]) -> list["_Order | Problem"]:
    """Refuse an order that came before: its money would be counted twice."""
    first: dict[str, int] = {}
    read: list[_Order | Problem] = []
    for at, one in enumerate(orders):
        before = (
            first.setdefault(one.order.removeprefix("#"), at) if isinstance(one, _Order) else at
        )
        again = f"the same order as at /orders/{before}"
        expected = "each order once"
        fix = "sum up the lines of an order, or leave the further ones out"
        read.append(
            one
            if before == at
            else problem("order_invalid", f"/orders/{at}/order", again, expected=expected, fix=fix)
        )
    return read


def _order(given: OrderBody, rule: ValueRule, at: str) -> _Order | Problem:
    order = str(given.order).strip()
    if not order or len(order) > LONGEST_EVENT_ID or not order.isprintable():
        return problem("order_invalid", f"{at}/order", shape(given.order))
    if holds_identifier(order, _NOBODY):
        return problem("order_names_somebody", f"{at}/order", shape(given.order))
    currency = given.currency.strip().upper()
    if not is_currency(currency):
        return problem("currency_invalid", f"{at}/currency", printable(given.currency) or "nothing")
    amounts = {field: _amount(getattr(given, field)) for field in AMOUNTS}
    for field in rule.fields:
        came, amount = getattr(given, field), amounts[field]
        if amount is None:
            fix = f"state it; the pixel's value_rule is {rule}"
            shown = "nothing" if came is None else printable(str(came))
            return problem("value_invalid", f"{at}/{field}", shown, fix=fix)
        if is_too_fine(amount, currency):
            expected = like(amount, currency)
            return problem("value_too_fine", f"{at}/{field}", str(came), expected=expected)
    total = money_of(value_of(_there(amounts), rule), currency)
    if total.minor < 0:
        return problem(
            "value_negative", f"{at}/{rule.fields[0]}", str(value_of(_there(amounts), rule))
        )
    return _Order(order, total)


def _there(amounts: Mapping[SheetField, Decimal | None]) -> dict[SheetField, Decimal]:
    return {field: amount for field, amount in amounts.items() if amount is not None}


def _amount(stated: str | float | None) -> Decimal | None:
    text = "" if stated is None else str(stated).strip()
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def _stray_template(templates: Sequence[str]) -> Refusal | None:
    if len(templates) > MOST_TEMPLATES:
        return _wrong("/event_ids", f"{len(templates)} of them", f"at most {MOST_TEMPLATES}")
    for template in templates:
        if "{order}" not in template or len(template) > LONGEST_EVENT_ID:
            expected = "a short text with {order} in it, like order-{order}"
            return _wrong("/event_ids", printable(template), expected)
    return None


def _wrong(field: str, came: str, expected: str) -> Refusal:
    return Refusal(400, problem("body_invalid", field, came, expected=expected))
