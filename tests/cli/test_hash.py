"""hash prints what the gateway would send for one value, and the text behind the digest."""

import io
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tandemgate.cli.hash import HASHED, RULES, compute
from tandemgate.cli.main import run
from tandemgate.model.person import MatchKey

CASES = json.loads((Path(__file__).parents[1] / "golden" / "normalization.json").read_text())[
    "cases"
]
SENT = [
    case
    for case in CASES
    if case["field"] in HASHED and case["sha256"] and isinstance(case["raw"], str)
]


@pytest.mark.parametrize("case", SENT, ids=lambda case: f"{case['field']} {case['raw']}"[:40])
def test_the_digest_is_that_of_the_text_above_it(case: dict[str, Any]) -> None:
    """Whoever compares with another system needs both, and they must belong together."""
    hashed = compute(case["field"], case["raw"], case.get("region"))
    assert hashed.sent == case["sha256"]
    assert hashed.canonical == "" or sha256(hashed.canonical.encode()).hexdigest() == hashed.sent


def test_every_match_key_has_a_rule() -> None:
    """A new match key must be explained here as well."""
    assert set(RULES) == set(MatchKey)


def test_a_digest_is_not_hashed_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Hashing twice is the commonest mistake, and this is where it shows."""
    digest = sha256(b"ada@example.com").hexdigest()
    assert run(["hash", "email", digest.upper()]) == 0
    assert capsys.readouterr().out == f"SHA-256    {digest}\n"


def test_the_value_may_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell's history is no place for a customer's address."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(" Ada@Example.com\n"))
    assert run(["hash", "email", "-"]) == 0
    assert capsys.readouterr().out.startswith("canonical  ada@example.com\n")


def test_the_guide_s_name_of_the_phone_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    """The guide says phone_number where TikTok's SDK says phone."""
    assert run(["hash", "phone_number", "0170 1234567", "--region", "DE", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["canonical"] == "+491701234567"


def test_a_value_that_is_left_out_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """A national number without a country is never guessed, and a script must notice."""
    assert run(["hash", "phone", "0170 1234567"]) == 1
    printed = capsys.readouterr().out
    assert "nothing: the value is left out" in printed
    assert "phone_region_unknown" in printed


def test_raw_context_stays_raw(capsys: pytest.CaptureFixture[str]) -> None:
    """TikTok does not know a hashed click id."""
    assert run(["hash", "ttclid", "E.C.P.x", "--explain"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("sent       E.C.P.x\n")
    assert "rule       sent raw" in printed
