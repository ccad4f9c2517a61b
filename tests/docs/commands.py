"""Which commands the pages hold, which of them a test types, and why not the others.

README.md and docs/tutorial.md have tests of their own, that type the whole page.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.docs.reader import ROOT

PAGES: Final = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")})
"""Every page; CHANGELOG.md tells what was, and is no page to type from."""

BLOCK: Final = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
SPAN: Final = re.compile(r"(?<!`)`((?:\$ )?(?:\.venv/bin/)?tandemgate [^`]+)`", re.DOTALL)
REMARK: Final = re.compile(r"\s+#\s.*$")
TYPED_WHOLE: Final = frozenset({"README.md", "docs/tutorial.md"})


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a page."""

    page: str
    kind: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Its commands: remarks are taken off, and what goes on in the next line is joined."""
        joined = self.text.replace("\\\n", " ")
        return [" ".join(REMARK.sub("", line).split()) for line in joined.splitlines() if line]


def blocks() -> Iterator[Block]:
    """Every fenced block of every page."""
    for path in PAGES:
        for _, kind, text in BLOCK.findall(path.read_text("utf-8")):
            yield Block(name(path), kind, textwrap.dedent(text))


def name(path: Path) -> str:
    """Name a page as people do."""
    return str(path.relative_to(ROOT))


SHELL: Final = [one for one in blocks() if one.kind == "sh" and one.page not in TYPED_WHOLE]

APART: Final[Mapping[str, str]] = {
    "make setup": "is how the tests came to run; each target is looked up in the Makefile",
    "cd deploy": "needs a Docker engine; tests/deploy holds image, Compose file and settings",
    "python3 -m venv /opt/tandemgate": "needs root and systemd; tests/deploy runs the unit",
    "tandemgate db restore move.db": "is typed on another machine; operations.md's are run",
    "make privacy": "takes minutes and is a proof of its own; the target is looked up",
    "tandemgate test status --watch": "waits ten minutes for a browser; tests/e2e/test_testing.py",
}
"""First line of a block that no test types -> why; its lines of tandemgate are still read."""


@dataclass(frozen=True, slots=True)
class How:
    """How a command is typed: what it is told on standard input, how it may end, and beside what.

    ``still``: the gateway is stopped for it, as the page says.
    """

    told: str = ""
    ends: frozenset[int] = frozenset({0})
    still: bool = False


_STILL: Final = How(still=True)
_MAY_COMPLAIN: Final = frozenset({0, 1})

HOW: Final[Mapping[str, How]] = {
    "tandemgate tokens set": How(told="tok_of_the_docs_0123456789_a1b2\n"),
    "tandemgate consent withdraw": How(told="somebody@example.com\n"),
    "tandemgate erase": How(told="somebody@example.com\n"),
    # The sandbox has what a doctor or a linter remarks on; that is what they are for.
    "tandemgate doctor": How(ends=_MAY_COMPLAIN),
    # Without a terminal nothing is asked, and what is missing is named.
    "tandemgate init": How(ends=frozenset({2})),
    "tandemgate init --folder": How(),
    # It says that they differ, as a deployment asks it.
    ".venv/bin/tandemgate consent policy diff": How(ends=frozenset({1})),
    # Nobody went through the shop, so lines are still open.
    "tandemgate test promote": How(ends=frozenset({1, 2})),
    "tandemgate db restore": _STILL,
    "tandemgate db recover": _STILL,
    "tandemgate db rotate-key": _STILL,
    "tandemgate db shred-day": _STILL,
    "tandemgate db forget-payloads": How(ends=frozenset({0, 2}), still=True),
}
"""The longest beginning of a command that is listed says how; what is not listed ends with 0."""


def how(line: str) -> How:
    """Tell how *line* is typed."""
    known = [beginning for beginning in HOW if line.startswith(beginning)]
    return HOW[max(known, key=len)] if known else How()
