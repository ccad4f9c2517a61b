"""What was ordered, by whom, and what became of it; kept in memory, as long as the demo runs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from demo_shop.goods import BY_ID, CURRENCY, Product

FIRST_ORDER: Final = 1001
MOST_OF_ONE: Final = 20
MOST_LINES: Final = 20

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE: Final = re.compile(r"[\d\s()+/-]{6,24}")


class Line(msgspec.Struct, frozen=True):
    """So many of one product."""

    content_id: str
    quantity: int


class Checkout(msgspec.Struct, frozen=True):
    """What the checkout's form hands in."""

    email: str
    phone: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with a checkout, at which field of the form."""

    field: str
    says: str


@dataclass(slots=True)
class Order:
    """One order. Moments are Unix seconds; ``None`` for what did not happen yet.

    ``reported_at`` is when the gateway confirmed that it holds the purchase, ``returned_at`` when
    the buyer's browser opened the thank-you page.
    """

    number: str
    customer: str
    email: str = field(repr=False)
    phone: str = field(repr=False)
    basket: tuple[tuple[Product, int], ...]
    paid_at: float | None = None
    reported_at: float | None = None
    returned_at: float | None = None

    @property
    def total(self) -> int:
        """What is to be paid, in cents."""
        return sum(product.price * quantity for product, quantity in self.basket)

    @property
    def properties(self) -> dict[str, Any]:
        """The purchase in the words of TikTok; the page and the backend report the very same."""
        return {
            "value": self.total / 100,
            "currency": CURRENCY,
            "order_id": self.number,
            "content_type": "product",
            "contents": [
                {
                    "content_id": product.content_id,
                    "content_name": product.name,
                    "quantity": quantity,
                    "price": product.price / 100,
                }
                for product, quantity in self.basket
            ],
        }


class Orders:
    """Every order and every customer of this run."""

    def __init__(self) -> None:
        self._by_number: dict[str, Order] = {}
        self._customers: dict[str, str] = {}

    def place(self, checkout: Checkout) -> Order | Refusal:
        """Write down an order, or say what is wrong with it."""
        refusal = _refusal(checkout)
        if refusal is not None:
            return refusal
        number = str(FIRST_ORDER + len(self._by_number))
        email = checkout.email.strip()
        known = self._customers
        order = Order(
            number=number,
            customer=known.setdefault(email.lower(), f"cust_{len(known) + 1:04}"),
            email=email,
            phone=checkout.phone.strip(),
            basket=tuple((BY_ID[line.content_id], line.quantity) for line in checkout.lines),
        )
        self._by_number[number] = order
        return order

    def find(self, number: str) -> Order | None:
        """Look an order up."""
        return self._by_number.get(number)

    def newest_first(self) -> Sequence[Order]:
        """Return all orders."""
        return [*self._by_number.values()][::-1]


def read_checkout(body: bytes) -> Checkout | Refusal:
    """Read what the form handed in."""
    try:
        return msgspec.json.decode(body, type=Checkout)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Refusal("lines", "This is not what the checkout's form hands in.")


def _refusal(checkout: Checkout) -> Refusal | None:
    lines = checkout.lines
    if not lines:
        return Refusal("lines", "The cart is empty: put something into it first.")
    if len(lines) > MOST_LINES or not all(_is_sold(line) for line in lines):
        return Refusal("lines", f"Only what the shop sells, 1 to {MOST_OF_ONE} of each.")
    checks: Mapping[str, tuple[re.Pattern[str], str, str]] = {
        "email": (_EMAIL, checkout.email, "an email address, such as ada@example.com."),
        "phone": (_PHONE, checkout.phone, "a phone number, such as (030) 23 125-042."),
    }
    for name, (pattern, stated, expected) in checks.items():
        if not pattern.fullmatch(stated.strip()):
            return Refusal(name, f"Enter {expected}")
    return None


def _is_sold(line: Line) -> bool:
    return line.content_id in BY_ID and 0 < line.quantity <= MOST_OF_ONE
