"""What TikTok's answer codes mean: the two published readings, and what follows from them.

Nothing here could be tried against the live API, so every code is one row that can be corrected in
one place. Sources:

[GUIDE]  the setup guide "TikTok Events API: server-side setup for 2026", section "Troubleshooting"
[SDK]    TikTok's Business API SDK (github.com/tiktok/tiktok-business-api-sdk), return codes
[PEERS]  what other senders met in production: TikTok's Google Tag Manager template and WooCommerce
         plugin, Segment, RudderStack
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

OK = 0
PARTIAL = 20001


class Kind(StrEnum):
    """What an answer is about, and so what happens next."""

    DELIVERED = "delivered"
    PARTIAL = "partial"
    TRANSIENT = "transient"
    RATE = "rate"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    PERMISSION = "permission"
    CONFIGURATION = "configuration"
    TOO_LARGE = "too_large"
    PAYLOAD = "payload"
    UNHASHED = "unhashed"
    DUPLICATE = "duplicate"
    UNCLEAR = "unclear"


class Topic(StrEnum):
    """What a message speaks about."""

    RATE = "rate"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    EXPIRY = "expiry"
    PERMISSION = "permission"
    FIELD = "field"
    SIGNATURE = "signature"
    DUPLICATE = "duplicate"


TOPICS: Mapping[Topic, re.Pattern[str]] = {
    topic: re.compile(words, re.IGNORECASE)
    for topic, words in {
        Topic.RATE: r"\brate\b|\bqp[smd]\b|too many requests|frequen|throttl|\bquota",
        Topic.TOKEN: r"\btokens?\b|access_token|\b(?:un)?authori[sz]|authenticat|credential",
        Topic.EXPIRY: r"\bexpir",
        Topic.PERMISSION: r"permission|not authori[sz]ed|(?:no|denied) access|access denied"
        r"|forbidden|privilege",
        Topic.FIELD: r"field|missing|required|format|param|invalid|malformed|\bempty\b|must be",
        Topic.SIGNATURE: r"signature|\bsign(?:ed|ing)\b",
        Topic.DUPLICATE: r"duplicat|conflict|already",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the number means when the message speaks about ``says`` and not about ``unless``."""

    says: Topic
    kind: Kind
    unless: Topic | None = None

    def fits(self, message: str) -> bool:
        """Tell whether *message* is of this reading."""
        silent = self.unless is None or not TOPICS[self.unless].search(message)
        return silent and TOPICS[self.says].search(message) is not None


@dataclass(frozen=True, slots=True)
class Code:
    """One code, or an unbroken range of them (``code`` to ``last``).

    ``guide`` and ``sdk`` are the two published readings ("" where a source does not list the code),
    ``peers`` is what others met. The first of ``readings`` that fits the message outranks ``kind``.
    """

    code: int
    title: str
    kind: Kind
    guide: str
    sdk: str
    peers: str
    check: str
    fix: str
    readings: tuple[Reading, ...] = ()
    last: int = 0

    @property
    def name(self) -> str:
        """The number as people write it: ``40100``, or ``51000-51099``."""
        return f"{self.code}-{self.last}" if self.last else str(self.code)

    def kind_of(self, message: str) -> Kind:
        """Tell what this code means beside *message*: the text outranks the number."""
        return next((read.kind for read in self.readings if read.fits(message)), self.kind)


# Some senders meet token and permission trouble under a payload code [PEERS]; an event must not be
# refused for it.
_ABOUT_US = (
    Reading(Topic.RATE, Kind.RATE),
    Reading(Topic.PERMISSION, Kind.PERMISSION),
    Reading(Topic.TOKEN, Kind.TOKEN),
)


def _family(kind: Kind, title: str, check: str, fix: str, codes: Mapping[int, str]) -> list[Code]:
    readings = _ABOUT_US if kind is Kind.PAYLOAD else ()
    return [
        Code(code, title, kind, "", sdk, "", check, fix, readings) for code, sdk in codes.items()
    ]


