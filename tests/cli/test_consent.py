"""``tandemgate consent`` offline, and how it writes what a gateway tells."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from tandemgate.cli.consent.words import AGAIN, CLASSES, SOURCES
from tandemgate.cli.main import run
from tandemgate.core.proof import Verdict
from tandemgate.model.consent import RegionClass, SaidIn
from tests.build import PIXEL, an_envelope, an_item

DENIED = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}


@pytest.fixture(autouse=True)
def unconfigured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings lie about."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TANDEMGATE_CONFIG", raising=False)


def written(folder: Path, *items: object) -> str:
    """Write an envelope to a file."""
    file = folder / "events.json"
    file.write_text(json.dumps(an_envelope(*items)), "utf-8")
    return str(file)


def decided(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """What ``consent decide`` tells programs."""
    run(["consent", "decide", *arguments, "--event-time", "now", "--json"])
    events: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["events"]
    return events


def test_every_event_of_a_file_is_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rule, what stays and what would leave, before anything is sent anywhere."""
    file = written(
        tmp_path,
        an_item(event_id="ord_1"),
        an_item(event_id="ord_2", consent=DENIED),
        an_item(event_id="ord_3", consent={}),
        an_item(event_id="ord_4", consent={"ad_user_data": True}),
    )
    granted, denied, silent, unreadable = decided(capsys, file)
    assert granted["consent"]["rule"] == "ad_user_data_granted"
    assert "user.email" in granted["leaves"]
    assert denied["consent"]["rule"] == "ad_user_data_denied"
    assert "user.email" not in denied["leaves"]
    assert (silent["outcome"], silent["reason"]) == ("suppressed", "consent_missing")
    assert silent["leaves"] == []
    assert (unreadable["outcome"], unreadable["problems"][0]["code"]) == ("rejected", 40005)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        (["--region", "JP"], "consent_not_needed"),
        (["--region", "DE"], "consent_missing"),
        ([], "consent_missing"),
    ],
)
def test_the_region_of_events_that_state_none_is_the_callers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], rule: str
) -> None:
    """What if all our customers were in Japan?"""
    (told,) = decided(capsys, written(tmp_path, an_item(consent={})), *options)
    assert told["consent"]["rule"] == rule


def test_a_pixel_of_the_settings_decides_by_its_own_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is decided as the gateway of these settings would."""
    settings = tmp_path / "tandemgate.toml"
    settings.write_text(
        '[tiktok]\nbase_url = "http://127.0.0.1:9009"\n'
        f'[[pixels]]\nid = "{PIXEL}"\nconsent_profile = "drop"\n',
        "utf-8",
    )
    file = written(tmp_path, an_item(consent=DENIED))
    (by_settings,) = decided(capsys, file)
    (by_option,) = decided(capsys, file, "--consent-profile", "strict")
    assert (by_settings["consent"]["rule"], by_settings["consent"]["policy"]) == (
        "consent_denied",
        "drop",
    )
    assert by_option["consent"]["rule"] == "ad_user_data_denied_strict"


def test_people_read_what_would_leave(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Digests are named as such, values are not printed."""
    assert run(["consent", "decide", written(tmp_path, an_item()), "--event-time", "now"]) == 0
    told = capsys.readouterr().out
    assert "user.email (SHA-256)" in told
    assert "DE (stated by the caller): consent must be stated there" in told
    assert "customer@example.com" not in told


def test_a_file_that_would_be_refused_ends_with_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script in a pipeline notices."""
    file = written(tmp_path, an_item(consent={"ad_user_data": "yes"}))
    assert run(["consent", "decide", file, "--event-time", "now"]) == 1
    assert "40005 consent_unreadable at /data/0/consent/ad_user_data" in capsys.readouterr().out


# Words.


@pytest.mark.parametrize(
    ("words", "known"),
    [(CLASSES, RegionClass), (SOURCES, SaidIn), (AGAIN, Verdict)],
    ids=["regions", "sources", "verdicts"],
)
def test_there_are_words_for_everything_that_can_be_told(
    words: dict[str, object], known: type[StrEnum]
) -> None:
    """An officer must not meet a word of the code, and no answer may end in a traceback."""
    assert {one.value for one in known} <= words.keys()
