"""What is installed is what was resolved, from whichever index a machine uses."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["uv", "run", "build", "dev"]

PIN = re.compile(
    r"^([a-z0-9-]+)==(\S+)(?: ; [^\\\n]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)",
    re.MULTILINE,
)


def read(lock: str) -> str:
    """One of the committed locks, as pip and uv read it."""
    return (ROOT / "locks" / f"{lock}.txt").read_text()


def pins(lock: str) -> dict[str, str]:
    """Every hashed pin of *lock*: name to version."""
    return {name: version for name, version, _ in PIN.findall(read(lock))}


def names(requirements: list[str]) -> set[str]:
    """The projects that *requirements* name, without versions and markers."""
    return {line.split(maxsplit=1)[0] for line in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes(lock: str) -> None:
    """A pin without a hash would be installed from whatever an index serves under its name."""
    named = re.findall(r"^([a-z0-9-]+)==", read(lock), re.MULTILINE)
    assert named == [name for name, _, _ in PIN.findall(read(lock))]


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_index(lock: str) -> None:
    """The same lock must serve behind a mirror, without one, and offline."""
    assert not re.search(r"://|--(?:extra-)?index|--find-links", read(lock))


@pytest.mark.parametrize("lock", ["uv", "run", "build"])
def test_the_small_locks_agree_with_the_large_one(lock: str) -> None:
    """Tests would prove little if what they ran on were not what is deployed."""
    assert pins(lock).items() <= pins("dev").items()


def test_every_declared_dependency_is_locked() -> None:
    """A dependency added without `make lock` would be missing on every other machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert names(project["project"]["dependencies"]) <= pins("run").keys()
    assert names(project["dependency-groups"]["dev"]) <= pins("dev").keys()
