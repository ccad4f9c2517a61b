"""What a browser knew before a redirect dropped it, kept for the events that come later."""

from dataclasses import dataclass, field
from enum import StrEnum

from tandemgate.model.consent import Signals
from tandemgate.model.instant import Epoch, Seconds


class Reference(StrEnum):
    """The kinds of things that a visit leads to; a context is looked for in this order."""

    ORDER = "order"
    CHECKOUT = "checkout"
    CART = "cart"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Seen:
    """One value, and when the browser showed it."""

    value: str = field(repr=False)
    at: Epoch


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the visitor said about consent, and when that was heard."""

    signals: Signals
    at: Epoch


@dataclass(frozen=True, slots=True)
class Visit:
    """What the browser of one session showed, each value as it was last seen.

    ``trial`` is the test session that it takes part in, and since when.
    ``ad_at`` is when it last came from an ad, as far as its addresses tell. ``email``, ``phone``
    and ``external_id`` are digests of what the page said about its visitor.
    """

    ttclid: Seen | None = None
    ttp: Seen | None = None
    ip: Seen | None = None
    user_agent: Seen | None = None
    url: Seen | None = None
    agreed: Agreed | None = None
    trial: Seen | None = None
    ad_at: Epoch | None = None
    email: Seen | None = None
    phone: Seen | None = None
    external_id: Seen | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A cart, checkout, order or lead of one pixel's shop. ``verified``: a server named it."""

    pixel_id: str
    kind: Reference
    value: str = field(repr=False)
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """By what an event's visit may be found: its session, else what it refers to."""

    pixel_id: str
    session: str | None = field(default=None, repr=False)
    refs: tuple[tuple[Reference, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A visit, by what it was found (``session``, ``order``, …), and the moment that ages count to.

    With those at other hosts that it follows.

    Ages run to the moment at which an order or checkout was bound, since its payment may come days
    later; else to now. ``trace`` is the one that the session's events have.
    """

    visit: Visit
    by: str
    as_of: Epoch
    trace: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How old a value of a visit may be to be filled in (seconds)."""

    click: Seconds = 28 * 86_400.0
    device: Seconds = 86_400.0