_GUIDE_CODES = [
    Code(
        40002,
        "Malformed request or wrong parameter",
        Kind.PAYLOAD,
        guide="Bad signature or malformed request.",
        sdk="Any parameter error.",
        peers="An invalid payload; sometimes the text is about missing permission instead.",
        check="The message: it usually names a field and the event's place in the request. Look"
        " whether a proxy on the way changes bodies.",
        fix="Correct the named field where the event is made, then send it again with the same"
        " event_id. If the text is about permission or the token, see 40101 and 40105.",
        readings=_ABOUT_US,
    ),
    Code(
        40003,
        "Required field missing, or forbidden",
        Kind.PERMISSION,
        guide="A required field is missing.",
        sdk="Forbidden.",
        peers="",
        check="The message: does it name a field, or does it speak of permission?",
        fix="A field: add it where the event is made. Permission: connect the token's account with"
        " the pixel in TikTok's Business Center; sending resumes by itself.",
        readings=(
            Reading(Topic.TOKEN, Kind.TOKEN, unless=Topic.PERMISSION),
            Reading(Topic.FIELD, Kind.PAYLOAD, unless=Topic.PERMISSION),
        ),
    ),
    Code(
        40005,
        "Invalid parameter format",
        Kind.PAYLOAD,
        guide="A parameter has the wrong format.",
        sdk="",
        peers="",
        check="event_time in seconds, currency as an ISO 4217 code, value as a number, identifiers"
        " as 64 hexadecimal digits, the event name's letter case.",
        fix="Correct the named field where the event is made, then send it again with the same"
        " event_id.",
        readings=_ABOUT_US,
    ),
    Code(
        40100,
        "Requests too frequent, or token invalid",
        Kind.RATE,
        guide="The token has expired or is invalid.",
        sdk="Requests are too frequent.",
        peers="A rate limit, everywhere.",
        check="The message. A rate limit passes by itself within minutes; if the code stays for"
        " longer, look whether the token was revoked or belongs to another advertiser.",
        fix="Rate: nothing, the gateway slows down; lower tiktok.max_requests_per_second if it"
        " returns. Token: make a new one in Events Manager and give it to the gateway.",
        readings=(
            Reading(Topic.TOKEN, Kind.TOKEN, unless=Topic.RATE),
            Reading(Topic.EXPIRY, Kind.TOKEN, unless=Topic.RATE),
            Reading(Topic.PERMISSION, Kind.PERMISSION, unless=Topic.RATE),
        ),
    ),
    Code(
        40101,
        "No permission for this pixel",
        Kind.PERMISSION,
        guide="Permission for the event source is missing.",
        sdk="Invalid partner.",
        peers="",
        check="That the app, the Business Center user, the advertiser account and the pixel are"
        " connected, and that the token may use the Events API. If a partner name is configured,"
        " that it is right.",
        fix="Connect them in TikTok's Business Center; sending resumes by itself.",
    ),
    Code(
        40900,
        "Duplicate event, or signature error",
        Kind.UNCLEAR,
        guide="A duplicate or conflicting event.",
        sdk="Signature error.",
        peers="",
        check="The event's history: was an earlier attempt left unanswered, or the Pixel first?",
        fix="One event_id per action, used by the Pixel and the server, and one sender of it.",
        readings=(
            Reading(Topic.DUPLICATE, Kind.DUPLICATE),
            Reading(Topic.SIGNATURE, Kind.PAYLOAD),
            Reading(Topic.FIELD, Kind.PAYLOAD),
        ),
    ),
]

_OUTCOMES = [
    Code(
        OK, "Delivered", Kind.DELIVERED, "", "OK.", "", "Nothing.", "Nothing: TikTok has the event."
    ),
    Code(
        PARTIAL,
        "Partly accepted",
        Kind.PARTIAL,
        "",
        "Partial success.",
        "The shape of the list of refused events is unpublished.",
        "The events of the request: each has its own state.",
        "Correct the refused events. If TikTok's list could not be read, the gateway sends each of"
        " the request's events alone.",
    ),
    Code(
        40050,
        "TikTok has this event already",
        Kind.DUPLICATE,
        "",
        "The object exists already.",
        "",
        "Whether the Pixel was first, or an earlier attempt of the gateway stayed unanswered.",
        "Nothing: a copy is at TikTok and is counted once.",
    ),
    Code(
        40061,
        "Too many events in one request",
        Kind.TOO_LARGE,
        "",
        "The batch is too large.",
        "",
        "tiktok.max_batch_events.",
        "Lower tiktok.max_batch_events; the gateway has already halved the request.",
    ),
    Code(
        40062,
        "An identifier was not hashed",
        Kind.UNHASHED,
        "",
        "Personal data was sent without hashing.",
        "",
        "Which field the message names, and which source reported this event.",
        "Personal data may have left in the clear: tell whoever is responsible for privacy, stop"
        " the source and report the fault; the event is not sent again.",
    ),
]

