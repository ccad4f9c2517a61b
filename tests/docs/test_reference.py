"""The reference pages say what the code does, since they are made from the same tables."""

import runpy
from pathlib import Path

import pytest

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
