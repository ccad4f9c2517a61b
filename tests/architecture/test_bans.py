"""Two calls make code depend on where and when it runs; each has one home."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

READS_ENVIRONMENT = '"""."""\n\nimport os\n\nTOKEN = os.environ["TOKEN"]\n'
READS_CLOCK = '"""."""\n\nfrom datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n'


def lint(text: str, path: str) -> subprocess.CompletedProcess[str]:
    """Let ruff read *text* as if it stood at *path*, under the project's own rules."""
    ruff = Path(sys.executable).with_name("ruff")
    return subprocess.run(
        [ruff, "check", "--no-cache", "--output-format=concise", f"--stdin-filename={path}", "-"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("text", "way_out"),
    [
        (READS_ENVIRONMENT, "only tandemgate.settings reads the environment"),
        (READS_CLOCK, "ask the Clock port"),
    ],
)
@pytest.mark.parametrize("module", ["core/planted.py", "delivery/planted.py", "wiring.py"])
def test_a_hidden_input_is_refused(module: str, text: str, way_out: str) -> None:
    """What a function depends on stands in its signature, or nobody can replay a decision."""
    result = lint(text, f"src/tandemgate/{module}")
    assert result.returncode == 1
    assert way_out in result.stdout


def test_settings_may_read_the_environment() -> None:
    """The ban would be worthless if its one exception needed comments to get around it."""
    assert "TID251" not in lint(READS_ENVIRONMENT, "src/tandemgate/settings/planted.py").stdout
