"""What happened when: counts and latencies of spans of time, instead of rows to walk over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tandemgate.model.admission import Cell
from tandemgate.model.event import Lane
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.word import Word

MINUTE: Final[Seconds] = 60.0
HOUR: Final[Seconds] = 3_600.0

MINUTES_KEPT: Final[Seconds] = 3 * HOUR
"""What is older is known by the hour in which it happened."""

HOURS_KEPT: Final[Seconds] = 15 * 24 * HOUR
"""So the same hour of last week is there, and of the week before."""

SENT: Final = "sent"
"""The name under which events are counted that were in an answered request; its reason is the
verdict."""


class Hop(Word):
    """Which way a latency is of."""

    ANSWER = "answer"
    """From sending a request to TikTok's answer; one for each request that got one."""

    DELIVERED = "delivered"
    """From an event's receipt to the answer that delivered it; one for each event."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """What happened from ``since`` on, before ``until``.

    ``cells`` count by outcome (accepted, duplicate, …), by the final state that was reached, and
    what was SENT by its verdict. ``latencies`` are histograms: how many by the number of the bucket
    (:mod:`tandemgate.core.histogram`).
    """

    since: Epoch
    until: Epoch
    cells: tuple[Cell, ...] = ()
    latencies: Mapping[tuple[Lane, Hop], Mapping[int, int]] = field(default_factory=dict)


def minute_of(at: Epoch) -> int:
    """Return when the minute of *at* began."""
    return int(at // MINUTE) * 60
