"""What is told of problems, of match quality, and of the order system's books."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from tandemgate.model.event import Channel
from tandemgate.model.order import Judged, OrderOutcome, OrderRemark
from tandemgate.model.problem import Origin, Severity, Status
from tandemgate.model.setup import Prerequisite, Rung
from tandemgate.web.openapi.shapes.intake import Count, Moment, Problem, Share


class Readings(Struct):
    """What a code of TikTok's means, by three sources."""

    guide: str
    sdk: str
    peers: str


class Lately(Struct):
    """How often it happened, and among how many events."""

    count: Count
    received: Count | None
    share: Share | None


class Sample(Struct):
    """One event that had the problem."""

    at: Moment
    event_id: str | None
    pointer: str | None
    received: str | None
    expected: str | None
    message: str | None
    tiktok_request_id: str | None


class ProblemGroup(Struct):
    """What goes wrong again and again: what, where, how often, since when, and what mends it."""

    id: str
    status: Status
    severity: Severity
    pixel_id: str
    channel: Channel
    event: str | None
    source: str | None
    origin: Origin
    code: int | None
    reason: str
    field: str | None
    gathers_others: bool
    title: str
    meaning: str
    readings: Readings | None
    check: str
    fix: str
    docs_url: str
    counted: Literal["events", "answers"]
    first_seen: Moment
    last_seen: Moment
    last_24h: Lately
    since_first_seen: Lately
    sample: Sample
    resolved_at: Moment | None
    muted_at: Moment | None
    muted_until: Moment | None
    returned_at: Moment | None
    returns: Count
    note: str
    by: str


class ProblemCounts(Struct):
    """How many problems there are."""

    open: dict[Severity, Count]
    muted: Count
    resolved: Count


class ProblemList(Struct):
    """A page of problems, the worst first."""

    problems: list[ProblemGroup]
    next: str | None
    counts: ProblemCounts


class Interval(Struct):
    """An estimate, as an interval of shares."""

    low: float
    mid: float
    high: float


class Score(Struct):
    """What TikTok's Events Manager showed on a day."""

    date: str
    score: Annotated[float, Meta(ge=0, le=10)]
    noted_at: Moment
    who: str


class ScoreNoted(Score):
    """A score that was noted."""

    pixel_id: str
    event: str


class Weight(Struct):
    """How much a lever weighs, at least and at most."""

    low: float
    high: float


class Parts(Struct):
    """In how many events a key was sent, kept back, missing or unusable."""

    sent: Count
    suppressed: Count
    missing: Count
    invalid: Count


class Cause(Struct):
    """Why a key is not there."""

    key: str | None
    reason: str
    title: str
    count: Count
    share: Share
    fix: str


class LeverTold(Parts):
    """One of the things that raise match quality."""

    lever: str
    title: str
    keys: list[str]
    weight: Weight
    coverage: Share
    causes: list[Cause]
    fix: str


class QualityDay(Struct):
    """One UTC day."""

    date: str
    events: Count
    leaving: Count
    index: Interval | None
    keys: dict[str, Parts]


class QualityOf(Struct):
    """The match quality of one event name."""

    pixel_id: str
    pixel: str
    event: str
    events: Count
    leaving: Count
    index: Interval | None
    scores: list[Score]
    levers: list[LeverTold]
    keys: dict[str, Parts]
    ttclid_of_ads: Parts
    stayed: list[Cause]
    notes: list[str]
    days: list[QualityDay]


class QualityList(Struct):
    """Which match keys events carried, by event name and day."""

    since: Moment
    until: Moment
    channel: Channel
    about: str
    events: list[QualityOf]
    note: str | None


class Standing(Struct):
    """A prerequisite of a setup: whether it is there, by what was seen or by a person's word."""

    name: Prerequisite
    title: str
    stands: Literal["open", "confirmed", "proven"]
    at: Moment | None
    by: str | None
    done: str
    fix: str


class RungTold(Struct):
    """A rung of the ladder to full match quality, lit by the event that was seen."""

    name: Rung
    title: str
    lit: bool
    at: Moment | None
    event: str | None
    event_id: str | None
    done: str
    fix: str


class SetupOf(Struct):
    """How far the setup of one pixel has come."""

    pixel_id: str
    prerequisites: list[Standing]
    ladder: list[RungTold]


class SourceHeard(Struct):
    """When a shop system was last heard since the start, and why its last delivery was refused."""

    name: str
    address: str
    heard_at: Moment | None
    refused: str | None


class SetupList(Struct):
    """How far each setup has come."""

    pixels: list[SetupOf]
    sources: list[SourceHeard]


class Terms(Struct):
    """What a comparison with an order system needs."""

    pixel_id: str
    value_rule: str
    amounts: list[str]
    at_least: float
    events: list[str]
    most_orders: int


class OutcomeMoney(Struct):
    """Orders of one outcome."""

    orders: Count
    total: str


class Money(Struct):
    """What became of the money of one currency, as decimals."""

    orders: Count
    total: str
    may_leave: str
    delivered: str
    difference: str
    share: Share | None
    copies_beside: str
    extra: str
    outcomes: dict[OrderOutcome, OutcomeMoney]


class Reckoned(Struct):
    """The sums of a comparison."""

    orders: Count
    equals: bool
    outcomes: dict[OrderOutcome, Count]
    remarks: dict[OrderRemark, Count]
    may_leave: Count
    share: Share | None
    least_share: Share | None
    extra: Count
    copies_beside: Count
    money: dict[str, Money]


class Reconciled(Struct):
    """What became of each order; ``problems`` are orders that could not be read."""

    pixel_id: str
    value_rule: str
    results: list[Judged]
    problems: list[Problem]
    summary: Reckoned
