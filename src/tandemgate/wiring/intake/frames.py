"""What an intake process and the gateway's process say to each other."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from tandemgate.model.admission import Admission, Tally
from tandemgate.model.event import Event
from tandemgate.model.instant import Epoch
from tandemgate.model.key import MadeKey
from tandemgate.model.rules import PixelRules
from tandemgate.telemetry import Counted

# -- the gateway's process says


class Begin(Struct, frozen=True, tag=True, array_like=True):
    """The first word: the rules by which events are decided, and where the store lies."""

    rules: dict[str, PixelRules]
    blind_index_key: bytes


class Know(Struct, frozen=True, tag=True, array_like=True):
    """What may change while it runs: the keys that were made, and the test sessions.

    Events of a pixel in ``led`` may belong to one until the time that is told.
    """

    number: int
    made: list[MadeKey]
    led: Mapping[str, Epoch]


class Stored(Struct, frozen=True, tag=True, array_like=True):
    """What the ledger did with the events of an :class:`Admit`."""

    number: int
    admissions: list[Admission]


class Unavailable(Struct, frozen=True, tag=True, array_like=True):
    """Nothing of an :class:`Admit` was stored."""

    number: int
    reason: str


class Failed(Struct, frozen=True, tag=True, array_like=True):
    """A mistake of ours kept the events of an :class:`Admit` from being stored."""

    number: int


class End(Struct, frozen=True, tag=True, array_like=True):
    """Take no more connections, answer what is under way, and end."""


Order: TypeAlias = Begin | Know | Stored | Unavailable | Failed | End

# -- an intake process says


class Ready(Struct, frozen=True, tag=True, array_like=True):
    """It listens."""


class Known(Struct, frozen=True, tag=True, array_like=True):
    """From now on, what a :class:`Know` said counts."""

    number: int


class Admit(Struct, frozen=True, tag=True, array_like=True):
    """Store these events, in order."""

    number: int
    events: list[Event]


class Count(Struct, frozen=True, tag=True, array_like=True):
    """Count what never reached the ledger."""

    tallies: list[Tally]


class Handed(Struct, frozen=True, tag=True, array_like=True):
    """The connection of this number is handed over; so many bytes were read of it."""

    number: int
    came: bytes


class Served(Struct, frozen=True, tag=True, array_like=True):
    """What was answered since the last word of it.

    ``used`` tells when each key was last let in, by its name. ``lines_lost`` are lines that the log
    could not take.
    """

    counted: Counted
    used: Mapping[str, Epoch]
    lines_lost: int


Word: TypeAlias = Ready | Known | Admit | Count | Handed | Served
