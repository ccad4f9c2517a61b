"""Sphinx's settings: `make site` builds README.md, its neighbours and docs/ into build/site.

The source is the whole project, since its pages link to README.md, to SECURITY.md and to code.
"""

import re
from itertools import pairwise
from pathlib import PurePosixPath

from sphinx.application import Sphinx

from tandemgate import __version__

project = "tandemgate"
author = "the authors of tandemgate"
version = release = __version__

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "docs/reference/*.md"]
exclude_patterns = [".*", "build", "dist", "mutants", "src", "tests", "browser", "benchmarks"]

nitpicky = True
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"tandemgate {__version__}"
html_static_path = ["looks"]
html_css_files = ["tables.css"]
html_extra_path = ["site"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| \[.+?\]\((.+?)\.md\)", re.MULTILINE)


def toctrees(index: str) -> str:
    """Make Sphinx's tables of contents of the index's own tables, one for each heading.

    So the index is a page that anybody reads without Sphinx, and what it lists is listed once.
    """
    headings = [*HEADING.finditer(index)]
    ends = [*(found.start() for found in headings), len(index)]
    sections = zip(headings, pairwise(ends), strict=True)
    return "".join(_toctree(found[1], index[start:end]) for found, (start, end) in sections)


def _toctree(caption: str, section: str) -> str:
    pages = "\n".join(_place(link) for link in ROW.findall(section))
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n"


def _place(link: str) -> str:
    """Name a page from the project's root, where ``../README`` is ``/README``."""
    return f"/{link[3:]}" if link.startswith("../") else f"/{PurePosixPath('docs') / link}"


def _add_toctrees(_app: Sphinx, page: str, source: list[str]) -> None:
    if page == root_doc:
        source[0] += toctrees(source[0])


def setup(app: Sphinx) -> None:
    """Read the index before it is parsed."""
    app.connect("source-read", _add_toctrees)
