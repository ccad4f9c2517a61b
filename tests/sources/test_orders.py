"""What each shop system's delivery becomes, by golden files in the shape of its documents."""

import json
from pathlib import Path
from typing import Any

import pytest

from tandemgate.catalog.shops import SHOPS
from tandemgate.core.valuation import read_rule
from tandemgate.model.message import Message
from tandemgate.model.shop import ContentId, ShopKind
from tandemgate.sources.delivery import Delivery
from tandemgate.web.webhooks import READERS
from tests.build import NOW, some_rules
from tests.sources.shops import GOLDEN, changed, golden


def read(case: dict[str, Any], **rules: Any) -> Message:  # noqa: ANN401 - as some_rules takes them
    """What the delivery of *case* becomes."""
    kind = ShopKind(case["kind"])
    named = ContentId(case.get("content_id", SHOPS[kind].content_id))
    return READERS[kind](Delivery(case["topic"], case["in"], some_rules(**rules), NOW, named))


def item(case: dict[str, Any], **rules: Any) -> dict[str, Any]:  # noqa: ANN401
    """The event that it becomes."""
    message = read(case, **rules)
    assert message.noted is None
    assert isinstance(message.item, dict)
    return message.item


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_delivery_becomes_what_its_file_says(path: Path) -> None:
    """The whole event, so that no field is lost or invented unseen."""
    case = json.loads(path.read_text("utf-8"))
    message = read(case)
    assert (message.noted, message.item) == (case.get("noted"), case.get("out", {}))


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("cancelled_at", "2026-04-23T14:00:00+02:00", "order_not_paid"),
        ("source_name", "pos", "order_not_online"),
    ],
)
def test_what_is_no_sale_of_the_website_is_noted(path: str, value: object, reason: str) -> None:
    """A pixel measures what was bought on its pages, and stays bought."""
    case = golden("shopify-paid")
    assert read(case | {"in": changed(case["in"], path, value)}).noted == reason


@pytest.mark.parametrize(
    "topic", ["orders/create", "orders/cancelled", "orders/updated", "refunds/create", "", "x"]
)
def test_no_other_topic_of_shopify_is_a_sale(topic: str) -> None:
    """An order that is created may never be paid; one that is refunded was sold before."""
    assert read(golden("shopify-paid") | {"topic": topic}).noted == "topic_no_sale"


@pytest.mark.parametrize(
    ("currency", "value"),
    [("usd", 129.95), ("jpy", 12995), ("kwd", 12.995), ("isk", 129.95), ("ugx", 129.95)],
)
def test_stripes_amounts_are_in_stripes_units(currency: str, value: float) -> None:
    """A yen taken for a hundredth, or a dinar for a hundred fils, is a hundred times the value."""
    case = golden("stripe-payment")
    told = item(case | {"in": changed(case["in"], "data/object/currency", currency)})
    properties = told["properties"]
    assert (properties["value"], properties["currency"]) == (value, currency.upper())


@pytest.mark.parametrize("source", ["shopify_draft_order", "580111", "subscription_app"])
def test_the_browser_of_the_shops_own_people_is_nobodys(source: str) -> None:
    """A colleague who completes an order has an address too, and it is not the buyer's."""
    case = golden("shopify-paid")
    user = item(case | {"in": changed(case["in"], "source_name", source)})["user"]
    assert not user.keys() & {"ip", "user_agent"}


@pytest.mark.parametrize(
    ("billing", "shipping", "region"),
    [("US", "DE", "DE"), ("DE", "US", "DE"), ("US", "CH", "US"), (None, "CH", "CH"), (None,) * 3],
)
def test_of_two_countries_the_one_that_asks_for_consent_counts(
    billing: str | None, shipping: str | None, region: str | None
) -> None:
    """A gift to the other side of a border must not carry somebody's data across it."""
    case = golden("shopify-paid")
    order = changed(case["in"], "billing_address/country_code", billing)
    order = changed(order, "shipping_address/country_code", shipping)
    assert item(case | {"in": order})["consent"].get("region") == region


@pytest.mark.parametrize(
    ("named", "content_id"),
    [("variant", "808950810"), ("product", "632910392"), ("sku", "SHOE-42")],
)
def test_products_go_by_what_the_catalogue_has(named: str, content_id: str) -> None:
    """Only the shop knows by which of three numbers its Pixel calls a product."""
    told = item(golden("shopify-paid") | {"content_id": named})
    assert told["properties"]["contents"][0]["content_id"] == content_id


def test_an_order_that_tells_too_little_for_the_rule_goes_with_its_total() -> None:
    """A sale is worth more than the exactness of its value, and the finding says so."""
    message = read(golden("stripe-payment"), value_rule=read_rule("total - shipping"))
    [found] = message.findings
    assert (found.reason, found.field) == ("value_rule_unmet", "/properties/value")
    assert "shipping" in found.note


def test_the_pixels_own_name_for_a_sale_comes_first() -> None:
    """TikTok deduplicates by the name, to the letter; an empty one keeps sales back."""
    case = golden("shopify-paid")
    assert item(case, event_names={"Order Completed": "Purchase"})["event"] == "Purchase"
    assert read(case, event_names={"Order Completed": ""}).noted == "event_not_mapped"
