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
_HALF_A_CENT: Final = Decimal("0.005")


def decimal(value: object) -> Decimal | None:
    """Read an amount as it is written: a number, or a plain decimal in a string."""
    if isinstance(value, str) and _PLAIN.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return Decimal(str(value)) if 0 <= value < TOO_MUCH else None


def net_of(
    value: Decimal, tax: Decimal, shipping: Decimal, lines: Decimal | None
) -> Mapping[SheetField, Decimal]:
    """Tell the amounts of an order whose *value* should be without *tax* and *shipping*.

    *lines* is what its products cost together, where each states its price. A value above that
    has tax or shipping in it already, and is the total.
    """
    is_total = lines is not None and value - lines > _HALF_A_CENT
    return dict.fromkeys(AMOUNTS, _NOTHING) | {
        SheetField.TOTAL: value if is_total else value + tax + shipping,
        SheetField.SUBTOTAL: value,
        SheetField.TAX: tax,
        SheetField.SHIPPING: shipping,
    }


def by_rule(amounts: Mapping[SheetField, Decimal], rule: ValueRule) -> float:
    """Work out the value that *rule* means; never below nothing."""
    return float(max(value_of(amounts, rule), _NOTHING))
