"""The reference pages say what the code does, since they are made from the same tables."""

import re
import runpy
from pathlib import Path

import pytest
from msgspec import Struct

from tandemgate.settings import (
    KeySettings,
    PixelSettings,
    ServerSettings,
    StoreSettings,
    TikTokSettings,
)

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = runpy.run_path(str(DOCS / "generate.py"))["PAGES"]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_is_up_to_date(name: str) -> None:
    """A changed table without `make docs` would leave readers with yesterday's truth."""
    assert (DOCS / "reference" / name).read_text() == PAGES[name](), "run `make docs`"


def test_every_page_of_the_index_exists() -> None:
    """A dead link in the index is a promise broken at the first click."""
    links = [part.split(")")[0] for part in (DOCS / "index.md").read_text().split("](")[1:]]
    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []


def test_the_configuration_page_names_every_setting() -> None:
    """A setting that nobody can read about does not exist for users, and a removed one misleads."""
    page = (DOCS / "configuration.md").read_text()
    sections = page.split("\n## ")[1:]
    documented = {
        section.split("`")[1].strip("[]"): re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        for section in sections
    }
    assert documented == {
        "server": fields(ServerSettings),
        "store": fields(StoreSettings),
        "tiktok": fields(TikTokSettings),
        "pixels": fields(PixelSettings),
        "keys": fields(KeySettings),
    }


def fields(section: type[Struct]) -> list[str]:
    """The keys of *section*, in the order of the tree."""
    return list(section.__struct_fields__)
