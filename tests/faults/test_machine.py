"""Faults that need a machine's help: system calls that fail, a real ext4, a clock that is set."""

from pathlib import Path

import pytest

from tests.faults.ext4 import power_goes, turned_read_only
from tests.faults.machine import wants_faketime, wants_loops, wants_strace
from tests.faults.syscalls import ERRORS, failing_calls, kills_at_syncs
from tests.faults.wallclock import wall_clock_jumps

pytestmark = pytest.mark.e2e


@wants_strace
def test_death_inside_a_sync_loses_nothing(tmp_path: Path) -> None:
    """The answer must not be on its way before the sync has returned."""
    assert kills_at_syncs(tmp_path, rounds=9).wrong == []


@wants_strace
@pytest.mark.parametrize("error", ERRORS)
def test_a_disk_that_takes_nothing_is_told_and_survived(tmp_path: Path, error: str) -> None:
    """It is exchanged, emptied or remounted; nobody should have to restart anything."""
    assert failing_calls(tmp_path, error, rounds=1).wrong == []


@wants_loops
def test_a_power_cut_of_a_real_file_system_loses_nothing(tmp_path: Path) -> None:
    """What the kernel had not written is gone; what was acknowledged is not."""
    assert power_goes(tmp_path, rounds=3).wrong == []


@wants_loops
def test_a_disk_that_the_kernel_made_read_only_refuses_intake(tmp_path: Path) -> None:
    """It is what ext4 does after an error; nothing may be acknowledged from then on."""
    assert turned_read_only(tmp_path, rounds=1).wrong == []


@wants_faketime
def test_a_clock_that_is_set_ends_nothing(tmp_path: Path) -> None:
    """Somebody sets it by mistake; nothing expires for it, and what waits leaves afterwards."""
    assert wall_clock_jumps(tmp_path, 200, events=50).wrong == []
