"""Sending: what is taken from the ledger, what TikTok said, and what that means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from tandemgate.model.event import EventKey, Lane
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.rules import Clocks
from tandemgate.model.secret import Secret
from tandemgate.model.state import State
from tandemgate.model.word import Word


class Due(msgspec.Struct, frozen=True, gc=False):
    """A stored event whose turn it is. ``wire`` is its frozen ``data[]`` item.

    ``attempts`` counts what was sent; ``unknown`` (U) those of them that may have arrived without
    an answer; ``first_maybe`` is when TikTok may first have had a copy. ``suspect`` is the path of
    halves (``"b41/0/1"``) when this event is being isolated from a refused batch, else ``None``.
    ``version`` counts how often the bytes were made anew, so that an intent can't freeze old ones.
    """

    seq: int
    key: EventKey
    lane: Lane
    state: State
    event_time: int
    received_at: Epoch
    attempts: int
    unknown: int
    first_maybe: Epoch | None
    suspect: str | None
    wire: bytes
    version: int = 0

    def __repr__(self) -> str:
        """Say which event it is, and nothing of what it holds."""
        return f"Due({self.seq}, {self.key}, {self.state}, attempts={self.attempts})"


@dataclass(frozen=True, slots=True)
class Batch:
    """One request to TikTok: the events of one lane, and the exact body that leaves.

    ``intended_at`` is when the intent was written, for a batch that is read back; else ``None``.
    """

    batch_id: str
    lane: Lane
    events: tuple[Due, ...]
    body: bytes = field(repr=False)
    intended_at: Epoch | None = None


@dataclass(frozen=True, slots=True)
class LaneRules:
    """How a pixel's events are sent. A changed rule (a new token) is a new value.

    ``max_requests_per_second`` is where the adaptive rate of the token starts; 0 is unlimited.
    ``concurrency`` bounds the requests of one lane that wait for an answer at the same time.
    """

    access_token: Secret
    clocks: Clocks = field(default_factory=Clocks)
    partner_name: str = ""
    max_batch_events: int = 50
    max_batch_bytes: int = 1_000_000
    max_batch_wait: Seconds = 2.0
    max_requests_per_second: float = 10.0
    concurrency: int = 4


@dataclass(frozen=True, slots=True)
class TrackRequest:
    """What the Sender needs: one body for ``event/track`` and the token that may send it."""

    access_token: Secret
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """An HTTP response arrived, whatever it says. ``body`` is cut at 64 KiB.

    ``date`` is when it was made, by the clock of who made it.
    """

    http_status: int
    body: bytes
    latency: Seconds
    retry_after: Seconds | None = None
    date: Epoch | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Not a byte of the request left: name resolution, connection refused, TLS."""

    error: str
    latency: Seconds


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Bytes left and no complete answer came back: the request may have arrived."""

    error: str
    latency: Seconds


Reply: TypeAlias = Answered | NotSent | NoAnswer


class RetryCause(Word):
    """Why an attempt is repeated. Only ``UNKNOWN`` may already have been counted by TikTok."""

    NOT_SENT = "not_sent"
    RATE = "rate"
    UNKNOWN = "unknown"


class HoldCause(Word):
    """Why a whole lane stands until a probe succeeds or a person mends it."""

    TOKEN = "token"  # noqa: S105 - a word, not a secret
    PERMISSION = "permission"
    CONFIGURATION = "configuration"
    UNREACHABLE = "unreachable"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Code 0: every event of the batch arrived."""


@dataclass(frozen=True, slots=True)
class Partial:
    """Code 20001 with a readable list: index -> message of the refused; the others arrived."""

    refused: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again later."""

    cause: RetryCause
    after: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """The refusal does not say which event it is about, or the body is too large: halve it.

    ``maybe_arrived`` marks the unreadable partial success, where each event's outcome is unknown.
    """

    maybe_arrived: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """The refusal is about the lane, not about an event."""

    cause: HoldCause


@dataclass(frozen=True, slots=True)
class Refused:
    """The event at ``index`` is wrong; its neighbours were not processed because of it."""

    index: int


@dataclass(frozen=True, slots=True)
class SettledDuplicate:
    """TikTok says it has the event at ``index`` already."""

    index: int


@dataclass(frozen=True, slots=True)
class Review:
    """Nobody can classify this answer about ``index``: neither sent again nor counted."""

    index: int


Verdict: TypeAlias = (
    Delivered | Partial | Retry | Split | Hold | Refused | SettledDuplicate | Review
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reply means, beside the words of TikTok that are worth keeping (cut and redacted).

    ``reason`` says why an event is refused or reviewed: a word of the reasons' catalog.
    """

    verdict: Verdict
    code: int | None = None
    message: str = ""
    request_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept of a reply. ``message`` and ``raw`` are TikTok's own words, cut short.

    ``delivered_after`` is a histogram of how long the events that it delivered took from their
    receipt.
    """

    at: Epoch
    verdict: str
    latency: Seconds
    http_status: int | None = None
    code: int | None = None
    message: str = ""
    request_id: str | None = None
    raw: bytes = field(default=b"", repr=False)
    delivered_after: Mapping[int, int] = field(default_factory=dict)


class Change(msgspec.Struct, frozen=True, gc=False):
    """One event's way along an edge of :data:`tandemgate.model.state.EDGES`.

    ``counted`` is false for an attempt that a lane hold gives back. ``maybe_at`` is set when this
    attempt may have arrived without an answer (U grows by one). ``due_at`` belongs to RETRY and
    QUEUED.
    ``message`` is TikTok's word about this one event where it differs from the batch's.
    """

    seq: int
    to: State
    reason: str | None = None
    due_at: Epoch | None = None
    counted: bool = True
    maybe_at: Epoch | None = None
    suspect: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """A lane as an operator sees it; it is held while ``cause`` is set.

    ``rate`` is the token's request rate a second now, or ``None`` where it is unlimited.
    ``message`` is what the last answer, or its absence, said while the lane is held, ``probes`` how
    many left since; after a hold a lane is ``starting`` with little at first. For ``pause`` seconds
    the limiter lets no request of the token leave.
    """

    lane: Lane
    cause: HoldCause | None
    since: Epoch | None
    next_probe_at: Epoch | None
    in_flight: int
    concurrency: int
    rate: float | None
    message: str = ""
    probes: int = 0
    starting: bool = False
    pause: Seconds = 0.0
