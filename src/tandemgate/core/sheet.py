"""An order system's export, line by line: which columns count, and what a line of them says.

Only the columns that are meant are ever looked at: the others hold people.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from tandemgate.catalog.orders import LAYOUTS, NOT_SOLD, PLAIN, is_currency
from tandemgate.core.money import is_too_fine, like
from tandemgate.core.scrub import holds_identifier
from tandemgate.core.spelling import DecimalMark, is_ambiguous, marks_of, read_figure
from tandemgate.model.instant import Epoch
from tandemgate.model.order import SheetField
from tandemgate.model.person import Identifiers

LONGEST_ORDER: Final = 256
LATEST: Final = 10**11
"""Unix seconds, in the year 5138: beyond it are milliseconds."""

_NOBODY: Final = Identifiers()


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in a line of ``width`` cells, and the layout that says so."""

    at: Mapping[SheetField, int]
    width: int
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Columns that are needed and were not found. ``found`` are those that were, by field."""

    missing: tuple[SheetField, ...]
    found: Mapping[SheetField, str]


@dataclass(frozen=True, slots=True)
class SheetOrder:
    """One order as a line tells it; ``line`` is where it begins in the file, from 1."""

    line: int
    order: str
    currency: str
    amounts: Mapping[SheetField, Decimal]
    paid_at: Epoch | None = None


@dataclass(frozen=True, slots=True)
class Misread:
    """Why a part of a line can't be read."""

    text: str


@dataclass(frozen=True, slots=True)
class LineFault:
    """Why a line can't be read, in words that repeat nothing personal."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that is right and no purchase: ``not_sold``, ``negative`` or ``continued``."""

    line: int
    why: str


Line: TypeAlias = SheetOrder | LineFault | LeftOut


def find_columns(
    header: Sequence[str], stated: Mapping[SheetField, str], amounts: Collection[SheetField]
) -> Columns | Lacking:
    """Find the columns by their names: those that were *stated*, else by the known layouts.

    *amounts* are the amounts that are needed; the order's number is needed as well.
    """
    places = {name.strip(): place for place, name in reversed([*enumerate(header)])}
    needed = (SheetField.ORDER, *amounts)
    astray = tuple(field for field, name in stated.items() if name not in places)
    layout, named = _layout(places, [field for field in needed if field not in stated])
    found = _plain(places) | named | {f: name for f, name in stated.items() if f not in astray}
    missing = astray or tuple(field for field in needed if field not in found)
    if missing:
        return Lacking(missing, {field: found[field] for field in found if field not in missing})
    return Columns({field: places[name] for field, name in found.items()}, len(header), layout)


def _layout(
    places: Collection[str], needed: Collection[SheetField]
) -> tuple[str, dict[SheetField, str]]:
    """Find the layout that has what is *needed*, and enough else to be told by."""
    for layout in LAYOUTS:
        named = {field: name for field, name in layout.columns.items() if name in places}
        if set(needed) <= named.keys() and len(named) >= _TELLING_COLUMNS:
            return layout.name, named
    return "", {}


def _plain(places: Collection[str]) -> dict[SheetField, str]:
    """Find columns by what people usually call them, the first of each in the table."""
    squeezed = {_squeezed(name): name for name in reversed([*places])}
    return {
        field: squeezed[name]
        for field, names in PLAIN.items()
        for name in reversed([*map(_squeezed, names)])
        if name in squeezed
    }


def is_header(cells: Sequence[str]) -> bool:
    """Tell whether a file's first line holds names, and no data that must not be printed."""
    return bool(cells) and not any(
        marks_of(cell) or holds_identifier(cell, _NOBODY) for cell in cells if cell.strip()
    )


