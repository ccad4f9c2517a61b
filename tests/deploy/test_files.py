"""The files for running it in earnest say what they should, by the word of other programs."""

import re
import subprocess
import sys
from pathlib import Path

import dockerfile
import pytest

from tandemgate.settings import load
from tests.deploy.machine import wants_systemd

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
IMAGE = dockerfile.parse_file(str(DEPLOY / "Dockerfile"))

MOST_EXPOSED = 15
"""Tenths, by ``systemd-analyze security``, which calls 0 to 20 "OK" and 96 and more "UNSAFE"."""


def the_command(name: str) -> tuple[str, ...]:
    """Return what the last instruction *name* of the image says."""
    found: tuple[str, ...] = [one.value for one in IMAGE if one.cmd.upper() == name][-1]
    return found


def test_the_image_runs_as_nobody_in_particular() -> None:
    """A hole in the gateway must not be one in the machine."""
    (user,) = the_command("USER")
    assert user.partition(":")[0].isdigit()
    assert int(user.partition(":")[0]) > 0
    assert the_command("ENTRYPOINT") == ("tandemgate",)


def test_the_image_copies_what_there_is() -> None:
    """A renamed folder would be noticed at somebody's first build."""
    copies = [one for one in IMAGE if one.cmd.upper() == "COPY" and not one.flags]
    sources = [source for one in copies for source in one.value[:-1]]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_image_is_given_what_it_copies_and_no_more() -> None:
    """What is kept from the build fails it; a store beside the sources must not be in it."""
    first, *kept = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").split()
    sources = {
        source.rstrip("/")
        for one in IMAGE
        if one.cmd.upper() == "COPY" and not one.flags
        for source in one.value[:-1]
    }
    assert first == "*"
    assert {line.removeprefix("!") for line in kept if line.startswith("!")} == sources


def test_nothing_in_the_image_comes_without_a_hash() -> None:
    """What is installed is what was tested."""
    commands = [
        words
        for one in IMAGE
        if one.cmd.upper() == "RUN"
        for words in re.split(r"\s*&&\s*", one.value[0])
        if "pip install" in words
    ]
    assert commands
    assert [one for one in commands if not re.search(r"--require-hashes|--no-index", one)] == []


def test_compose_understands_its_file() -> None:
    """By the schema of the Compose Specification."""
    schema = ["--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, str(DEPLOY / "compose.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("line", ["read_only: true", "no-new-privileges:true", "- ALL", "core: 0"])
def test_compose_confines_the_gateway(line: str) -> None:
    """Each is in the documentation as well."""
    assert line in (DEPLOY / "compose.yaml").read_text("utf-8")


def test_the_settings_fit_together(tmp_path: Path) -> None:
    """As with Docker: every secret in a file of its own, production's rules in force."""
    text = (DEPLOY / "tandemgate.toml").read_text("utf-8")
    for number, name in enumerate(sorted(set(re.findall(r"/run/secrets/(\w+)", text)))):
        secret = tmp_path / name
        secret.write_text(f"{number:064x}", "utf-8")
        text = text.replace(f"/run/secrets/{name}", str(secret))
    file = tmp_path / "tandemgate.toml"
    file.write_text(text, "utf-8")
    settings = load(file, {})
    assert settings.production
    assert settings.store.key.stated


def test_one_list_of_secrets() -> None:
    """What the settings read, compose mounts and the unit loads."""
    settings = (DEPLOY / "tandemgate.toml").read_text("utf-8")
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")
    unit = (DEPLOY / "tandemgate.service").read_text("utf-8")
    wanted = set(re.findall(r"/run/secrets/(\w+)", settings))
    assert set(re.findall(r"file: \./secrets/(\w+)", compose)) == wanted
    assert set(re.findall(r"^LoadCredential=(\w+):", unit, re.MULTILINE)) == wanted


@wants_systemd
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """Every key is one that it knows, with a value that it takes."""
    unit = tmp_path / "tandemgate.service"
    text = (DEPLOY / "tandemgate.service").read_text("utf-8")
    unit.write_text(text.replace("/opt/tandemgate/bin/tandemgate", "/bin/true"), "utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(unit)],  # noqa: S607 - the system's
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@wants_systemd
def test_systemd_finds_the_unit_hardened() -> None:
    """The system's own judgement of what a stranger inside the process could do."""
    threshold = [f"--threshold={MOST_EXPOSED}", "--offline=true", "--no-pager"]
    checked = subprocess.run(
        ["systemd-analyze", "security", *threshold, str(DEPLOY / "tandemgate.service")],  # noqa: S607 - as above
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
