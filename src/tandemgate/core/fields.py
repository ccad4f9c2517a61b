"""The format of one reported event: every field that is read, and how.

Sources: TikTok's Events API 2.0 field reference and its Business API SDK (names and types), the
guide (``phone_number``, ``properties.ad_user_data``), and what only the gateway reads
(``consent``, ``session``, ``refs``, ``region``). What is not here is left out with a finding.
"""

import re
from datetime import datetime

from tandemgate.catalog.events import KNOWN
from tandemgate.catalog.regions import UNREADABLE, region_code
from tandemgate.core.amounts import amount, quantity
from tandemgate.core.consent import Unreadable, read_flag
from tandemgate.core.identify import event_id_fault
from tandemgate.core.reading import (
    Notes,
    Table,
    boolean,
    kept_text,
    label,
    public_label,
    public_text,
    read_object,
    section,
    several,
    shape,
    text,
)
from tandemgate.core.scrub import holds_identifier, scrub_url
from tandemgate.model.consent import Flag, Profile
from tandemgate.model.event import Content

MOST_IDENTIFIERS = 20
MOST_CONTENT_IDS = 1_000
LATEST_INSTANT = 10**11
"""Unix seconds, in the year 5138: beyond it are milliseconds."""

WHOLE_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*")


def event_name(value: object, at: str, notes: Notes) -> str | None:
    """Read the event's name; whether TikTok knows it is judged later."""
    name = text(value, at, notes)
    if name is None or name in KNOWN or not holds_identifier(name, notes.person):
        return name
    notes.refuse("event_holds_identifier", at, shape(value))
    return None


def event_id(value: object, at: str, notes: Notes) -> str | None:
    """Read the id that the Pixel's copy carries too, so not a character of it may change."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        shown = notes.shown(value)
        notes.refuse("event_id_not_string", at, shown, fix=f'send "{shown}" in quotes')
        return None
    name = text(value, at, notes)
    fault = None if name is None else event_id_fault(name, notes.person)
    if fault is None:
        return name
    notes.refuse(fault, at, shape(value))
    return None


def event_time(value: object, at: str, notes: Notes) -> int | None:
    """Read Unix seconds; digits in a string are converted, anything cleverer is refused."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, float) and value.is_integer() and value > 0:
        notes.remark("event_time_converted", at)
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value.strip()) and int(value):
        notes.remark("event_time_converted", at)
        return int(value)
    notes.refuse("event_time_invalid", at, notes.shown(value), fix=_seconds_fix(value))
    return None


def _seconds_fix(value: object) -> str | None:
    if isinstance(value, float) and value > 0:
        return f"send {int(value)}, without a fraction"
    instant = _iso_instant(value)
    return None if instant is None else f"send {int(instant)}"


def instant(value: object, at: str, notes: Notes) -> float | None:
    """Read when consent was collected: Unix seconds, or an ISO 8601 time with its offset."""
    if (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and 0 < value < LATEST_INSTANT
    ):
        return float(value)
    moment = _iso_instant(value)
    if moment is None:
        notes.refuse("time_invalid", at, notes.shown(value))
    return moment


def _iso_instant(value: object) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return moment.timestamp()


def flag(value: object, at: str, notes: Notes) -> Flag | None:
    """Read GRANTED or DENIED; what says neither never counts as consent."""
    read = read_flag(value)
    if not isinstance(read, Unreadable):
        return read
    if notes.unreadable_is_missing:
        notes.remark("consent_ignored", at)
        return None
    notes.refuse("consent_unreadable", at, notes.shown(value))
    return None


def profile(value: object, at: str, notes: Notes) -> Profile | None:
    """Read a consent profile; a misspelled one was meant to be strict, so the event is refused."""
    try:
        return Profile(value.strip().lower() if isinstance(value, str) else "")
    except ValueError:
        notes.refuse("consent_profile_invalid", at, notes.shown(value))
        return None


def consent_string(value: object, at: str, notes: Notes) -> str | None:
    """Read the string of a consent platform as it is; what it says is weighed later."""
    if notes.unreadable_is_missing and not isinstance(value, str):
        notes.remark("consent_ignored", at)
        return None
    return text(value, at, notes)


def consent_region(value: object, at: str, notes: Notes) -> str | None:
    """Read where the person is; of what is no region only that something was stated is kept."""
    stated = text(value, at, notes)
    return stated if stated is None or region_code(stated) else UNREADABLE


def currency(value: object, at: str, notes: Notes) -> str | None:
    """Read a currency code in upper case; whether it is one is judged later."""
    if not isinstance(value, str):
        notes.refuse("currency_invalid", at, notes.shown(value))
        return None
    code = text(value, at, notes)
    if code is not None and code != code.upper():
        notes.remark("currency_upper_cased", at)
    return None if code is None else code.strip().upper()


