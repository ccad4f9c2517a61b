"""Disks in trouble: 503 instead of a false 202, delivery goes on, and all recovers by itself."""

from pathlib import Path

import pytest

from tests.faults.backups import backups_restored
from tests.faults.disks import failing_writes, full_disk, locked_by_another, long_reader
from tests.faults.machine import wants_mounts

pytestmark = pytest.mark.e2e


def test_a_restored_backup_counts_nothing_twice(tmp_path: Path) -> None:
    """What waited in it may have been sent since; what had ended must stay so."""
    assert backups_restored(tmp_path, rounds=1).wrong == []


@wants_mounts
def test_a_full_disk_refuses_intake_before_it_is_full(tmp_path: Path) -> None:
    """What is stored must still leave, and its answers be recorded."""
    assert full_disk(tmp_path, rounds=1).wrong == []


def test_failing_writes_are_survived(tmp_path: Path) -> None:
    """The process goes on where a restart would mend nothing."""
    assert failing_writes(tmp_path, rounds=1).wrong == []


def test_a_lock_of_another_process_is_answered_with_503(tmp_path: Path) -> None:
    """A caller that hears nothing for a minute gives up, and its event is gone."""
    assert locked_by_another(tmp_path, lasting=5.5).wrong == []


def test_a_reader_that_never_ends_refuses_nobody(tmp_path: Path) -> None:
    """Somebody always makes a backup by hand."""
    assert long_reader(tmp_path, times=1.02).wrong == []
