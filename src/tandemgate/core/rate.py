"""How many requests a second: a plain token bucket, and a rate that finds TikTok's limit by itself.

TikTok's published limits contradict each other (1,000 requests a second, 1,000 a minute), so the
rate of a token starts low, doubles after a second in which all of it was used and nothing was
refused, and halves when TikTok says that it is too much. Times are monotonic.
"""

from dataclasses import dataclass, replace

from tandemgate.model.instant import Seconds

FASTEST = 1_000.0
SLOWEST = 1.0

ENOUGH = 1 - 1e-6
"""A permit, less what sums of fractions lose: nobody should wait for a billionth of a second."""

FULL = 0.75
"""Share of the permits that must have been used for a second to say anything about the limit."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """``level`` permits are left at the time ``at``. A new bucket is full."""

    level: float
    at: Seconds


def pour(bucket: Bucket, rate: float, size: float, now: Seconds) -> Bucket:
    """Add the permits that came since, at *rate* a second, up to *size*."""
    return Bucket(min(size, bucket.level + max(0.0, now - bucket.at) * rate), max(now, bucket.at))


def take(bucket: Bucket, rate: float, size: float, now: Seconds) -> tuple[Bucket, Seconds]:
    """Take one permit: the bucket afterwards and 0, or the bucket and how long to wait for one."""
    poured = pour(bucket, rate, size, now)
    if poured.level >= ENOUGH:
        return replace(poured, level=max(0.0, poured.level - 1)), 0.0
    return poured, (1 - poured.level) / rate


@dataclass(frozen=True, slots=True)
class Pace:
    """The adaptive rate of one access token. ``rate`` 0 is unlimited.

    ``second`` began the second that is being judged; ``used`` requests left in it, and ``clean``
    says that no answer in it spoke of the rate. Nothing leaves before ``not_before``.
    """

    rate: float
    bucket: Bucket
    second: Seconds
    used: int = 0
    clean: bool = True
    not_before: Seconds = 0.0


def start(rate: float, now: Seconds) -> Pace:
    """Begin at *rate* requests a second (0: unlimited)."""
    return Pace(rate, Bucket(1.0, now), now)


def leave(pace: Pace, now: Seconds) -> tuple[Pace, Seconds]:
    """Let one request leave: the pace afterwards, and 0; or how long to wait."""
    if now < pace.not_before:
        return pace, pace.not_before - now
    if not pace.rate:
        return pace, 0.0
    pace = _judged(pace, now)
    bucket, wait = take(pace.bucket, pace.rate, max(1.0, pace.rate / 10), now)
    used = pace.used if wait else pace.used + 1
    return replace(pace, bucket=bucket, used=used), wait


def refused(pace: Pace, now: Seconds, after: Seconds | None) -> Pace:
    """TikTok spoke of the rate: halve once a second, and wait for *after* if it gave a time."""
    pause = max(pace.not_before, now + (after or 0.0))
    if not pace.rate:
        return replace(pace, not_before=pause)
    pace = _judged(pace, now)
    rate = max(min(SLOWEST, pace.rate), pace.rate / 2) if pace.clean else pace.rate
    return replace(pace, rate=rate, clean=False, not_before=pause)


def _judged(pace: Pace, now: Seconds) -> Pace:
    if now - pace.second < 1:
        return pace
    full = pace.used >= FULL * pace.rate * (now - pace.second)
    rate = max(pace.rate, min(FASTEST, pace.rate * 2)) if pace.clean and full else pace.rate
    return replace(pace, rate=rate, second=now, used=0, clean=True)
