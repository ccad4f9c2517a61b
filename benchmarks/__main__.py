"""``python -m benchmarks``: load generator, gateway and simulated TikTok on this machine.

Exit 0 when every acknowledged event was delivered once, whatever the figures; else 1.
"""

import argparse
import shlex
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import stages
from benchmarks.report import markdown, show, write
from benchmarks.scenarios import LONG, QUICK, SCENES, USUAL, Scale, Scene

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def main(arguments: list[str]) -> int:
    """Measure, print, and write the results."""
    options = _parser().parse_args(arguments)
    if options.stages:
        stages.show()
        return 0
    scale: Scale = options.scale
    date = datetime.now(UTC).date().isoformat()  # noqa: TID251 - a report is dated
    command = typed(arguments)
    scenes: list[Scene] = []
    for name in options.only or SCENES:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as folder:
            scene = SCENES[name](Path(folder), scale)
        show(scene)
        scenes.append(scene)
    write(options.results, scenes, command, date)
    if options.page:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(before + BEGIN + markdown(scenes, command, date) + END + after, "utf-8")
    return int(any(scene.fault for scene in scenes))


def typed(arguments: list[str]) -> str:
    """Return the command that measures the same anywhere: without the places on this machine."""
    places = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    places.add_argument("--folder")
    places.add_argument("--results")
    _, kept = places.parse_known_args(arguments)
    return shlex.join(["make", "bench", *([f"ARGS={' '.join(kept)}"] if kept else [])])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("make bench", description=__doc__)
    scale = parser.add_mutually_exclusive_group()
    scale.add_argument(
        "--quick", dest="scale", action="store_const", const=QUICK, help="less than 40 s"
    )
    scale.add_argument(
        "--long", dest="scale", action="store_const", const=LONG, help="a backlog of 2 million"
    )
    parser.add_argument("--only", nargs="+", choices=SCENES, help="some of the scenarios")
    parser.add_argument(
        "--folder", type=Path, help="where the stores lie while it runs (a temporary folder)"
    )
    parser.add_argument(
        "--results", type=Path, default=HERE / "results.json", help="where the figures go, as JSON"
    )
    parser.add_argument(
        "--page", action="store_true", help="write the table into docs/performance.md as well"
    )
    parser.add_argument(
        "--stages", action="store_true", help="only what an event costs in each stage of intake"
    )
    parser.set_defaults(scale=USUAL)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
