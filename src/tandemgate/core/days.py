"""UTC days, counted from 1970-01-01: by them the store counts, and people read."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from tandemgate.model.instant import Epoch

_SECONDS_A_DAY: Final = 86_400
_FIRST: Final = date(1970, 1, 1)


def day_of(at: Epoch) -> int:
    """Return the UTC day of *at*."""
    return int(at // _SECONDS_A_DAY)


def begin_of(day: int) -> Epoch:
    """Return the first moment of *day*."""
    return float(day * _SECONDS_A_DAY)


def written(day: int) -> str:
    """Write *day* as ISO 8601 does: ``2026-04-23``."""
    return (_FIRST + timedelta(days=day)).isoformat()


def read_day(text: str) -> int:
    """Read what :func:`written` writes.

    Raises:
        ValueError: it is no date.

    """
    return day_of(datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC).timestamp())
