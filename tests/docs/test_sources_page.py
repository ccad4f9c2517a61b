"""The tables of docs/sources.md are those by which reports are read."""

import re
from collections.abc import Mapping

import pytest

from tandemgate.catalog import reports, translations
from tests.docs.reader import ROOT

PAGE = (ROOT / "docs/sources.md").read_text("utf-8")
ROW = re.compile(r"^\| (\S.*?) \| (\S.*?) \|$", re.MULTILINE)


def table(head: str) -> list[tuple[str, str]]:
    """The rows of the table that begins with *head*."""
    text = PAGE[PAGE.index(head) :].split("\n\n")[0]
    [_, *rows] = ROW.findall(text.replace("`", "").replace("|---|---|\n", ""))
    return rows


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("| GA4 | TikTok |", translations.GA4),
    ],
)
def test_each_action_has_the_name_that_the_page_says(head: str, names: Mapping[str, str]) -> None:
    """Whoever looks a name up there must find what TikTok is told."""
    assert table(head) == [*names.items()]


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        ("| of the request | goes to |", reports.GA4_REQUEST),
        ("| of `params` | goes to |", reports.GA4_PARAMS),
        ("| of `items` | goes to |", reports.GA4_ITEM),
    ],
)
def test_each_field_goes_where_the_page_says(head: str, fields: Mapping[str, str]) -> None:
    """A field that is missing there is one that a shop sends in vain."""
    assert table(head) == [(theirs, ours) for ours, theirs in fields.items()]
