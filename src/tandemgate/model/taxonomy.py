"""Event names as they are used: by the Pixel, and by what is reported to the gateway."""

from dataclasses import dataclass

from tandemgate.model.instant import Epoch
from tandemgate.model.word import Word


@dataclass(frozen=True, slots=True)
class NameSeen:
    """A name of a pixel's live events, and when each side used it last (``None``: never).

    ``source`` is who reported the newest of the gateway's, "" where there is none.
    """

    pixel_id: str
    event: str
    gateway_at: Epoch | None = None
    pixel_at: Epoch | None = None
    source: str = ""


class NameVerdict(Word):
    """How a name stands beside TikTok's list and the other side's names, the worst first."""

    GENERATION_MISMATCH = "generation_mismatch"
    CASE_MISMATCH = "case_mismatch"
    NEAR_MISS = "near_miss"
    GATEWAY_ONLY = "gateway_only"
    PIXEL_ONLY = "pixel_only"
    AGREES = "agrees"


@dataclass(frozen=True, slots=True)
class NameStand:
    """What is to be said of a name. ``other`` is the name that was most likely meant."""

    seen: NameSeen
    verdict: NameVerdict
    other: str | None = None
    standard: bool = True
