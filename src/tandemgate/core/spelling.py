"""Amounts as people and spreadsheets write them: ``1.234,56 €``, ``$1,234.56``, ``(12.00)``.

Which mark is the decimal one can often not be told from one amount alone (``1.234``), but nearly
always from the others in its column. So reading takes the mark as an argument, and :func:`marks_of`
says which marks an amount allows. What can't be an amount under a mark is never guessed.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tandemgate.catalog.orders import SHARED_SYMBOLS, SYMBOLS, is_currency
from tandemgate.model.word import Word

MOST_DIGITS: Final = 15
"""No order is worth more digits; beyond them are article numbers and barcodes."""


class DecimalMark(Word):
    """What stands before the fraction."""

    POINT = "point"
    COMMA = "comma"


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount, and the currency that was written with it.

    ``currency`` is an ISO code, or ``None``; ``symbol`` a sign that several currencies share.
    """

    amount: Decimal
    currency: str | None = None
    symbol: str | None = None


def read_figure(text: str, mark: DecimalMark) -> Figure | None:
    """Read an amount whose decimal mark is *mark*; ``None`` where it is none."""
    apart = _APART.fullmatch(_plain(text))
    if apart is None:
        return None
    unit = _unit(apart["before"].strip(), apart["after"].strip())
    number = _number(apart["number"], mark)
    if unit is None or number is None:
        return None
    minus = [apart["minus"], apart["inner"], apart["last"], "-" if apart["open"] else ""].count("-")
    if minus > 1 or bool(apart["open"]) != bool(apart["close"]):
        return None
    return Figure(-number if minus else number, *unit)


def marks_of(text: str) -> frozenset[DecimalMark]:
    """Say which decimal marks *text* can be read with, if only one way is possible.

    Both are returned where it makes no difference, none where it is no amount. Where both are
    possible and differ, ask :func:`is_ambiguous`.
    """
    return frozenset(mark for mark in DecimalMark if read_figure(text, mark) is not None)


def is_ambiguous(text: str) -> bool:
    """Tell whether *text* means one amount with a point and another with a comma."""
    read = [read_figure(text, mark) for mark in DecimalMark]
    return None not in read and read[0] != read[1]


def _plain(text: str) -> str:
    """Return *text* without what spreadsheets put around it, its blanks and signs made plain."""
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").removeprefix("'").strip()
    return _BLANKS.sub(" ", text)


def _unit(before: str, after: str) -> tuple[str | None, str | None] | None:
    """Return the currency, or the sign that several share; ``None`` for anything else."""
    if before and after:
        return None
    unit = before or after
    if not unit:
        return None, None
    if unit in SYMBOLS:
        return SYMBOLS[unit], None
    if unit in SHARED_SYMBOLS:
        return None, unit
    return (unit.upper(), None) if is_currency(unit.upper()) else None


def _number(text: str, mark: DecimalMark) -> Decimal | None:
    read = _NUMBERS[mark].fullmatch(text)
    if read is None:
        return None
    whole = re.sub(r"\D", "", read["whole"])
    if len(whole) + len(read["fraction"] or "") > MOST_DIGITS:
        return None
    return Decimal(f"{whole}.{read['fraction'] or '0'}")


def _pattern(point: str, comma: str) -> re.Pattern[str]:
    """Make the pattern of numbers with *point* before the fraction and *comma* between groups."""
    thousands = rf"[1-9]\d{{0,2}}(?:(?P<group>[{comma}' ])\d{{3}})(?:(?P=group)\d{{3}})*"
    lakhs = rf"[1-9]\d?(?:{comma}\d{{2}})+{comma}\d{{3}}"
    return re.compile(rf"(?P<whole>\d+|{thousands}|{lakhs})(?:{point}(?P<fraction>\d+))?", re.ASCII)


_NUMBERS: Final = {
    DecimalMark.POINT: _pattern(r"\.", ","),
    DecimalMark.COMMA: _pattern(",", r"\."),
}
_BLANKS: Final = re.compile("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\t]")
_UNIT: Final = r"[^\d,'()+\-]{0,8}"
_APART: Final = re.compile(
    rf"(?P<open>\()?\+?(?P<minus>-?) ?(?P<before>{_UNIT}?)(?P<inner>-?)"
    rf"(?P<number>[0-9][0-9.,' ]*?)(?P<last>-?)(?P<after>{_UNIT}?)(?P<close>\))?"
)
