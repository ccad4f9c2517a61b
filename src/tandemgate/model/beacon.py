"""What the browser script hands in: the calls of one page, in one small request."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct, field

CallType: TypeAlias = Literal["track", "pixel", "page", "attach", "consent", "identify", "link"]


class Call(Struct, frozen=True, rename={"kind": "type"}):
    """One thing that happened on the page, at ``at`` (milliseconds of the browser's clock).

    ``kind`` ``pixel`` is a call of TikTok's Pixel that the script saw; without an ``event_id``
    there is nothing by which it could be found again. A ``link`` brings the ``token`` that led to
    the page, or asks for one for the next link to another host. ``user`` counts in an ``identify``.
    """

    kind: CallType
    event: str | None = None
    event_id: str | None = None
    at: float | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    page: dict[str, Any] = field(default_factory=dict)
    ttclid: str | None = None
    ttp: str | None = None
    refs: dict[str, Any] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)
    token: str | None = None


class Beacon(Struct, frozen=True):
    """One request of the script. ``sent_at`` is in milliseconds of the browser's clock.

    ``key`` is the public key of the page; ``session`` the visit where no cookie may be set;
    ``test`` the ticket of a browser that came by a test's link, for where no cookie travels.
    """

    key: str
    events: list[Call]
    session: str | None = None
    test: str | None = None
    sent_at: float | None = None
    consent: dict[str, Any] = field(default_factory=dict)
