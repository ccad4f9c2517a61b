"""`make setup` is the first thing a newcomer runs; where it must give up, it says what to type."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TOO_OLD = '[ "$1" = --version ] && echo "Python 3.9.2"; [ "$1" != -c ]'
WITHOUT_ENSUREPIP = """
case "$2" in
    *-venv*) echo python3.12-venv ;;
    *ensurepip*) exit 1 ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing but the script, on a machine where nobody is root."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "bin").mkdir()
    put_program(tmp_path, "id", "echo 1000")
    return tmp_path


def put_program(checkout: Path, name: str, body: str) -> None:
    """Make *name* the program that the checkout's PATH finds first."""
    path = checkout / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def setup(checkout: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run the setup script with *python* as the interpreters to choose from."""
    return subprocess.run(
        [checkout / "scripts" / "setup"],
        env={"PATH": f"{checkout / 'bin'}:{os.defpath}", "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_that_is_too_old_is_named(checkout: Path) -> None:
    """Which interpreter was found is what a person cannot see from outside."""
    put_program(checkout, "old-python", TOO_OLD)
    result = setup(checkout, "old-python no-such-python")
    assert result.returncode == 1
    assert "old-python (Python 3.9.2), no-such-python (missing)" in result.stderr
    assert "make setup PYTHON=" in result.stderr


def test_a_debian_without_venv_is_told_the_one_line_to_run(checkout: Path) -> None:
    """Debian ships ensurepip apart, so this is the first thing that goes wrong on a new machine."""
    put_program(checkout, "bare-python", WITHOUT_ENSUREPIP)
    result = setup(checkout, "bare-python")
    assert result.returncode == 1
    assert "sudo apt-get install python3.12-venv" in result.stderr


def test_giving_up_leaves_no_half_made_environment(checkout: Path) -> None:
    """A .venv that only looks ready would fail later, where nobody expects it."""
    put_program(checkout, "bare-python", WITHOUT_ENSUREPIP)
    setup(checkout, "bare-python")
    assert not (checkout / ".venv").exists()
