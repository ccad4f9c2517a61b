"""Who acted: plain identifiers on one side of normalization, digests on the other.

Only :mod:`tandemgate.core.normalize` makes a :data:`Sha256`, so a plain identifier cannot reach
anything that asks for :class:`MatchKeys`.
"""

from typing import NewType

from msgspec import Struct

from tandemgate.model.word import Word

Sha256 = NewType("Sha256", str)
"""64 lower-case hex digits: the only form in which an identifier leaves normalization."""


class MatchKey(Word):
    """The fields by which TikTok finds a person, named as on the wire (``user`` object)."""

    EMAIL = "email"
    PHONE = "phone"
    EXTERNAL_ID = "external_id"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    ZIP_CODE = "zip_code"
    CITY = "city"
    STATE = "state"
    COUNTRY = "country"
    TTCLID = "ttclid"
    TTP = "ttp"
    IP = "ip"
    USER_AGENT = "user_agent"
    LOCALE = "locale"


class Presence(Word):
    """What became of one match key of one event."""

    SENT = "sent"
    MISSING = "missing"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"


class Identifiers(Struct, frozen=True, gc=False):
    """What the caller said about the person, typed but as it came: raw or already hashed.

    Lives in the request handler's frame only, and never prints its values.
    """

    email: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    external_id: tuple[str, ...] = ()
    first_name: str | None = None
    last_name: str | None = None
    zip_code: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    ttclid: str | None = None
    ttp: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    locale: str | None = None

    def __repr__(self) -> str:
        """Print nothing of it."""
        return "Identifiers()"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """The same, for rich."""
        return []


class MatchKeys(Struct, frozen=True, gc=False):
    """The person as TikTok may know them: digests, coarse places, and raw click and device context.

    ``email``, ``phone`` and ``external_id`` are lists on the wire when there are several.
    """

    email: tuple[Sha256, ...] = ()
    phone: tuple[Sha256, ...] = ()
    external_id: tuple[Sha256, ...] = ()
    first_name: Sha256 | None = None
    last_name: Sha256 | None = None
    zip_code: Sha256 | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    ttclid: str | None = None
    ttp: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    locale: str | None = None
