"""Alerts over real HTTP: a receiver in a process of its own, a gateway, a TikTok that refuses."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tandemgate.cli.main import run
from tests.e2e.programs import Program, an_item, eventually, gateway, simulator, write_settings
from tests.e2e.test_operating import ADMIN, ADMIN_KEY, plan

pytestmark = pytest.mark.e2e

PATH = "/services/T0/very-secret-path"
ALERTS = """
[alerts]
webhook = "{url}{path}"
signing_secret = "whsec_0123456789"
allow_private = true
every = "1s"
"""


class Received:
    """The receiver's log, and whether it takes messages."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "received.jsonl"
        self._status = folder / "status"

    def answer(self, status: int) -> None:
        """Answer so from now on."""
        self._status.write_text(str(status), "ascii")

    def lines(self) -> list[dict[str, Any]]:
        """Every request, in order."""
        text = self.log.read_text("utf-8") if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def taken(self) -> list[tuple[str, str, str]]:
        """What was taken: phase, kind and subject of each message."""
        return [
            (told["phase"], told["alert"], told.get("about", ""))
            for line in self.lines()
            if line["status"] == 200
            for told in [fields(line)]
        ]


def fields(line: dict[str, Any]) -> dict[str, str]:
    """The parts of a message by their titles."""
    return {one["title"]: one["value"] for one in line["body"]["attachments"][0]["fields"]}


@contextmanager
def told(folder: Path, tiktok: Program) -> Iterator[tuple[Program, Received, Path]]:
    """Run a receiver, and a gateway that tells it."""
    received = Received(folder)
    receiver = Program(
        "tests.e2e.receiver", str(received.log), str(folder / "status"), ready_on="stdout"
    )
    settings = write_settings(folder, tiktok.url)
    alerts = ALERTS.format(url=receiver.url, path=PATH)
    settings.write_text(settings.read_text("utf-8") + ADMIN + alerts, "utf-8")
    try:
        with gateway(settings) as running:
            yield running, received, settings
    finally:
        receiver.close()


def test_a_token_that_expires_is_told_within_a_minute_and_once(tmp_path: Path) -> None:
    """And once when it is mended, and nothing about the events that went well."""
    with simulator() as tiktok, told(tmp_path, tiktok) as (running, received, _):
        assert running.post(an_item("ord_1"))[0] == 202
        eventually(lambda: bool(running.story("ord_1")["state"] == "DELIVERED"))
        plan(tiktok, {"fault": "token_expired"})
        planted = time.monotonic()
        assert running.post(an_item("ord_2"))[0] == 202
        eventually(lambda: bool(received.lines()))
        assert time.monotonic() - planted < 60
        tiktok.ask("DELETE", "/_sim/faults", key=None)
        eventually(lambda: len(received.lines()) == 2)
        assert running.story("ord_2")["state"] == "DELIVERED"
        assert received.taken() == [
            ("began", "lane_held", "token"),
            ("ended", "lane_held", "token"),
        ]
        first = received.lines()[0]
        assert first["path"] == PATH
        assert first["signature"].startswith("t=")
        assert first["body"]["text"].startswith("URGENT: A lane stands (C9ABC1234567890): ")
        listed = running.ask("GET", "/api/alerts", key=ADMIN_KEY)[1]
        assert (listed["open"], len(listed["over"])) == ([], 1)
        running.stop()
        assert "very-secret" not in running.stream.read()


def test_a_receiver_that_fails_costs_no_event_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who believes in alerts that reach nobody is worse off than without."""
    with simulator() as tiktok, told(tmp_path, tiktok) as (running, received, settings):
        verb = ["--config", str(settings), "alerts", "test", "--url", running.url]
        assert run(verb) == 0
        received.answer(500)
        assert run(verb) == 1
        assert capsys.readouterr().out.splitlines() == [
            "The receiver took the message.",
            "Not told: the receiver answered 500.",
        ]
        plan(tiktok, {"fault": "code", "code": 49999, "times": 1})
        assert running.post(an_item("ord_1"))[0] == 202
        eventually(lambda: bool(alerts_untold(running)))
        assert running.post(an_item("ord_2"))[0] == 202
        eventually(lambda: bool(running.story("ord_2")["state"] == "DELIVERED"))
        received.answer(200)
        eventually(lambda: ("began", "undecided", "REVIEW") in received.taken())
        eventually(lambda: not alerts_untold(running))


def alerts_untold(running: Program) -> list[str]:
    """What doctor says about the receiver."""
    found = running.ask("GET", "/api/attention", key=ADMIN_KEY)[1]["attention"]
    return [one["detail"] for one in found if one["reason"] == "alerts_untold"]
