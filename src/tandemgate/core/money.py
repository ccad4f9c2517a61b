"""Between amounts as they are written and whole minor units, by the digits of ISO 4217."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from tandemgate.catalog.currencies import MINOR_DIGITS, TIKTOK
from tandemgate.model.event import Commerce
from tandemgate.model.money import Money

USUAL_DIGITS: Final = 2
_A_CENT: Final = Decimal("0.01")


def digits_of(currency: str) -> int:
    """Return how many digits of *currency* stand after the decimal point: EUR 2, JPY 0, KWD 3."""
    return MINOR_DIGITS.get(currency, USUAL_DIGITS)


def worth_of(commerce: Commerce) -> Money | None:
    """Return what TikTok is told of the action's worth: nothing in a currency it does not take."""
    value, currency = commerce.value, commerce.currency
    if value is None or currency not in TIKTOK:
        return None
    return Money(int(f"{value:.{digits_of(currency)}f}".replace(".", "")), currency)


def money_of(amount: Decimal, currency: str) -> Money:
    """Return *amount* in whole minor units, rounded half to even.

    Where it must not be rounded in silence, ask :func:`is_too_fine` first.
    """
    minor = amount.scaleb(digits_of(currency)).to_integral_value(ROUND_HALF_EVEN)
    return Money(int(minor), currency)


def is_too_fine(amount: Decimal, currency: str) -> bool:
    """Tell whether *amount* has decimals where *currency* has none, as if it were of another.

    A fraction of a cent is no sign of that: order systems compute taxes with more decimals, and
    sum up binary floats. Nor are zeros at the end.
    """
    return digits_of(currency) == 0 and abs(amount - round(amount)) >= _A_CENT


def like(amount: Decimal, currency: str) -> str:
    """Say how an amount of *currency* is written: ``JPY without decimals, like 1235``."""
    return f"{currency} without decimals, like {written(money_of(amount, currency))}"


def written(money: Money) -> str:
    """Write the amount alone, with a decimal point: ``129.95``, ``-3.00``, ``1200``."""
    return amount_text(money.minor, money.currency)


def amount_text(minor: int, currency: str) -> str:
    """Write so many minor units of *currency* as :func:`written` does."""
    digits = digits_of(currency)
    sign, whole = ("-" if minor < 0 else ""), f"{abs(minor):0{digits + 1}d}"
    return f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}"
