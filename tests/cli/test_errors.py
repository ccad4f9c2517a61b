"""Every error says what happened and ends with a way out, under one list of exit codes."""

import subprocess
import sys

import pytest

from tandemgate.cli.main import hoist, run

NOBODY_LISTENS = "http://127.0.0.1:1"

MISUSES = {
    "an unknown verb": (["sned"], 2),
    "an unknown option": (["send", "--fast", "x.json"], 2),
    "a missing argument": (["explain"], 2),
    "a file that is not there": (["validate", "nowhere.json"], 2),
    "an unknown code": (["explain", "consent_mising"], 2),
    "an unknown match key": (["hash", "shoe_size", "44"], 2),
    "a time that is not now": (["validate", "-", "--event-time", "yesterday"], 2),
    "an override without a value": (["trigger", "Search", "--print", "--override", "user"], 2),
    "settings that are not there": (["events", "list", "--config", "nowhere.toml"], 2),
    "no settings at all": (["events", "list"], 2),
    "a gateway address that is none": (["events", "list", "--url", "ftp://x", "--key-env", "K"], 2),
    "a key that is not set": (["events", "list", "--url", NOBODY_LISTENS, "--key-env", "NO"], 2),
    "no gateway": (["events", "list", "--url", NOBODY_LISTENS, "--key-env", "K"], 3),
}


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """The machine that runs the tests may have settings of its own."""
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.delenv("TANDEMGATE_CONFIG", raising=False)
    monkeypatch.setenv("K", "sk_test")


@pytest.mark.parametrize(("arguments", "code"), MISUSES.values(), ids=MISUSES)
def test_an_error_ends_with_a_way_out(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who reads only the last line still knows what to do next."""
    assert run(arguments) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[0].startswith("Error: ")
    assert printed.err.splitlines()[-1].startswith("Try: ")


def test_a_slip_in_a_verb_names_the_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """A typing error costs one look, not a search in the manual."""
    run(["sned"])
    assert "'send'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (["send", "f", "--json"], ["--json", "send", "f"]),
        (["events", "list", "-q", "--config", "c"], ["-q", "--config", "c", "events", "list"]),
        (["explain", "--config=c", "1"], ["--config=c", "explain", "1"]),
        (["hash", "email", "--", "--json"], ["hash", "email", "--", "--json"]),
        (["simulate", "--json"], ["simulate", "--json"]),
        (["send", "--config"], ["--config", "send"]),
    ],
)
def test_global_options_may_follow_the_verb(typed: list[str], read: list[str]) -> None:
    """People append --json to the line that they just ran."""
    assert hoist(typed) == read


def test_version_and_help_are_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts ask for both."""
    assert run(["--version"]) == 0
    assert run(["events", "--help"]) == 0
    assert "tandemgate 0." in capsys.readouterr().out


def test_help_needs_nothing_heavy() -> None:
    """--help answers in a blink because what verbs need is imported by the verbs."""
    heavy = "{'rich', 'msgspec', 'aiohttp', 'apsw', 'starlette', 'phonenumbers', 'http.client'}"
    program = (
        "import sys; from tandemgate.cli.main import run; run(['--help']);"
        f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
