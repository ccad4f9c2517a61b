"""The site is built as `make site` builds it: each link and anchor leads somewhere, or it fails."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.reader import ROOT

DOCS = ROOT / "docs"
DEADLINE = 240
OPTIONS = ("--nitpicky", "--fail-on-warning", "--quiet", "--fresh-env")
LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video)\b[^>]*\bsrc=["']?(?:https?:)?//[^>]*>
    |<link\b[^>]*\brel=["']?(?:stylesheet|preload|preconnect|icon)[^>]*(?:https?:)?//[^>]*>""",
    re.VERBOSE,
)
STYLED = re.compile(r"""(?:@import|url\()\s*["']?(?:https?:)?//[^"')]+""")
ROW = re.compile(r"^\| \[(.+?)\]\((.+?)\) \|", re.MULTILINE)


def built(source: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of the project at *source*."""
    command = [sys.executable, "-m", "sphinx", *OPTIONS, "-c", str(source / "docs")]
    command += ["-d", str(site.with_name("doctrees")), str(source), str(site)]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = built(ROOT, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_of_the_index_is_in_the_site_and_in_its_sidebar(site: Path) -> None:
    """The sidebar is made of the index's tables, so that both tell the same."""
    start = (site / "docs/index.html").read_text("utf-8")
    sidebar = start.partition('class="sidebar-tree"')[2].partition("</aside>")[0]
    links = [link for _, link in ROW.findall((DOCS / "index.md").read_text("utf-8"))]
    assert len(links) > 30
    assert [one for one in links if f'href="{one.removesuffix(".md")}.html"' not in sidebar] == []
    assert [one for one in links if not (site / "docs" / one).with_suffix(".html").exists()] == []


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    """A privacy officer reads it too, and it works on a machine without a network."""
    # In _downloads lie files that pages link to, the example page among them: nothing opens them.
    found = (page for page in site.rglob("*.html") if "_downloads" not in page.parts)
    pages = [page.read_text("utf-8") for page in found]
    assert len(pages) > 30
    assert [found[0] for page in pages for found in LOADED.finditer(page)] == []
    sheets = [sheet.read_text("utf-8") for sheet in site.rglob("*.css")]
    assert sheets
    assert [found[0] for sheet in sheets for found in STYLED.finditer(sheet)] == []


def test_a_reader_of_the_folder_is_led_to_the_first_page(site: Path) -> None:
    """Whoever opens build/site looks for index.html there."""
    assert "url=docs/index.html" in (site / "index.html").read_text("utf-8")


def test_a_link_to_an_anchor_that_is_not_there_fails(tmp_path: Path) -> None:
    """Otherwise a heading that is renamed would break the pages that point to it in silence."""
    docs = tmp_path / "source/docs"
    docs.mkdir(parents=True)
    (docs / "conf.py").write_text((DOCS / "conf.py").read_text("utf-8"), "utf-8")
    for folder in ("site", "looks"):
        (docs / folder).mkdir()
    index = "# Index\n\n## All\n\n| page | for |\n|---|---|\n| [one.md](one.md) | all |\n"
    (docs / "index.md").write_text(index, "utf-8")
    (docs / "one.md").write_text("# One\n\n[here](index.md#nowhere)\n", "utf-8")
    done = built(docs.parent, tmp_path / "site")
    assert done.returncode != 0
    assert "nowhere" in done.stderr


def test_no_page_is_left_out_of_the_index() -> None:
    """A page that nothing leads to is read by nobody."""
    listed = {link for _, link in ROW.findall((DOCS / "index.md").read_text("utf-8"))}
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"index.md"}
    assert pages - listed == set()
