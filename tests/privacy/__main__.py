"""``make privacy``: a canary goes through everything, and every artefact is searched for it.

Exit 0 when nothing was found but what was planted to be found, else 1.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from rich.console import Console
from rich.table import Table

from tests.privacy.planted import LEAKS, MISTAKES
from tests.privacy.proof import Search, echoes, end_to_end, planted, verbs, whole_journey
from tests.privacy.shop import shop

Scene: TypeAlias = Callable[[Path, Search], None]

SCENES: Final[dict[str, Scene]] = {
    "journey": whole_journey,
    "echoes": echoes,
    "verbs": verbs,
    "shop": shop,
    "end-to-end tests": end_to_end,
    "mistakes": lambda folder, search: planted(folder, MISTAKES, search),
}


def main() -> int:
    """Play all scenes, print what was searched, and show that a leak is found."""
    search, teeth = Search(), Search()
    for name, scene in SCENES.items():
        sys.stderr.write(f"{name} …\n")
        _played(scene, search)
    _played(lambda folder, _: planted(folder, LEAKS, teeth), teeth)
    _print(search, "Searched")
    _print(teeth, "Planted leaks, which must be found")
    return int(bool(search.leaks) or len(teeth.leaks) != len(LEAKS))


def _played(scene: Scene, search: Search) -> None:
    with tempfile.TemporaryDirectory(prefix="privacy-") as folder:
        scene(Path(folder), search)


def _print(search: Search, title: str) -> None:
    table = Table("artefact", "bytes", "needles", "found", title=title)
    for one in search.searched:
        table.add_row(one.artefact, f"{one.size:,}", f"{one.needles:,}", one.told() or "nothing")
    Console(width=140).print(table)


if __name__ == "__main__":
    sys.exit(main())
