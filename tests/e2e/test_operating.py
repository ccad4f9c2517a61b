"""An operator at work: a token that TikTok refuses, a pause, a replay, all while events arrive."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tandemgate.cli.main import run
from tests.e2e.programs import (
    PIXEL,
    TOKEN,
    Program,
    an_item,
    eventually,
    gateway,
    simulator,
    write_settings,
)

pytestmark = pytest.mark.e2e

FRESH_TOKEN = "tok_fresh_9876543210"
ADMIN_KEY = "sk_admin_0123456789"
ADMIN = f"""
[[keys]]
kind = "admin"
name = "root"
secret = "{ADMIN_KEY}"
"""


@contextmanager
def operated(folder: Path, tiktok: Program) -> Iterator[tuple[Program, Path]]:
    """Run a gateway whose settings name an admin, found by every verb."""
    settings = write_settings(folder, tiktok.url)
    settings.write_text(settings.read_text("utf-8") + ADMIN, "utf-8")
    with gateway(settings) as running:
        yield running, settings


class Verbs:
    """Runs verbs against one gateway and reads their JSON."""

    def __init__(
        self, running: Program, settings: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._where = ["--config", str(settings), "--json"]
        self._url = ["--url", running.url]
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
        self._capsys.readouterr()
        assert run([*self._where, *words, *self._url]) == code
        return json.loads(self._capsys.readouterr().out)


def plan(tiktok: Program, fault: Mapping[str, object]) -> None:
    """Let the simulated TikTok do this from now on."""
    assert tiktok.ask("POST", "/_sim/faults", fault, key=None)[0] < 300


def conversions(tiktok: Program) -> set[str]:
    """What TikTok counts, by event_id."""
    counted = tiktok.ask("GET", "/_sim/conversions", key=None)[1]
    return {one["event_id"] for one in counted["conversions"]}


def test_a_refused_token_is_exchanged_while_events_arrive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No restart, no event lost or worn out, and the token is told nowhere."""
    access = f"{PIXEL}={FRESH_TOKEN}"
    with (
        simulator("--access", access) as tiktok,
        operated(tmp_path, tiktok) as (running, settings),
    ):
        plan(tiktok, {"fault": "token_expired"})
        verbs = Verbs(running, settings, capsys)
        ids = {f"ord_{number}" for number in range(20)}
        assert running.post(*(an_item(event_id) for event_id in sorted(ids)))[0] == 202
        eventually(lambda: bool(verbs("delivery")["lanes"][0]["cause"] == "token"))
        (lane,) = verbs("delivery")["lanes"]
        assert (lane["held"], lane["waiting"]) == (True, 20)
        found = verbs("doctor", code=1)
        assert "lane_held" in {check["explain"] for check in found["checks"]}
        assert running.ask("GET", "/readyz")[1]["degraded"] == ["lane_held"]

        tiktok.ask("DELETE", "/_sim/faults", key=None)
        monkeypatch.setattr("sys.stdin", Typed(f"{FRESH_TOKEN}\n"))
        told = verbs("tokens", "set", PIXEL)
        assert [(one["tail"], one["used"]) for one in told["tokens"]] == [
            (FRESH_TOKEN[-4:], True),
            (TOKEN[-4:], False),
        ]
        eventually(lambda: conversions(tiktok) == ids)
        assert running.story("ord_0")["state"] == "DELIVERED"
        verbs("tokens", "retire", PIXEL, TOKEN[-4:])
        running.stop()
        assert FRESH_TOKEN not in running.stream.read()


def test_a_pause_outlives_a_restart_and_keeps_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A deploy in the middle of an audit must not send what was stopped on purpose."""
    with simulator() as tiktok:
        with operated(tmp_path, tiktok) as (running, settings):
            verbs = Verbs(running, settings, capsys)
            verbs("delivery", "pause", PIXEL, "--reason", "catalogue audit")
            assert running.post(an_item("ord_1"))[0] == 202
            running.kill()
        with operated(tmp_path, tiktok) as (running, settings):
            verbs = Verbs(running, settings, capsys)
            assert verbs("delivery")["paused"][0]["paused_reason"] == "catalogue audit"
            assert running.post(an_item("ord_2"))[0] == 202
            assert tiktok.ask("GET", "/_sim/requests", key=None)[1]["requests"] == []
            verbs("delivery", "resume", PIXEL)
            eventually(lambda: conversions(tiktok) == {"ord_1", "ord_2"})


def test_a_refused_event_is_replayed_when_its_cause_is_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """First told, then done; and a second time there is nothing left to do."""
    with simulator() as tiktok, operated(tmp_path, tiktok) as (running, settings):
        verbs = Verbs(running, settings, capsys)
        poison = {"fault": "poison", "event_ids": ["ord_1"]}
        plan(tiktok, poison)
        assert running.post(an_item("ord_1"))[0] == 202
        eventually(lambda: bool(running.story("ord_1")["state"] == "REJECTED"))
        assert verbs("replay")["refused"] == {"cause_unchanged": 1}
        tiktok.ask("DELETE", "/_sim/faults", key=None)
        assert verbs("replay", "--reason", "TikTok mended it")["sent"] == 1
        assert running.story("ord_1")["state"] == "REJECTED"
        assert verbs("replay", "--reason", "TikTok mended it", "--execute")["sent"] == 1
        eventually(lambda: bool(running.story("ord_1")["state"] == "DELIVERED"))
        assert running.story("ord_1")["revision"] == 2
        assert verbs("replay", "--reason", "again", "--execute")["sent"] == 0


class Typed:
    """What somebody pipes into a verb."""

    def __init__(self, text: str) -> None:
        self._text = text

    def isatty(self) -> bool:
        return False

    def read(self) -> str:
        return self._text


def test_what_nobody_could_classify_is_settled_by_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The doctor asks for it, the verb takes the answer, and nothing is sent for it."""
    with simulator() as tiktok, operated(tmp_path, tiktok) as (running, settings):
        verbs = Verbs(running, settings, capsys)
        plan(tiktok, {"fault": "code", "code": 40900})
        assert running.post(an_item("ord_1"))[0] == 202
        eventually(lambda: bool(running.story("ord_1")["state"] == "REVIEW"))
        tiktok.ask("DELETE", "/_sim/faults", key=None)
        explained = {check["explain"] for check in verbs("doctor")["checks"]}
        assert "events_in_review" in explained
        seen = ("--as", "delivered", "--reason", "seen in Events Manager")
        told = verbs("events", "settle", "ord_1", *seen)
        assert (told["was"], told["state"]) == ("REVIEW", "DELIVERED")
        assert {check["explain"] for check in verbs("doctor")["checks"]} == {""}
        assert conversions(tiktok) == set()
        again = ["events", "settle", "ord_1", *seen, "--config", str(settings)]
        assert run([*again, "--url", running.url]) == 2
        assert "not_undecided" in capsys.readouterr().err


