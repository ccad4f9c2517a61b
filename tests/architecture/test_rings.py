"""ARCHITECTURE.md promises rings; import-linter keeps them, and these tests keep import-linter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PLANTED = {
    "a decision that reaches for the wiring": (
        "tandemgate/core/planted.py",
        "import tandemgate.wiring\n",
        "Imports point one way",
    ),
    "a decision that reads the clock": (
        "tandemgate/core/planted.py",
        "import time\n",
        "Decisions touch no clock, chance, environment, network, disk or log",
    ),
    "a flow that picks its own store": (
        "tandemgate/delivery/planted.py",
        "import tandemgate.storage\n",
        "Only wiring picks adapters",
    ),
    "a gateway that borrows from the simulator": (
        "tandemgate/model/planted.py",
        "import tiktok_simulator\n",
        "The gateway, the simulator and the shop share no code",
    ),
    "a client that makes a shop install the gateway": (
        "tandemgate/client/planted.py",
        "import tandemgate.model\n",
        "The client for shops needs no gateway and no library",
    ),
    "a client that makes a shop install a library": (
        "tandemgate/client/planted.py",
        "import msgspec\n",
        "The client for shops needs no gateway and no library",
    ),
    "a gateway that talks to itself": (
        "tandemgate/wiring/planted.py",
        "import tandemgate.client\n",
        "Imports point one way",
    ),
    "a shop that reaches into the gateway": (
        "demo_shop/planted.py",
        "import tandemgate.model\n",
        "The gateway, the simulator and the shop share no code",
    ),
    "a module without a ring": (
        "tandemgate/planted.py",
        "",
        "Imports point one way",
    ),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source in which every ring exists, whatever the real tree has so far."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("core", "delivery", "storage", "tiktok"):
        _make_package(tmp_path / "src/tandemgate" / package)
    _make_package(tmp_path / "src/tiktok_simulator")
    return tmp_path


def _make_package(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the architecture check on the source below *folder* instead of the installed one."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tree_keeps_its_rings() -> None:
    """Who reads a file can trust which files it cannot reach."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("path", "text", "broken"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_caught(copy: Path, path: str, text: str, broken: str) -> None:
    """A check that never fails is no check."""
    (copy / "src" / path).write_text(text)
    result = lint_imports(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{broken} BROKEN" in result.stdout
