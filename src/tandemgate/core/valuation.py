"""What the value of an order means by the pixel's rule, and whether it fits the contents."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from tandemgate.catalog.reasons import finding
from tandemgate.model.event import Commerce, Content
from tandemgate.model.finding import Finding
from tandemgate.model.order import SheetField, ValueRule

FIRST: Final = (SheetField.TOTAL, SheetField.SUBTOTAL)
FURTHER: Final = (SheetField.TAX, SheetField.SHIPPING, SheetField.DISCOUNT, SheetField.REFUND)
AMOUNTS: Final = (*FIRST, *FURTHER)

_TERM: Final = re.compile(r"\s*([+-])\s*([a-z]+)")
_SIGNS: Final = {"+": 1, "-": -1}


def read_rule(text: str) -> ValueRule | None:
    """Read ``total``, ``subtotal + tax`` or ``total - tax - shipping``; each field once."""
    words = _TERM.findall(f"+{text}")
    if "".join(f"{sign}{word}" for sign, word in words) != f"+{text}".replace(" ", ""):
        return None
    named = [word for _, word in words]
    if not named or named[0] not in FIRST or not set(named[1:]) <= set(FURTHER):
        return None
    if len(set(named)) < len(named):
        return None
    return ValueRule(tuple((SheetField(word), _SIGNS[sign]) for sign, word in words))


def value_of(amounts: Mapping[SheetField, Decimal], rule: ValueRule) -> Decimal:
    """Work out what an order was worth; every amount that the rule names has to be there."""
    return sum((amounts[field] * sign for field, sign in rule.terms), Decimal())


def compare_contents(commerce: Commerce, tolerance: float, at: str) -> Iterator[Finding]:
    """Remark where value and contents, or the two places for product ids, tell different things.

    *tolerance* is the share of the value by which the contents' sum may differ from it, since
    shipping, taxes and discounts stand between the two. Contents are only summed where every line
    states its price.
    """
    value, contents = commerce.value, commerce.contents
    if value is not None and (worth := _sum(contents)) is not None:
        apart = abs(worth - value)
        if apart and apart > tolerance * max(value, worth) + _HALF_A_CENT:
            note = f"value is {value:.15g}, but the contents sum up to {worth:.15g}"
            yield finding("value_mismatch", f"{at}/value", note)
    ids = commerce.other.get("content_ids")
    if contents and isinstance(ids, tuple):
        only = len({line.content_id for line in contents}.symmetric_difference(ids))
        if only:
            note = f"{only} product ids stand in content_ids or contents alone"
            yield finding("content_ids_mismatch", f"{at}/content_ids", note)


_HALF_A_CENT: Final = 0.005


def _sum(contents: tuple[Content, ...]) -> float | None:
    if not contents:
        return None
    total = 0.0
    for line in contents:
        if line.price is None:
            return None
        total += line.price * (line.quantity or 1)
    return round(total, 4)
