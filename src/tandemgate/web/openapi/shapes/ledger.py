"""What is told of stored events: their stories, decisions about consent, and pairs."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from tandemgate.core.proof import Verdict
from tandemgate.model.consent import (
    Export,
    Flag,
    OnPersonalizationDenied,
    Profile,
    RegionClass,
    SaidIn,
)
from tandemgate.model.event import Channel, Source
from tandemgate.model.pair import Band, PairVerdict
from tandemgate.model.person import Presence
from tandemgate.model.state import State
from tandemgate.web.openapi.shapes.intake import Count, Finding, Moment, Problem


class Stated(Struct):
    """What was said about consent."""

    ad_user_data: Flag | None
    ad_personalization: Flag | None
    opt_out: bool
    child: bool


class ConsentSource(Struct):
    """What one source said, told by the digest of its string; the string itself is not kept."""

    source: SaidIn
    ad_user_data: Flag | None
    ad_personalization: Flag | None
    opt_out: bool
    digest: str | None
    unreadable: str | None


class Decision(Struct):
    """What was decided about an event, and by which rule of which policy."""

    region: str | None
    region_origin: str
    region_class: RegionClass
    ad_user_data: Flag | None
    ad_personalization: Flag | None
    derived: bool
    stated: Stated
    sources: list[ConsentSource]
    policy: str
    rule: str
    export: Export
    removed: list[str]
    truncate_ip: bool
    limited_data_use: bool
    cmp: str | None
    cmp_version: str | None
    collected_at: float | None
    decided_after_ms: int | None
    decided_at: Moment | None


class Attempt(Struct):
    """One attempt to send an event, with TikTok's answer if one came."""

    number: int
    batch_id: str
    batch_events: int
    sent_at: Moment
    answered_at: Moment | None
    http_status: int | None
    code: int | None
    message: str
    tiktok_request_id: str | None
    verdict: str
    latency_ms: int | None
    next_attempt_at: Moment | None


class OtherCopy(Struct):
    """The counterpart that was most likely meant."""

    event: str
    event_id: str | None
    at: Moment


class ServerSaid(Struct):
    """What the server's copy said about consent."""

    ad_user_data: Flag | None
    ad_personalization: Flag | None
    opt_out: bool


class BrowserSaid(ServerSaid):
    """What the browser said about consent; ``gpc`` is its ``Sec-GPC``."""

    gpc: bool


class BothSaid(Struct):
    """What each side said about consent, and where they differ."""

    server: ServerSaid | None
    browser: BrowserSaid | None
    differs: list[str]


class PairTold(Struct):
    """Whether the Pixel's copy and ours are counted once, and what mends it."""

    verdict: PairVerdict
    meaning: str
    fix: str
    gap_seconds: float | None
    band: Band | None
    band_meaning: str | None
    differs: list[str]
    other: OtherCopy | None
    server_at: Moment | None
    browser_at: Moment | None
    consent: BothSaid


class Pair(PairTold):
    """One action, and how its copies stand."""

    pixel_id: str
    event: str | None
    event_id: str | None


class PairSummary(Struct):
    """How many actions have which verdict."""

    since: Moment
    until: Moment | None
    actions: Count
    complete: bool
    pair_rate: float | None
    verdicts: dict[PairVerdict, Count]


class PairList(Struct):
    """A page of pairs, the newest first; the first page sums up."""

    summary: PairSummary | None
    pairs: list[Pair]
    next: str | None


class StoredEvent(Struct):
    """One stored event, without anything that names a person."""

    pixel_id: str
    event: str
    event_id: str
    event_time: int
    received_at: Moment
    updated_at: Moment
    source: Source
    verified: bool
    channel: Channel
    test_event_code: str
    revision: int
    advertiser_id: str
    state: State
    reason: str | None
    due_at: Moment | None
    event_source: Literal["web"]
    match_keys: dict[str, Presence]
    consent: Decision
    attempts: list[Attempt]
    findings: list[Finding]
    pair: PairTold
    replayable: bool
    replay_blockers: list[str]


class Hop(Struct):
    """One thing that happened to an event."""

    at: Moment
    stage: str
    detail: str


class Story(StoredEvent):
    """One event, hop by hop, the oldest first."""

    timeline: list[Hop]


class EventList(Struct):
    """A page of events, the newest first; ``next`` is the ``after`` of the page behind it."""

    events: list[StoredEvent]
    next: str | None


class Candidate(Struct):
    """One of several events with the same event_id."""

    pixel_id: str
    event: str
    channel: Channel
    state: State


class Ambiguous(Struct):
    """Several events have this event_id; ``pixel``, ``event`` and ``channel`` choose."""

    error: Literal["ambiguous"]
    problems: list[Problem]
    candidates: list[Candidate]


class Decided(Struct):
    """The decision about one event."""

    pixel_id: str
    event: str
    event_id: str
    channel: Channel
    event_time: int
    received_at: Moment
    source: Source
    verified: bool
    revision: int
    state: State
    reason: str | None
    consent: Decision
    dispatched_at: Moment | None


class DecisionList(Struct):
    """A page of decisions, the newest first."""

    decisions: list[Decided]
    next: str | None


class PolicyTold(Struct):
    """A consent policy as it was applied."""

    name: str
    since: Moment
    in_force: bool
    version: int | str
    consent_profile: Profile
    on_personalization_denied: OnPersonalizationDenied
    hold_for_consent: float
    governed_regions: list[str]
    edition: int


class PolicyOf(PolicyTold):
    """A policy of a pixel, with what it changed."""

    pixel_id: str
    changes: list[str]


class PolicyList(Struct):
    """Every policy that a pixel was ever decided by."""

    policies: list[PolicyOf]


class Again(Struct):
    """What comes of deciding again from what is stored."""

    verdict: Annotated[str, Meta(extra_json_schema={"enum": [*Verdict, "policy_unknown"]})]
    differences: list[str]
    asked_profile: str | UnsetType | None = UNSET


class ShortAttempt(Struct):
    """One attempt to send an event."""

    number: int
    batch_id: str
    sent_at: Moment
    code: int | None
    verdict: str
    tiktok_request_id: str | None


class Item(Struct):
    """The bytes that leave, told by their fields and their SHA-256."""

    fields: list[str]
    sha256: str


class Change(Struct):
    """How an event's consent changed."""

    at: Moment
    what: str
    detail: str


class Proof(Decided):
    """All that proves one decision."""

    rule_meaning: str
    policy: PolicyTold | None
    again: Again
    match_keys: dict[str, Presence]
    attempts: list[ShortAttempt]
    item: Item | None
    changes: list[Change]
    findings: list[Finding]


class ErasedCopy(Struct):
    """An event of which TikTok has or may have a copy."""

    pixel_id: str
    event: str
    event_id: str
    event_time: int
    state: State
    request_ids: list[str]


class Erased(Struct):
    """What was, or would be, erased."""

    executed: bool
    found: Count
    states: dict[State, Count]
    payloads: Count
    at_tiktok: list[ErasedCopy]
    wiped: bool | None
    more: bool


class Restated(Struct):
    """What a later word about consent changed, by what became of the person's events."""

    found: Count
    cancelled: Count
    released: Count
    tightened: Count
    suppressed: Count
    in_flight: Count
    delivered: Count
    unchanged: Count
    collected_at: Moment
