"""What the flow tells those who watch: named facts without a payload or an identifier."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tandemgate.model.delivery import HoldCause
from tandemgate.model.event import Lane
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.operation import Act
from tandemgate.model.state import State


@dataclass(frozen=True, slots=True)
class BatchSent:
    """A request left and its outcome is recorded; ``verdict`` is a word like ``retry_unknown``.

    ``delivered_after`` is a histogram of how long its delivered events took from their receipt.
    """

    lane: Lane
    batch_id: str
    events: int
    verdict: str
    http_status: int | None
    code: int | None
    message: str
    request_id: str | None
    latency: Seconds
    delivered_after: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventsSettled:
    """*count* events of a lane came to *state*, for *reason*."""

    lane: Lane
    state: State
    reason: str | None
    count: int


@dataclass(frozen=True, slots=True)
class LaneHeld:
    """A lane stands, every event of it waits, and a probe leaves in ``probe_in`` seconds.

    Alert at once: ``token``, ``permission`` and ``configuration`` want a person to mend something.
    ``code`` and ``message`` are TikTok's; with 40100 (cause ``rate``) name both of its meanings.
    """

    lane: Lane
    cause: HoldCause
    since: Epoch
    probes: int
    probe_in: Seconds
    code: int | None
    message: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class LaneResumed:
    """A probe succeeded after the lane stood for ``held_for`` seconds."""

    lane: Lane
    cause: HoldCause
    held_for: Seconds


@dataclass(frozen=True, slots=True)
class IdentifierExposed:
    """TikTok says that an identifier was not hashed: alert whoever is responsible for privacy."""

    lane: Lane
    batch_id: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class StoreRefused:
    """The store could not take a write, and ``reason`` says why.

    What the flow writes is tried again; what arrived (``admit``) is the caller's to send again.
    """

    lane: Lane | None
    operation: str
    reason: str = "store_unavailable"


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock was set (``steady`` false: nothing expires now), or is believed again."""

    steady: bool


@dataclass(frozen=True, slots=True)
class Acted:
    """A person decided something; the audit log has the same."""

    act: Act


@dataclass(frozen=True, slots=True)
class AttentionWanted:
    """Something wants an operator's eye (``wanted``), or does not any more; *reason* names it."""

    reason: str
    pixel_id: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class AlertChanged:
    """An alert of *family* began, or is over."""

    family: str
    pixel_id: str
    began: bool


@dataclass(frozen=True, slots=True)
class AlertTold:
    """A message was ``told``, ``failed`` and is tried again, or was ``given_up``; *why* not."""

    phase: str
    result: str
    why: str = ""


Happening: TypeAlias = (
    BatchSent
    | EventsSettled
    | LaneHeld
    | LaneResumed
    | IdentifierExposed
    | StoreRefused
    | ClockStepped
    | Acted
    | AttentionWanted
    | AlertChanged
    | AlertTold
)
