"""What goes wrong again and again, told once: groups of problems, local ones and TikTok's."""

from dataclasses import dataclass, field

import msgspec

from tandemgate.model.event import Channel
from tandemgate.model.instant import Epoch
from tandemgate.model.word import Word


class Origin(Word):
    """Who found it wrong."""

    LOCAL = "local"
    REMOTE = "remote"


class Severity(Word):
    """How much it matters, the worst first."""

    URGENT = "urgent"
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Status(Word):
    """Whether somebody still has to look at it."""

    OPEN = "open"
    MUTED = "muted"
    RESOLVED = "resolved"


class ProblemKey(msgspec.Struct, frozen=True, gc=False):
    """What makes two sightings the same problem.

    ``code`` is TikTok's, and ``None`` for what the gateway found. ``field`` is a path without the
    places in lists: ``properties.contents.price``; "" where no field is to blame. ``event`` and
    ``source`` are "" where it is about the whole pixel, as when a lane is held.
    """

    pixel_id: str
    channel: Channel
    source: str
    event: str
    origin: Origin
    code: int | None
    reason: str
    field: str


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One sighting, as far as it may be shown.

    ``pointer`` is where it stood in the request (RFC 6901). ``received`` is safe to print: see
    :class:`tandemgate.model.finding.Problem`. ``message`` and ``request_id`` are TikTok's own,
    cut and redacted.
    """

    at: Epoch
    event_id: str | None = None
    pointer: str = ""
    received: str = ""
    expected: str = ""
    fix: str = ""
    message: str = ""
    request_id: str | None = None


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """A problem was seen with one event, or with one answer of TikTok about a whole lane."""

    key: ProblemKey
    sample: Sample


@dataclass(frozen=True, slots=True)
class Stand:
    """What people decided about a group, and what became of that.

    ``muted_until`` is ``None`` for good. ``returned_at`` is when it was last seen anew after it had
    been resolved, or its mute had ended; ``returns`` counts these times. ``note`` and ``by`` are
    what the last of the decisions said.
    """

    resolved_at: Epoch | None = None
    muted_at: Epoch | None = None
    muted_until: Epoch | None = None
    returned_at: Epoch | None = None
    returns: int = 0
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """How many events had the problem, of how many that were received; see docs/problems.md."""

    seen: int
    received: int

    @property
    def part(self) -> float | None:
        """The share, from 0 to 1; ``None`` where nothing was received to compare with."""
        return min(1.0, self.seen / self.received) if self.received else None


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """One problem with all its sightings.

    ``lately`` is about the hour that runs and the 23 before it, ``ever`` about everything since the
    hour in which the group was first seen. ``news`` grows by each group that is new or returned.
    """

    problem_id: str
    key: ProblemKey
    first_seen: Epoch
    last_seen: Epoch
    sample: Sample
    lately: Share
    ever: Share
    news: int
    stand: Stand = field(default_factory=Stand)


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """Which groups are wanted; ``None`` means any. ``pixels`` are those that the key may see."""

    pixel_id: str | None = None
    pixels: frozenset[str] | None = None
