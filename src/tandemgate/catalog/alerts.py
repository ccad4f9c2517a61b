"""The kinds of alerts, each with its number, its time and what it is hidden behind.

The numbers are those that operators of ad platforms' APIs commonly begin with; each is a setting of
``[alerts]``. What they mean and what mends them stands in :mod:`tandemgate.catalog.reasons`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tandemgate.model.alert import Family
from tandemgate.model.instant import Seconds
from tandemgate.model.rollup import HOUR, MINUTE
from tandemgate.model.word import Word


class Unit(Word):
    """What an alert's number is; a switch has none."""

    SWITCH = "switch"
    SHARE = "share"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of alert.

    ``number`` is the default, from ``least`` to ``most``. It is judged over ``window`` when there
    are ``events`` at least. ``urgent`` ones should wake somebody. While an alert of ``behind`` is
    open for the same pixel, or was within the window, this one does not begin: it would tell the
    same trouble again.
    """

    unit: Unit
    meaning: str
    number: float = 1.0
    least: float = 0.0
    most: float = 1.0
    window: Seconds = 0.0
    events: int = 0
    urgent: bool = False
    behind: frozenset[Family] = frozenset()

    @property
    def at_once(self) -> bool:
        """Whether it tells how things stand, rather than how they went for some time."""
        return not self.window


_HELD: Final = frozenset({Family.LANE_HELD})

RULES: Final[Mapping[Family, Rule]] = {
    Family.LANE_HELD: Rule(
        Unit.SWITCH,
        "TikTok refuses a pixel's token, permission or set-up, or can't be reached",
        urgent=True,
    ),
    Family.URGENT: Rule(
        Unit.SWITCH,
        "the store can't take events, the ledger does not add up, a token is missing",
        urgent=True,
    ),
    Family.OLDEST_UNSENT: Rule(
        Unit.SECONDS,
        "how long an event may wait to be sent",
        15 * MINUTE,
        MINUTE,
        24 * HOUR,
        urgent=True,
        behind=_HELD,
    ),
    Family.DOWNSTREAM_SUCCESS: Rule(
        Unit.SHARE,
        "the share of sent events that TikTok must answer by more than an error, over 10 minutes",
        0.95,
        0.01,
        0.999,
        window=10 * MINUTE,
        events=20,
        behind=_HELD,
    ),
    Family.LATENCY: Rule(
        Unit.SECONDS,
        "how long 95 of 100 events may take from their receipt to delivery, over 15 minutes",
        MINUTE,
        1.0,
        24 * HOUR,
        window=15 * MINUTE,
        events=20,
        behind=_HELD | {Family.OLDEST_UNSENT, Family.DOWNSTREAM_SUCCESS},
    ),
    Family.AVAILABILITY: Rule(
        Unit.SHARE,
        "the share of requests with events that must be answered by less than 500, over 10 minutes",
        0.99,
        0.01,
        0.9999,
        window=10 * MINUTE,
        events=20,
        urgent=True,
    ),
    Family.REJECTED_SHARE: Rule(
        Unit.SHARE,
        "the share of received events that may be rejected, over 15 minutes",
        0.01,
        0.0001,
        0.99,
        window=15 * MINUTE,
        events=20,
    ),
    Family.UNKNOWN_CONSENT: Rule(
        Unit.SHARE,
        "the share of received events that may lack a consent that they need, over an hour",
        0.05,
        0.0001,
        0.99,
        window=HOUR,
        events=20,
    ),
    Family.VOLUME: Rule(
        Unit.SHARE,
        "by which share the last hour may differ from the same hour of last week",
        0.5,
        0.05,
        10.0,
        window=HOUR,
        events=50,
    ),
    Family.PAIR_RATE: Rule(
        Unit.SHARE,
        "by how much the share of actions that both sides told of may fall within an hour",
        0.2,
        0.02,
        1.0,
        window=HOUR,
        events=30,
    ),
    Family.PROBLEMS: Rule(
        Unit.SWITCH, "a problem is new, or was seen again after somebody had settled it"
    ),
    Family.UNDECIDED: Rule(Unit.SWITCH, "events are in REVIEW or INDETERMINATE"),
    Family.TEST_CODE_ON: Rule(
        Unit.SECONDS,
        "for how long events with a test code may keep coming",
        HOUR,
        15 * MINUTE,
        24 * HOUR,
        window=15 * MINUTE,
    ),
}
