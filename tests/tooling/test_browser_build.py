"""Where the browser script or a Chromium can't be had, that is said, and nothing else stops."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "dirname", "env")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the scripts alone, on a machine with hardly a program and nobody root."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    (tmp_path / "bin" / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "bin" / "id").chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("browser", ["t.js IS NOT BUILT", "make browser"]),
        ("chromium", ["NO CHROMIUM", "apt-get install chromium"]),
        ("clients", ["NO CLIENTS FROM NPM", "scripts/clients"]),
    ],
)
@pytest.mark.parametrize(("variables", "code"), [({}, 0), ({"CI": "true"}, 1)], ids=["", "CI"])
def test_what_is_missing_is_said_loudly_and_fails_where_all_must_run(
    checkout: Path, script: str, words: list[str], variables: dict[str, str], code: int
) -> None:
    """The gateway needs neither; a check that silently tested less would."""
    ended = subprocess.run(
        [checkout / "scripts" / script],
        env={"PATH": str(checkout / "bin"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code
    assert [word for word in words if word not in ended.stderr] == []


@pytest.mark.parametrize("folder", ["browser", "tests/clients"])
def test_the_lock_of_npm_names_no_registry(folder: str) -> None:
    """The same lock must serve behind a mirror; npm adds each file's address unless told not to."""
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())
    packages = [one for place, one in lock["packages"].items() if place]
    assert packages
    assert [one for one in packages if "resolved" in one or "integrity" not in one] == []
