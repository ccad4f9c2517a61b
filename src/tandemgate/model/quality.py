"""How many events carried which match key, and what is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tandemgate.model.event import Channel
from tandemgate.model.instant import Epoch
from tandemgate.model.person import MatchKey, Presence


@dataclass(frozen=True, slots=True)
class Covered:
    """So many events of one name and UTC day (counted from 1970-01-01) are alike in all of this.

    ``presence`` says of each match key what became of it. ``paid``: the visit came from an ad, as
    far as anything tells.
    """

    pixel_id: str
    event: str
    day: int
    presence: Mapping[MatchKey, Presence]
    paid: bool
    count: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Why so many events lack a match key, or with ``None`` for the key, why all of them stayed."""

    pixel_id: str
    event: str
    day: int
    key: MatchKey | None
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was counted of some events."""

    covered: tuple[Covered, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverageFilter:
    """Which events are counted; ``None`` means any. ``first`` and ``last`` are UTC days, inclusive.

    ``pixels`` are those that the asking key may see.
    """

    first: int
    last: int
    pixel_id: str | None = None
    event: str | None = None
    channel: Channel = Channel.LIVE
    pixels: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """An Event Match Quality that somebody read in TikTok's Events Manager on a UTC day, 0 to 10.

    ``who`` is the name of the key by which it was noted.
    """

    pixel_id: str
    event: str
    day: int
    value: float
    noted_at: Epoch
    who: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Events by what became of a match key, or of the keys of a lever; each is in one part."""

    sent: int = 0
    suppressed: int = 0
    missing: int = 0
    invalid: int = 0

    @property
    def events(self) -> int:
        """All of them."""
        return self.sent + self.suppressed + self.missing + self.invalid

    @property
    def open(self) -> int:
        """Those in which something is to be mended; what consent kept back is no fault."""
        return self.missing + self.invalid


@dataclass(frozen=True, slots=True)
class Interval:
    """Shares of 1: ``mid`` by the middle of each weight, the ends by what any weights could say."""

    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True)
class Cause:
    """Why ``count`` events lack ``key``; ``None`` for the key: why all of each stayed here."""

    key: MatchKey | None
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class LeverCoverage:
    """How far one lever is pulled. ``coverage`` is its share of the events that left."""

    name: str
    parts: Breakdown
    coverage: float
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """One UTC day of an event name."""

    day: int
    events: int
    leaving: int
    index: Interval | None
    keys: Mapping[MatchKey, Breakdown]


@dataclass(frozen=True, slots=True)
class EventQuality:
    """What the events of one name carried in a range of days.

    ``leaving`` are those of which anything left, and only they count for ``index``, which is
    ``None`` where there are none. ``paid`` says of the events whose visit came from an ad what
    became of their ttclid. ``stayed`` is why the others stayed, ``notes`` what to beware of.
    """

    pixel_id: str
    event: str
    events: int
    leaving: int
    keys: Mapping[MatchKey, Breakdown]
    paid: Breakdown
    levers: tuple[LeverCoverage, ...]
    index: Interval | None
    stayed: tuple[Cause, ...] = ()
    notes: tuple[str, ...] = ()
    days: tuple[DayCoverage, ...] = field(default=())
