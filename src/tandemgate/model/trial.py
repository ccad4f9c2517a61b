"""A test session (``tandemgate test``): controlled traffic of one pixel under a test_event_code.

In code it is a *trial*, since a session is a visitor's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import Struct

from tandemgate.model.admission import Story
from tandemgate.model.instant import Epoch
from tandemgate.model.pair import Sides


class Mark(StrEnum):
    """How one line of the checklist stands."""

    GREEN = "green"
    RED = "red"
    WAITING = "waiting"


class Line(Struct, frozen=True, omit_defaults=True):
    """One line of the checklist: what was seen, on which event, when, and what mends it.

    ``check`` is a word of :mod:`tandemgate.catalog.trials`, with the event's name after a space
    where it is about one. ``seen`` is safe to print.
    """

    check: str
    mark: Mark
    seen: str
    event_id: str | None = None
    at: Epoch | None = None
    fix: str = ""


class Window(Struct, frozen=True, omit_defaults=True):
    """Ten minutes of traffic. ``lines`` is how it stood when the next one was opened, or the end.

    ``fixed`` says what was mended before it.
    """

    opened_at: Epoch
    until: Epoch
    who: str
    fixed: str = ""
    lines: tuple[Line, ...] = ()


class Ending(StrEnum):
    """How a test session ends."""

    PROMOTED = "promoted"
    STOPPED = "stopped"


class Ended(Struct, frozen=True, omit_defaults=True):
    """The end of a test session.

    ``confirmed``: a person saw no warning on TikTok's own page. ``overridden`` names the lines that
    were not green.
    """

    how: Ending
    at: Epoch
    who: str
    reason: str = ""
    confirmed: bool = False
    overridden: tuple[str, ...] = ()


class Trial(Struct, frozen=True, omit_defaults=True):
    """One test session. Once it has ended it is a report, and never changes.

    ``trial_id`` is random and opens the way into it; ``events`` are those whose pairs are wanted;
    ``tolerance`` is how far the sum of the contents may be from the value (a share of the value).
    """

    trial_id: str
    pixel_id: str
    test_event_code: str
    events: tuple[str, ...]
    windows: tuple[Window, ...]
    name: str = ""
    landing: str = ""
    tolerance: float = 0.0
    ended: Ended | None = None
    revision: int = 1

    @property
    def window(self) -> Window:
        """The newest window: the only one whose traffic counts."""
        return self.windows[-1]


class Sight(StrEnum):
    """What a sighting is of."""

    PAGE = "page"
    REFUSED = "refused"


class Sighting(Struct, frozen=True, omit_defaults=True):
    """What a test session showed that is no stored event.

    A ``page`` tells which of the browser's ids it had; of a refused event there is the ``reason``
    and the ``field``.
    """

    sight: Sight
    at: Epoch
    event: str = ""
    event_id: str | None = None
    ttclid: bool = False
    ttp: bool = False
    reason: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a purchase states. ``contents`` is the sum of its products, where each has a price."""

    value: float
    currency: str
    contents: float | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one window showed.

    ``stories`` are the stored events of the test's lane, oldest first; ``sides`` are both sides of
    each, and the Pixel's where it stands alone; ``worth`` is of purchases, by their ``seq``.
    ``strays`` are the event_ids of calls of the Pixel whose server's copy is live.
    """

    stories: tuple[Story, ...] = ()
    sides: tuple[Sides, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    worth: Mapping[int, Worth] = field(default_factory=dict)
    strays: frozenset[str] = frozenset()
