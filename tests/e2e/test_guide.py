"""The guide's six requests, sent as they are printed there, through the whole product."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tandemgate.cli.main import run
from tests.e2e.programs import (
    PIXEL,
    Program,
    eventually,
    gateway,
    simulator,
    write_settings,
)

pytestmark = pytest.mark.e2e

GUIDE = Path(__file__).resolve().parents[2] / "examples" / "guide"
WORDS = ("accepted", "duplicate", "held", "suppressed", "noted", "conflict", "rejected")
STEPS = {
    "01-endpoint": (0, {}),
    "02-browser-identifiers": (0, {"accepted": 1}),
    "03-hashed-identifiers": (1, {"rejected": 1}),
    "04-commercial-properties": (0, {"accepted": 1}),
    "05-consent": (0, {"accepted": 1}),
    "06-batch": (0, {"duplicate": 1}),
}


@pytest.fixture(scope="module")
def tiktok() -> Iterator[Program]:
    """The simulated TikTok."""
    with simulator() as program:
        yield program


@pytest.fixture(scope="module")
def config(tiktok: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Settings of a gateway that runs."""
    folder = tmp_path_factory.mktemp("gateway")
    with gateway(write_settings(folder, tiktok.url)) as program:
        port = program.url.rpartition(":")[2]
        yield write_settings(folder, tiktok.url, listen=f"127.0.0.1:{port}")


def send(
    step: str, config: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, dict[str, Any]]:
    """``tandemgate send`` one of the guide's files; its exit code and the gateway's answer."""
    file = str(GUIDE / f"{step}.json")
    code = run(["--config", str(config), "--json", "send", file, "--pixel", PIXEL, *options])
    return code, json.loads(capsys.readouterr().out)


def test_the_guide_is_answered_and_arrives_step_by_step(
    config: Path, tiktok: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever follows the guide must get what it promises, and hear what it leaves out."""
    now = ("--event-time", "now", "--region", "US")
    answers = {step: send(step, config, capsys, *now) for step in STEPS}
    seen = {
        step: (code, {word: n for word, n in answer.items() if word in WORDS and n})
        for step, (code, answer) in answers.items()
    }
    assert seen == STEPS
    missing = answers["03-hashed-identifiers"][1]["results"][0]["problems"]
    assert (40003, "/data/0/properties/value") in [(one["code"], one["field"]) for one in missing]
    placeholders = [
        one["field"].rpartition("/")[2]
        for one in answers["04-commercial-properties"][1]["results"][0]["findings"]
        if one["reason"].startswith("placeholder")
    ]
    assert placeholders == ["email", "external_id", "ttp", "user_agent"]

    eventually(lambda: len(arrived(tiktok)) == 3)
    wire = arrived(tiktok)
    assert wire["cart_10492_add_1"]["user"] == {
        "ttclid": "E.C.P.CvQBA...",
        "ttp": "2.x9Jb3x...",
        "ip": "203.0.113.42",
        "user_agent": "Mozilla/5.0...",
    }
    assert wire["ord_10492_payment"]["properties"] == {
        "value": 129.95,
        "currency": "EUR",
        "contents": [{"content_id": "SKU-481", "quantity": 1, "price": 129.95}],
    }
    assert wire["lead_77821_submit"]["properties"] == {
        "ad_user_data": "DENIED",
        "ad_personalization": "DENIED",
    }


def test_without_a_region_the_answer_says_what_to_add(config: Path, tmp_path: Path) -> None:
    """Nothing may leave for somebody who may be in Europe and was not asked."""
    europe = config.read_text().replace('default_region = "US"', "")
    with gateway(elsewhere(tmp_path, europe)) as program:
        item = json.loads((GUIDE / "04-commercial-properties.json").read_text())["data"][0]
        status, answer = program.post(item | {"event_time": int(time.time())})
    result = answer["results"][0]
    assert (status, result["outcome"], result["reason"]) == (202, "suppressed", "consent_missing")
    assert "ad_user_data" in result["fix"]


def elsewhere(folder: Path, settings: str) -> Path:
    """Write *settings* to a folder and a port of their own."""
    path = folder / "tandemgate.toml"
    path.write_text(re.sub(r'listen = ".*"', 'listen = "127.0.0.1:0"', settings))
    return path


def arrived(tiktok: Program) -> dict[str, Any]:
    """What TikTok got from the gateway: event_id -> the event as it stood on the wire."""
    events = tiktok.ask("GET", "/_sim/events", key=None)[1]["events"]
    return {one["event_id"]: one["wire"] for one in events}
