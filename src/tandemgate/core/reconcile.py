"""The order system's books beside the ledger: what became of each order, and of the money.

Sums are whole minor units of each currency; nothing is converted, and nothing rounded.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from tandemgate.catalog import codes
from tandemgate.catalog.orders import OUTCOMES, TEMPLATES
from tandemgate.catalog.reasons import REASONS
from tandemgate.core.identify import order_digest, snake_case
from tandemgate.core.money import amount_text, money_of, written
from tandemgate.model.event import EventKey
from tandemgate.model.money import Money
from tandemgate.model.order import (
    Copied,
    Judged,
    OrderMarks,
    OrderOutcome,
    OrderRemark,
    Refusal,
    Sale,
)
from tandemgate.model.state import State

EVENTS: Final = ("CompletePayment", "Purchase")
"""The names that purchases are sent by."""

_O = OrderOutcome
_OUTCOMES: Final[Mapping[State, OrderOutcome]] = {
    State.DELIVERED: _O.DELIVERED,
    State.QUEUED: _O.WAITING,
    State.RETRY: _O.WAITING,
    State.SENDING: _O.WAITING,
    State.HELD: _O.HELD,
    State.REVIEW: _O.UNDECIDED,
    State.INDETERMINATE: _O.UNDECIDED,
    State.REJECTED: _O.REJECTED,
    State.EXPIRED: _O.EXPIRED,
    State.SUPPRESSED: _O.SUPPRESSED,
    State.CANCELLED: _O.CANCELLED,
}
_RANK: Final = {outcome: rank for rank, outcome in enumerate(dict.fromkeys(_OUTCOMES.values()))}
"""Of several events of one order the one that got furthest stands for it."""

KEPT_BACK: Final = frozenset({_O.SUPPRESSED, _O.CANCELLED})
"""What may not leave: no share that is to be reached counts it."""


def marks(
    order: str, pixel_id: str, events: Sequence[str], secret: bytes, templates: Sequence[str] = ()
) -> OrderMarks:
    """Say by what the events of *order* are found.

    Shopify writes ``#1001`` where others write ``1001``, so either is found by the other.
    *templates* are further ways to name an event: ``{order}`` and ``{event}`` are put in.
    """
    spelled = (order, order[1:] if order.startswith("#") else f"#{order}")
    digests = [
        order_digest(EventKey(pixel_id, event, ""), spelling, secret)
        for spelling in spelled
        for event in events
    ]
    named = {
        template.replace("{order}", spelling).replace("{event}", snake_case(event))
        for template in (*TEMPLATES, *templates)
        for spelling in spelled
        for event in events
    }
    known = tuple(digest for digest in digests if digest is not None)
    return OrderMarks(pixel_id, frozenset(events), known, tuple(sorted(named)))


def judge(
    order: str, total: Money, sales: Sequence[Sale], refusal: Refusal | None = None
) -> Judged:
    """Say what became of *order*, which was worth *total*, by its events in the ledger.

    *refusal* is why its event was refused when it came, which counts only where none is stored.
    """
    stands = min(sales, key=_precedence, default=None)
    if stands is None:
        return _absent(order, total, refusal)
    outcome = _OUTCOMES[stands.state]
    others = tuple(sale for sale in sales if sale is not stands and _may_count(sale))
    twice = others if _may_count(stands) else ()
    sent = stands.worth if outcome is _O.DELIVERED else None
    return Judged(
        order,
        written(total),
        total.currency,
        outcome,
        event=stands.event,
        event_id=stands.event_id,
        state=stands.state,
        request_id=stands.request_id,
        reason=stands.reason,
        code=stands.code if outcome is not _O.DELIVERED else None,
        fix=_fix(stands, outcome),
        value=written(sent) if sent else None,
        value_currency=sent.currency if sent else None,
        difference=_difference(total, sent),
        others=tuple(map(_copied, twice)),
        remarks=tuple(_remarks(outcome, total, sent, twice)),
        place=stands.seq,
    )


def _absent(order: str, total: Money, refusal: Refusal | None) -> Judged:
    if refusal is None:
        fix = OUTCOMES[_O.MISSING].fix
        return Judged(order, written(total), total.currency, _O.MISSING, fix=fix)
    return Judged(
        order,
        written(total),
        total.currency,
        _O.REFUSED,
        reason=refusal.reason,
        code=refusal.code,
        fix=REASONS[refusal.reason].fix if refusal.reason in REASONS else "",
    )


def _precedence(sale: Sale) -> tuple[int, int]:
    return _RANK[_OUTCOMES[sale.state]], sale.seq


def _may_count(sale: Sale) -> bool:
    """Tell whether TikTok has this copy, or may have it."""
    return sale.state in {State.DELIVERED, State.REVIEW} or sale.unknown > 0


def _fix(sale: Sale, outcome: OrderOutcome) -> str:
    code = codes.find(sale.code) if sale.code and outcome is _O.REJECTED else None
    if code is not None:
        return code.fix
    known = REASONS.get(sale.reason or "")
    general = OUTCOMES[outcome].fix.replace("EVENT_ID", sale.event_id)
    return known.fix if known is not None and known.fix else general


def _difference(total: Money, sent: Money | None) -> str | None:
    if sent is None or sent.currency != total.currency:
        return None
    return amount_text(sent.minor - total.minor, total.currency)


def _copied(sale: Sale) -> Copied:
    worth = sale.worth
    value, currency = (written(worth), worth.currency) if worth else (None, None)
    return Copied(sale.event, sale.event_id, sale.state, value, currency, sale.seq)


def _remarks(
    outcome: OrderOutcome, total: Money, sent: Money | None, twice: Sequence[Sale]
) -> Iterable[OrderRemark]:
    if outcome is _O.DELIVERED:
        if sent is None:
            yield OrderRemark.VALUE_UNKNOWN
        elif sent.currency != total.currency:
            yield OrderRemark.CURRENCY_DIFFERS
        elif sent.minor != total.minor:
            yield OrderRemark.VALUE_DIFFERS
    if twice:
        yield OrderRemark.SENT_TWICE


@dataclass(slots=True)
class Aside:
    """Events that are counted beside the orders, and their money by currency."""

    count: int = 0
    money: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, value: str | None, currency: str | None) -> None:
        """Count one; without a value it adds no money."""
        self.count += 1
        if value is not None and currency is not None:
            self.money[currency] += _minor(value, currency)


@dataclass(slots=True)
class Reckoning:
    """The sums over any number of orders, in memory that does not grow with them."""

    _counts: Counter[tuple[OrderOutcome, str]] = field(default_factory=Counter)
    _money: defaultdict[tuple[OrderOutcome, str], int] = field(
        default_factory=lambda: defaultdict(int)
    )
    _sent: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _remarks: Counter[OrderRemark] = field(default_factory=Counter)
    _twice: Aside = field(default_factory=Aside)
    _extra: Aside = field(default_factory=Aside)

    def add(self, judged: Judged) -> None:
        """Count one order."""
        cell = (judged.outcome, judged.currency)
        self._counts[cell] += 1
        self._money[cell] += _minor(judged.total, judged.currency)
        if judged.value is not None and judged.value_currency is not None:
            self._sent[judged.value_currency] += _minor(judged.value, judged.value_currency)
        self._remarks.update(judged.remarks)
        for other in judged.others:
            self._twice.add(other.value, other.currency)

    def add_extra(self, value: str | None, currency: str | None) -> None:
        """Count an event that was delivered and that the order system knows nothing of."""
        self._extra.add(value, currency)

    @property
    def orders(self) -> int:
        """How many orders were counted."""
        return self._counts.total()

    @property
    def delivered(self) -> int:
        """How many of them TikTok has."""
        return self.count(_O.DELIVERED)

    @property
    def kept_back(self) -> int:
        """How many of them may not leave."""
        return sum(map(self.count, KEPT_BACK))

    @property
    def equals(self) -> bool:
        """Whether TikTok has what the order system has, but for what may not leave."""
        complete = self.delivered + self.kept_back == self.orders
        return complete and not self._remarks and not self._extra.count

    def count(self, outcome: OrderOutcome) -> int:
        """Return how many orders ended in *outcome*."""
        return sum(number for (one, _), number in self._counts.items() if one is outcome)

    def share(self) -> float | None:
        """Return the share of the orders that may leave which was delivered; the lesser of both.

        By count, and by the money of each currency. ``None`` when nothing may leave.
        """
        may_leave = self.orders - self.kept_back
        if not may_leave:
            return None
        by_money = (self._money_share(currency) for currency in self.currencies())
        return min([self.delivered / may_leave, *(one for one in by_money if one is not None)])

    def currencies(self) -> list[str]:
        """Return the currencies that anything was in."""
        asides = (*self._twice.money, *self._extra.money)
        return sorted({*(currency for _, currency in self._counts), *self._sent, *asides})

    def told(self) -> dict[str, Any]:
        """Tell all sums, as the API does."""
        may_leave = self.orders - self.kept_back
        return {
            "orders": self.orders,
            "equals": self.equals,
            "outcomes": {outcome.value: self.count(outcome) for outcome in _O},
            "remarks": {remark.value: self._remarks[remark] for remark in OrderRemark},
            "may_leave": may_leave,
            "share": _share(self.delivered, may_leave),
            "least_share": None if (least := self.share()) is None else round(least, 6),
            "extra": self._extra.count,
            "copies_beside": self._twice.count,
            "money": {currency: self._told_money(currency) for currency in self.currencies()},
        }

    def _told_money(self, currency: str) -> dict[str, Any]:
        total = sum(minor for (_, one), minor in self._money.items() if one == currency)
        sent, orders = self._sent.get(currency, 0), self._in(currency)
        return {
            "orders": orders,
            "total": amount_text(total, currency),
            "may_leave": amount_text(self._may_leave(currency), currency),
            "delivered": amount_text(sent, currency),
            "difference": amount_text(sent - total, currency),
            "share": _share(sent, self._may_leave(currency)),
            "copies_beside": amount_text(self._twice.money.get(currency, 0), currency),
            "extra": amount_text(self._extra.money.get(currency, 0), currency),
            "outcomes": {
                outcome.value: {
                    "orders": self._counts[outcome, currency],
                    "total": amount_text(self._money[outcome, currency], currency),
                }
                for outcome in _O
                if self._counts[outcome, currency]
            },
        }

    def _in(self, currency: str) -> int:
        return sum(number for (_, one), number in self._counts.items() if one == currency)

    def _may_leave(self, currency: str) -> int:
        return sum(
            minor
            for (outcome, one), minor in self._money.items()
            if one == currency and outcome not in KEPT_BACK
        )

    def _money_share(self, currency: str) -> float | None:
        may_leave = self._may_leave(currency)
        return self._sent.get(currency, 0) / may_leave if may_leave > 0 else None


def _minor(text: str, currency: str) -> int:
    return money_of(Decimal(text), currency).minor


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole > 0 else None
