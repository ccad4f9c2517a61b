"""consent decode says what a string of a consent platform says, as the gateway reads it."""

import io
import json
import sys
from typing import Any

import pytest

from tandemgate.cli.main import run
from tests.core.signals.strings import GPC, a_gpp_string, a_tc_string, us

TC = a_tc_string([1, 7, 9])
GPP = a_gpp_string({2: TC, 5: "x", 6: "1YYN", 8: f"{us(8)}.{GPC}", 28: "BAAA"})


def decoded(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:  # noqa: ANN401 - JSON
    """What programs are told, with the exit code."""
    code = run(["consent", "decode", *arguments, "--json"])
    return json.loads(capsys.readouterr().out) | {"exit": code}


def test_a_tc_string_is_told_with_what_follows_from_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The purposes, and the two flags that they stand for."""
    told = decoded(capsys, TC)
    assert (told["source"], told["exit"]) == ("tc_string", 0)
    assert (told["ad_user_data"], told["ad_personalization"]) == ("GRANTED", "DENIED")
    assert told["tcf"]["purposes"] == [1, 7, 9]
    assert told["tcf"]["updated"] == "2026-05-01"


def test_a_vendor_may_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """As tcf_vendor_id of a pixel does."""
    assert decoded(capsys, TC, "--vendor", "9")["ad_user_data"] == "DENIED"


def test_every_section_of_a_gpp_string_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Also those that can't be read, since they are why it grants nothing."""
    told = decoded(capsys, GPP)
    assert (told["opt_out"], told["ad_user_data"], told["exit"]) == (True, None, 1)
    assert [section.get("name") for section in told["sections"]] == [
        "tcfeuv2",
        None,
        "uspv1",
        "usca",
        None,
    ]
    assert told["unreadable"] == "section 28: it is not known"


@pytest.mark.parametrize(
    ("text", "source", "code"),
    [
        ("1YNN", "us_privacy", 0),
        ("13r3r3p3p5l1", "gcd", 0),
        ("13r3r3x3p5l1", "gcd", 1),
        (TC[:-3], "tc_string", 1),
        ("", "tc_string", 1),
    ],
)
def test_the_kind_of_a_string_is_known_by_its_beginning(
    capsys: pytest.CaptureFixture[str], text: str, source: str, code: int
) -> None:
    """Whoever found a string somewhere need not know what it is."""
    told = decoded(capsys, text)
    assert (told["source"], told["exit"]) == (source, code)


def test_people_read_it_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What it says first, what it is made of below."""
    assert run(["consent", "decode", GPP]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split(maxsplit=2) == ["read", "as", "a GPP string"]
    assert "unreadable          section 28: it is not known; it grants nothing" in lines
    assert f"{'gpc':<32}yes" in lines
    assert f"{'SensitiveDataProcessing':<32}{'2 ' * 8}2" in lines


def test_a_string_may_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A choice of a person need not stand in a shell's history."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TC}\n"))
    assert decoded(capsys, "-")["ad_user_data"] == "GRANTED"
