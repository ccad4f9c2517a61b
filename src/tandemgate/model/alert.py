"""What wakes somebody: which kinds of alerts there are, and what is remembered and told of one."""

from dataclasses import dataclass
from typing import NamedTuple

from tandemgate.model.instant import Epoch
from tandemgate.model.word import Word


class Family(Word):
    """A kind of alert, by the name of its setting."""

    LANE_HELD = "lane_held"
    URGENT = "urgent"
    OLDEST_UNSENT = "oldest_unsent"
    DOWNSTREAM_SUCCESS = "downstream_success"
    LATENCY = "latency"
    AVAILABILITY = "availability"
    REJECTED_SHARE = "rejected_share"
    UNKNOWN_CONSENT = "unknown_consent"
    VOLUME = "volume"
    PAIR_RATE = "pair_rate"
    PROBLEMS = "problems"
    UNDECIDED = "undecided"
    TEST_CODE_ON = "test_code_on"


class Group(NamedTuple):
    """What one alert is about. ``subject`` tells groups of a family and pixel apart."""

    family: Family
    pixel_id: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is the matter now; ``said`` puts it in words and numbers, without a person."""

    group: Group
    said: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A trouble that was noticed, and what was told of it. Of each group the last one is kept.

    ``seen_at`` is when it was last the matter. ``ended_at`` is set when it has not been for long
    enough. ``returns`` counts how often it came back soon after its end. ``began_told_at`` and
    ``ended_told_at`` are when the receiver took the messages; ``given_up_at`` is when it was not
    tried any more.
    """

    group: Group
    said: str
    began_at: Epoch
    seen_at: Epoch
    ended_at: Epoch | None = None
    returns: int = 0
    began_told_at: Epoch | None = None
    ended_told_at: Epoch | None = None
    given_up_at: Epoch | None = None

    @property
    def open(self) -> bool:
        """Whether it is the matter still."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Mute:
    """While it lasts, nobody hears that alerts of *family* begin. A pixel_id "" means every pixel.

    ``until`` is ``None`` for good; ``by`` is the name of a key.
    """

    family: Family
    pixel_id: str
    since: Epoch
    until: Epoch | None
    by: str
    note: str = ""


class Phase(Word):
    """What a message says about an alert."""

    BEGAN = "began"
    ENDED = "ended"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Message:
    """What a receiver is told. ``name`` is the same when a message has to be sent once more."""

    phase: Phase
    name: str
    title: str
    said: str
    fix: str = ""
    urgent: bool = False
    group: Group | None = None
    began_at: Epoch | None = None
    ended_at: Epoch | None = None
