"""TLS that is not right: whoever sits in between gets neither the token nor the events."""

from pathlib import Path

import pytest

from tests.faults.tls import FAULTS, tls_fault

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_leaves_before_tls_is_right(tmp_path: Path, fault: str) -> None:
    """Nobody checks a certificate at night; the lane stands, says why, and resumes by itself."""
    assert tls_fault(tmp_path, fault, events=6).wrong == []
