"""The power fails: what was acknowledged is there, and the store opens by itself."""

from pathlib import Path

import apsw
import pytest

from tandemgate.model.errors import ConfigurationError
from tests.faults.power import power_cuts, recorded, without_syncs


async def test_nothing_acknowledged_is_lost_at_any_step(tmp_path: Path) -> None:
    """A 202 is a promise that a power cut does not break."""
    steps = await recorded(tmp_path, sessions=2, numbers=6)
    account = await power_cuts(tmp_path, steps, cuts=160)
    assert account.wrong == []
    assert account.admitted > 0


async def test_the_proof_notices_a_store_that_does_not_sync(tmp_path: Path) -> None:
    """Otherwise the test above would prove nothing."""
    steps = without_syncs(await recorded(tmp_path, sessions=1, numbers=6))
    with pytest.raises((AssertionError, apsw.Error, ConfigurationError)):
        assert (await power_cuts(tmp_path, steps, cuts=40)).wrong == []
