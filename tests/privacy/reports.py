"""What a shop reports to Google Analytics 4, with the canary wherever a report has room for it."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from tests.privacy.canaries import (
    CITY,
    EMAIL,
    EXTERNAL_ID,
    FIRST_NAME,
    IP,
    LAST_NAME,
    PHONE,
    PHONES,
    SERVER_KEY,
    SESSION,
    TTCLID,
    TTP,
    USER_AGENT,
    WRONG_KEY,
    ZIP_CODE,
)
from tests.privacy.journey import PAGE, TOLD_BY_ITS_LOOKS, Call

PATHS: Final = ("/mp/collect", "/debug/mp/collect")
ADDRESS: Final = {
    "first_name": FIRST_NAME,
    "last_name": LAST_NAME,
    "postal_code": ZIP_CODE,
    "city": CITY,
    "country": "DE",
}
GRANTED: Final = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}
DENIED: Final = dict.fromkeys(GRANTED, "DENIED")
HASHED: Final = {
    "sha256_email_address": [sha256(EMAIL.lower().encode()).hexdigest()],
    "sha256_phone_number": sha256(PHONE.encode()).hexdigest(),
}


def report(*events: object, **stated: object) -> dict[str, Any]:
    """A report of the person's; without events a purchase."""
    return {
        "client_id": EXTERNAL_ID,
        "user_id": EXTERNAL_ID,
        "user_data": {"email": EMAIL, "phone_number": PHONES[1], "address": [ADDRESS]},
        "user_properties": {"mail": {"value": EMAIL}},
        "ip_override": IP,
        "user_agent": USER_AGENT,
        "user_location": {"country_id": "DE", "city": CITY},
        "consent": GRANTED,
        "events": [*events] or [event("purchase")],
    } | stated


def event(name: str, **params: object) -> dict[str, Any]:
    """An event with all that a page knows."""
    usual = {
        "transaction_id": "10492",
        "value": 129.95,
        "currency": "EUR",
        "page_location": f"https://shop.example/?ttclid={TTCLID}&mail={quote(EMAIL)}",
        "ttp": TTP,
        "tg_session": SESSION,
    }
    return {"name": name, "params": usual | params}


def reported() -> Iterator[Call]:
    """Reports that are right and wrong, by a key in the address, taken and previewed."""
    for path in PATHS:
        target = f"{path}?measurement_id=G-1&api_secret={SERVER_KEY}"
        for body in _reports():
            yield Call(target, json.dumps(body).encode(), headers={})
        for broken in (b"", b"[", json.dumps(report()).encode()[:-9], EMAIL.encode()):
            yield Call(target, broken, headers={})
        good = json.dumps(report()).encode()
        yield Call(f"{path}?api_secret={WRONG_KEY}", good, headers={})
        yield Call(f"{path}?api_secret=pk_shop", good, headers=PAGE)
        for identifier in TOLD_BY_ITS_LOOKS:
            said = quote(identifier, safe="")
            yield Call(f"{path}?api_secret={said}&measurement_id={said}&{said}=1", good, headers={})
            yield Call(target, good, headers={"User-Agent": identifier, "Origin": identifier})
            yield Call(target, None, "GET", {"Referer": identifier})


def _reports() -> Iterator[dict[str, Any]]:
    yield report()
    yield report(event("purchase", transaction_id="10493"), consent=DENIED)
    yield report(event("purchase", transaction_id="10494"), user_data=HASHED)
    yield report(event("refund"), event("scroll"), event(EMAIL), EMAIL, {EMAIL: EMAIL})
    yield report(event("view_item", transaction_id=None, value=EMAIL, items=[EMAIL]))
    for number, identifier in enumerate((EMAIL, *PHONES)):
        for name in ("event_id", "transaction_id", "value", "tax", "currency", "search_term",
                     "items", "page_referrer", "tg_session", "lead_id", identifier):  # fmt: skip
            stray = {"transaction_id": f"stray-{number}-{name}", name: identifier}
            yield report(event("purchase", **stray))
        for name in ("client_id", "user_id", "user_data", "consent", "user_location", "device",
                     "timestamp_micros", "ip_override", "user_agent", "events", "app_instance_id",
                     identifier):  # fmt: skip
            yield report(**{name: identifier})
        line = {"item_id": identifier, "item_name": identifier, "price": identifier}
        yield report(event("add_to_cart", transaction_id="", items=[line, identifier]))
        yield report(event("search", transaction_id="", lead_id=identifier))
