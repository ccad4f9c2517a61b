"""``make pictures``: run the demo, ask it what the documentation asks, and draw the answers as SVG.

``python -m tests.tour.terminal [FOLDER]``, else into ``docs/images/``. Each verb is run in a
terminal of its own, as a person would run it. The pictures load no font and nothing else.
"""

import csv
import importlib.util
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import ioctl
from io import StringIO
from itertools import takewhile
from pathlib import Path
from termios import TIOCSWINSZ
from typing import Any, Final
from urllib.request import Request, urlopen

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

TANDEMGATE: Final = Path(sys.executable).with_name("tandemgate")
ROOT: Final = Path(__file__).parents[2]
COLUMNS: Final = 100
LINES: Final = 40
"""Of what is much longer a picture shows so many lines, and says how many more there are."""

A_FEW: Final = 12
"""So many lines more are shown all the same."""

OF_THE_DAY: Final = re.compile(r"tandemgate-demo-\w+")
"""The demo's folder, which has another name each time."""

DAY_PIXEL: Final = "C9DEMO1234567890"
SHOP_PIXEL: Final = "C9SHOP1234567890"
PATIENCE: Final = 120.0

THEME: Final = TerminalTheme(
    (13, 17, 23),
    (230, 237, 243),
    [
        (72, 79, 88), (255, 123, 114), (86, 211, 100), (227, 179, 65),
        (121, 192, 255), (210, 168, 255), (86, 212, 221), (177, 186, 196),
    ],
)  # fmt: skip

