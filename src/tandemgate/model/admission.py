"""What the ledger did with an event that was offered to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from tandemgate.model.consent import Decision
from tandemgate.model.event import Channel, Event
from tandemgate.model.finding import Finding
from tandemgate.model.instant import Epoch
from tandemgate.model.money import Money
from tandemgate.model.order import Refusal
from tandemgate.model.problem import Sighting
from tandemgate.model.state import State


class Admitted(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Stored: as a new event, or as a new revision of one that TikTok can't have.

    ``findings`` are what the ledger has to add to those of the event itself. ``struck`` is why it
    was suppressed although its own decision would have let it go.
    """

    state: State
    revision: int
    findings: tuple[Finding, ...] = ()
    struck: str | None = None


class AlreadyKnown(msgspec.Struct, frozen=True, tag=True):
    """The same event again; what it added or tightened is in ``findings``."""

    state: State
    first_received_at: Epoch
    findings: tuple[Finding, ...] = ()


class Clash(msgspec.Struct, frozen=True, tag=True):
    """Refused: ``event_id_conflict`` (``fields`` differ), or two event_ids of one order or payment.

    ``other_event_id`` is the event_id that already stands for it, in the latter cases.
    """

    reason: str
    fields: tuple[str, ...] = ()
    other_event_id: str | None = None


Admission: TypeAlias = Admitted | AlreadyKnown | Clash


@dataclass(frozen=True, slots=True)
class Known:
    """An event that the ledger holds already, as the answer to another copy depends on it.

    ``event`` is the copy that stands; its ``wire`` is empty where the payload is gone. ``frozen``
    tells that an attempt of this revision was begun, after which its bytes never change.
    ``unknown`` counts the attempts that may have arrived without an answer. ``withdrawn`` says that
    no copy of it may be sent any more.
    """

    seq: int
    state: State
    revision: int
    unknown: int
    frozen: bool
    event: Event
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Received events that never reached the ledger: what is counted of them.

    ``outcome`` is ``rejected`` or ``noted``. ``event`` is "" where the name itself was unusable,
    so that a caller cannot fill the counters with invented names. ``seen`` is what was wrong with
    it, ``refusal`` what is remembered of the order that it was about.
    """

    pixel_id: str
    event: str
    channel: Channel
    outcome: str
    reason: str
    at: Epoch
    seen: tuple[Sighting, ...] = ()
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One counter: how many events of a pixel and name stand in a state, or ended in an outcome."""

    pixel_id: str
    event: str
    channel: str
    name: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters kept in the same commits as what they count, so reading them costs nothing.

    ``states``: events in each :class:`State` now. ``received``: outcomes at intake since the store
    began (accepted, duplicate, held, suppressed, noted, conflict, rejected), with their reasons.
    ``recorded`` is the number of events ever stored, ``forgotten`` how many of them were removed
    when their time was over; the ledger balances when the others are the sum of ``states``.
    """

    states: tuple[Cell, ...]
    received: tuple[Cell, ...]
    recorded: int
    oldest_pending_at: Epoch | None
    forgotten: int = 0

    @property
    def imbalance(self) -> int:
        """Recorded minus final minus in flight: 0, or something was lost."""
        return self.recorded - self.forgotten - sum(cell.count for cell in self.states)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send an event. ``answered_at`` is ``None`` while it is under way."""

    number: int
    batch_id: str
    batch_events: int
    sent_at: Epoch
    answered_at: Epoch | None
    http_status: int | None
    code: int | None
    message: str
    request_id: str | None
    verdict: str | None
    latency: float | None
    next_attempt_at: Epoch | None


@dataclass(frozen=True, slots=True)
class Remark:
    """What happened to a stored event besides its attempts: a duplicate came, it was replayed."""

    at: Epoch
    stage: str
    detail: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored event as everything that looks sees it: no payload, no identifier.

    ``match_keys`` has the shape of the JSON story. ``decided_at`` is when ``decision`` was made as
    it stands. ``sent_at`` is when the last attempt left; ``withdrawn`` says that a later copy
    denied what this one allowed. ``worth`` is the value that TikTok is told.
    """

    seq: int
    pixel_id: str
    event: str
    event_id: str
    channel: Channel
    test_event_code: str
    event_time: int
    received_at: Epoch
    updated_at: Epoch
    source: str
    verified: bool
    revision: int
    state: State
    reason: str | None
    due_at: Epoch | None
    attempts: int
    unknown: int
    first_maybe: Epoch | None
    match_keys: Mapping[str, str]
    decision: Decision
    decided_at: Epoch
    findings: tuple[Finding, ...]
    last_code: int | None = None
    withdrawn: bool = False
    sent_at: Epoch | None = None
    has_payload: bool = True
    worth: Money | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One event with its whole history, oldest first."""

    entry: Entry
    attempts: tuple[Attempt, ...]
    remarks: tuple[Remark, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events a list shows; ``None`` means any. Times bound ``received_at``.

    ``q`` is the beginning of an event_id. ``after`` is the ``seq`` of the last row of the page
    before.
    """

    pixel_id: str | None = None
    event: str | None = None
    state: State | None = None
    code: int | None = None
    since: Epoch | None = None
    until: Epoch | None = None
    q: str | None = None
    after: int | None = None
    pixels: frozenset[str] | None = None
    """The pixels that the asking key may see; ``None`` for all."""
    channel: Channel | None = None
