"""What each shop system's delivery becomes, by golden files in the shape of its documents."""

import json
from pathlib import Path
from typing import Any

import pytest

from tandemgate.catalog.shops import SHOPS
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
