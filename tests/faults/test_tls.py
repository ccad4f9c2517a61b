"""TLS that is not right: whoever sits in between gets neither the token nor the events."""

from pathlib import Path

import pytest

from tests.faults.tls import FAULTS, tls_faults

pytestmark = pytest.mark.e2e


def test_nothing_leaves_before_tls_is_right(tmp_path: Path) -> None:
    """Nobody checks a certificate at night; the lane stands, says why, and resumes by itself."""
    accounts = tls_faults(tmp_path, events=6)
    assert {account.fault: account.wrong for account in accounts if account.wrong} == {}
    assert [account.admitted for account in accounts] == [6] * len(FAULTS)
