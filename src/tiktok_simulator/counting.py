"""How many conversions TikTok would count.

TikTok's key is pixel + event + event_id, over both channels. A copy is merged into the first within
five minutes, dropped up to 48 hours after the first, and counted as a conversion of its own after
that. (TikTok's help page "Event deduplication".) Test events are counted apart from live ones.
"""

import enum
from hashlib import blake2b
from typing import Literal, NamedTuple

import msgspec
from msgspec.json import decode

from tiktok_simulator.contract import DEDUP_SECONDS, MERGE_SECONDS
from tiktok_simulator.reading import Event

Channel = Literal["pixel", "server"]


class Fate(enum.StrEnum):
    """What became of one accepted copy."""

    COUNTED = "counted"
    MERGED = "merged"
    DROPPED = "dropped"


class Key(NamedTuple):
    """What TikTok takes for one and the same conversion."""

    pixel: str
    event: str
    event_id: str
    test: bool = False


class Conversion(msgspec.Struct):
    """Everything that arrived under one key.

    *differs* says how a later server copy strays from the first.
    """

    first_channel: Channel
    first_at: float
    counted: int = 0
    copies_pixel: int = 0
    copies_server: int = 0
    value: float | None = None
    currency: str | None = None
    differs: Literal["", "bytes", "meaning"] = ""
    first_server: bytes = b""

    @property
    def copies(self) -> int:
        """Accepted copies over both channels."""
        return self.copies_pixel + self.copies_server


def fate_of(first_at: float | None, at: float) -> Fate:
    """Decide by the Unix times of the first copy that still counts, and of this one."""
    if first_at is None or at - first_at > DEDUP_SECONDS:
        return Fate.COUNTED
    return Fate.MERGED if at - first_at <= MERGE_SECONDS else Fate.DROPPED


class Conversions:
    """All conversions by their key, in order of arrival.

    With *keep_wire* false only a digest of the first server copy is kept: a later one that differs
    is then reported as differing in its bytes, whatever it means.
    """

    def __init__(self, *, keep_wire: bool = True) -> None:
        self.by_key: dict[Key, Conversion] = {}
        self._keep_wire = keep_wire

    def add(self, key: Key, channel: Channel, at: float, event: Event) -> Fate:
        """Take one accepted copy that arrived at *at* (Unix seconds); say what became of it."""
        known = self.by_key.get(key)
        # Without an event_id there is nothing to recognize a copy by: each one counts.
        fate = fate_of(known.first_at if known and key.event_id else None, at)
        conversion = known or self.by_key.setdefault(key, Conversion(channel, at))
        if fate is Fate.COUNTED:
            conversion.counted += 1
            conversion.first_at = at
        if fate is not Fate.DROPPED and conversion.value is None:
            conversion.value, conversion.currency = event.value, event.currency
        if channel == "pixel":
            conversion.copies_pixel += 1
        else:
            conversion.copies_server += 1
            self._compare(conversion, event.wire)
        return fate

    def _compare(self, conversion: Conversion, wire: bytes) -> None:
        """Hold a server copy against the first server copy, and note how they differ."""
        seen = wire if self._keep_wire else blake2b(wire, digest_size=16).digest()
        if not conversion.first_server:
            conversion.first_server = seen
        elif conversion.first_server != seen and conversion.differs != "meaning":
            other = self._keep_wire and decode(conversion.first_server) != decode(wire)
            conversion.differs = "meaning" if other else "bytes"

    def total(self, *, test: bool = False) -> int:
        """How many conversions TikTok counts, live ones or test ones."""
        return sum(
            conversion.counted for key, conversion in self.by_key.items() if key.test == test
        )
