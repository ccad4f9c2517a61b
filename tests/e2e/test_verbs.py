"""The verbs that talk to a gateway, against a real one that sends to the simulated TikTok."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tandemgate.cli.demo.browsers import PIXEL
from tandemgate.cli.demo.stage import Stage, staged
from tandemgate.cli.main import run

pytestmark = pytest.mark.e2e

PATIENCE = 60.0
TANDEMGATE = Path(sys.executable).with_name("tandemgate")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A gateway and a simulated TikTok, as the demo starts them."""
    with staged(tmp_path_factory.mktemp("stage"), os.environ) as made:
        yield made


@pytest.fixture(autouse=True)
def configured(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verb finds the gateway by its settings, as the demo tells people to."""
    monkeypatch.setenv("TANDEMGATE_CONFIG", str(stage.config))


def an_envelope(folder: Path, *items: dict[str, Any], pixel: str = PIXEL) -> str:
    """Write a file with an envelope."""
    file = folder / "events.json"
    file.write_text(json.dumps({"event_source": "web", "event_source_id": pixel, "data": items}))
    return str(file)


def an_event(event_id: str, **overrides: object) -> dict[str, Any]:
    """An event that may leave, and stands without any remark."""
    return {
        "event": "SubmitForm",
        "event_id": event_id,
        "event_time": int(time.time()),
        "user": {"external_id": "cust_1", "ip": "203.0.113.9", "user_agent": "Mozilla/5.0"},
        "page": {"url": "https://shop.example/form"},
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
        **overrides,
    }


def story_when(state: str, event_id: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Ask ``events show --json`` until the event is in *state*."""
    deadline = time.monotonic() + PATIENCE
    story: dict[str, Any] = {}
    while story.get("state") != state:
        assert time.monotonic() < deadline, story
        time.sleep(0.05)
        assert run(["events", "show", event_id, "--json"]) == 0
        story = json.loads(capsys.readouterr().out)
    return story


def test_an_event_is_sent_delivered_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The way of an event as the README walks it."""
    assert run(["send", an_envelope(tmp_path, an_event("lead_1"))]) == 0
    assert capsys.readouterr().out == "accepted   lead_1\n1 received: 1 accepted\n"
    story = story_when("DELIVERED", "lead_1", capsys)
    assert story["attempts"][0]["code"] == 0
    assert run(["events", "show", "lead_1"]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[0] == "lead_1  SubmitForm  DELIVERED"
    assert "region DE; ad_user_data GRANTED" in told
    assert "sent: external_id, ip, user_agent" in told
    assert story["attempts"][0]["tiktok_request_id"] in told.replace("\n", "").replace(" ", "")


def test_good_events_go_beside_bad_ones_and_the_exit_code_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script must notice, and the good event must not pay for the bad one."""
    file = an_envelope(tmp_path, an_event("lead_2"), an_event("lead_3", event="Submit Form"))
    assert run(["send", file, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["accepted"], answer["rejected"]) == (1, 1)
    assert answer["results"][1]["problems"][0]["fix"] == "send SubmitForm"


def test_the_same_file_twice_is_a_duplicate_and_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sending again is what one does when one does not know."""
    file = an_envelope(tmp_path, an_event("lead_4"))
    assert (run(["send", file]), run(["send", file])) == (0, 0)
    assert "duplicate  lead_4" in capsys.readouterr().out


def test_options_put_pixel_time_and_region_in_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How an example from a guide is tried without editing it."""
    old = an_event("lead_5", event_time=1_776_943_380, consent={})
    file = an_envelope(tmp_path, old, pixel="PIXEL_ID")
    assert run(["send", file, "--pixel", PIXEL, "--event-time", "now", "--region", "US"]) == 0
    assert "accepted   lead_5" in capsys.readouterr().out


def test_what_consent_keeps_here_says_what_to_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Suppressed is no error, but nobody should have to look up why."""
    assert run(["send", an_envelope(tmp_path, an_event("lead_6", consent={}))]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[:2] == ["suppressed lead_6", "           why: consent_missing"]
    assert "consent.ad_user_data" in told


def test_a_bare_event_and_a_list_of_them_are_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fragments of documentation and lines of logs come without an envelope."""
    file = tmp_path / "list.json"
    file.write_text(json.dumps([an_event("lead_7"), an_event("lead_8")]))
    assert run(["send", str(file), "--pixel", PIXEL]) == 0
    assert "accepted   lead_8" in capsys.readouterr().out


def test_a_body_that_is_no_json_is_refused_by_the_gateway(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Send shows the gateway's own words, whatever the file holds."""
    file = tmp_path / "broken.json"
    file.write_text('{"event_source": "web",')
    assert run(["send", str(file)]) == 1
    assert "40002 not_json" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "way_out"),
    [
        (["--key-env", "WRONG_KEY"], "--key-env NAME"),
        (["--pixel", "C9SOMEBODYELSE"], "--pixel ID"),
    ],
)
def test_a_refused_key_or_pixel_is_a_usage_error(
    arguments: list[str],
    way_out: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is wrong with the events, so it is not exit 1."""
    monkeypatch.setenv("WRONG_KEY", "sk_wrong")
    assert run(["send", an_envelope(tmp_path, an_event("lead_9")), *arguments]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"Try: {way_out}")


def test_a_triggered_event_is_delivered(capsys: pytest.CaptureFixture[str]) -> None:
    """One line from nothing to a conversion."""
    assert run(["trigger", "CompletePayment", "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["findings"] == []
    story_when("DELIVERED", result["event_id"], capsys)


def test_lists_are_filtered_and_paged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same filters as the API has, and a page at a time."""
    events = [an_event(f"page_{number}") for number in range(3)]
    assert run(["send", an_envelope(tmp_path, *events), "--quiet"]) == 0
    capsys.readouterr()
    assert run(["events", "list", "--q", "page_", "--limit", "2", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert [each["event_id"] for each in first["events"]] == ["page_2", "page_1"]
    assert run(["events", "list", "--q", "page_", "--after", first["next"]]) == 0
    told = capsys.readouterr()
    assert "page_0" in told.out
    assert "page_1" not in told.out
    assert run(["events", "list", "--state", "expired"]) == 0
    assert capsys.readouterr().out == "No events match.\n"


def test_an_id_of_several_events_lists_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One event_id may serve two events; which one is meant is asked, not guessed."""
    both = (an_event("shared_1"), an_event("shared_1", event="Subscribe"))
    assert run(["send", an_envelope(tmp_path, *both)]) == 0
    capsys.readouterr()
    assert run(["events", "show", "shared_1"]) == 2
    error = capsys.readouterr().err
    assert f"--event Subscribe --pixel {PIXEL}" in error
    assert error.splitlines()[-1].startswith("Try: tandemgate events show shared_1 --event ")
    assert run(["events", "show", "shared_1", "--event", "Subscribe", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["event"] == "Subscribe"


def test_tail_follows_events_until_they_are_delivered(tmp_path: Path) -> None:
    """An event is told again when its state changes."""
    command = [str(TANDEMGATE), "events", "tail", "--json", "--every", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        assert run(["send", an_envelope(tmp_path, an_event("tail_1"))]) == 0
        seen = (json.loads(line) for line in tail.stdout)
        told = (each for each in seen if each["event_id"] == "tail_1")
        delivered = next(each for each in told if each["state"] == "DELIVERED")
        tail.terminate()
    assert delivered["event"] == "SubmitForm"


def test_match_keys_are_told_beside_what_tiktok_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A marketer reads one page: what is carried, what to mend, and TikTok's own figure."""
    user = {"email": "a@b.example", "phone": "0170 1234567", "ip": "203.0.113.9"}
    events = [an_event(f"contact_{number}", event="Contact", user=user) for number in range(4)]
    assert run(["send", an_envelope(tmp_path, *events), "--quiet"]) == 0
    assert run(["quality", "note", PIXEL, "Contact", "6.3"]) == 0
    capsys.readouterr()
    assert run(["quality", "--event", "Contact", "--json"]) == 0
    [one] = json.loads(capsys.readouterr().out)["events"]
    assert (one["events"], one["keys"]["email"]["sent"], one["scores"][0]["score"]) == (4, 4, 6.3)
    assert run(["quality", "--event", "Contact"]) == 0
    told = capsys.readouterr().out
    assert "TikTok showed 6.3 of 10" in told
    assert "5 user_agent: 100% user_agent_missing" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pixel", "C9NOBODYS"], "pixel_not_allowed at pixel: C9NOBODYS came, expected one of"),
        (["--event", "Contct"], "event_unknown at query event: Contct came"),
        (["--since", "2026-04-23", "--until", "2026-04-22"], "since to be before until"),
        (["note", PIXEL, "Contact", "11"], "11 came, expected a score from 0 to 10"),
        (["note", PIXEL, "Contact", "-1"], "-1 came, expected a score from 0 to 10"),
    ],
)
def test_what_makes_no_sense_of_match_keys_is_said(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gateway's own words reach the terminal."""
    assert run(["quality", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_no_traffic_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty table would look like a broken one."""
    assert run(["quality", "--event", "Schedule"]) == 0
    assert capsys.readouterr().out.startswith("No live Schedule events were received from ")


def test_simulate_passes_its_arguments_on() -> None:
    """The simulator has options of its own, --help among them."""
    done = subprocess.run(
        [TANDEMGATE, "simulate", "--help"], capture_output=True, text=True, check=True
    )
    assert "--latency" in done.stdout


def test_the_shops_books_are_compared_and_the_ledger_is_written_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The marketer's evening: is it all there, and may I have it as a file?"""
    worth = {"value": 19.99, "currency": "EUR", "order_id": "E-77"}
    sold = an_event("ord_E-77_complete_payment", event="CompletePayment", properties=worth)
    assert run(["send", an_envelope(tmp_path, sold)]) == 0
    capsys.readouterr()
    story_when("DELIVERED", "ord_E-77_complete_payment", capsys)
    paid_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    file = tmp_path / "orders.csv"
    file.write_text(f'order;total;currency;paid_at\nE-77;"19,99";EUR;{paid_at}\n', "utf-8")
    assert run(["reconcile", str(file)]) == 2
    assert capsys.readouterr().err.endswith("Try: --pixel ID, with one of them\n")
    assert run(["reconcile", str(file), "--pixel", PIXEL]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[0] == "Yes: TikTok has the 1 purchase that may leave, 19.99 EUR."
    file.write_text(file.read_text("utf-8") + f"E-78;5,00;EUR;{paid_at}\n", "utf-8")
    assert run(["reconcile", str(file), "--pixel", PIXEL, "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["outcomes"]["delivered"], report["outcomes"]["missing"]) == (1, 1)
    out = tmp_path / "attempts.csv"
    assert (
        run(["events", "export", "--what", "attempts", "--format", "csv", "--out", str(out)]) == 0
    )
    assert ",ord_E-77_complete_payment,live,1," in out.read_text("utf-8")
