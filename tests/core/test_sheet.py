"""Lines of an order system's export: what counts of them, and what is wrong with the others."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.sheet import (
    Columns,
    Lacking,
    LeftOut,
    LineFault,
    SheetOrder,
    SheetReader,
    Survey,
    Undecided,
    find_columns,
    instant,
    is_header,
    shown,
)
from tandemgate.core.spelling import DecimalMark
from tandemgate.model.order import SheetField

F = SheetField
TOTAL = (F.TOTAL,)
SHOPIFY = (
    "Name", "Email", "Financial Status", "Paid at", "Currency", "Subtotal", "Shipping", "Taxes",
    "Total", "Discount Amount", "Created at", "Billing Name",
)  # fmt: skip
WOO = (
    "order_id,order_number,order_date,paid_date,status,shipping_total,tax_total,order_total,"
    "order_currency"
)
STRIPE = (
    "id,Description,Created date (UTC),Amount,Amount Refunded,Currency,Status,order_id (metadata)"
)


def columns(header: str | Sequence[str], stated: Any = None, amounts: Any = TOTAL) -> Any:  # noqa: ANN401
    """The columns of a header, by their names."""
    names = header.split(",") if isinstance(header, str) else header
    found = find_columns(names, stated or {}, amounts)
    if isinstance(found, Lacking):
        return found
    return found.layout, {field: names[at] for field, at in found.at.items()}


def test_the_columns_of_known_exports_are_found() -> None:
    """Nobody should have to map what everybody has."""
    layout, at = columns(SHOPIFY)
    assert (layout, at[F.ORDER], at[F.TOTAL], at[F.PAID_AT]) == (
        "Shopify", "Name", "Total", "Paid at",
    )  # fmt: skip
    layout, at = columns(WOO)
    assert (layout, at[F.ORDER], at[F.CURRENCY]) == (
        "WooCommerce",
        "order_number",
        "order_currency",
    )
    layout, at = columns(STRIPE)
    assert (layout, at[F.ORDER], at[F.REFUND]) == (
        "Stripe", "order_id (metadata)", "Amount Refunded",
    )  # fmt: skip


@pytest.mark.parametrize(
    "header",
    ["order,total", "Order ID,Grand Total,currency", "ORDER-NUMBER,x,Amount", "total,order"],
)
def test_plain_names_are_found_however_they_are_spelled(header: str) -> None:
    """What people write by hand."""
    layout, at = columns(header)
    assert layout == ""
    assert set(at) >= {F.ORDER, F.TOTAL}


def test_what_was_stated_goes_before_what_is_known() -> None:
    """The shop's number may stand in a column of its own."""
    _, at = columns([*SHOPIFY, "Tags"], {F.ORDER: "Tags"})
    assert (at[F.ORDER], at[F.TOTAL]) == ("Tags", "Total")
    mine = {F.ORDER: "Bestellung", F.TOTAL: "Summe"}
    assert columns("Bestellung,Summe", mine) == ("", mine)
    assert columns("Status,Summe,Bestellung", mine) == ("", {F.STATUS: "Status", **mine})


def test_what_is_missing_is_named_beside_what_was_found() -> None:
    """Half of a mapping is no mapping."""
    missed = columns("order,Summe")
    assert missed == Lacking((F.TOTAL,), {F.ORDER: "order"})
    assert columns(SHOPIFY, {F.TOTAL: "Betrag"}).missing == (F.TOTAL,)
    assert columns("order,total", amounts=(F.TOTAL, F.TAX)).missing == (F.TAX,)


@pytest.mark.parametrize("cells", [["Name", "129.95"], ["a@shop.example", "x"], []])
def test_data_is_no_header(cells: list[str]) -> None:
    """The names of a header are printed; a person's must not be."""
    assert not is_header(cells)
    assert is_header(["Name", "Lineitem price", ""])


def surveyed(*texts: str) -> DecimalMark | Undecided:
    """The mark of a column that holds *texts*."""
    survey = Survey()
    for line, text in enumerate(texts, 2):
        survey.look(line, F.TOTAL, text)
    return survey.mark(F.TOTAL)


def test_a_column_is_read_by_its_clear_amounts() -> None:
    """One clear amount decides for all that could mean two things."""
    assert surveyed("1.234", "12,50", "1.000") is DecimalMark.COMMA
    assert surveyed("1.234", "0.99") is DecimalMark.POINT
    assert surveyed("100", "20", "x", "") is DecimalMark.POINT


def test_a_column_that_leaves_it_open_is_not_guessed() -> None:
    """A thousand euros, or a little more than one?"""
    assert surveyed("100", "1.234", "2.000") == Undecided(F.TOTAL, ((3, "1.234"),))
    mixed = surveyed("1.234,56", "1,234.56")
    assert isinstance(mixed, Undecided)
    assert sorted(mixed.amounts) == [(2, "1.234,56"), (3, "1,234.56")]


HEADER = Columns(
    {F.ORDER: 0, F.TOTAL: 1, F.CURRENCY: 2, F.STATUS: 3, F.PAID_AT: 4}, width=6, layout=""
)


def read(*cells: str, currency: str | None = None, mark: DecimalMark = DecimalMark.POINT) -> Any:  # noqa: ANN401
    """One line of a file; what is missing at its end is empty."""
    filled = [*cells, *[""] * (HEADER.width - len(cells))]
    return SheetReader(HEADER, {F.TOTAL: mark}, TOTAL, currency).read(7, filled)


