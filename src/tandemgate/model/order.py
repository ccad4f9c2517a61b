"""A shop's orders, as its order system writes them, and what the ledger holds of each."""

from dataclasses import dataclass

import msgspec

from tandemgate.model.instant import Epoch
from tandemgate.model.money import Money
from tandemgate.model.state import State
from tandemgate.model.word import Word


@dataclass(frozen=True, slots=True)
class OrderMarks:
    """By what the live events of one order are found.

    ``digests`` are those of its number, as the ledger keeps them; ``event_ids`` are what it may
    have been named by, and count for ``events`` of the pixel alone.
    """

    pixel_id: str
    events: frozenset[str]
    digests: tuple[bytes, ...]
    event_ids: tuple[str, ...]


class Sale(msgspec.Struct, frozen=True):
    """A stored event of an order. ``worth`` is the value that TikTok is told.

    ``unknown`` counts the attempts that may have arrived without an answer; ``code`` and
    ``request_id`` are those of TikTok's last answer.
    """

    seq: int
    event: str
    event_id: str
    state: State
    reason: str | None
    code: int | None
    unknown: int
    event_time: int
    received_at: Epoch
    worth: Money | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the purchase of an order was refused when it came. ``order`` is the order's digest."""

    order: bytes
    at: Epoch
    code: int
    reason: str


class OrderOutcome(Word):
    """What became of an order."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    HELD = "held"
    SUPPRESSED = "suppressed"
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"
    MISSING = "missing"


class OrderRemark(Word):
    """What there is to say about an order beside its outcome."""

    VALUE_DIFFERS = "value_differs"
    CURRENCY_DIFFERS = "currency_differs"
    VALUE_UNKNOWN = "value_unknown"
    SENT_TWICE = "sent_twice"


class SheetField(Word):
    """What is read of a line of an order system's export; nothing else ever is.

    From ``TOTAL`` to ``REFUND`` they are amounts.
    """

    ORDER = "order"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    TAX = "tax"
    SHIPPING = "shipping"
    DISCOUNT = "discount"
    REFUND = "refund"
    CURRENCY = "currency"
    PAID_AT = "paid_at"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class ValueRule:
    """What "value" means in the fields of an order: one of them, plus or minus others.

    ``terms`` are the fields with the sign of each, ``+1`` or ``-1``.
    """

    terms: tuple[tuple[SheetField, int], ...] = ((SheetField.TOTAL, 1),)

    @property
    def fields(self) -> tuple[SheetField, ...]:
        """The amounts that the rule needs."""
        return tuple(field for field, _ in self.terms)

    def __str__(self) -> str:
        """Write it as the settings do."""
        (first, _), *others = self.terms
        said = (f" {'+' if sign > 0 else '-'} {field}" for field, sign in others)
        return f"{first}{''.join(said)}"


class Copied(msgspec.Struct, frozen=True):
    """A further copy of an order that TikTok counts, or may count."""

    event: str
    event_id: str
    state: State
    value: str | None = None
    currency: str | None = None
    place: int | None = None


class Judged(msgspec.Struct, frozen=True):
    """One order beside the ledger, in the shape that is told.

    ``total`` is what the order system says that it was worth by the pixel's rule, ``value`` what
    TikTok was told by the delivered event, both written as decimals; ``difference`` is the second
    less the first, where both are in one currency. ``others`` are further copies that count.
    ``reason``, ``code`` and ``fix`` say why it was not delivered. ``place`` is the event's place in
    the ledger.
    """

    order: str
    total: str
    currency: str
    outcome: OrderOutcome
    event: str | None = None
    event_id: str | None = None
    state: State | None = None
    request_id: str | None = None
    reason: str | None = None
    code: int | None = None
    fix: str = ""
    value: str | None = None
    value_currency: str | None = None
    difference: str | None = None
    others: tuple[Copied, ...] = ()
    remarks: tuple[OrderRemark, ...] = ()
    place: int | None = None
