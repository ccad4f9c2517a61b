"""Every field of the request body with the rules that its value must keep, as tables.

The names and types are those of TikTok's field reference for ``event/track`` (v1.3), the wording of
the refusals that of its users' logs. A field that no table names is ignored, as the real API does,
and remarked on.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tiktok_simulator import checks
from tiktok_simulator.checks import Check
from tiktok_simulator.contract import (
    CONSENT_STATES,
    CONTENT_TYPES,
    CURRENCIES,
    EVENT_SOURCES,
    MAX_TTCLID_CHARACTERS,
    Breach,
)


class Rule(NamedTuple):
    """One thing that must hold for a value, and what a value that breaks it is told."""

    holds: Check
    text: str
    breach: Breach = Breach.FORMAT


class Field(NamedTuple):
    """A field's rules, from the general to the particular: the last one implies all before it.

    So *holds*, the check of the last, accepts a value alone; the others are there to be told about.
    """

    holds: Check
    rules: tuple[Rule, ...]


Table = Mapping[str, Field]


def _field(*rules: Rule) -> Field:
    return Field(rules[-1].holds, rules)


TEXT: Final = Rule(checks.is_text, "not a valid string.")
FILLED: Final = Rule(checks.is_filled, "must be a string that is not blank.")
TEXTS: Final = Rule(checks.is_texts, "not a valid list of strings.")
AMOUNT: Final = Rule(checks.is_amount, "not a valid number, zero or more.")
COUNT: Final = Rule(checks.is_count, "not a valid integer, zero or more.")
INTEGER: Final = Rule(checks.is_integer, "not a valid integer.")
FLAG: Final = Rule(checks.is_flag, "not a valid boolean.")
OBJECT: Final = Rule(checks.is_object, "not a valid object.")
OBJECTS: Final = Rule(checks.is_objects, "not a valid list of objects.")
RAW: Final = Rule(checks.is_raw, "must be sent as it is; this looks hashed.")
PLACE: Final = Rule(checks.is_place, "must be lower-case letters and digits, not hashed.")
CONSENT: Final = Rule(checks.one_of(CONSENT_STATES), "must be one of: GRANTED, DENIED.")

_IDENTIFIER: Final = _field(
    Rule(checks.is_text_or_texts, "not a valid string, or list of strings."),
    Rule(
        checks.is_digest_or_digests,
        "is not hashed: must be a lower-case hex SHA-256 digest.",
        Breach.UNHASHED,
    ),
)
_HASHED_TEXT: Final = _field(
    TEXT,
    Rule(
        checks.is_digest, "is not hashed: must be a lower-case hex SHA-256 digest.", Breach.UNHASHED
    ),
)

REQUEST: Final[Table] = {
    "event_source": _field(
        Rule(checks.one_of(EVENT_SOURCES), "must be one of: web, app, offline, crm."),
    ),
    "event_source_id": _field(FILLED),
    "test_event_code": _field(FILLED),
    "partner_name": _field(FILLED),
}
REQUEST_REQUIRED: Final = ("event_source", "event_source_id")

EVENT: Final[Table] = {
    "event": _field(FILLED),
    "event_id": _field(TEXT, FILLED),
    "event_time": _field(INTEGER),  # its place in time is judged by the clock, not by a table
    "user": _field(OBJECT),
    "properties": _field(OBJECT),
    "page": _field(OBJECT),
    "lead": _field(OBJECT),
    "limited_data_use": _field(FLAG),
}
EVENT_REQUIRED: Final = ("event", "event_time", "event_id", "user")

USER: Final[Table] = {
    "email": _IDENTIFIER,
    "phone": _IDENTIFIER,
    "external_id": _IDENTIFIER,
    "first_name": _HASHED_TEXT,
    "last_name": _HASHED_TEXT,
    "zip_code": _HASHED_TEXT,
    "city": _field(PLACE),
    "state": _field(PLACE),
    "country": _field(PLACE),
    "ttclid": _field(
        FILLED,
        RAW,
        Rule(
            checks.is_click_id,
            f"must not be blank, nor longer than {MAX_TTCLID_CHARACTERS} characters.",
        ),
    ),
    "ttp": _field(FILLED, RAW),
    "ip": _field(
        Rule(checks.is_public_address, "must be the public IPv4 or IPv6 address of the person."),
    ),
    "user_agent": _field(FILLED, RAW),
    "locale": _field(Rule(checks.is_locale, "must be a BCP 47 language tag.")),
}
# The name of Events 1.0, which the guide still prints; only a pixel declared so may use it.
USER_OF_GUIDE: Final[Table] = {**USER, "phone_number": _IDENTIFIER}

PROPERTIES: Final[Table] = {
    "value": _field(AMOUNT),
    "currency": _field(
        TEXT,
        Rule(checks.one_of(CURRENCIES), "must be one of the supported currencies, in upper case."),
    ),
    "contents": _field(OBJECTS),
    "content_type": _field(
        Rule(checks.one_of(CONTENT_TYPES), "must be one of: product, product_group."),
    ),
    "content_ids": _field(TEXTS),
    "num_items": _field(COUNT),
    "order_id": _field(TEXT),
    "shop_id": _field(TEXT),
    "query": _field(TEXT),
    "search_string": _field(TEXT),
    "description": _field(TEXT),
    "status": _field(TEXT),
    "predicted_ltv": _field(AMOUNT),
    "ad_user_data": _field(CONSENT),
    "ad_personalization": _field(CONSENT),
}

CONTENT: Final[Table] = {
    "content_id": _field(TEXT, FILLED),
    "content_name": _field(TEXT),
    "content_category": _field(TEXT),
    "brand": _field(TEXT),
    "price": _field(AMOUNT),
    "quantity": _field(COUNT),
    "content_type": _field(Rule(lambda _: False, "belongs beside contents, not inside.")),
}

PAGE: Final[Table] = {
    "url": _field(Rule(checks.is_web_url, "must be an absolute http or https URL.")),
    "referrer": _field(TEXT),
}

LEAD: Final[Table] = {"lead_id": _field(TEXT), "lead_event_source": _field(TEXT)}
