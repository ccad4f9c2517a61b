"""A disk that is full or broken: refused means tried again, never lost, never an exception."""

from pathlib import Path

import pytest

from tandemgate.ports import StoreUnavailable
from tests.faults.disk import plugged_in
from tests.faults.failing import ERRORS, Failing, failing_disk
from tests.faults.storework import opened


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("error", list(ERRORS))
async def test_a_failing_step_loses_nothing(tmp_path: Path, error: str, lasting: bool) -> None:
    """After a failed sync SQLite may believe what the disk does not hold: open it anew."""
    account = await failing_disk(tmp_path, error, lasting=lasting, stride=11)
    assert account.wrong == []
    assert account.rounds > 5


@pytest.mark.parametrize("error", list(ERRORS))
@pytest.mark.parametrize("after", [0, 5, 40])
async def test_a_store_that_cannot_be_opened_is_unavailable(
    tmp_path: Path, error: str, after: int
) -> None:
    """It is the disk's state, and the operator hears of it in words."""
    with plugged_in() as disk:
        disk.fault = Failing(ERRORS[error], after, lasting=True)
        with pytest.raises(StoreUnavailable):
            await opened(tmp_path / "ledger.db")
