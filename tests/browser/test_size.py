"""How much the script costs a page."""

from tandemgate.web.script import TAG, asset

BUDGET = 4096
"""Bytes in gzip, at most."""


def test_the_script_stays_small() -> None:
    """Every visitor of every shop pays for each byte; `make browser` prints the figure."""
    built = asset(TAG)
    assert built is not None
    assert len(built.packed) <= BUDGET
