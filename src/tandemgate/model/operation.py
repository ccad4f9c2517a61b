"""What people decide about a running gateway, and the record of who did."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tandemgate.model.instant import Epoch
from tandemgate.model.rules import Wire
from tandemgate.model.secret import Secret
from tandemgate.model.state import State


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the audit log: who (a key's name) did what to which pixel, and why.

    ``counts`` are numbers about it, like how many events a replay sent. ``number`` is its place in
    the log.
    """

    at: Epoch
    who: str
    what: str
    pixel_id: str = ""
    reason: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Pause:
    """A pixel that sends nothing until a person lets it go on."""

    since: Epoch
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PixelStand:
    """What the store keeps about a pixel: its pause, and when its settings last changed."""

    pause: Pause | None = None
    changed_at: Epoch | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """An access token of a pixel, known since ``since``; of several the newest is used."""

    pixel_id: str
    secret: Secret
    since: Epoch
    from_settings: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a lane: how many events, and when about the oldest of them was received.

    ``unsent_at`` is the same of those that could be sent: not of what waits for its consent.
    """

    count: int
    oldest_at: Epoch
    unsent_at: Epoch | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a person found out about an event that nobody could settle, as it stood at that time.

    ``remark`` is kept in the event's story.
    """

    seq: int
    state: State
    to: State
    remark: str


@dataclass(frozen=True, slots=True)
class Again:
    """One event that is to be sent again, as it stood when that was decided.

    ``revise`` makes it a new revision, which may be written anew before its first attempt; a copy
    that may have arrived keeps its bytes instead. ``remark`` is kept in the event's story. ``wire``
    names the fields of a revision as that profile does; ``None`` leaves them as they are.
    """

    seq: int
    state: State
    revise: bool
    remark: str
    wire: Wire | None = None
