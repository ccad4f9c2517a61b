"""explain knows every word that the gateway or TikTok may say."""

import json

import pytest

from tandemgate.catalog.codes import CODES
from tandemgate.catalog.consent import RULES
from tandemgate.catalog.explanations import find, suggestion
from tandemgate.catalog.reasons import REASONS
from tandemgate.catalog.states import STATES, WAYS
from tandemgate.cli.main import run
from tandemgate.model.state import EDGES, State

WORDS = [
    *(str(row.code) for row in CODES),
    *REASONS,
    *(rule.name for rule in RULES),
    *State,
    *(str(reason.code) for reason in REASONS.values() if reason.code),
]


@pytest.mark.parametrize("word", sorted(set(WORDS)))
def test_every_word_is_explained(word: str) -> None:
    """A word in an answer that nobody explains is a support ticket."""
    assert all(entry.readings and entry.fix for entry in find(word))
    assert find(word)


def test_no_state_is_forgotten_or_invented() -> None:
    """States are explained in the order and the number in which they exist."""
    assert list(STATES) == list(State)


def test_every_way_between_states_says_who_takes_it_and_when() -> None:
    """A way that nobody can explain is a way that nobody meant."""
    assert set(WAYS) == EDGES


def test_a_code_prints_both_readings(capsys: pytest.CaptureFixture[str]) -> None:
    """40100 is a token to one source and a rate limit to another; a person must see both."""
    assert run(["explain", "40100"]) == 0
    printed = capsys.readouterr().out
    assert "expired or is invalid" in printed
    assert "too frequent" in printed
    assert "lower tiktok.max_requests_per_second" in printed


def test_json_has_the_same_entries(capsys: pytest.CaptureFixture[str]) -> None:
    """A bot in a chat channel asks too."""
    run(["explain", "40003", "--json"])
    first, second = json.loads(capsys.readouterr().out)
    assert first["readings"]["guide"]
    assert "value_missing" in second["readings"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("curency_invalid", "currency_invalid"),
        ("delivrd", "DELIVERED"),
        ("40101x", "40101"),
        ("consent_mising", "consent_missing"),
    ],
)
def test_a_slip_names_what_was_meant(typed: str, meant: str) -> None:
    """Words are typed from a screenshot more often than copied."""
    assert meant in suggestion(typed)
