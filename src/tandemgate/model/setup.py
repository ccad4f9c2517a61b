"""How far a pixel's setup has come: what has to be there, and what its traffic has shown."""

from dataclasses import dataclass

from tandemgate.model.instant import Epoch
from tandemgate.model.word import Word


class Prerequisite(Word):
    """What has to be there before an event is worth sending, in the guide's order."""

    BUSINESS_CENTER = "business_center"
    PIXEL = "pixel"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    ENDPOINT = "endpoint"
    DOMAIN = "domain"


class Rung(Word):
    """A layer of the integration; each is proven before the next is built, in the guide's order."""

    ENDPOINT = "endpoint"
    BROWSER_IDS = "browser_ids"
    MATCH_KEYS = "match_keys"
    VALUE = "value"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Lit:
    """The newest event that shows a rung; it is dark while ``at`` is ``None``."""

    rung: Rung
    at: Epoch | None = None
    event: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person said is there, when, and by which key."""

    pixel_id: str
    prerequisite: Prerequisite
    at: Epoch
    who: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a prerequisite is there: proven by traffic (``who`` is ""), or by a person's word."""

    prerequisite: Prerequisite
    at: Epoch | None = None
    who: str = ""
