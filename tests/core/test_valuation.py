"""What value means, and whether an event keeps to it."""

from decimal import Decimal
from typing import Any

import pytest

from tandemgate.core.money import amount_text, money_of, worth_of
from tandemgate.core.valuation import read_rule, value_of
from tandemgate.model.event import Commerce
from tandemgate.model.money import Money
from tandemgate.model.order import SheetField
from tandemgate.model.outcome import Accepted
from tests.build import an_item, processed, some_rules

AMOUNTS = {
    SheetField.TOTAL: Decimal("119.00"),
    SheetField.SUBTOTAL: Decimal("90.00"),
    SheetField.TAX: Decimal("19.00"),
    SheetField.SHIPPING: Decimal("10.00"),
    SheetField.DISCOUNT: Decimal("5.00"),
    SheetField.REFUND: Decimal("1.50"),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("total", "119.00"),
        ("subtotal", "90.00"),
        ("total - tax", "100.00"),
        ("total-tax-shipping", "90.00"),
        ("subtotal + tax", "109.00"),
        ("subtotal - discount + shipping", "95.00"),
        (" total - refund ", "117.50"),
    ],
)
def test_a_rule_works_out_what_an_order_was_worth(text: str, value: str) -> None:
    """Net or gross, with shipping or without: the shop says which, once."""
    rule = read_rule(text)
    assert rule is not None
    assert value_of(AMOUNTS, rule) == Decimal(value)
    assert read_rule(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    ["", "tax", "total - total", "total tax", "total * 2", "total - fees", "-total", "total -",
     "total - tax - tax", "Total", "total - subtotal", "total\n- tax;"],
)  # fmt: skip
def test_what_is_no_rule_is_not_guessed(text: str) -> None:
    """A rule that was misread would make every order look wrong."""
    assert read_rule(text) is None


def findings(properties: dict[str, Any], tolerance: float = 0.5) -> list[str]:
    """What intake remarks on the money of a purchase."""
    outcome = processed(an_item(properties=properties), some_rules(value_tolerance=tolerance))
    assert isinstance(outcome, Accepted)
    return [f"{one.reason} {one.field}: {one.note}" for one in outcome.event.findings]


def priced(value: float, *lines: tuple[float, int], **more: object) -> dict[str, Any]:
    """Properties of a purchase of so many pieces at such prices."""
    contents = [
        {"content_id": f"p{at}", "price": price, "quantity": count}
        for at, (price, count) in enumerate(lines)
    ]
    return {"value": value, "currency": "EUR", "contents": contents, **more}


def test_a_value_far_from_its_contents_is_remarked_on() -> None:
    """Cents instead of euros, or the price of one piece instead of three."""
    assert findings(priced(8997, (29.99, 3))) == [
        "value_mismatch /data/0/properties/value: value is 8997, but the contents sum up to 89.97"
    ]
    assert findings(priced(29.99, (29.99, 3)))


@pytest.mark.parametrize(
    "properties",
    [
        priced(94.96, (29.99, 3)),
        priced(80.97, (29.99, 3)),
        priced(0, (0, 1)),
        {"value": 5, "currency": "EUR"},
        {"value": 5, "currency": "EUR", "contents": [{"content_id": "a"}]},
    ],
)
def test_shipping_and_discounts_are_no_mistake(properties: dict[str, Any]) -> None:
    """A remark on every order is read by nobody."""
    assert findings(properties) == []


def test_a_shop_may_want_them_equal_or_not_compared_at_all() -> None:
    """With value_rule = "subtotal" nothing stands between the two."""
    assert findings(priced(94.96, (29.99, 3)), 0.0)
    assert findings(priced(89.97, (29.99, 3)), 0.0) == []
    assert findings(priced(1e9, (29.99, 3)), 1.0) == []


def test_two_lists_of_products_have_to_agree() -> None:
    """TikTok matches the catalog by one of them."""
    agreeing = priced(30, (10, 1), (20, 1), content_ids=["p1", "p0"])
    assert findings(agreeing) == []
    (remark,) = findings(agreeing | {"content_ids": ["p0", "sku-9"]})
    assert remark.startswith("content_ids_mismatch /data/0/properties/content_ids: 2 product ids")


@pytest.mark.parametrize(
    ("value", "currency", "worth"),
    [
        (129.95, "EUR", Money(12995, "EUR")),
        (1200, "JPY", Money(1200, "JPY")),
        (1.234, "KWD", Money(1234, "KWD")),
        (0.1 + 0.2, "USD", Money(30, "USD")),
        (5, "GEL", None),
        (None, "EUR", None),
        (5, None, None),
    ],
)
def test_a_worth_is_in_whole_minor_units(
    value: float | None, currency: str | None, worth: Money | None
) -> None:
    """Sums of floats drift; sums of cents do not."""
    assert worth_of(Commerce(value=value, currency=currency)) == worth


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(12995, "EUR", "129.95"), (-5, "EUR", "-0.05"), (1200, "JPY", "1200"), (7, "KWD", "0.007"),
     (0, "EUR", "0.00")],
)  # fmt: skip
def test_minor_units_are_written_as_people_read_them(minor: int, currency: str, text: str) -> None:
    """And read back as the same."""
    assert amount_text(minor, currency) == text
    assert money_of(Decimal(text), currency) == Money(minor, currency)
