"""Processes die; what was acknowledged arrives, and is counted once."""

from pathlib import Path

import pytest

from tests.faults.child import MOMENTS, Moment
from tests.faults.kills import kills_at, kills_in_traffic, kills_of_one

pytestmark = pytest.mark.e2e


def test_a_kill_at_any_instant_loses_nothing(tmp_path: Path) -> None:
    """The promise behind every 202."""
    account = kills_in_traffic(tmp_path, rounds=6)
    assert account.wrong == []
    assert account.admitted > 0


def test_a_kill_of_one_process_ends_all_and_loses_nothing(tmp_path: Path) -> None:
    """An answer may have come from a process that stored nothing itself."""
    account = kills_of_one(tmp_path, rounds=6)
    assert account.wrong == []
    assert account.admitted > 0


@pytest.mark.parametrize("moment", MOMENTS)
def test_death_at_a_moment_costs_at_most_one_unknown(tmp_path: Path, moment: Moment) -> None:
    """Each of them is a place where a simpler gateway loses an event or sends it twice."""
    account = kills_at(tmp_path, moment, rounds=2)
    assert account.wrong == []
    # Callers who share a commit share its fate: perhaps none of them was told before the death.
    assert account.counted
