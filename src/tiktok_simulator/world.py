"""One simulated TikTok: who may do what, what happened so far, and what is planned to go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tiktok_simulator.answers import RequestIds
from tiktok_simulator.clock import Clock
from tiktok_simulator.contract import Dialect
from tiktok_simulator.fields import USER, USER_OF_GUIDE, Table
from tiktok_simulator.record import Record
from tiktok_simulator.schedule import Schedule

DEMO_PIXEL = "C9ABC1234567890"
DEMO_TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but a simulator


@dataclass(frozen=True, slots=True)
class Access:
    """Which token may write to which pixels, and which pixels use the guide's wire names."""

    pixels_of: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: {DEMO_TOKEN: frozenset({DEMO_PIXEL})}
    )
    guide_pixels: frozenset[str] = frozenset()

    @property
    def pixels(self) -> frozenset[str]:
        """All pixels that exist."""
        return frozenset().union(*self.pixels_of.values())

    def user_table(self, pixel: str) -> Table:
        """Return the fields that *pixel* may send about a person."""
        return USER_OF_GUIDE if pixel in self.guide_pixels else USER


Depth = Literal["full", "keys"]


@dataclass(slots=True)
class World:
    """What all endpoints of one simulator share. *latency* is seconds added to every answer.

    Where it *reads* only ``"keys"``, events are counted without a look at their other fields.
    """

    access: Access = field(default_factory=Access)
    clock: Clock = field(default_factory=Clock)
    record: Record = field(default_factory=Record)
    dialect: Dialect = Dialect.SDK
    latency: float = 0.0
    reads: Depth = "full"
    faults: Schedule = field(default_factory=Schedule)
    ids: RequestIds = field(default_factory=RequestIds)
    pixels: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.pixels = self.access.pixels

    def reset(self) -> None:
        """Forget what happened and what was planned, and set the clock right."""
        self.record.clear()
        self.faults.clear()
        self.clock.reset()
