"""What an order was worth by the pixel's rule, from the amounts that a system reports apart."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from tandemgate.core.amounts import TOO_MUCH
from tandemgate.core.valuation import AMOUNTS, value_of
from tandemgate.model.order import SheetField, ValueRule

_PLAIN: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,14})?")
_NOTHING: Final = Decimal()


def decimal(value: object) -> Decimal | None:
    """Read an amount as it is written: a number, or a plain decimal in a string."""
    if isinstance(value, str) and _PLAIN.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return Decimal(str(value)) if 0 <= value < TOO_MUCH else None


def as_reported(value: Decimal, tax: Decimal, shipping: Decimal) -> Mapping[SheetField, Decimal]:
    """Tell the amounts of an order of which only *value* is known, and what of it, or beside it.

    Some shops' *value* has *tax* and *shipping* in it and others' has not, and nothing tells them
    apart: to add up is the pixel's rule to say.
    """
    return dict.fromkeys(AMOUNTS, _NOTHING) | {
        SheetField.TOTAL: value,
        SheetField.SUBTOTAL: value,
        SheetField.TAX: tax,
        SheetField.SHIPPING: shipping,
    }


def by_rule(amounts: Mapping[SheetField, Decimal], rule: ValueRule) -> float:
    """Work out the value that *rule* means; never below nothing."""
    return float(max(value_of(amounts, rule), _NOTHING))
