"""The tables of docs/shops.md are held against what the code makes of golden deliveries."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tandemgate.model.shop import ShopKind
from tandemgate.sources import stripe, woocommerce
from tandemgate.sources.notes import BARE, PREFIX, PREFIXED
from tests.build import a_policy
from tests.docs.reader import ROOT
from tests.sources.shops import changed, golden
from tests.sources.test_orders import item, read

PAGE = (ROOT / "docs/shops.md").read_text("utf-8")
CODE = re.compile(r"`([^`]+)`")
OF_KIND = {
    ShopKind.SHOPIFY: ("shopify-paid", ""),
    ShopKind.STRIPE: ("stripe-session", "data/object/"),
    ShopKind.WOOCOMMERCE: ("woocommerce-processing", ""),
}
"""By whose golden delivery the fields of each system are tried, and where they stand in it."""

SWEDEN = a_policy(governed=frozenset({"SE"}))
MARKS = {
    "user.email": "mark@customer.example",
    "properties.currency": "SEK",
    "consent.region": "SE",
    "user.country": "SE",
    "user.external_id": 77,
    "properties.order_id": 77,
}


def table(head: str) -> list[list[str]]:
    """The cells of the table that begins with *head*."""
    lines = PAGE[PAGE.index(head) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def places() -> Iterator[tuple[str, ShopKind, str, tuple[str, ...]]]:
    """Each place that the table of fields names, with those that are looked at before it."""
    for field, *cells in table("| of the event | Shopify |"):
        for kind, cell in zip(ShopKind, cells, strict=True):
            found = CODE.findall(cell)
            for number, place in enumerate(found):
                yield CODE.findall(field)[0], kind, place, tuple(found[:number])


@pytest.mark.parametrize(("field", "kind", "place", "before"), [*places()])
def test_each_field_is_read_where_the_page_says(
    field: str, kind: ShopKind, place: str, before: tuple[str, ...]
) -> None:
    """A field that is missing there is one that a shop fills in vain."""
    name, root = OF_KIND[kind]
    case = golden(name)
    tree = without_notes(case["in"])
    for earlier in before:
        tree = put(tree, root + earlier.replace(".", "/"), None)
    mark = MARKS.get(field, "mark")
    value = f"{mark} {mark}" if place.endswith("details.name") else mark
    tree = put(tree, root + place.replace(".", "/"), value)
    section, _, told = field.partition(".")
    found = item(case | {"in": tree}, policy=SWEDEN)[section][told]
    expected = [str(mark), [mark], [mark, *found] if isinstance(found, list) else mark]
    assert found in expected or mark in found, found


def put(tree: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Put *value* there, making what leads to it."""
    made = changed(tree, path.split("/", 1)[0], tree.get(path.split("/", 1)[0]))
    place: Any = made
    *way, last = path.split("/")
    for step in way:
        if not isinstance(place.get(step), dict):
            place[step] = {}
        place = place[step]
    place[last] = value
    return made


def without_notes(tree: dict[str, Any]) -> dict[str, Any]:
    """The same delivery, of which the shop wrote down nothing for us."""
    tree = {**tree, "note_attributes": [], "meta_data": []}
    return put(tree, "data/object/metadata", {}) if "data" in tree else tree


def test_each_note_is_on_the_page() -> None:
    """In the order of the code, with its prefix where it is needed."""
    names = [CODE.findall(cell)[0] for cell, _ in table("| note | what it is |")]
    assert names == [*BARE, *(f"{PREFIX}{name}" for name in PREFIXED)]


def test_the_topics_on_the_page_are_the_sales() -> None:
    """And no others."""
    rows = table("| system | tells | becomes |")
    told = {name for _, cell, _ in rows for name in CODE.findall(cell)}
    statuses = {*woocommerce.PAID, "metadata.order_id"}
    assert told - statuses == {"orders/paid", *stripe.TOPICS, *woocommerce.TOPICS}
    assert set(woocommerce.PAID) <= told


@pytest.mark.parametrize("kind", list(ShopKind))
def test_a_shop_can_be_tried_as_the_page_says(kind: ShopKind) -> None:
    """Its golden delivery is a sale."""
    assert read(golden(OF_KIND[kind][0])).noted is None
