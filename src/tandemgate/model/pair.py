"""Two copies of one action, the Pixel's and ours, and whether TikTok counts them once."""

from dataclasses import dataclass, field
from enum import StrEnum

from tandemgate.model.event import Fingerprint
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

    ``at`` is when TikTok may first have had it. ``event_id`` is ``None`` for a call of the Pixel
    that carried none. ``session`` is a keyed digest of the visit, where it is known.
    """

    event: str
    event_id: str | None
    at: Epoch
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
