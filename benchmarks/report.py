"""What was measured, for people and for programs."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.scenarios import Figure, Scene

MANY = 1_000
MARKS = {True: "met", False: "MISSED", None: ""}


def show(scene: Scene) -> None:
    """Print one scenario."""
    table = Table(title=scene.name, title_justify="left", show_header=False, box=None)
    for figure in scene.figures:
        table.add_row(figure.name, amount(figure), figure.unit, figure.bar, MARKS[figure.met])
    console = Console(highlight=False)
    console.print(table)
    if scene.fault:
        console.print(f"  NOT ACCOUNTED FOR: {scene.fault}", style="bold red")
    console.print()


def amount(figure: Figure) -> str:
    """Write a value with as many digits as mean something."""
    value = figure.value
    return f"{value:,.0f}" if value >= MANY else f"{value:.3g}"


def markdown(scenes: Sequence[Scene], command: str, date: str) -> str:
    """Write the table of docs/performance.md."""
    lines = [
        f"`{command}` on {date}, {machine()}.",
        "",
        "| | | measured | bar |",
        "|---|---|--:|---|",
    ]
    for scene in scenes:
        name = f"**{scene.name}**"
        for figure in scene.figures:
            bar = f"{figure.bar} {MARKS[figure.met]}".strip()
            lines.append(f"| {name} | {figure.name} | {amount(figure)} {figure.unit} | {bar} |")
            name = ""
        if not scene.delivering:
            continue
        said = scene.fault or "all, once each"
        lines.append(f"| | acknowledged ids at TikTok | {said} | the same |")
    return "\n".join(lines) + "\n"


def write(file: Path, scenes: Sequence[Scene], command: str, date: str) -> None:
    """Write everything as JSON."""
    told = {"command": command, "date": date, "machine": machine(), "scenes": scenes}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(told)) + b"\n")


def machine() -> str:
    """Say what this ran on."""
    model = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    if told.exists():
        named = [line for line in told.read_text().splitlines() if line.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{os.cpu_count()} x {model}, {system}, Python {platform.python_version()}"