def test_a_line_tells_an_order() -> None:
    """Nothing but the columns that are meant is looked at."""
    line = read("#1001", "$1,299.95", "usd", "paid", "2026-05-01 10:00:00 +0200", "anna@b.example")
    assert line == SheetOrder(
        7, "#1001", "USD", {F.TOTAL: Decimal("1299.95")}, paid_at=1_777_622_400.0
    )


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["", "5", "EUR"], "no order number"),
        (["a@b.example", "5", "EUR"], "holds what looks like an email"),
        (["1", "", "EUR"], "total is empty"),
        (["1", "twelve", "EUR"], "total is a text of 6 characters, which is no amount"),
        (["1", "12,50", "EUR"], 'total is "12,50", which is no amount with a decimal point'),
        (["1", "5", "EURO"], 'currency is "EURO"; expected an ISO 4217 code'),
        (["1", "5", ""], "no currency is stated; add --currency"),
        (["1", "$5", ""], "no currency is stated; add --currency"),
        (["1", "5 €", "USD"], "two currencies in one line: EUR and USD"),
        (["1", "1,234.56", "JPY"], 'total is "1,234.56"; expected JPY without decimals, like 1235'),
        (["1", "5", "EUR", "", "", "", "left over"], "7 cells, where the header has 6"),
    ],
)
def test_a_line_that_cant_be_read_says_why(cells: list[str], said: str) -> None:
    """With its number, and nothing of the neighbouring cells."""
    line = read(*cells)
    assert isinstance(line, LineFault)
    assert line.line == 7
    assert said in line.text


def test_a_short_line_is_no_order() -> None:
    """A line break inside of a cell shifts everything after it."""
    reader = SheetReader(HEADER, {F.TOTAL: DecimalMark.POINT}, TOTAL)
    assert reader.read(3, ["1", "5", "EUR"]) == LineFault(3, "3 cells, where the header has 6")


@pytest.mark.parametrize(
    ("text", "currency"),
    [("1,234.00", "JPY"), ("12.3450", "KWD"), ("129.9500", "EUR"), ("129.9", "EUR")],
)
def test_zeros_at_the_end_make_no_amount_finer(text: str, currency: str) -> None:
    """Many systems write the same number of decimals for every currency."""
    line = read("1", text, currency)
    assert isinstance(line, SheetOrder)
    assert line.amounts[F.TOTAL] == Decimal(text.replace(",", ""))


@pytest.mark.parametrize(
    ("text", "stated", "currency"),
    [("5 €", None, "EUR"), ("5", "CHF", "CHF"), ("$5", "USD", "USD"), ("5 €", "EUR", "EUR")],
)
def test_the_currency_may_stand_with_the_amount_or_be_stated(
    text: str, stated: str | None, currency: str
) -> None:
    """Exports of one currency have no column for it."""
    line = read("1", text, currency=stated)
    assert isinstance(line, SheetOrder)
    assert line.currency == currency


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["1", "5", "EUR", "pending"], "not_sold"),
        (["1", "5", "EUR", "Cancelled"], "not_sold"),
        (["1", "-5", "EUR", "paid"], "negative"),
    ],
)
def test_what_is_no_purchase_is_left_out(cells: list[str], why: str) -> None:
    """An order that nobody paid is not missing at TikTok."""
    assert read(*cells) == LeftOut(7, why)


def test_further_lines_of_an_order_are_no_orders() -> None:
    """Shopify writes a line for every product, the order's own columns on the first alone."""
    reader = SheetReader(HEADER, {F.TOTAL: DecimalMark.POINT}, TOTAL)
    assert isinstance(reader.read(2, ["#1", "5", "EUR", "", "", ""]), SheetOrder)
    assert reader.read(3, ["#1", "", "", "", "", ""]) == LeftOut(3, "continued")
    assert isinstance(reader.read(4, ["#2", "", "", "", "", ""]), LineFault)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1776943380", 1_776_943_380.0),
        ("2026-04-23T11:23:00Z", 1_776_943_380.0),
        ("2026-04-23 11:23:00", 1_776_943_380.0),
        ("2026-04-23 11:23:00 UTC", 1_776_943_380.0),
        ("2026-04-23 13:23:00 +0200", 1_776_943_380.0),
        ("2026-04-23 11:23", 1_776_943_380.0),
        ("03/04/2026 11:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_time_is_read_where_it_is_clear(text: str, at: float | None) -> None:
    """In 03/04/2026 nobody knows which is the day."""
    assert instant(text) == at


@pytest.mark.parametrize(
    "text", ["anna@b.example", "Anna Schmidt", "+49 171 1234567", "0171 1234567", "x\ny", "1" * 30]
)
def test_what_may_be_personal_is_told_by_its_length(text: str) -> None:
    """A wrong --columns must not print a list of customers."""
    assert shown(text) == f"a text of {len(text)} characters"
    assert shown("12,5x") == '"12,5x"'


CELL = st.text(max_size=20) | st.sampled_from(["1", "12,50", "EUR", "paid", "#1", "-1", "1.234"])


@given(st.lists(st.lists(CELL, max_size=8), max_size=10), st.sampled_from(DecimalMark))
def test_no_line_breaks_the_reader(rows: list[list[str]], mark: DecimalMark) -> None:
    """Every line is an order, a fault or left out; an order's amount is never below zero."""
    reader = SheetReader(HEADER, {F.TOTAL: mark}, TOTAL, "EUR")
    for number, cells in enumerate(rows, 2):
        line = reader.read(number, cells)
        assert line.line == number
        assert not isinstance(line, SheetOrder) or line.amounts[F.TOTAL] >= 0
