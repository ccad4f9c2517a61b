"""The network breaks in eight ways; the gateway tells *not sent* and *unknown* apart."""

from pathlib import Path

import pytest

from tests.faults.network import network_faults

pytestmark = pytest.mark.e2e


def test_a_broken_network_loses_nothing_and_counts_nothing_twice(tmp_path: Path) -> None:
    """A lost answer looks the same as a lost request."""
    accounts = network_faults(tmp_path, events=60, lasting=3.0)
    assert {account.fault: account.wrong for account in accounts if account.wrong} == {}
    assert [account.admitted for account in accounts] == [60] * 8