def content_type(value: object, at: str, notes: Notes) -> str | None:
    """Read product or product_group."""
    if value in ("product", "product_group"):
        return str(value)
    notes.refuse("content_type_invalid", at, notes.shown(value))
    return None


def page_url(value: object, at: str, notes: Notes) -> str | None:
    """Read the address of the page; TikTok refuses events whose address is not a whole one."""
    address = referrer(value, at, notes)
    if address is None or WHOLE_ADDRESS.fullmatch(address):
        return address
    notes.remark("page_url_invalid", at)
    return None


def referrer(value: object, at: str, notes: Notes) -> str | None:
    """Read an address, reduced to what may leave of it."""
    address = text(value, at, notes)
    if address is None:
        return None
    clean, _ = scrub_url(address)
    if not holds_identifier(clean, notes.person, external_id=True):
        return clean or None
    notes.remark("text_holds_identifier", at)
    clean, _ = scrub_url(address, person=notes.person)
    if holds_identifier(clean, notes.person, external_id=True):
        return None
    return clean or None


def contents(value: object, at: str, notes: Notes) -> tuple[Content, ...] | None:
    """Read one product or a list of them."""
    if isinstance(value, dict):
        return _line(value, at, notes)
    if not isinstance(value, list):
        notes.refuse("contents_invalid", at, notes.shown(value))
        return None
    return tuple(
        line
        for place, member in enumerate(value)
        if member is not None
        for line in _line(member, f"{at}/{place}", notes)
    )


def _line(value: object, at: str, notes: Notes) -> tuple[Content, ...]:
    if not isinstance(value, dict):
        notes.refuse(
            "contents_invalid", at, notes.shown(value), expected="an object with content_id"
        )
        return ()
    fields = read_object(value, at, CONTENT, notes)
    if "content_id" in fields:
        return (Content(**fields),)
    notes.remark("content_id_missing", at)
    return ()


def elsewhere(_value: object, _at: str, _notes: Notes) -> None:
    """Skip a field that another reader has read."""


_identifiers = several(text, MOST_IDENTIFIERS)

USER: Table = {
    "email": _identifiers,
    "phone": _identifiers,
    "phone_number": _identifiers,
    "external_id": several(label, MOST_IDENTIFIERS),
    "first_name": text,
    "last_name": text,
    "zip_code": text,
    "city": text,
    "state": text,
    "country": text,
    "ttclid": text,
    "ttp": text,
    "ip": text,
    "user_agent": text,
    "locale": text,
}

LEAVES_PLAIN = ("city", "state", "country", "ttclid", "ttp", "ip", "user_agent", "locale")
"""Fields of the user that are not hashed, so nothing that should be hashed may stand in them."""

CONTENT: Table = {
    "content_id": public_label,
    "content_name": public_text,
    "content_category": public_text,
    "brand": public_text,
    "price": amount,
    "quantity": quantity,
}

FURTHER: Table = {
    "content_type": content_type,
    "content_ids": several(public_label, MOST_CONTENT_IDS),
    "num_items": quantity,
    "shop_id": public_label,
    "query": public_text,
    "search_string": public_text,
    "description": public_text,
    "status": public_text,
    "predicted_ltv": amount,
}
"""Properties that are checked and passed on as they are, in this order."""

PROPERTIES: Table = {
    "value": amount,
    "currency": currency,
    "order_id": public_label,
    "contents": contents,
    "ad_user_data": flag,
    "ad_personalization": flag,
    **FURTHER,
}

CONSENT_STRINGS = ("tc_string", "gpp_string", "us_privacy", "gcd")
"""What consent platforms write: TC and GPP strings, US Privacy, and Google's consent mode."""

CONSENT: Table = {
    "ad_user_data": flag,
    "ad_personalization": flag,
    "region": consent_region,
    "cmp": kept_text,
    "cmp_version": kept_text,
    "opt_out": boolean,
    "gpc": boolean,
    "child": boolean,
    "profile": profile,
    "collected_at": instant,
    **dict.fromkeys(CONSENT_STRINGS, consent_string),
}

LEAD: Table = {"lead_id": public_label, "lead_event_source": public_text}
"""What is known of a lead, passed on as it is, in this order."""

EVENT: Table = {
    "event": event_name,
    "event_id": event_id,
    "event_time": event_time,
    "user": elsewhere,
    "properties": section(PROPERTIES),
    "page": section({"url": page_url, "referrer": referrer}),
    "limited_data_use": boolean,
    "lead": section(LEAD),
    "consent": section(CONSENT),
    "session": text,
    "refs": section({"cart": label, "checkout": label, "order": label, "lead": label}),
    "region": text,
}
