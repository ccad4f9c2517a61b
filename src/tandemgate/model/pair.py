"""Two copies of one action, the Pixel's and ours, and whether TikTok counts them once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tandemgate.model.consent import Flag
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
    KEPT_BACK = "kept_back"
    SERVER_ONLY = "server_only"
    BROWSER_ONLY = "browser_only"


class Band(StrEnum):
    """What TikTok does with the second of two copies under one key, by the time between them."""

    MERGED = "merged"
    DROPPED = "dropped"
    COUNTED_TWICE = "counted_twice"


@dataclass(frozen=True, slots=True)
class Stance:
    """What one side said about consent; a flag that it did not state is ``None``.

    ``opt_out`` is any objection to sale and sharing, ``gpc`` the one that the browser itself sends
    with every request (``Sec-GPC: 1``), whatever was clicked.
    """

    ad_user_data: Flag | None = None
    ad_personalization: Flag | None = None
    opt_out: bool = False
    gpc: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """One side's copy of an action, without anything that names a person.

    ``at`` is when TikTok may first have had it, ``happened_at`` when the action took place, which
    for a server's copy may be long before. ``event_id`` is ``None`` for a call of the Pixel that
    carried none. ``session`` is a trace of the visit, where it is known; see
    :mod:`tandemgate.core.traces`. ``said`` is what that side said about consent. ``kept`` tells of
    a copy of ours that never left and will not by itself, so that TikTok has none of it.
    """

    event: str
    event_id: str | None
    at: Epoch
    happened_at: Epoch
    fingerprint: Fingerprint
    session: bytes | None = field(default=None, repr=False)
    said: Stance = Stance()
    kept: bool = False


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

    ``arrived_at`` is when the report came. ``order`` and ``action`` are keyed digests as an
    :class:`tandemgate.model.event.Event` has them, by which the server's copy is found under
    another event_id. ``channel`` is that of the visit, since the Pixel itself knows of no test.
    """

    pixel_id: str
    arrived_at: Epoch
    copy: Copy
    order: bytes | None = None
    action: bytes | None = None
    channel: Channel = Channel.LIVE


@dataclass(frozen=True, slots=True)
class Nameless:
    """An action that a server reported without an event_id: by what the Pixel's call is found.

    ``order`` is a digest as in :class:`Evidence`, ``session`` a trace of the visit. ``derived`` is
    the event_id that it gets when no call is found.
    """

    pixel_id: str
    event: str
    happened_at: Epoch
    order: bytes | None = None
    session: bytes | None = None
    derived: str | None = None
    channel: Channel = Channel.LIVE


class FoundBy(StrEnum):
    """By what an event_id was found for an action that came without one, the surest first."""

    LEDGER = "ledger"
    ORDER = "order"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Name:
    """An event_id that an action without one may have.

    Found in the ``LEDGER`` means that a copy of ours bears the derived one; else a call of the
    Pixel bears it, made at ``at``. ``stored`` is the event_time of the server's report that bears
    it already, ``None`` where none does.
    """

    event_id: str
    by: FoundBy
    at: Epoch
    fingerprint: Fingerprint
    stored: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list of pairs: before which stored event, and before which evidence."""

    event: int | None = None
    evidence: int | None = None


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Which pairs a list shows; ``None`` means any. ``pixels`` are those the asking key may see.

    ``since`` (from it on) and ``until`` (before it) are about when a copy came to the gateway.
    """

    pixel_id: str | None = None
    event: str | None = None
    after: Place = Place()
    pixels: frozenset[str] | None = None
    since: Epoch | None = None
    until: Epoch | None = None
    channel: Channel = Channel.LIVE


@dataclass(frozen=True, slots=True)
class Sides:
    """What is known of both sides of one action. ``near`` may be what the missing one became.

    ``earlier`` are copies that the side of one of the two sent before, of the same visit and event.
    ``place`` is where a list goes on after it.
    """

    pixel_id: str
    server: Copy | None
    browser: Copy | None
    near: tuple[Copy, ...] = ()
    earlier: tuple[Copy, ...] = ()
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class PairPage:
    """A page of the list of pairs; it goes on at ``place``, ``None`` at the end of the list."""

    sides: tuple[Sides, ...]
    place: Place | None


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How many actions have which verdict, by pixel, and how many both sides told of ``once``.

    Those are the ones that TikTok counts once. Not ``complete``: there are older ones.
    """

    verdicts: Mapping[tuple[str, PairVerdict], int]
    once: int
    complete: bool
