"""Two copies of one action, the Pixel's and ours, and whether TikTok counts them once."""

from dataclasses import dataclass, field
from enum import StrEnum

from tandemgate.model.event import Channel, Fingerprint
from tandemgate.model.instant import Epoch, Seconds


class PairVerdict(StrEnum):
    """What became of a copy and its counterpart."""

    PAIRED = "paired"
    CONTENT_DIFFERS = "content_differs"
    ID_REUSED = "id_reused"
    NAME_MISMATCH = "name_mismatch"
    CASE_MISMATCH = "case_mismatch"
    ID_MISMATCH = "probable_id_mismatch"
    DOUBLE_FIRE = "double_fire"
    SERVER_ONLY = "server_only"
    BROWSER_ONLY = "browser_only"


class Band(StrEnum):
    """What TikTok does with the second of two copies under one key, by the time between them."""

    MERGED = "merged"
    DROPPED = "dropped"
    COUNTED_TWICE = "counted_twice"


@dataclass(frozen=True, slots=True)
class Copy:
    """One side's copy of an action, without anything that names a person.

    ``at`` is when TikTok may first have had it, ``happened_at`` when the action took place, which
    for a server's copy may be long before. ``event_id`` is ``None`` for a call of the Pixel that
    carried none. ``session`` is a trace of the visit, where it is known; see
    :mod:`tandemgate.core.traces`.
    """

    event: str
    event_id: str | None
    at: Epoch
    happened_at: Epoch
    fingerprint: Fingerprint
    session: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Pair:
    """How a copy stands to the other side's.

    ``gap`` is the time between the two (seconds, never negative) and ``band`` what follows from it,
    both ``None`` where there is no counterpart. ``other`` is the counterpart that was most likely
    meant. ``differs`` names the fields that both state and that differ.
    """

    verdict: PairVerdict
    gap: Seconds | None = None
    band: Band | None = None
    other: Copy | None = None
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A call of the Pixel that a page reported: most likely TikTok has this copy.

    ``arrived_at`` is when the report came; ``channel`` is that of the visit, since the Pixel itself
    knows of no test.
    """

    pixel_id: str
    arrived_at: Epoch
    copy: Copy
    channel: Channel = Channel.LIVE


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list of pairs: before which stored event, and before which evidence."""

    event: int | None = None
    evidence: int | None = None


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Which pairs a list shows; ``None`` means any. ``pixels`` are those the asking key may see."""

    pixel_id: str | None = None
    event: str | None = None
    after: Place = Place()
    pixels: frozenset[str] | None = None
    channel: Channel = Channel.LIVE


@dataclass(frozen=True, slots=True)
class Sides:
    """What is known of both sides of one action. ``near`` may be what the missing one became.

    ``place`` is where a list goes on after it.
    """

    pixel_id: str
    server: Copy | None
    browser: Copy | None
    near: tuple[Copy, ...] = ()
    place: Place = Place()
