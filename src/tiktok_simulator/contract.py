"""TikTok's contract as data: what may be sent, and what each refusal is called.

Nothing here could be tried against the live API. Every fact is one row with its source beside it,
so that it can be corrected in one place. Sources:

[SDK]    TikTok Business API SDK (github.com/tiktok/tiktok-business-api-sdk), return codes
[GTM]    TikTok's Events API template for server-side GTM, and reports of its users
[HELP]   TikTok's help pages on Events API, event deduplication, standard events and parameters
[GUIDE]  the setup guide "TikTok Events API: server-side setup for 2026"
"""

import enum
from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TRACK_PATH: Final = "/open_api/v1.3/event/track/"  # [HELP] the trailing slash is part of it

MAX_EVENTS: Final = 1_000  # [HELP] events in one request
MAX_BODY_BYTES: Final = 1_000_000  # [HELP] says 1 MB; the stricter reading of "mega"
MAX_TTCLID_CHARACTERS: Final = 1_000  # [GTM]

# No maximum age is published; 28 days is the longest attribution window that TikTok offers. [HELP]
MAX_AGE_SECONDS: Final = 28 * 86_400
MAX_AHEAD_SECONDS: Final = 300
# Unix seconds reach this in the year 5138, Unix milliseconds passed it in 1973.
MILLISECONDS_FROM: Final = 100_000_000_000

# [HELP] a second copy is merged within 5 minutes of the first, and dropped up to 48 hours after it.
MERGE_SECONDS: Final = 300
DEDUP_SECONDS: Final = 48 * 3_600

EVENT_SOURCES: Final = frozenset({"web", "app", "offline", "crm"})  # [HELP]
CONTENT_TYPES: Final = frozenset({"product", "product_group"})  # [HELP]
CONSENT_STATES: Final = frozenset({"GRANTED", "DENIED"})  # [GUIDE]

# [HELP] "Standard events"; the last row holds names of Events 1.0 that are still accepted.
STANDARD_EVENTS: Final = _words(
    "AddPaymentInfo AddToCart AddToWishlist ApplicationApproval CompleteRegistration Contact"
    " CustomizeProduct Download FindLocation InitiateCheckout Lead Pageview Purchase Schedule"
    " Search StartTrial SubmitApplication Subscribe ViewContent"
    " ClickButton CompletePayment PlaceAnOrder SubmitForm"
)
VALUE_EVENTS: Final = frozenset({"CompletePayment", "PlaceAnOrder", "Purchase"})  # [HELP]

# [HELP] "Supported currencies"
CURRENCIES: Final = _words(
    "AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GTQ HKD HNL"
    " HUF IDR ILS INR ISK JPY KES KHR KRW KWD KZT MAD MOP MXN MYR NGN NIO NOK NZD OMR PEN PHP PKR"
    " PLN PYG QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VES VND ZAR"
)

EMPTY_DIGEST: Final = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of ""
)


class Breach(enum.Enum):
    """How a request breaks the contract."""

    MALFORMED = "malformed"
    MISSING = "missing"
    FORMAT = "format"
    UNHASHED = "unhashed"
    TOO_MANY = "too_many"
    TOKEN_ABSENT = "token_absent"  # noqa: S105 - the name of a refusal, not a secret
    TOKEN_UNKNOWN = "token_unknown"  # noqa: S105
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    NO_PERMISSION = "no_permission"
    SOURCE_UNKNOWN = "source_unknown"
    RATE = "rate"


class Dialect(enum.StrEnum):
    """Whose numbers the simulator answers with: two published readings contradict each other."""

    SDK = "sdk"
    GUIDE = "guide"


CODES: Final[Mapping[Dialect, Mapping[Breach, int]]] = {
    Dialect.SDK: {  # [SDK]
        Breach.MALFORMED: 40002,
        Breach.MISSING: 40002,
        Breach.FORMAT: 40002,
        Breach.UNHASHED: 40062,
        Breach.TOO_MANY: 40061,
        Breach.TOKEN_ABSENT: 40104,
        Breach.TOKEN_UNKNOWN: 40105,
        Breach.TOKEN_EXPIRED: 40102,
        Breach.NO_PERMISSION: 40001,
        Breach.SOURCE_UNKNOWN: 40002,  # [GTM] users see a parameter error with permission text
        Breach.RATE: 40100,
    },
    Dialect.GUIDE: {  # [GUIDE] "Troubleshooting"; it names no number for a rate limit
        Breach.MALFORMED: 40002,
        Breach.MISSING: 40003,
        Breach.FORMAT: 40005,
        Breach.UNHASHED: 40005,
        Breach.TOO_MANY: 40002,
        Breach.TOKEN_ABSENT: 40100,
        Breach.TOKEN_UNKNOWN: 40100,
        Breach.TOKEN_EXPIRED: 40100,
        Breach.NO_PERMISSION: 40101,
        Breach.SOURCE_UNKNOWN: 40101,
        Breach.RATE: 61000,
    },
}

OK: Final = 0
PARTIAL: Final = 20001  # [SDK] "partially accepted"; the shape of its data is unpublished

# Refusals that are about the request. Wording: [SDK] samples and logs of its users.
MESSAGES: Final[Mapping[Breach, str]] = {
    Breach.TOKEN_ABSENT: "Access token is null.",
    Breach.TOKEN_UNKNOWN: "Access token is incorrect or has been revoked.",
    Breach.TOKEN_EXPIRED: "Access token has expired.",
    Breach.NO_PERMISSION: "No permission to operate event source {source}.",
    Breach.SOURCE_UNKNOWN: "event_source_id: {source} does not exist, or you have no permission.",
    Breach.TOO_MANY: f"data: longer than maximum length {MAX_EVENTS}.",
    Breach.RATE: "App reaches the QPS limit.",
}

# One bad event refuses the whole batch, and TikTok spells its place in several ways. [GTM]
# Which field is spelled how is ours: each spelling must be met, and always by the same fields.
SPELLINGS: Final[Mapping[str, str]] = {
    "event": "data.{index}.{path}: {text}",
    "event_id": "Invalid value for {path}: {text}",  # names no index: the sender has to search
    "event_time": "event at index {index}: {path}: {text}",
    "user": "data[{index}].{path}: {text}",
    "properties": "Batch.{index}.{path}: {text}",
}
DEFAULT_SPELLING: Final = "data.{index}.{path}: {text}"
