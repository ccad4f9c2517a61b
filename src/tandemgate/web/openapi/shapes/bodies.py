"""What is handed in where the careful reader reads it, which takes more than these types say.

What it takes besides, it takes with a finding; what a body misses or has too much, it names.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from tandemgate.core.wellformed import Consent, Event
from tandemgate.model.consent import Flag


class Events(Struct):
    """TikTok's own envelope. An empty ``data`` proves key and pixel."""

    event_source: Literal["web"]
    event_source_id: Annotated[
        str, Meta(description="The pixel's id", pattern="^[A-Za-z0-9_-]{1,64}$")
    ]
    data: Annotated[list[Event], Meta(max_length=1000)]
    test_event_code: str | None = None


class Call(Struct):
    """One call as clients of Segment and RudderStack make it; more may be in it."""

    type: str | None = None
    event: str | None = None
    userId: str | None = None  # noqa: N815 - theirs
    anonymousId: str | None = None  # noqa: N815
    messageId: str | None = None  # noqa: N815
    timestamp: str | None = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class LibraryTarget(Struct):
    """Where a page's library sends its calls."""

    apiKey: str  # noqa: N815 - theirs
    apiHost: str  # noqa: N815
    protocol: str


class LibraryMetrics(Struct):
    """The share of what the library counts about itself that it tells."""

    sampleRate: float  # noqa: N815 - theirs


class LibrarySettings(Struct):
    """What Segment's library for pages starts with."""

    integrations: dict[str, LibraryTarget]
    metrics: LibraryMetrics


class Calls(Struct):
    """Several calls."""

    batch: Annotated[list[Call], Meta(max_length=1000)]


class ReportedEvent(Struct):
    """One event as Google's Measurement Protocol has it."""

    name: str
    params: dict[str, Any] | None = None
    timestamp_micros: int | None = None


class Report(Struct):
    """What clients of Google's Measurement Protocol send; more may be in it."""

    events: Annotated[list[ReportedEvent], Meta(max_length=1000)]
    client_id: str | None = None
    user_id: str | None = None
    timestamp_micros: int | None = None
    user_data: dict[str, Any] | None = None
    consent: dict[str, Any] | None = None
    non_personalized_ads: bool | None = None
    user_location: dict[str, Any] | None = None
    ip_override: str | None = None
    user_agent: str | None = None
    device: dict[str, Any] | None = None
    validation_behavior: str | None = None


class Delivered(Struct):
    """What a shop system sends of an order, or of anything else; every field is its own."""


class Person(Struct, forbid_unknown_fields=True):
    """Whose events are meant: raw or hashed, one or several."""

    email: str | list[str] | None = None
    phone: str | list[str] | None = None
    phone_number: str | list[str] | None = None
    external_id: str | int | list[str | int] | None = None


class StatementBody(Struct, forbid_unknown_fields=True):
    """A decision that comes after the event, or a withdrawal; and whose events are meant."""

    user: Person | None = None
    session: str | None = None
    region: str | None = None
    event_source_id: str | None = None
    consent: Consent | None = None
    ad_user_data: Flag | None = None
    ad_personalization: Flag | None = None
    collected_at: float | str | None = None


class ErasureBody(Struct, forbid_unknown_fields=True):
    """Whose events are erased; unless ``execute``, the answer says what would be."""

    user: Person | None = None
    session: str | None = None
    region: str | None = None
    reason: str | None = None
    execute: bool | None = None
