"""The verbs of a test session against a running gateway: what they refuse, and in which words."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tandemgate.cli.main import run
from tests.e2e.programs import PIXEL, Program, an_item, gateway, write_settings

pytestmark = pytest.mark.e2e

NOWHERE = "http://127.0.0.1:9"
START = ("start", "--pixel", PIXEL, "--code", "TEST12345")


class Verbs:
    """Types a verb and reads what it says."""

    def __init__(
        self, settings: Path, running: Program, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._where = ["--config", str(settings), "test"]
        self._url = ["--url", running.url]
        self._capsys = capsys
        self.running = running

    def __call__(self, *words: str, code: int = 0) -> str:
        self._capsys.readouterr()
        assert run([*self._where, *words, *self._url]) == code
        told = self._capsys.readouterr()
        return told.out + told.err


@pytest.fixture(params=[0, 2], ids=["one process", "intake apart"])
def verbs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> Iterator[Verbs]:
    """A gateway that nobody tests yet; its TikTok does not answer."""
    settings = write_settings(tmp_path, NOWHERE, processes=request.param)
    with gateway(settings) as running:
        yield Verbs(settings, running, capsys)


def test_without_a_test_each_verb_says_how_to_begin_one(verbs: Verbs) -> None:
    """A verb that is typed too early costs one more line of typing, and nothing else."""
    for verb in ("status", "window", "promote", "stop"):
        said = verbs(verb, code=2)
        assert said.startswith("Error: no test session is open\n")
        assert "Try: tandemgate test start --pixel ID --code CODE" in said
    assert "No test session was ever begun" in verbs("report")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--pixel", PIXEL, "--code", "test 1"), "test_code_invalid"),
        (("--pixel", "C0UNKNOWN", "--code", "TEST1"), "pixel_not_allowed"),
        (("--pixel", PIXEL, "--code", "TEST1", "--event", "AdToCart"), "test_event_unknown"),
        (
            ("--pixel", PIXEL, "--code", "TEST1", "--landing", "https://evil.example/"),
            "test_landing_unlisted",
        ),
    ],
)
def test_terms_that_do_not_fit_are_refused(verbs: Verbs, words: tuple[str, ...], said: str) -> None:
    """The word leads to its explanation."""
    refused = verbs("start", *words, code=2)
    assert said in refused
    assert "\nTry: " in refused
    assert "No test session was ever begun" in verbs("report")


def test_a_test_is_begun_once_refused_without_traffic_and_stopped(verbs: Verbs) -> None:
    """From the first word to the report, without a browser."""
    begun = verbs(*START, "--session", "s-4711-0123456789abcdef")
    assert "window 1, 10:00 left" in begun
    assert "test_already_open" in verbs(*START, code=2)
    assert "waiting" in verbs("status")
    refused = verbs("promote", "--confirmed", code=1)
    assert f"Error: the test of {PIXEL} can't be promoted" in refused
    assert "Try: open the test's link in a browser" in refused
    assert "is stopped" in verbs("stop", "--reason", "lunch")
    assert "stopped" in verbs("report")


@pytest.mark.parametrize("processes", [0, 2])
def test_a_test_outlives_a_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], processes: int
) -> None:
    """What a visit does in it must not go out live because of a deploy."""
    settings = write_settings(tmp_path, NOWHERE, processes=processes)
    session = "s-4711-0123456789abcdef"
    with gateway(settings) as running:
        Verbs(settings, running, capsys)(*START, "--session", session)
        running.kill()
    with gateway(settings) as running:
        assert running.post(an_item("ord_1", session=session))[0] == 202
        assert running.story("ord_1")["test_event_code"] == "TEST12345"
        verbs = Verbs(settings, running, capsys)
        verbs("status")
        refused = verbs("promote", code=1)
        assert "lines are not green" in refused


def test_a_person_is_asked_what_no_program_can_see(
    verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever says no is told what to do about it; whoever says yes has promoted."""
    session = "s-4711-0123456789abcdef"
    verbs(*START, "--session", session)
    assert verbs.running.post(an_item("ord_1", session=session))[0] == 202
    monkeypatch.setattr("sys.stdin", Typed("n\n"))
    assert sys.stdin.isatty()
    claim = ("promote", "--override", "--reason", "no shop here")
    refused = verbs(*claim, code=1)
    assert "Does Test events in Events Manager show no warning for TEST12345?" in refused
    assert "Try: mend what it names, then tandemgate test window" in refused
    monkeypatch.setattr("sys.stdin", Typed("y\n"))
    assert "is promoted" in verbs(*claim)


class Typed:
    """A person at a terminal."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines(keepends=True)

    def isatty(self) -> bool:
        """It is one."""
        return True

    def readline(self, *_: int) -> str:
        """Type the next line."""
        return self._lines.pop(0) if self._lines else ""