def test_a_key_is_made_exchanged_and_revoked_while_the_gateway_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Callers come and go without a restart, and a restart changes nothing about them."""
    with simulator() as tiktok:
        with operated(tmp_path, tiktok) as (running, settings):
            verbs = Verbs(running, settings, capsys)
            first = verbs("keys", "create", "nightly", "--pixel", PIXEL)["secret"]
            assert running.post(an_item("ord_1"), key=first)[0] == 202
            second = verbs("keys", "rotate", "nightly", "--overlap", "1h")["secret"]
            running.kill()
        with operated(tmp_path, tiktok) as (running, settings):
            verbs = Verbs(running, settings, capsys)
            assert [running.post(an_item("ord_1"), key=key)[0] for key in (first, second)] == [
                200,
                200,
            ]
            assert verbs("keys", "revoke", "nightly")["revoked"] == 2
            assert running.post(an_item("ord_2"), key=second)[0] == 401
            acts = running.ask("GET", "/api/audit", key=ADMIN_KEY)[1]["acts"]
            assert [act["what"] for act in acts] == ["key_revoked", "key_rotated", "key_made"]
            running.stop()
            said = running.stream.read()
            assert first not in said
            assert second not in said


def test_a_gateway_that_was_just_set_up_delivers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One verb, then serve: the sealed token sends, and the key that was shown once opens."""
    with simulator() as tiktok:
        monkeypatch.setattr("sys.stdin", Typed(TOKEN))
        stated = ["--site", "Shop", "--domain", "shop.example", "--pixel", PIXEL, "--region", "US"]
        words = ["--json", "init", "--folder", str(tmp_path), "--tiktok-url", tiktok.url, *stated]
        assert run(words) == 0
        key = json.loads(capsys.readouterr().out)["server_key"]
        monkeypatch.setenv("TANDEMGATE__SERVER__LISTEN", "127.0.0.1:0")
        with gateway(tmp_path / "tandemgate.toml") as running:
            assert running.post(an_item("ord_1"), key=key)[0] == 202
            eventually(lambda: conversions(tiktok) == {"ord_1"})
            verbs = Verbs(running, tmp_path / "tandemgate.toml", capsys)
            assert {one["name"] for one in verbs("keys", "list")["keys"]} == {
                "pages",
                "operator",
                "orders",
            }


def test_a_test_event_tells_whether_the_token_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the first order: TikTok's own answer, and the rung that it lights."""
    with simulator() as tiktok, operated(tmp_path, tiktok) as (running, settings):
        verbs = Verbs(running, settings, capsys)
        said = {check["subject"]: check for check in verbs("doctor")["checks"]}
        assert said["ladder"]["status"] == "warn"
        story = verbs("doctor", "--send-test", "TEST12345", "--pixel", PIXEL)
        assert (story["state"], story["channel"]) == ("DELIVERED", "test")
        assert conversions(tiktok) == set()
        lit = [one for one in verbs("doctor")["checks"] if one["subject"] == "ladder"]
        assert lit[0]["status"] == "ok"
        assert "endpoint" in lit[0]["said"]
        verbs("doctor", "--confirm", "business_center", "--pixel", PIXEL)
        needs = [one for one in verbs("doctor")["checks"] if one["subject"] == "needs"]
        assert "Business Center access" in needs[0]["said"]

        plan(tiktok, {"fault": "token_expired"})
        refused = verbs("doctor", "--send-test", "TEST12345", "--pixel", PIXEL, code=1)
        assert refused["attempts"][-1]["code"] == 40102
