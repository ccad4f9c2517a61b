"""What is told of how the gateway works, and of what people decide."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from tandemgate.catalog.alerts import Unit
from tandemgate.model.alert import Family
from tandemgate.model.delivery import HoldCause
from tandemgate.model.event import Channel
from tandemgate.model.key import KeyKind, Scope
from tandemgate.model.state import State
from tandemgate.web.openapi.shapes.intake import Count, Moment


class Percentiles(Struct):
    """How long something took, in milliseconds."""

    count: Count
    p50: float | None
    p95: float | None
    p99: float | None


class Figures(Struct):
    """What waits, and what comes and goes."""

    waiting: Count
    oldest_waiting_at: Moment | None
    in_per_minute: float
    out_per_minute: float
    answer_ms: Percentiles
    delivered_ms: Percentiles


class Paused(Struct):
    """Whether a pixel is paused, since when and why."""

    pixel_id: str
    paused: bool
    paused_since: Moment | None
    paused_reason: str


class Breaker(Struct):
    """Whether a lane's events may leave."""

    state: Literal["held", "resting", "starting", "passing"]
    probes: Count


class Limiter(Struct):
    """How fast a lane's events may leave."""

    requests_per_second: float | None
    pause_seconds: float


class TokenUsed(Struct):
    """The token that a pixel uses; its last characters are told to an admin alone."""

    tail: str | None
    since: Moment
    age_seconds: int
    source: Literal["settings", "store"]
    refused_since: Moment | None


class LaneTold(Figures):
    """How one lane stands and goes."""

    pixel_id: str
    channel: Channel
    test_event_code: str
    paused: bool
    paused_since: Moment | None
    paused_reason: str
    held: bool
    cause: HoldCause | None
    message: str
    since: Moment | None
    next_probe_at: Moment | None
    in_flight: Count
    concurrency: Count
    requests_per_second: float | None
    breaker: Breaker
    limiter: Limiter
    token: TokenUsed | None


class DeliveryTold(Struct):
    """How each lane stands, what is paused, and which pixels can't send."""

    now: Moment
    window_seconds: float
    sum: Figures
    lanes: list[LaneTold]
    paused: list[Paused]
    pixels_without_token: list[str]


class StateCount(Struct):
    """How many stored events stand so."""

    pixel_id: str
    event: str
    channel: Channel
    state: str
    reason: str | None
    count: int


class ReceivedCount(Struct):
    """How many received events were answered so."""

    pixel_id: str
    event: str
    channel: Channel
    outcome: str
    reason: str | None
    count: int


class Stats(Struct):
    """Counts of everything that was received and stored; an imbalance other than 0 is a fault."""

    ledger_imbalance: int
    recorded: Count
    oldest_pending_at: Moment | None
    states: list[StateCount]
    received: list[ReceivedCount]


class Sign(Struct):
    """Something that wants an operator's eye."""

    reason: str
    urgent: bool
    pixel_id: str | None
    detail: str
    count: int | None
    since: Moment | None
    fix: str


class Attention(Struct):
    """What wants an operator's eye, the urgent first; ``now`` is the gateway's clock."""

    now: Moment
    version: str
    attention: list[Sign]


class AlertTold(Struct):
    """One alert, and whether it was told."""

    family: Family
    pixel_id: str | None
    about: str | None
    urgent: bool
    title: str
    said: str
    fix: str
    began_at: Moment
    ended_at: Moment | None
    began_told_at: Moment | None
    ended_told_at: Moment | None
    waits_to_be_told: bool
    muted: bool
    given_up_at: Moment | None


class Watched(Struct):
    """A kind of alert, and the number at which it begins."""

    family: Family
    on: bool
    number: float | None
    unit: Unit
    window_seconds: float | None
    events: int | None
    urgent: bool
    meaning: str


class Failing(Struct):
    """Since when the receiver of alerts takes nothing, and why."""

    since: Moment
    why: str
    messages: Count


class Muted(Struct):
    """Alerts of which nobody hears that they begin; without ``pixel_id`` those of every pixel."""

    family: Family
    pixel_id: str | None
    since: Moment
    until: Moment | None
    by: str
    note: str | None


class Unmuted(Struct):
    """A mute that was ended."""

    family: Family
    pixel_id: str | None


class AlertList(Struct):
    """Alerts that are open, those of the last week, and what is watched for."""

    receiver: bool
    failing: Failing | None
    open: list[AlertTold]
    over: list[AlertTold]
    muted: list[Muted]
    watched: list[Watched]


class AlertTried(Struct):
    """Whether the receiver of alerts took a message."""

    told: bool
    why: str | None


class TokenTold(Struct):
    """A token, by its last four characters."""

    pixel_id: str
    tail: str
    since: Moment
    source: Literal["settings", "store"]
    used: bool


class TokenList(Struct):
    """Every token; of each pixel the first is used."""

    tokens: list[TokenTold]


class KeyTold(Struct):
    """A key, and what it opens."""

    name: str
    kind: KeyKind
    pixels: list[str]
    scopes: list[Scope]
    origins: list[str]
    max_requests_per_second: float
    source: Literal["settings", "store"]
    tail: str
    public: str | None
    since: Moment | None
    until: Moment | None
    counts: bool
    last_used_at: Moment | None


class KeyList(Struct):
    """Every key: those of the settings, and those that were made."""

    keys: list[KeyTold]


class KeyMade(Struct):
    """A new key. Its text is shown this once."""

    name: str
    kind: KeyKind
    secret: str


class KeyExchanged(Struct):
    """A key's new text, shown this once, and until when the old one counts."""

    name: str
    secret: str
    old_until: Moment


class KeyRevoked(Struct):
    """How many texts of the key were ended."""

    name: str
    revoked: Annotated[int, Meta(ge=1)]


class Act(Struct):
    """What somebody decided."""

    at: Moment
    who: str
    what: str
    pixel_id: str | None
    reason: str
    counts: dict[str, int]


class ActList(Struct):
    """A page of the audit log, the newest first."""

    acts: list[Act]
    next: str | None


class Replayed(Struct):
    """What was sent again, or would be, and why the others were not."""

    executed: bool
    looked_at: Count
    sent: Count
    refused: dict[str, Count]
    may_be_counted_twice: Count
    pixel_copy_unknown: Count
    more: bool
    as_of: float


class Settled(Struct):
    """Where the event stood, and stands."""

    event_id: str
    pixel_id: str
    event: str
    was: State
    state: State


class Name(Struct):
    """An event name, when each side used it last, and how it stands."""

    pixel_id: str
    event: str
    standard: bool
    verdict: str
    other: str | None
    gateway_at: Moment | None
    source: str | None
    pixel_at: Moment | None
    meaning: str
    fix: str | UnsetType | None = UNSET


class NameList(Struct):
    """The event names of each pixel, what is to be mended first."""

    since: Moment
    names: list[Name]
