"""What the verbs print stands in the documentation as pictures, which a script makes by itself."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.tour.terminal import main

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "images"
LARGEST = 60_000
FOREIGN = re.compile(r"(?:href|src)\s*=|url\((?!#)|@import|@font-face|<script", re.IGNORECASE)
"""How a picture loads something from elsewhere; an address that is shown is only text."""


def look_at(picture: Path) -> str:
    """Read a picture as a browser does; its words."""
    svg = picture.read_text("utf-8")
    root = ET.fromstring(svg)  # noqa: S314 - written by the script beside this test
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not FOREIGN.search(svg)
    assert len(svg) < LARGEST
    return " ".join("".join(root.itertext()).replace("\xa0", " ").split())


@pytest.mark.e2e
def test_every_picture_can_be_drawn_anew(tmp_path: Path) -> None:
    """A picture that nobody can draw again shows what was true once."""
    assert main([str(tmp_path)]) == 0
    drawn = {one.name: look_at(one) for one in tmp_path.glob("terminal-*.svg")}
    assert drawn.keys() == {one.name for one in KEPT.glob("terminal-*.svg")}
    for name, words in drawn.items():
        assert f"$ tandemgate {name.removeprefix('terminal-')[:4]}" in words
    assert "probable_id_mismatch" in drawn["terminal-pairs.svg"]
    assert "10999" in drawn["terminal-reconcile.svg"]


@pytest.mark.parametrize("picture", sorted(KEPT.glob("terminal-*.svg")), ids=lambda one: one.stem)
def test_a_picture_loads_nothing_and_is_shown(picture: Path) -> None:
    """The documentation is read where nothing may be asked of a foreign server."""
    assert look_at(picture)
    shown = [
        page for page in ROOT.glob("docs/*.md") if f"images/{picture.name}" in page.read_text()
    ]
    assert shown
