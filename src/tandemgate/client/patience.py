"""How long to wait before another try."""

from random import random
from typing import Final

FIRST: Final = 0.5
LONGEST: Final = 60.0
"""Seconds, before chance takes up to half of them away."""

_MOST_DOUBLINGS: Final = 10


def wait_before(attempt: int, after: float, chance: float) -> float:
    """Seconds until try *attempt* (the second is 2), and at least the *after* that was asked for.

    *chance*, from 0 to 1, keeps many processes from coming back at the same moment.
    """
    grown = min(LONGEST, FIRST * 2.0 ** min(attempt - 2, _MOST_DOUBLINGS))
    return after + grown * (1 - chance / 2)


def by_chance() -> float:
    """Return a number from 0 to 1."""
    return random()  # noqa: S311 - it spreads tries, and guards no secret
