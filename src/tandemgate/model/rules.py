"""What decides about one pixel's events, gathered from the settings once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tandemgate.model.consent import Policy
from tandemgate.model.instant import Seconds
from tandemgate.model.order import ValueRule
from tandemgate.model.visit import Lifetimes
from tandemgate.model.word import Word


class Wire(Word):
    """How phone digests are named on the wire: ``phone`` (live) or ``phone_number`` (guide)."""

    LIVE = "live"
    GUIDE = "guide"


class SameOrder(Word):
    """What happens to a second event_id for one order."""

    REFUSE = "refuse"
    SEND = "send"


class Bots(Word):
    """What happens to events whose user agent is a crawler's; see :mod:`tandemgate.core.bots`.

    ``auto`` is a setting alone: ``send`` where TikTok is a simulated one, else ``note``.
    """

    AUTO = "auto"
    NOTE = "note"
    SEND = "send"


class ExternalIdCase(Word):
    """Whether external_id keeps its case before hashing. It must match what the Pixel sends."""

    KEEP = "keep"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class PixelRules:
    """Everything that ``process`` needs to know about a pixel.

    ``custom_events`` is ``True`` (any name) or the names allowed beside TikTok's own. Of
    ``server_truth`` a browser's copy is evidence, and is never sent.
    ``fingerprint_key`` and ``blind_index_key`` are 32-byte keys of the store: for digests of
    contents, and for those by which a person's events are found.
    ``value_tolerance`` is the share of the value by which the contents' sum may differ from it.
    A TC string must hold the consent for all of ``tcf_vendors`` as well. ``event_names`` are what
    other systems call an action -> TikTok's name for it, "" where it is not to be sent, and
    ``value_rule`` what the value means where one of them tells the amounts of an order.
    ``consent_categories`` are those of their consent that decide about advertising.
    """

    pixel_id: str
    policy: Policy
    fingerprint_key: bytes = field(repr=False)
    blind_index_key: bytes = field(repr=False)
    wire: Wire = Wire.LIVE
    default_region: str | None = None
    phone_region: str | None = None
    custom_events: bool | frozenset[str] = False
    page_views: bool = False
    server_truth: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    external_id_case: ExternalIdCase = ExternalIdCase.KEEP
    same_order: SameOrder = SameOrder.REFUSE
    bots: Bots = Bots.NOTE
    event_age_limit: Seconds = 7 * 86400
    future_tolerance: Seconds = 300
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    tcf_vendors: frozenset[int] = frozenset()
    value_tolerance: float = 0.5
    event_names: Mapping[str, str] = field(default_factory=dict)
    value_rule: ValueRule = field(default_factory=ValueRule)
    consent_categories: frozenset[str] = frozenset({"Advertising", "Marketing", "C0004"})


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks that bound every send (seconds).

    ``dedup_window`` runs from the first copy that TikTok may have, less ``margin``;
    ``event_age_limit`` bounds what has no earlier copy.
    """

    dedup_window: Seconds = 48 * 3600
    margin: Seconds = 3600
    event_age_limit: Seconds = 7 * 86400
