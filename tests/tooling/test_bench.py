"""The benchmark runs, and what it says about lost and doubled events is true."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks.__main__ import typed
from benchmarks.load import Told
from benchmarks.orders import event_id
from benchmarks.stage import unaccounted

ROOT = Path(__file__).parents[2]
TOLD = Told(first=10, sent=3, refused=[11], seconds=1.0, latencies=[0.1], cpu=0.1)


@pytest.mark.e2e
def test_what_was_acknowledged_is_what_arrived(tmp_path: Path) -> None:
    """A fast gateway that loses or doubles an event is not fast."""
    results = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "singles-apart", "backlog"]
    subprocess.run([*command, "--results", results], cwd=ROOT, check=True, timeout=120)
    scenes = msgspec.json.decode(results.read_bytes())["scenes"]
    assert [scene["fault"] for scene in scenes] == ["", ""]
    assert all(figure["value"] > 0 for scene in scenes for figure in scene["figures"])


@pytest.mark.e2e
def test_growth_tells_how_long_a_start_takes(tmp_path: Path) -> None:
    """A ledger of years must not keep a gateway from being there again."""
    command = [sys.executable, "-m", "benchmarks.growth", "--folder", str(tmp_path)]
    command += ["--only", "start", "--sizes", "200", "400"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    [line] = [line for line in done.stdout.splitlines() if "/readyz" in line]
    assert all(float(taken) > 0 for taken in line.split()[3:5])


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ([], "make bench"),
        (["--page", "--results", "/some/where.json"], "make bench ARGS=--page"),
        (["--folder=/tmp", "--quick", "--only", "lone"], "make bench 'ARGS=--quick --only lone'"),
    ],
)
def test_a_report_names_no_place_on_this_machine(arguments: list[str], command: str) -> None:
    """Whoever reads it wants to measure the same elsewhere."""
    assert typed(arguments) == command


@pytest.mark.parametrize(
    ("counted", "fault"),
    [
        ([10, 12], ""),
        ([12], "1 lost"),
        ([10, 11, 12], "1 never acknowledged"),
        ([10, 12, 12], "1 counted twice"),
        ([], "2 lost"),
    ],
)
def test_each_way_to_be_wrong_is_told_apart(counted: list[int], fault: str) -> None:
    """Totals can agree while ids do not."""
    assert unaccounted([TOLD], [event_id(number) for number in counted]) == fault
