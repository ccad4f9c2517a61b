"""Settings, JSON and paths on the pages are what the code takes and what the project holds."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from tandemgate.settings.schema import json_schema
from tests.docs.commands import PAGES, Block, blocks, name
from tests.docs.reader import ROOT

BLOCKS = list(blocks())
SETTINGS = [one for one in BLOCKS if one.kind == "toml"]
TOLD = [one for one in BLOCKS if one.kind == "json"]
REQUIRED = re.compile(r"is a required property$")

PACKAGE = ROOT / "src/tandemgate"
ROOMS = "|".join(sorted(room.name for room in PACKAGE.iterdir() if room.is_dir()))
OUTSIDE = "src|tests|docs|examples|deploy|scripts|browser|benchmarks|locks"
PLACE = re.compile(rf"(?<![\w/.:\-@])((?:{OUTSIDE}|{ROOMS})/[\w./-]*)(?![\w*<…{{])")
MADE = frozenset({"web/static/"})
"""Places that `make` makes, and git does not have."""


def place(block: Block) -> str:
    """Name a block by its page and its beginning."""
    return f"{block.page}: {block.text.strip().splitlines()[0]}"


@pytest.mark.parametrize("block", SETTINGS, ids=place)
def test_settings_on_a_page_fit_the_schema(block: Block) -> None:
    """A part of a file may lack what the whole one needs, and nothing else may be wrong."""
    found = Draft7Validator(json_schema()).iter_errors(tomllib.loads(block.text))
    assert [one.message for one in found if not REQUIRED.search(one.message)] == []


@pytest.mark.parametrize("block", TOLD, ids=place)
def test_json_on_a_page_is_json(block: Block) -> None:
    """Whoever copies it hears nothing of a comma."""
    json.loads(block.text)


def test_the_pages_show_settings_and_json() -> None:
    """Otherwise the two tests above would prove nothing."""
    assert len(SETTINGS) > 5
    assert len(TOLD) > 15


def places() -> set[tuple[str, str]]:
    """Every path of the project that a page names."""
    pages = [page for page in PAGES if page.name != "CHANGELOG.md"]
    texts = {name(page): page.read_text("utf-8") for page in pages}
    return {
        (page, found.rstrip("."))
        for page, text in texts.items()
        for found in PLACE.findall(text)
        if found not in MADE
    }


def exists(page: str, path: str) -> bool:
    """Look for *path* in the project, in the package, and beside the page as a link does.

    A module may stand without its suffix, or with one of its functions instead.
    """
    rooms: list[Path] = [ROOT, PACKAGE, (ROOT / page).parent]
    names = (path, f"{path}.py", f"{path.partition('.')[0]}.py")
    return any((room / one).exists() for room in rooms for one in names)


def test_every_path_that_a_page_names_is_there() -> None:
    """SECURITY.md's proofs are files; one that was moved proves nothing."""
    found = places()
    assert ("SECURITY.md", "tests/web/test_keys.py") in found
    assert {one for one in found if not exists(*one)} == set()