FRAME: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{
font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; white-space: pre;
}}
{styles}
</style>
<defs>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own frame, without the font that it loads from a foreign server."""


@dataclass(frozen=True)
class Stage:
    """A demo that runs: where its settings are, and what it says of itself."""

    folder: Path
    told: Mapping[str, Any]

    @property
    def config(self) -> str:
        """Its settings file."""
        return str(self.told["config"])


def main(arguments: Sequence[str]) -> int:
    """Draw everything; 1 where a verb failed in a way that no picture should show."""
    folder = Path(arguments[0] if arguments else ROOT / "docs" / "images")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, demo(Path(scratch)) as stage:
        live_through(stage)
        for name, typed in pictures(stage).items():
            file = folder / f"terminal-{name}.svg"
            file.write_text(drawn(name, typed, ran(stage, typed)), "utf-8")
            print(f"{file}  {file.stat().st_size:>7,} bytes", flush=True)
    return 0


def pictures(stage: Stage) -> dict[str, list[str]]:
    """Return what is typed for each picture."""
    return {
        "quality": ["quality", "--pixel", DAY_PIXEL, "--event", "CompletePayment"],
        "problems": ["problems"],
        "pairs": ["pairs", "--pixel", SHOP_PIXEL],
        "delivery": ["delivery"],
        "doctor": ["doctor"],
        "test-status": ["test", "status"],
        "reconcile": ["reconcile", "orders.csv", "--pixel", DAY_PIXEL],
        "events-show": ["events", "show", stage.told["example"]["event_id"]],
    }


@contextmanager
def demo(folder: Path) -> Iterator[Stage]:
    """Run ``tandemgate demo`` until its day is over; end it by Ctrl-C."""
    print("Playing the demo's day ...", flush=True)
    command = [str(TANDEMGATE), "--json", "demo"]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as run,
    ):
        try:
            yield Stage(folder, _report_of(run))
        finally:
            run.send_signal(signal.SIGINT)


def _report_of(run: subprocess.Popen[str]) -> Mapping[str, Any]:
    assert run.stdout is not None
    lines: list[str] = []
    for line in run.stdout:
        lines += [line] if lines or line.startswith("{") else []
        if line.rstrip() == "}":
            told: Mapping[str, Any] = json.loads("".join(lines))
            return told
    raise SystemExit("the demo ended before its day was over\nTry: make demo")


def live_through(stage: Stage) -> None:
    """Let a shop's pages and servers disagree, begin a test, and export the shop's orders."""
    mixed = _example("mixed_day")
    shop = stage.told["shop"].partition("/?")[0]
    mixed.PIXEL, mixed.SERVER_KEY = SHOP_PIXEL, "sk_demo_shop"
    mixed.PUBLIC_KEY, mixed.ORIGIN = "pk_demo_shop", shop
    for told in mixed.day(10_501):
        if told.when > -mixed.HOUR:
            _post(mixed.request(told, stage.told["gateway"], time.time()))
    _orders(stage)
    test = ["test", "start", "--pixel", SHOP_PIXEL, "--code", "TEST12345", "--name", "relaunch"]
    ran(stage, test)
    for event in ("ViewContent", "AddToCart", "CompletePayment"):
        _post(_tested(event, stage.told["gateway"]))
    time.sleep(2)


def _example(name: str) -> Any:  # noqa: ANN401 - a module
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _tested(event: str, url: str) -> Request:
    """Make a test event; the purchase forgets its email."""
    user = {"ip": "203.0.113.42", "user_agent": "Mozilla/5.0", "external_id": "tester"}
    item = {
        "event": event,
        "event_id": f"test_{event}",
        "event_time": int(time.time()),
        "user": user,
        "page": {"url": "https://shop.example/p/7"},
        "properties": {"value": 19.9, "currency": "EUR", "order_id": f"T-{event}"},
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
    }
    envelope = {
        "event_source": "web",
        "event_source_id": SHOP_PIXEL,
        "test_event_code": "TEST12345",
        "data": [item],
    }
    headers = {"Authorization": "Bearer sk_demo_shop", "Content-Type": "application/json"}
    return Request(f"{url}/v1/events", json.dumps(envelope).encode(), headers)  # noqa: S310 - loopback


def _post(request: Request) -> None:
    with urlopen(request, timeout=10):  # noqa: S310 - loopback
        pass


def _orders(stage: Stage) -> None:
    """Write the orders down as the shop's order system has them; one of them never came."""
    listed = subprocess.run(
        [TANDEMGATE, "--config", stage.config, "events", "export"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    bought = [
        row
        for row in rows
        if (row["pixel_id"], row["event"]) == (DAY_PIXEL, "CompletePayment") and row["value"]
    ]
    with (stage.folder / "orders.csv").open("w", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(["order", "total", "currency"])
        for row in bought:
            number = re.sub(r"^ord_|_complete_payment$", "", row["event_id"])
            sheet.writerow([number, row["value"], row["currency"]])
        sheet.writerow(["10999", "79.00", "EUR"])


def ran(stage: Stage, typed: Sequence[str]) -> str:
    """Run a verb in a terminal of its own; what it printed, colours and all."""
    leader, follower = pty.openpty()
    ioctl(follower, TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "CI"}}
    with subprocess.Popen(
        [TANDEMGATE, "--config", stage.config, *typed],
        stdin=follower, stdout=follower, stderr=follower, cwd=stage.folder,
        env=kept | {"TERM": "xterm-256color", "COLUMNS": f"{COLUMNS}", "COLORTERM": "truecolor"},
    ) as run:  # fmt: skip
        os.close(follower)
        told = b"".join(_read(leader))
        os.close(leader)
    if run.returncode not in {0, 1}:
        raise SystemExit(f"tandemgate {' '.join(typed)} failed:\n{told.decode()}")
    return OF_THE_DAY.sub("tandemgate-demo", told.decode()).replace("\r\n", "\n")


def _read(leader: int) -> Iterator[bytes]:
    """Read until nobody writes any more; on Linux that is an error of the terminal."""
    while select.select([leader], [], [], PATIENCE)[0]:
        try:
            part = os.read(leader, 65_536)
        except OSError:
            return
        if not part:
            return
        yield part


def drawn(name: str, typed: Sequence[str], told: str) -> str:
    """Draw what a verb printed below what was typed."""
    lines = told.rstrip().split("\n")
    if len(lines) > LINES + A_FEW:
        lines = [*lines[:LINES], f"… and {len(lines) - LINES} lines more"]
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text(f"$ tandemgate {' '.join(typed)}", "bold"))
    for line in lines:
        console.print(Text.from_ansi(line))
    words = takewhile(lambda word: not word.startswith("-"), typed[:2])
    title = " ".join(("tandemgate", *words))
    svg = console.export_svg(title=title, theme=THEME, code_format=FRAME, unique_id=f"t-{name}")
    svg = svg.replace("TITLE", title)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
