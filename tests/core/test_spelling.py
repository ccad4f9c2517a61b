"""Amounts as people write them: read as they were meant, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.spelling import MOST_DIGITS, DecimalMark, is_ambiguous, marks_of, read_figure

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA

WRITTEN = [
    ("1234", "1234", {POINT, COMMA}),
    ("0", "0", {POINT, COMMA}),
    ("12.99", "12.99", {POINT}),
    ("12,5", "12.5", {COMMA}),
    ("1,234.56", "1234.56", {POINT}),
    ("1.234,56", "1234.56", {COMMA}),
    ("1.234.567", "1234567", {COMMA}),
    ("1,234,567", "1234567", {POINT}),
    ("1,23,456.00", "123456", {POINT}),
    ("0.234", "0.234", {POINT}),
    ("12345.678", "12345.678", {POINT}),
    ("1 234,56", "1234.56", {COMMA}),
    ("1\u202f234,56", "1234.56", {COMMA}),
    ("1'234.50", "1234.5", {POINT}),
    ("1\u2019234.50", "1234.5", {POINT}),
    ("-3.00", "-3", {POINT}),
    ("\u22123,00", "-3", {COMMA}),
    ("3.00-", "-3", {POINT}),
    ("(12.00)", "-12", {POINT}),
    ("+5", "5", {POINT, COMMA}),
    ("'-3.00", "-3", {POINT}),
]
UNITS = [
    ("€ 129,95", "EUR", None),
    ("129,95 €", "EUR", None),
    ("129,95 EUR", "EUR", None),
    ("eur 129,95", "EUR", None),
    ("1.299,95 zł", "PLN", None),
    ("kr 129,95", None, "kr"),
    ("129,95 kr.", None, "kr."),
    ("$129,95", None, "$"),
    ("$-129,95", None, "$"),
    ("US$ 129,95", "USD", None),
    ("Fr. 129,95", "CHF", None),
]
NO_AMOUNTS = [
    "", " ", "-", "abc", "1E5", "12.", ".5", "--5", "1.2.3", "1,2,3", "12 34", "1,2345.67",
    "5 apples", "€ 5 €", "(5", "5)", "nan", "inf", "1_000", "9" * 16, "a@b.example 5", "٣",
    "-(5)", "1.234,567.8",
]  # fmt: skip


@pytest.mark.parametrize(("text", "amount", "marks"), WRITTEN)
def test_an_amount_is_read_as_it_was_meant(text: str, amount: str, marks: set[DecimalMark]) -> None:
    """A thousandth of the turnover is as wrong as a thousand times of it."""
    assert marks_of(text) == marks
    assert {figure.amount for mark in marks if (figure := read_figure(text, mark))} == {
        Decimal(amount)
    }
    assert not is_ambiguous(text)


@pytest.mark.parametrize(("text", "currency", "symbol"), UNITS)
def test_a_currency_beside_the_amount_is_read(
    text: str, currency: str | None, symbol: str | None
) -> None:
    """A dollar sign alone says nothing about whose dollars."""
    figure = read_figure(text, COMMA)
    assert figure is not None
    assert (figure.currency, figure.symbol) == (currency, symbol)
    assert abs(figure.amount) % 100 == Decimal("29.95") or figure.amount == Decimal("1299.95")


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_what_is_no_amount_is_not_guessed(text: str) -> None:
    """Half of a phone number is no turnover."""
    assert marks_of(text) == set()


@pytest.mark.parametrize("text", ["1.234", "1,234", "123.456", "12,345", "€ 1.000"])
def test_an_amount_with_two_meanings_is_called_so(text: str) -> None:
    """Only its column, or a person, can tell."""
    assert is_ambiguous(text)
    assert marks_of(text) == {POINT, COMMA}


STYLES = [(POINT, ","), (POINT, ""), (POINT, " "), (POINT, "'"), (COMMA, "."), (COMMA, "")]
AMOUNTS = st.decimals(
    min_value=-(10 ** (MOST_DIGITS - 4)), max_value=10 ** (MOST_DIGITS - 4), places=2
)


@given(AMOUNTS, st.sampled_from(STYLES), st.sampled_from(["", "€", "EUR", "$"]))
def test_what_was_written_in_a_style_is_read_in_it(
    amount: Decimal, style: tuple[DecimalMark, str], unit: str
) -> None:
    """Never misread: the way back is exact, and the style is among those that are possible."""
    mark, group = style
    text = f"{abs(amount):,.2f}".replace(",", "\0").replace(".", "\1")
    text = text.replace("\0", group).replace("\1", "." if mark is POINT else ",")
    text = f"{'-' if amount < 0 else ''}{text} {unit}".strip()
    figure = read_figure(text, mark)
    assert figure is not None
    assert figure.amount == amount
    assert marks_of(text) == {mark}


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    """A cell may hold anything at all; what is read of it is finite."""
    for mark in DecimalMark:
        figure = read_figure(text, mark)
        assert figure is None or figure.amount.is_finite()


@given(st.text(alphabet="0123456789.,' -()€$EUR", max_size=24))
def test_both_marks_agree_or_the_amount_is_ambiguous(text: str) -> None:
    """The two ways of reading never differ unnoticed."""
    read = {read_figure(text, mark) for mark in DecimalMark}
    assert is_ambiguous(text) == (len(read) == len(DecimalMark) and None not in read)