@dataclass(slots=True)
class Survey:
    """What the amounts of each column say about its decimal mark, in one look over the file.

    ``proof`` is the first line that allows one mark alone, ``doubt`` the first that allows two
    meanings.
    """

    proof: dict[tuple[SheetField, DecimalMark], tuple[int, str]] = field(default_factory=dict)
    doubt: dict[SheetField, tuple[int, str]] = field(default_factory=dict)

    def look(self, line: int, name: SheetField, text: str) -> None:
        """Take one amount into account."""
        allowed = marks_of(text)
        if len(allowed) == 1:
            (mark,) = allowed
            self.proof.setdefault((name, mark), (line, text))
        elif name not in self.doubt and is_ambiguous(text):
            self.doubt[name] = (line, text)

    def mark(self, name: SheetField) -> "DecimalMark | Undecided":
        """Say the decimal mark of a column, if its amounts agree on one."""
        found = {mark: self.proof[name, mark] for mark in DecimalMark if (name, mark) in self.proof}
        if len(found) > 1:
            return Undecided(name, tuple(found.values()))
        if not found and name in self.doubt:
            return Undecided(name, (self.doubt[name],))
        return next(iter(found), DecimalMark.POINT)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A column whose decimal mark can't be told: one amount that may mean two, or two that differ.

    ``amounts`` are the lines with what stands there.
    """

    name: SheetField
    amounts: tuple[tuple[int, str], ...]


class SheetReader:
    """Reads the lines of one file, in their order.

    *currency* is that of lines that state none. *needed* are the amounts of the pixel's rule.
    """

    def __init__(
        self,
        columns: Columns,
        marks: Mapping[SheetField, DecimalMark],
        needed: Sequence[SheetField],
        currency: str | None = None,
    ) -> None:
        self._columns = columns
        self._marks = marks
        self._needed = needed
        self._currency = currency
        self._before = ""

    def read(self, line: int, cells: Sequence[str]) -> Line:
        """Read one line."""
        if len(cells) < self._columns.width or any(map(str.strip, cells[self._columns.width :])):
            return LineFault(
                line, f"{len(cells)} cells, where the header has {self._columns.width}"
            )
        order, before = self._cell(cells, SheetField.ORDER), self._before
        self._before = order
        if fault := _order_fault(order):
            return LineFault(line, fault)
        if order == before and not any(self._cell(cells, name) for name in self._needed):
            return LeftOut(line, "continued")
        if self._cell(cells, SheetField.STATUS).casefold() in NOT_SOLD:
            return LeftOut(line, "not_sold")
        return self._order(line, order, cells)

    def _order(self, line: int, order: str, cells: Sequence[str]) -> Line:
        amounts: dict[SheetField, Decimal] = {}
        units: list[tuple[str | None, str | None]] = []
        for name in self._needed:
            text = self._cell(cells, name)
            if not text and name not in _MAY_BE_EMPTY:
                return LineFault(line, f"{name} is empty; expected an amount like 129.95")
            figure = read_figure(text or "0", self._marks[name])
            if figure is None:
                said = f"{name} is {shown(text)}, which is no amount with a decimal"
                return LineFault(line, f"{said} {self._marks[name]}; write it like 129.95")
            amounts[name] = figure.amount
            units.append((figure.currency, figure.symbol))
        if amounts[self._needed[0]] < 0:
            return LeftOut(line, "negative")
        currency = self._currency_of(self._cell(cells, SheetField.CURRENCY), units)
        if isinstance(currency, Misread):
            return LineFault(line, currency.text)
        for name, amount in amounts.items():
            if is_too_fine(amount, currency):
                said = f"{name} is {shown(self._cell(cells, name))}"
                wanted = f"expected {like(amount, currency)}"
                return LineFault(line, f"{said}; {wanted}: mend the amount, or say its currency")
        return SheetOrder(
            line, order, currency, amounts, instant(self._cell(cells, SheetField.PAID_AT))
        )

    def _currency_of(
        self, stated: str, units: Sequence[tuple[str | None, str | None]]
    ) -> "str | Misread":
        """Return the one currency that column, amounts and option agree on."""
        if stated and not is_currency(stated.upper()):
            return Misread(f"currency is {shown(stated)}; expected an ISO 4217 code like EUR")
        written = {code for code, _ in units if code}
        known = {stated.upper()} - {""} or written or {self._currency or ""} - {""}
        if not known:
            return Misread("no currency is stated; add --currency EUR, or name its column")
        if len(known | written) > 1:
            both = " and ".join(sorted(known | written))
            return Misread(f"two currencies in one line: {both}")
        return known.pop()

    def _cell(self, cells: Sequence[str], name: SheetField) -> str:
        place = self._columns.at.get(name)
        return "" if place is None else cells[place].strip()


def instant(text: str) -> Epoch | None:
    """Read Unix seconds, or a date and time with the year first; without an offset it is UTC.

    Nothing else is read: in ``03/04/2026`` nobody knows which is the day.
    """
    if re.fullmatch(r"[0-9]{9,11}", text):
        return float(text)
    try:
        moment = datetime.fromisoformat(_OFFSET.sub(r"\1\2", text.removesuffix(" UTC")))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def shown(text: str) -> str:
    """Show what stands in a cell, if it can be nothing but a short amount or code."""
    letters = sum(letter.isalpha() for letter in text)
    digits = sum(letter.isdigit() for letter in text)
    telling = text.isprintable() and len(text) <= _LONGEST_SHOWN and letters <= _MOST_LETTERS
    if telling and digits < _TELLING_DIGITS and not holds_identifier(text, _NOBODY):
        return f'"{text}"'
    return f"a text of {len(text)} characters"


def _order_fault(order: str) -> str | None:
    if not order:
        return "no order number"
    if len(order) > LONGEST_ORDER or not order.isprintable():
        return f"the order number has {len(order)} characters or can't be printed"
    if holds_identifier(order, _NOBODY):
        return "the order number holds what looks like an email or a phone number"
    return None


def _squeezed(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


_MAY_BE_EMPTY: Final = frozenset(
    {SheetField.TAX, SheetField.SHIPPING, SheetField.DISCOUNT, SheetField.REFUND}
)
"""Amounts that exports leave empty where there are none."""

_OFFSET: Final = re.compile(r"(\d) ([+-]\d{2}:?\d{2})$")
_TELLING_COLUMNS: Final = 3
_LONGEST_SHOWN: Final = 24
_MOST_LETTERS: Final = 4
_TELLING_DIGITS: Final = 9
