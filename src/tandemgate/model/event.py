"""The action itself: as it was reported, what identifies it, and what is safe to store."""

from collections.abc import Mapping

import msgspec

from tandemgate.model.consent import Decision, Signals
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.money import Money
from tandemgate.model.person import Identifiers, MatchKey, Presence
from tandemgate.model.word import Word


class Channel(Word):
    """Live and test events are kept apart, so a test order never swallows a live one."""

    LIVE = "live"
    TEST = "test"


class Source(Word):
    """Who reported an event."""

    BACKEND = "backend"
    ALIAS = "alias"
    BROWSER = "browser"
    SEGMENT = "segment"
    GA4 = "ga4"
    SHOPIFY = "shopify"
    STRIPE = "stripe"
    WOOCOMMERCE = "woocommerce"


class EventKey(msgspec.Struct, frozen=True, gc=False):
    """K: what makes two reports the same event. TikTok deduplicates by the first three."""

    pixel_id: str
    event: str
    event_id: str
    channel: Channel = Channel.LIVE


class Lane(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """What may share a request: one pixel, and one test_event_code ("" for live traffic)."""

    pixel_id: str
    test_event_code: str = ""

    @property
    def channel(self) -> Channel:
        """The channel that this lane's events are keyed by."""
        return Channel.TEST if self.test_event_code else Channel.LIVE


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """TikTok's request envelope as it was received, its events still raw JSON values.

    ``repeated_keys`` are the JSON pointers of keys that one object gave twice; JSON parsers keep
    the last of them silently, which must never turn a denial into a grant.
    """

    event_source: object
    event_source_id: object
    test_event_code: object
    data: tuple[object, ...]
    repeated_keys: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Print how many events it holds, and nothing of them."""
        return f"Envelope(events={len(self.data)})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """The same, for rich."""
        return [("events", len(self.data))]


class Fallback(msgspec.Struct, frozen=True, gc=False):
    """By what a report goes where nothing names its action; ``finding`` says what that costs."""

    event_id: str
    finding: Finding


class RawEvent(msgspec.Struct, frozen=True, gc=False):
    """One reported action before anything about it is known to be true.

    ``item`` is TikTok's ``data[]`` item as decoded JSON, or as a :class:`Reported` where it was
    odd in no way. It may hold plain identifiers, so a RawEvent lives in the request handler's frame
    only. ``pointer`` is where it stood (``/data/3``). ``problems`` is what is wrong with the
    envelope it came in, which no event survives; ``findings`` are remarks of whoever wrote it down.
    ``rehearsal``: the system that reports it calls it a test, so it is never live. ``amends``: it
    tells how things stand now, and overrules what the same system told before while that waits.
    ``payment`` is the payment that it tells of; there is one event of each.
    ``fallback`` names it where nothing that it says does.
    """

    lane: Lane
    index: int
    pointer: str
    item: object
    source: Source
    verified: bool
    repeated_keys: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    rehearsal: bool = False
    amends: bool = False
    fallback: Fallback | None = None
    payment: str | None = None

    def __repr__(self) -> str:
        """Print where it stood, and nothing of the item."""
        return f"RawEvent(lane={self.lane!r}, pointer={self.pointer!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """The same, for rich."""
        return [("lane", self.lane), ("pointer", self.pointer)]


class Content(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One product line. ``price`` is per unit, in the event's currency."""

    content_id: str
    quantity: int | None = None
    price: float | int | None = None
    content_name: str | None = None
    content_category: str | None = None
    brand: str | None = None


class Commerce(msgspec.Struct, frozen=True, gc=False):
    """What the action was worth.

    ``value`` is the order total in ``currency`` (ISO 4217), never rounded. ``other`` holds the
    further properties that TikTok documents (content_type, query, description, …), checked and
    ready for the wire.
    """

    value: float | int | None = None
    currency: str | None = None
    order_id: str | None = None
    contents: tuple[Content, ...] = ()
    other: Mapping[str, object] = {}


class Page(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where the action happened; query parameters are reduced to an allow-list when parsed."""

    url: str | None = None
    referrer: str | None = None


class Reported(msgspec.Struct, frozen=True, gc=False):
    """One action, typed: every field has the right shape, nothing is normalized or decided yet.

    ``event`` is "" and ``event_time`` is 0 where they were missing or unreadable; then a problem
    says so and the action goes no further, but everything else about it can still be checked.
    ``signals`` are what the fields state; ``strings`` are those of consent platforms, by their
    field's name, and not decoded yet.
    """

    event: str
    event_id: str | None
    event_time: int
    person: Identifiers
    commerce: Commerce
    page: Page
    signals: Signals
    limited_data_use: bool | None = None
    phone_region: str | None = None
    session: str | None = None
    refs: Mapping[str, str] = {}
    lead: Mapping[str, str] = {}
    strings: Mapping[str, str] = {}
    fallback: Fallback | None = None

    def __repr__(self) -> str:
        """Print by what the action goes, and nothing that its person or their browser said."""
        return f"Reported(event={self.event!r}, event_id={self.event_id!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """The same, for rich."""
        return [("event", self.event), ("event_id", self.event_id)]


class Fingerprint(msgspec.Struct, frozen=True, gc=False):
    """Short keyed digests (8 bytes) of the fields by which two copies of one event can contradict.

    Field name -> digest; a field that the copy does not state is absent.
    """

    fields: Mapping[str, bytes]

    def differs_in(self, other: "Fingerprint") -> tuple[str, ...]:
        """Names of the fields that both state and that differ, in alphabetical order."""
        shared = self.fields.keys() & other.fields.keys()
        return tuple(sorted(name for name in shared if self.fields[name] != other.fields[name]))


class Event(msgspec.Struct, frozen=True, gc=False):
    """An action that is safe to store: no plain identifier is left in it.

    ``wire`` is TikTok's ``data[]`` item as UTF-8 JSON, made once and joined into requests as it is;
    it is empty when the decision lets nothing leave. ``event_time`` is in Unix seconds.
    ``order`` and ``action`` are keyed 16-byte digests: the same order under another event_id, and
    the same action of the same session, are found by them. ``decided_at`` is when the decision that
    stands was made, ``None`` for when the event was received. ``traces`` are keyed 8-byte digests
    by which whoever acted can have it withdrawn or erased. ``struck`` names the reason why nothing
    of an arriving event may leave although its decision would let it. ``worth`` is the value that
    TikTok is told. ``order_repeats`` says that another event_id for its order is no contradiction.
    ``amends`` says that it overrules what the same system told before, while that waits.
    ``paid_once`` says that its action is a payment, so another event_id for it is a contradiction.
    """

    key: EventKey
    lane: Lane
    event_time: int
    received_at: Epoch
    source: Source
    verified: bool
    decision: Decision
    presence: Mapping[MatchKey, Presence]
    findings: tuple[Finding, ...]
    fingerprint: Fingerprint
    wire: bytes
    order: bytes | None = None
    action: bytes | None = None
    held_until: Epoch | None = None
    decided_at: Epoch | None = None
    traces: tuple[bytes, ...] = ()
    struck: str | None = None
    worth: Money | None = None
    order_repeats: bool = False
    amends: bool = False
    paid_once: bool = False

    def __repr__(self) -> str:
        """Print by what the event goes and what was decided, and nothing of its wire."""
        told = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"Event({told})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """The same, for rich."""
        names = (name for name in self.__struct_fields__ if name != "wire")
        return [(name, getattr(self, name)) for name in names]