_TOKEN_CODES = _family(
    Kind.TOKEN,
    "Access token not accepted",
    "That the token is complete, not expired or revoked, and of the advertiser who owns the pixel.",
    "Make a new token in Events Manager and give it to the gateway; sending resumes by itself.",
    {
        40102: "The access token has expired.",
        40104: "The access token is empty.",
        40105: "The access token is incorrect or was revoked.",
        40110: "The authorization code is not valid.",
        **dict.fromkeys((40103, 40106, 40107, 40115, 40116), "Listed with the token errors."),
    },
)
_PERMISSION_CODES = _family(
    Kind.PERMISSION,
    "No permission",
    "That the app, the Business Center user, the advertiser account and the pixel are connected.",
    "Grant the permission in TikTok's Business Center; sending resumes by itself.",
    {
        40001: "No permission for this operation.",
        **dict.fromkeys(
            (
                40113, 40117, 40118, 40119, 40124, 40125, 40130, 40131, 40300, 40301, 40302, 41000
            ),
            "Listed with the permission and configuration errors.",
        ),
    },
)  # fmt: skip
_CONFIGURATION_CODES = _family(
    Kind.CONFIGURATION,
    "About the gateway's settings, not about an event",
    "tiktok.base_url, the pixel id, and whether TikTok changed its API.",
    "Correct the setting that the message names; every event waits and sending resumes by itself.",
    {
        40063: "Listed with the permission and configuration errors.",
        **dict.fromkeys(
            (40006, 40008, 40009, 40010, 40051, 40400),
            "Listed with the parameter errors, but none of them can be about a single event.",
        ),
    },
)
_PAYLOAD_CODES = _family(
    Kind.PAYLOAD,
    "Wrong parameter",
    "The message: it usually names a field and the event's place in the request.",
    "Correct the named field where the event is made, then send it again with the same event_id.",
    dict.fromkeys((40000, 40007, 40016, 41001, 41002), "Listed with the parameter errors."),
)
_RATE_CODES = _family(
    Kind.RATE,
    "Requests too frequent",
    "Whether other programs send with the same token.",
    "Nothing: the gateway slows down. Lower tiktok.max_requests_per_second if it returns.",
    dict.fromkeys((40132, 61000), "Requests are too frequent."),
)
_TRANSIENT_CODES = _family(
    Kind.TRANSIENT,
    "TikTok has trouble",
    "TikTok's status page, if it lasts.",
    "Nothing: the gateway tries again while TikTok can still tell a copy from a second event.",
    dict.fromkeys((40200, 40201, 40202, 40700, 50000, 50002, 60001), "A passing error at TikTok."),
)
_TRANSIENT_RANGES = [
    replace(_TRANSIENT_CODES[0], code=first, last=last)
    for first, last in ((51000, 51099), (52000, 52999), (53000, 53999))
]

CODES: tuple[Code, ...] = tuple(
    sorted(
        _GUIDE_CODES
        + _OUTCOMES
        + _TOKEN_CODES
        + _PERMISSION_CODES
        + _CONFIGURATION_CODES
        + _PAYLOAD_CODES
        + _RATE_CODES
        + _TRANSIENT_CODES
        + _TRANSIENT_RANGES,
        key=lambda row: row.code,
    )
)
"""Every code that a source lists, in ascending order."""

_BY_NUMBER = {
    number: row for row in CODES for number in range(row.code, (row.last or row.code) + 1)
}

SERVER_SIDE_FROM = 50_000
"""From here up TikTok's codes are about its own side: an unlisted one is tried again. [SDK]"""


def find(code: int) -> Code | None:
    """Return the row of *code*, or ``None`` if no source lists it."""
    return _BY_NUMBER.get(code)


def kind_of(code: int, message: str) -> Kind:
    """Tell what *code* beside *message* means; an unlisted code is never a success."""
    if row := find(code):
        return row.kind_of(message)
    return Kind.TRANSIENT if code >= SERVER_SIDE_FROM else Kind.UNCLEAR
