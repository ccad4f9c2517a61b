"""One fixed histogram for all latencies, so that histograms of any spans and lanes add up.

A bucket is 2^(1/4) times as wide as the one before, from a millisecond to twelve days. A percentile
is told as the geometric middle of its bucket, so it is at most 9.1 % too high or too low.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Final

from tandemgate.model.instant import Seconds

SHORTEST: Final[Seconds] = 0.001
"""What took less is in the first bucket, and told as this."""

PER_DOUBLING: Final = 4
LAST: Final = 120
"""2^30 ms are twelve days; events do not live that long without being sent."""

ERROR: Final = 2.0 ** (0.5 / PER_DOUBLING) - 1
"""The share by which a percentile may miss."""


UPPER: Final = tuple(float(SHORTEST * 2.0 ** (bucket / PER_DOUBLING)) for bucket in range(LAST + 1))


def bucket_of(took: Seconds) -> int:
    """Return the number of the bucket that *took* falls into."""
    return bisect_left(UPPER, took, 0, LAST)


def upper(bucket: int) -> Seconds:
    """Return the longest time that falls into *bucket*."""
    return UPPER[bucket]


def middle(bucket: int) -> Seconds:
    """Return the geometric middle of *bucket*."""
    return SHORTEST if bucket == 0 else upper(bucket) / (1 + ERROR)


def percentile(counts: Mapping[int, int], share: float) -> Seconds | None:
    """Return the time within which *share* of all stayed (0.95: of a hundred, 95)."""
    rank = ceil(share * sum(counts.values()))
    for bucket in sorted(counts):
        rank -= counts[bucket]
        if rank <= 0 and counts[bucket]:
            return middle(bucket)
    return None


def together(histograms: Iterable[Mapping[int, int]]) -> Mapping[int, int]:
    """Add histograms up."""
    summed: Counter[int] = Counter()
    for counts in histograms:
        summed.update(counts)
    return summed
