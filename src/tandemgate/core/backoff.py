"""How long to wait before trying again. Chance is an argument: a number from 0 up to 1."""

from tandemgate.model.instant import Seconds

FIRST: Seconds = 1.0
LONGEST: Seconds = 300.0
LONGEST_PROBE: Seconds = 60.0
"""A held lane asks at least this often, so that conversions flow within a minute of the mend."""

RETRY_AFTER_LIMIT: Seconds = 900.0
"""A ``Retry-After`` up to here is honoured for the events; a longer one holds their lane."""

STRANDED_AFTER: Seconds = RETRY_AFTER_LIMIT + 60
"""No event that may leave waits so long: such a due time is of a clock that was set back since."""

_LAST_DOUBLING = 16


def ceiling(attempts: int, *, first: Seconds = FIRST, longest: Seconds = LONGEST) -> Seconds:
    """Return the longest wait after an attempt that follows *attempts* earlier ones."""
    return min(longest, first * 2.0 ** min(attempts, _LAST_DOUBLING))


def retry_wait(attempts: int, chance: float, after: Seconds | None = None) -> Seconds:
    """Return an event's wait: full jitter, so that what failed together does not return together.

    *after* is TikTok's ``Retry-After``; never come back sooner.
    """
    wait = chance * ceiling(attempts)
    return wait if after is None else max(wait, min(after, RETRY_AFTER_LIMIT))


def probe_wait(probes: int, chance: float) -> Seconds:
    """Return the wait before a held lane's next probe; half is certain, so that probes are rare."""
    wait = ceiling(probes, first=5.0, longest=LONGEST_PROBE)
    return wait / 2 + chance * wait / 2
