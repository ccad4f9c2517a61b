"""What other systems' actions are called, in the code and on the page."""

import re
from pathlib import Path

import pytest

from tandemgate.catalog.events import KNOWN
from tandemgate.catalog.translations import SEGMENT
from tandemgate.sources.names import tiktok_name
from tests.build import some_rules

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")


def test_the_page_has_the_table_of_the_code() -> None:
    """A shop decides by the page what its events will be called."""
    [table] = re.findall(r"\| Segment \| TikTok \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE)
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
    assert [(theirs, ours) for theirs, ours in rows] == [*SEGMENT.items()]


def test_every_name_is_tiktoks() -> None:
    """A misspelled one would be refused by TikTok, event after event."""
    assert set(SEGMENT.values()) <= KNOWN


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Order Completed", "CompletePayment"),
        ("ORDER completed", "CompletePayment"),
        ("Quote Requested", "Lead"),
        ("Product Viewed", None),
        ("Lead", "Lead"),
        ("Sample Ordered", "Sample Ordered"),
        ("Cart Viewed", None),
        ("lead", None),
    ],
)
def test_a_name_is_the_pixels_then_the_tables_then_tiktoks_own(
    name: str, meant: str | None
) -> None:
    """What the pixel says comes first; "" keeps an action back."""
    rules = some_rules(
        event_names={"quote requested": "Lead", "Product Viewed": ""},
        custom_events=frozenset({"Sample Ordered"}),
    )
    assert tiktok_name(name, SEGMENT, rules) == meant
