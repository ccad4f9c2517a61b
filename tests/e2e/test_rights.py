"""A person withdraws, and is erased, while the gateway runs; nothing of theirs is said anywhere."""

import io
import json
from pathlib import Path

import pytest

from tandemgate.cli.main import run
from tests.e2e.programs import (
    PIXEL,
    Program,
    an_item,
    eventually,
    gateway,
    simulator,
    write_settings,
)
from tests.e2e.test_operating import ADMIN

pytestmark = pytest.mark.e2e

JANE = "jane.privacy@example.com"


class Person:
    """Runs verbs about one person, whose name comes on standard input."""

    def __init__(
        self,
        settings: Path,
        running: Program,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self._where = ["--config", str(settings)]
        self._url = ["--url", running.url]
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *words: str, said: str = JANE, code: int = 0) -> str:
        self._capsys.readouterr()
        self._monkeypatch.setattr("sys.stdin", io.StringIO(f"{said}\n"))
        assert run([*self._where, *words, *self._url]) == code
        told = self._capsys.readouterr()
        assert JANE not in told.out + told.err
        return told.out if code == 0 else told.err


def purchase(event_id: str) -> dict[str, object]:
    """A purchase of Jane's."""
    return an_item(event_id=event_id, user={"email": JANE, "ip": "203.0.113.42"})


@pytest.mark.parametrize("processes", [0, 2])
def test_a_person_withdraws_and_is_erased(
    processes: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a privacy officer does it, with what TikTok has in hand at the end."""
    with simulator() as tiktok:
        settings = write_settings(tmp_path, tiktok.url, processes=processes)
        settings.write_text(settings.read_text("utf-8") + ADMIN, "utf-8")
        with gateway(settings) as running:
            person = Person(settings, running, capsys, monkeypatch)
            assert running.post(purchase("ord_there"))[1]["accepted"] == 1
            eventually(lambda: running.story("ord_there")["state"] == "DELIVERED")
            assert running.ask("POST", f"/api/delivery/{PIXEL}/pause", {})[0] == 200
            assert running.post(purchase("ord_waits"))[1]["accepted"] == 1
            told = person("consent", "withdraw", "--by", "email")
            assert "2 events were found" in told
            assert "1 were delivered already" in told
            assert running.post(purchase("ord_late"))[1]["suppressed"] == 1
            shown = person("erase", "--by", "email")
            assert "Nothing was changed" in shown
            assert "ord_there" in shown
            done = person("erase", "--by", "email", "--reason", "request 17", "--execute")
            assert "Nothing of them is left in the store's files" in done
            assert "No events were found" in person("erase", "--by", "email")
            lines = [json.loads(line) for line in person("--json", "audit").splitlines()]
            whats = {line["what"] for line in lines}
            assert {"consent_stated", "person_erased"} <= whats
            assert "request 17" in person("audit", "--limit", "1")
            assert "no email came" in person("erase", said="", code=2)
            assert "identifier_unusable" in person("erase", said="not an email", code=2)
        files = b"".join(file.read_bytes() for file in tmp_path.glob("*.db*"))
        assert JANE.encode() not in files
