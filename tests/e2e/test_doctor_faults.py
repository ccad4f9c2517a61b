"""A doctor before and after each planted fault: what is wrong is said where it is, with its fix."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import apsw
import pytest

from tests.e2e.programs import (
    PIXEL,
    Program,
    an_item,
    eventually,
    gateway,
    simulator,
    write_settings,
)
from tests.e2e.test_operating import ADMIN, Verbs, plan

pytestmark = pytest.mark.e2e

PAGES = f"""
[[keys]]
kind = "browser"
name = "pages"
secret = "pk_pages"
pixels = ["{PIXEL}"]
origins = ["http://localhost:8000"]
"""


@dataclass
class Setup:
    """A gateway that is well, and the simulated TikTok that it sends to."""

    running: Program
    settings: Path
    tiktok: Program
    verbs: Verbs
    patch: pytest.MonkeyPatch

    def rewrite(self, old: str, new: str) -> None:
        """Change the settings file."""
        text = self.settings.read_text("utf-8")
        assert old in text
        self.settings.write_text(text.replace(old, new), "utf-8")

    def store(self) -> Path:
        """The database's file."""
        (found,) = self.settings.parent.glob("*.db")
        return found


def checks(setup: Setup, code: int) -> list[dict[str, Any]]:
    """What the doctor says, and with which exit code."""
    told: list[dict[str, Any]] = setup.verbs("doctor", code=code)["checks"]
    return told


def token_expires(setup: Setup) -> None:
    """TikTok refuses the token."""
    plan(setup.tiktok, {"fault": "token_expired"})
    setup.running.post(an_item("ord_1"))
    eventually(lambda: bool(setup.verbs("delivery")["lanes"][0]["held"]))


def somebody_pauses(setup: Setup) -> None:
    """An operator stops the pixel."""
    setup.verbs("delivery", "pause", PIXEL)


def nobody_can_classify(setup: Setup) -> None:
    """TikTok gives an answer of two readings."""
    plan(setup.tiktok, {"fault": "code", "code": 40900})
    setup.running.post(an_item("ord_1"))
    eventually(lambda: bool(setup.running.story("ord_1")["state"] == "REVIEW"))


def gateway_is_gone(setup: Setup) -> None:
    """The process was killed."""
    setup.running.kill()


def key_is_another(setup: Setup) -> None:
    """A file was restored to the wrong place."""
    setup.running.stop()
    (key,) = setup.settings.parent.glob("*.key")
    key.write_text("ab" * 32, "utf-8")


def schema_is_newer(setup: Setup) -> None:
    """A newer version was tried and taken back."""
    setup.running.stop()
    with closing(apsw.Connection(str(setup.store()))) as store:
        store.pragma("user_version", 9_999)


def file_is_no_store(setup: Setup) -> None:
    """Something else overwrote it."""
    setup.running.stop()
    setup.store().write_bytes(b"no database at all" * 1_000)


def key_is_misspelt(setup: Setup) -> None:
    """A slip in the settings."""
    setup.rewrite("base_url", "base_ulr")


def secret_is_missing(setup: Setup) -> None:
    """A deployment forgot a file."""
    setup.rewrite('kind = "admin"\nname = "root"\nsecret = ', 'kind = "admin"\nname = "root"\n#')
    setup.rewrite('name = "root"\n', 'name = "root"\nsecret = { file = "nowhere" }\n')


def clock_is_two_hours_off(setup: Setup) -> None:
    """This machine's clock, seen from the gateway's."""
    now = time.time
    setup.patch.setattr(time, "time", lambda: now() + 7_200)


def page_moves(setup: Setup) -> None:
    """The settings changed under a gateway that runs."""
    setup.rewrite("http://localhost:8000", "http://localhost:9999")


FAULTS: dict[str, tuple[Callable[[Setup], None], str, str, str]] = {
    "a token expires": (token_expires, "lanes", "FAIL", "lane_held"),
    "somebody pauses a pixel": (somebody_pauses, "lanes", "warn", "pixel_paused"),
    "nobody can classify an answer": (nobody_can_classify, "decisions", "warn", "events_in_review"),
    "the gateway is gone": (gateway_is_gone, "gateway", "FAIL", "no gateway answers"),
    "the store's key is another": (key_is_another, "file", "FAIL", "sealed with"),
    "the store is of a newer version": (schema_is_newer, "file", "FAIL", "9999"),
    "the file is no store": (file_is_no_store, "file", "FAIL", "SQLite can't read it"),
    "a setting is misspelt": (key_is_misspelt, "settings", "FAIL", "did you mean base_url?"),
    "a secret's file is missing": (secret_is_missing, "settings", "FAIL", "nowhere"),
    "a clock is two hours off": (clock_is_two_hours_off, "clock", "FAIL", "7200"),
    "a page moves and nobody restarts": (page_moves, "cors", "FAIL", "is refused with 403"),
}


@pytest.fixture
def setup(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Setup]:
    """A gateway that is well."""
    with simulator() as tiktok:
        settings = write_settings(tmp_path, tiktok.url)
        settings.write_text(settings.read_text("utf-8") + ADMIN + PAGES, "utf-8")
        with gateway(settings) as running:
            verbs = Verbs(running, settings, capsys)
            yield Setup(running, settings, tiktok, verbs, monkeypatch)


@pytest.mark.parametrize(("plant", "subject", "status", "said"), FAULTS.values(), ids=FAULTS)
def test_the_doctor_finds_what_was_planted(
    plant: Callable[[Setup], None], subject: str, status: str, said: str, setup: Setup
) -> None:
    """Before: nothing to mend. After: the one subject, what it is, and how to mend it."""
    assert {one["status"] for one in checks(setup, 0)} <= {"ok", "warn"}
    plant(setup)
    found = checks(setup, 1 if status == "FAIL" else 0)
    troubled = [
        one for one in found if one["subject"] == subject and one["status"] in {"warn", "FAIL"}
    ]
    assert [one["status"] for one in troubled] == [status]
    assert said in f"{troubled[0]['said']} {troubled[0]['explain']}"
    assert troubled[0]["fix"]
    assert not troubled[0]["docs"] or status_of(troubled[0]["docs"]) == 200


def status_of(page: str) -> int:
    """What a browser hears that follows the link."""
    there = urlsplit(page)
    with closing(HTTPConnection(there.netloc, timeout=10)) as connection:
        connection.request("GET", there.path)
        return connection.getresponse().status
