"""Amounts of money and numbers of pieces, as callers write them."""

import re
from typing import TypeGuard

from tandemgate.core.reading import Notes
from tandemgate.core.scrub import holds_identifier

TOO_MUCH = 10**15
"""No order is worth this much in any currency; beyond it a float no longer holds minor units."""

# At most 15 digits in all, which is what a float keeps exactly.
_PLAIN = re.compile(r"(?![0-9.]{17})[0-9]{1,15}(?:\.[0-9]{1,14})?")
_GROUP = 3
_WRITTEN = re.compile(r"[0-9](?:[0-9.,' ]*[0-9])?")


def amount(value: object, at: str, notes: Notes) -> float | int | None:
    """Read an amount of money, never rounded; a plain decimal in a string is converted."""
    if _is_plain(value) and not holds_identifier(value, notes.person):
        notes.remark("number_was_text", at)
        value = _number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        notes.refuse("value_invalid", at, notes.shown(value), fix=_fix(value))
        return None
    if value < 0:
        notes.refuse("value_negative", at, notes.shown(value))
        return None
    if not value < TOO_MUCH:
        notes.refuse("value_invalid", at, notes.shown(value), expected="less than 10^15")
        return None
    return abs(value)  # -0.0 is 0


def _is_plain(value: object) -> TypeGuard[str]:
    """Tell whether *value* is a decimal in a string that a float holds without rounding."""
    return isinstance(value, str) and bool(_PLAIN.fullmatch(value.strip()))


def quantity(value: object, at: str, notes: Notes) -> int | None:
    """Read a number of pieces."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
        notes.remark("number_was_text", at)
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value < TOO_MUCH:
        return value
    notes.refuse("quantity_invalid", at, notes.shown(value))
    return None


def plain_decimal(text: str) -> str | None:
    """Find the amount that ``129,95 €`` or ``1.299,00`` means, in the form that is taken."""
    written = _WRITTEN.search(text)
    if written is None:
        return None
    digits = re.sub(r"[ ']", "", written.group())
    whole, mark, fraction = _split_at_last_mark(digits)
    grouped = len(fraction) == _GROUP and (mark == "," or digits.count(mark) > 1)
    if not mark or grouped:
        return _bare(digits)
    return f"{_bare(whole)}.{fraction}"


def _split_at_last_mark(digits: str) -> tuple[str, str, str]:
    place = max(digits.rfind("."), digits.rfind(","))
    return (digits, "", "") if place < 0 else (digits[:place], digits[place], digits[place + 1 :])


def _bare(digits: str) -> str:
    return re.sub(r"\D", "", digits)


def _number(text: str) -> float | int:
    return float(text) if "." in text else int(text)


def _fix(value: object) -> str | None:
    meant = plain_decimal(value[:40]) if isinstance(value, str) else None
    return None if meant is None else f"send {meant}"
