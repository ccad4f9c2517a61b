"""What clients of Segment and RudderStack call, with the canary wherever a call has room for it."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from tandemgate.web.sources import SEGMENT
from tests.privacy.canaries import (
    CITY,
    EMAIL,
    EXTERNAL_ID,
    FIRST_NAME,
    IP,
    LAST_NAME,
    PHONES,
    SERVER_KEY,
    SESSION,
    TTCLID,
    TTP,
    USER_AGENT,
    WRONG_KEY,
    ZIP_CODE,
)
from tests.privacy.journey import (
    DENIED,
    GRANTED,
    IDENTIFIERS,
    PAGE,
    STRAYED,
    TOLD_BY_ITS_LOOKS,
    Call,
)

BATCH: Final = "/v1/batch"
BASIC: Final = {"Authorization": f"Basic {b64encode(f'{SERVER_KEY}:'.encode()).decode()}"}
TRAITS: Final = {
    "email": EMAIL,
    "phone": PHONES[1],
    "firstName": FIRST_NAME,
    "lastName": LAST_NAME,
    "name": f"{FIRST_NAME} {LAST_NAME}",
    "address": {"street": EMAIL, "city": CITY, "postalCode": ZIP_CODE, "country": "Germany"},
}


def a_call(**stated: object) -> dict[str, Any]:
    """An order with all that a library knows."""
    address = f"https://shop.example/?ttclid={TTCLID}&mail={quote(EMAIL)}"
    call = {
        "type": "track",
        "event": "Order Completed",
        "userId": EXTERNAL_ID,
        "anonymousId": EMAIL,
        "messageId": "m-1",
        "properties": {"order_id": "10492", "total": 129.95, "currency": "EUR", EMAIL: EMAIL},
        "context": {
            "ip": IP,
            "userAgent": USER_AGENT,
            "traits": TRAITS,
            "consent": GRANTED,
            "page": {"url": address, "referrer": address, "search": f"?{quote(EMAIL)}"},
            "ttp": TTP,
            "tg_session": SESSION,
            "device": {"id": EMAIL},
        },
    }
    return call | stated


def called() -> Iterator[Call]:
    """Calls that are right and wrong, one by one and in batches, with keys in every place."""
    for calls in _batches():
        yield Call(BATCH, json.dumps({"batch": calls}).encode(), headers=BASIC)
    for path in SEGMENT:
        good = a_call() if SEGMENT[path] else {"batch": [a_call()]}
        for body in (good, good | {EMAIL: EMAIL}, EMAIL, [EMAIL], {"batch": EMAIL}):
            yield Call(path, json.dumps(body).encode(), headers=BASIC)
        by_page = json.dumps(good | {"writeKey": "pk_shop"}).encode()
        yield Call(path, by_page, headers=PAGE)
        yield Call(path, gzip.compress(by_page)[:-4], headers=PAGE)
        yield Call(path, json.dumps(good | {"writeKey": WRONG_KEY}).encode(), headers={})
        for identifier in TOLD_BY_ITS_LOOKS:
            stray = b64encode(f"{identifier}:".encode()).decode()
            yield Call(path, by_page, headers={"Authorization": f"Basic {stray}"})
            yield Call(f"{path}?writeKey={quote(identifier, safe='')}", by_page, headers={})
    for identifier in (*TOLD_BY_ITS_LOOKS, WRONG_KEY, "pk_shop"):
        settings = f"/v1/projects/{quote(identifier, safe='')}/settings"
        yield Call(settings, None, "GET", PAGE)
        yield Call(settings, None, "GET", {"Origin": identifier})


def _batches() -> Iterator[list[Any]]:
    for consent in (GRANTED, DENIED, {}, EMAIL):
        context = {"consent": consent}
        yield [
            {"type": "identify", "userId": EXTERNAL_ID, "traits": TRAITS, "context": context},
            a_call(event="Product Added", context=context, messageId=f"of {len(consent)}"),
        ]
    yield [a_call(), {"type": "group", "traits": TRAITS}, {"type": EMAIL}, EMAIL, {EMAIL: 1}]
    yield [a_call(event=EMAIL), a_call(event="Order Refunded"), a_call(type="page", name=EMAIL)]
    text = {"query": STRAYED, "products": [{"product_id": "7", "name": STRAYED, "brand": STRAYED}]}
    yield [a_call(event="Product Added", messageId="strayed", properties=text)]
    for identifier in IDENTIFIERS:
        context = a_call()["context"] | {identifier: identifier}
        yield [a_call(**{identifier: identifier}, context=context, messageId="unknown")]
    for number, identifier in enumerate((EMAIL, *PHONES)):
        for name in ("event", "userId", "anonymousId", "messageId", "timestamp", "sentAt",
                     "properties", "context", "traits", "integrations", identifier):  # fmt: skip
            yield [a_call(**{name: identifier})]
        for name in ("order_id", "event_id", "total", "tax", "value", "currency", "products",
                     "product_id", "query", "shop_id", "num_items", "lead_id", "email", "url",
                     "address", identifier):  # fmt: skip
            properties = {"order_id": f"stray-{number}-{name}", "total": 1, "currency": "EUR"}
            yield [a_call(properties=properties | {name: identifier})]
        for name in ("ip", "userAgent", "locale", "page", "traits", "location", "campaign",
                     "consentManagement", "ttclid", "ttp", "tg_session", identifier):  # fmt: skip
            context = a_call()["context"] | {name: identifier}
            yield [a_call(context=context, messageId=f"stray-{number}-{name}")]
