"""A day in the life of a canary: each way in which a person or a secret comes into the gateway."""

import gzip
import json
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from tests.privacy.canaries import (
    ADMIN_KEY,
    CITY,
    EMAIL,
    EXTERNAL_ID,
    FIRST_NAME,
    FRESH_TOKEN,
    IP,
    LAST_NAME,
    PHONES,
    SECOND_EMAIL,
    SERVER_KEY,
    SESSION,
    TTCLID,
    TTP,
    USER_AGENT,
    WRONG_KEY,
    ZIP_CODE,
)
from tests.privacy.stage import PIXEL, STRICT_PIXEL, Stage

EVENTS: Final = "/v1/events"
ALIAS: Final = "/api/tracklayer/tiktok-events-api"
SENT: Final = ("granted", "denied", "strict-granted")
"""Events that leave: those of :func:`told_plainly` by their event_id."""

PERSON: Final[Mapping[str, object]] = {
    "email": [EMAIL, SECOND_EMAIL],
    "phone": list(PHONES),
    "external_id": EXTERNAL_ID,
    "first_name": FIRST_NAME,
    "last_name": LAST_NAME,
    "zip_code": ZIP_CODE,
    "city": CITY,
    "country": "DE",
    "ttclid": TTCLID,
    "ttp": TTP,
    "ip": IP,
    "user_agent": USER_AGENT,
}
IDENTIFIERS: Final = (EMAIL, *PHONES, EXTERNAL_ID, LAST_NAME, ZIP_CODE, TTCLID, TTP, IP, USER_AGENT)
TOLD_BY_ITS_LOOKS: Final = (EMAIL, PHONES[0], PHONES[3])
"""What is known for an identifier wherever it stands; the others only beside the person's own."""

GRANTED: Final = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
DENIED: Final = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
STRAYED: Final = f"Order of {EMAIL}, call {PHONES[0]} for {EXTERNAL_ID}"


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    target: str = EVENTS
    body: bytes | None = None
    method: str = "POST"
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"Authorization": f"Bearer {SERVER_KEY}"}
    )


def item(event_id: str, **overrides: object) -> dict[str, Any]:
    """A purchase by the person, of this very moment; ``...`` leaves a field out."""
    whole = {
        "event": "CompletePayment",
        "event_id": event_id,
        "event_time": int(time.time()),
        "user": dict(PERSON),
        "properties": {"value": 129.95, "currency": "EUR"},
        "page": {"url": "https://shop.example/thanks"},
        "consent": GRANTED,
        "session": SESSION,
    } | overrides
    return {name: value for name, value in whole.items() if value is not ...}


def envelope(*items: object, pixel: object = PIXEL, **more: object) -> bytes:
    """A request body."""
    whole = {"event_source": "web", "event_source_id": pixel, "data": list(items), **more}
    return json.dumps(whole).encode()


def told_plainly() -> Iterator[Call]:
    """What a shop sends that does everything right, under each consent."""
    yield Call(body=envelope(item("granted"), item("denied", consent=DENIED)))
    yield Call(body=envelope(item("granted"), item("granted", user={"external_id": "another"})))
    yield Call(body=envelope(item("unasked", consent=...), item("child", consent={"child": True})))
    yield Call(body=envelope(item("strict-granted"), pixel=STRICT_PIXEL))
    yield Call(body=envelope(item("strict-denied", consent=DENIED), pixel=STRICT_PIXEL))
    yield Call(body=envelope(item("held", consent=...), pixel=STRICT_PIXEL))
    yield Call(body=envelope(item("view", event="Pageview")))
    yield Call(body=gzip.compress(envelope(item("zipped"))))


def hidden_in_fields() -> Iterator[Call]:
    """Identifiers where they do not belong, beside the person whose they are, and without them."""
    text = dict.fromkeys(("description", "query", "search_string", "status"), STRAYED)
    line = {"content_id": EMAIL, "content_name": STRAYED, "content_category": EMAIL, "brand": EMAIL}
    properties = {"value": 1, "currency": "EUR", **text, "contents": [line]}
    stranger = {"external_id": "other", "ip": "198.51.100.7"}
    told = (EMAIL, *PHONES, EXTERNAL_ID)
    for user, identifiers in ((PERSON, told), (stranger, TOLD_BY_ITS_LOOKS)):
        name = f"hidden-{len(user)}"
        yield Call(body=envelope(item(name, properties=properties, user=user)))
        for place, identifier in enumerate(one for one in identifiers if one != EXTERNAL_ID):
            yield Call(body=envelope(item(f"{name}-{place}-{identifier}", user=user)))
            yield Call(
                body=envelope(
                    item(..., user=user, properties={**properties, "order_id": identifier}),  # type: ignore[arg-type]
                    item(f"{name}-{place}-refs", user=user, refs={"order": identifier}),
                    item(f"{name}-{place}-name", user=user, event=f"Custom {identifier}"),
                    item(f"{name}-{place}-session", user=user, session=identifier),
                )
            )
        yield Call(body=envelope(item(f"{name}-lead", user=user, lead={"lead_id": EMAIL})))
        for place, address in enumerate(_addresses(identifiers)):
            page = {"url": address, "referrer": address}
            yield Call(body=envelope(item(f"{name}-page-{place}", user=user, page=page)))


def _addresses(identifiers: Iterable[str]) -> Iterator[str]:
    once, twice = quote(EMAIL, safe=""), quote(quote(EMAIL, safe=""), safe="")
    for identifier in (once, twice, *(quote(one, safe="@+") for one in identifiers)):
        yield f"https://shop.example/thanks?email={identifier}&utm_source={identifier}"
        yield f"https://shop.example/of/{identifier}/thanks#{identifier}"
        yield f"https://{identifier}@shop.example/thanks"
    yield f"https://shop.example/thanks?ttclid={TTCLID}&z={ZIP_CODE}&e={EXTERNAL_ID}"


def unknown_and_wrong() -> Iterator[Call]:
    """Fields that nobody knows, and values of the wrong kind."""
    for number, identifier in enumerate(IDENTIFIERS):
        stray = {identifier: identifier, "customer": {"mail": identifier}}
        name = f"unknown-{number}"
        whole = item(name, **stray)
        for part in ("user", "properties", "page", "consent"):
            whole[part] = {**whole[part], **stray}
        yield Call(body=envelope(whole))
        for field_name in ("event_time", "limited_data_use", "region", "refs", "lead", "page"):
            yield Call(body=envelope(item(f"{name}-{field_name}", **{field_name: identifier})))
        for flag in ("ad_user_data", "ad_personalization", "opt_out", "child", "region", "cmp"):
            consent = {**GRANTED, flag: identifier}
            yield Call(body=envelope(item(f"{name}-{flag}", consent=consent)))
        for commerce in ("value", "currency", "content_type", "num_items", "contents"):
            properties = {"value": 1, "currency": "EUR", commerce: identifier}
            yield Call(body=envelope(item(f"{name}-{commerce}", properties=properties)))
        yield Call(body=envelope(item(f"{name}-user", user=identifier), identifier, [identifier]))
        yield Call(body=envelope(item(f"{name}-mail", user={"email": {identifier: identifier}})))


def in_the_envelope() -> Iterator[Call]:
    """What is said about all events at once."""
    for identifier in TOLD_BY_ITS_LOOKS:
        for field_name in ("event_source_id", "test_event_code", "event_source", "unknown"):
            whole = json.loads(envelope(item("envelope"))) | {field_name: identifier}
            yield Call(body=json.dumps(whole).encode())


def unreadable() -> Iterator[Call]:
    """Bodies that are no envelope, with the person in them."""
    good = envelope(item("unreadable"))
    yield Call(body=good[:-20])
    yield Call(body=good[:-2] + b',"' + EMAIL.encode() + b'"}')
    yield Call(body=EMAIL.encode())
    yield Call(body=json.dumps(EMAIL).encode())
    yield Call(body=good.replace(b'"value"', b'"' + EMAIL.encode() + b'": NaN, "value"'))
    yield Call(body=good.replace(EMAIL.encode(), EMAIL.encode() + b"\xff"))
    yield Call(body=good.replace(EMAIL.encode(), EMAIL.encode() + b"\\ud800"))
    yield Call(body=b"\xef\xbb\xbf" + good)
    twice = json.dumps(EMAIL).encode() + b":1,"
    yield Call(body=good.replace(b'"session"', twice + twice + b'"session"'))
    yield Call(body=b'{"a":' * 40 + json.dumps(EMAIL).encode() + b"}" * 40)
    yield Call(body=(EMAIL.encode() + b" ") * 40_000)
    yield Call(body=gzip.compress((EMAIL.encode() + b" ") * 400_000))
    yield Call(body=gzip.compress(good)[:-9])
    yield Call(body=envelope(*[EMAIL] * 1_001))


HEADERS: Final = (
    "Content-Encoding", "Content-Type", "User-Agent", "Referer", "Cookie", "X-Forwarded-For",
    "X-Request-Id", "Origin", "Host", "Expect",
)  # fmt: skip
ADDRESSES: Final = (
    "/{}", "/v1/events/{}", "/v1/events?email={}", "/api/events/{}", "/api/events?{}=1",
    "/api/pairs?since={}", "/api/pairs?verdict={}",
    "/api/events?q={}", "/api/events?limit={}", "/api/events?since={}", "/api/events?state={}",
    "/api/quality?event={}", "/api/quality?pixel={}", "/api/quality?since={}", "/api/quality?{}=1",
    "/api/export/{}", "/api/export/events?q={}&event={}&pixel={}", "/api/export/events?format={}",
    "/api/reconcile?pixel={}", "/docs/codes/{}", "/docs/api?{}", "/openapi.json?{}",
    "/livez?{}", "/metrics?{}",
)  # fmt: skip


def in_headers_and_addresses() -> Iterator[Call]:
    """Headers, paths and queries, as crawlers, proxies and mistaken integrations write them."""
    good = envelope(item("headers"))
    key = {"Authorization": f"Bearer {SERVER_KEY}"}
    for identifier in TOLD_BY_ITS_LOOKS:
        yield Call(body=good, headers={"Authorization": f"Bearer {identifier}"})
        yield Call(body=good, headers={"Authorization": f"Basic {identifier}"})
        for name in HEADERS:
            yield Call(body=good, headers={**key, name: identifier})
            yield Call(target=ALIAS, body=good, headers={name: identifier})
        path = quote(identifier, safe="")
        for target in ADDRESSES:
            for method in ("GET", "POST", "DELETE"):
                yield Call(target.replace("{}", path), None, method, key)
    yield Call(body=good, headers={"Authorization": f"Bearer {WRONG_KEY}"})
    yield Call(target=f"/v1/events?key={WRONG_KEY}", body=good)


def operating() -> Iterator[Call]:
    """What people do, with names and secrets in it."""
    admin = {"Authorization": f"Bearer {ADMIN_KEY}"}
    for identifier in (*TOLD_BY_ITS_LOOKS, FRESH_TOKEN):
        # A token looks like any other word, so that nobody can refuse it for a name.
        named = "nightly" if identifier == FRESH_TOKEN else identifier
        for target, content in {
            f"/api/delivery/{PIXEL}/pause": {"reason": f"asked by {TOLD_BY_ITS_LOOKS}"},
            f"/api/delivery/{quote(identifier, safe='')}/pause": {"reason": ""},
            "/api/replay": {"q": identifier, "reason": f"asked by {TOLD_BY_ITS_LOOKS}"},
            "/api/reconcile": {
                "pixel": PIXEL,
                "orders": [
                    {"order": named, "currency": "EUR", "total": 1},
                    {"order": "1", "currency": named, "total": named},
                    {"order": "1", "currency": "EUR", "total": named},
                ],
            },
            "/api/reconcile?x": {
                "pixel": named,
                "events": [named],
                "event_ids": [named],
                "orders": [],
            },
            "/api/problems/currency_invalid-aaaaaaaa/resolve": {"note": identifier},
            f"/api/problems/{quote(identifier, safe='')}/mute": {"until": identifier},
            "/api/quality/scores": {"pixel": PIXEL, "event": identifier, "score": 6},
            "/api/tokens": {"pixel": identifier, "token": FRESH_TOKEN},
            "/api/tokens/retire": {"pixel": PIXEL, "tail": identifier},
            "/api/alerts/test": {"who": identifier},
            "/api/alerts/mute": {"family": identifier, "pixel_id": identifier},
            "/api/alerts/mute?x": {"family": "volume", "pixel_id": PIXEL, "note": named},
            "/api/alerts/unmute": {"family": "volume", "pixel_id": identifier},
            "/api/tests": {
                "pixel": PIXEL,
                "code": identifier,
                "name": f"asked by {identifier}",
                "landing": f"https://shop.example/?q={identifier}",
                "events": [identifier],
            },
            f"/api/tests/{quote(identifier, safe='')}/stop": {"reason": identifier},
            "/api/tokens/": {"pixel": PIXEL, "secret": FRESH_TOKEN},
            "/api/setup/confirm": {"pixel": identifier, "prerequisite": identifier},
            "/api/keys": {"name": named, "pixels": [PIXEL]},
            "/api/keys?x": {"name": "pages", "pixels": [identifier], "origins": [identifier]},
            "/api/keys/rotate": {"name": identifier},
            "/api/keys/revoke": {"name": identifier, identifier: identifier},
        }.items():
            yield Call(target, json.dumps(content).encode(), headers=admin)
        yield Call("/api/tokens", identifier.encode(), headers=admin)
        yield Call(f"/test/{quote(identifier, safe='')}", None, "GET")
        yield Call(
            "/api/tokens", json.dumps({"pixel": PIXEL, identifier: 1}).encode(), headers=admin
        )
    yield Call(f"/api/delivery/{PIXEL}/resume", b"{}", headers=admin)
    test = {"pixel": PIXEL, "code": "TEST12345", "sessions": [SESSION], "name": "a journey"}
    yield Call("/api/tests", json.dumps(test).encode(), headers=admin)


def in_the_browser() -> Iterator[Call]:
    """What a page hands in with the public key, right and wrong."""
    for number, identifier in enumerate((*TOLD_BY_ITS_LOOKS, TTCLID, SESSION)):
        call = {
            "type": "track", "event": "AddToCart", "event_id": f"cart-{number}", "at": 1,
            "properties": {"value": 1, "currency": "EUR", "description": identifier},
            "page": {"url": f"https://shop.example/?utm_source={quote(identifier)}"},
            "user": dict(PERSON), "ttclid": TTCLID, "ttp": TTP,
        }  # fmt: skip
        more = [{"type": "identify", "user": dict(PERSON)}, {"type": identifier, "at": 1},
                {"type": "attach", "refs": {"order": identifier}},
                {"type": "pixel", "event": identifier, "event_id": identifier},
                {"type": "pixel", "event": "CompletePayment", "event_id": f"px-{number}",
                 "properties": {"value": 1, "currency": "EUR", "order_id": identifier}},
                {"type": "link"}, {"type": "link", "token": identifier}]  # fmt: skip
        for consent in (GRANTED, DENIED, {}, {"ad_user_data": identifier}, identifier):
            beacon = {"key": "pk_shop", "session": None, "sent_at": 2, "consent": consent,
                      "events": [call, *more]}  # fmt: skip
            yield Call("/v1/collect", json.dumps(beacon).encode(), headers=PAGE)
            odd = beacon | {"session": identifier, identifier: identifier}
            yield Call("/v1/collect", json.dumps(odd).encode(), headers=PAGE)
        for name in ("User-Agent", "Cookie"):
            yield Call("/v1/collect", b"{}", headers={**PAGE, name: identifier})
        unknown = {"key": identifier, "sent_at": 2, "events": [call]}
        yield Call("/v1/collect", json.dumps(unknown).encode(), headers=PAGE)
        refs = {"session": identifier, "refs": {"order": identifier, identifier: identifier}}
        yield Call("/v1/attach", json.dumps(refs).encode())


PAGE: Final = {
    "Origin": "https://shop.example",
    "Content-Type": "text/plain;charset=UTF-8",
    "User-Agent": USER_AGENT,
    "X-Forwarded-For": IP,
    "Cookie": f"tg_session={SESSION}; other={quote(EMAIL)}",
}


def about_people() -> Iterator[Call]:
    """Withdrawals and erasures: the one place where an identifier is what is asked for."""
    admin = {"Authorization": f"Bearer {ADMIN_KEY}"}
    whose: tuple[dict[str, object], ...] = (
        {"user": {"email": EMAIL}},
        {"user": {"phone": PHONES[1]}, "region": "DE"},
        {"user": {"external_id": EXTERNAL_ID, "first_name": FIRST_NAME}},
        {"user": {"email": {EMAIL: 1}}},
        {"user": EMAIL},
        {"session": SESSION},
        {"session": EMAIL, EMAIL: 1},
    )
    for asked in whose:
        denied = {**asked, "ad_user_data": "DENIED"}
        yield Call("/v1/consent", json.dumps({**asked, **GRANTED}).encode())
        yield Call("/v1/consent", json.dumps({**asked, "ad_user_data": EMAIL}).encode())
        yield Call("/v1/consent", json.dumps(denied).encode())
        yield Call("/v1/consent", json.dumps(denied).encode()[:-1])
        yield Call("/api/erase", json.dumps(asked).encode(), headers=admin)
        yield Call("/api/erase", json.dumps({**asked, "reason": EMAIL}).encode(), headers=admin)
    erased = {**whose[0], "reason": "request 17", "execute": True}
    yield Call("/api/erase", json.dumps(erased).encode(), headers=admin)
    yield Call(body=envelope(item("after the erasure")))


def shop_books() -> tuple[str, str]:
    """The header of an order system's export, and a line of it that is full of a person."""
    head = "Name,Email,Financial Status,Paid at,Currency,Total,Billing Name,Billing Phone\n"
    when = "2026-04-23 11:00:00 +0000"
    return head, f"#1001,{EMAIL},paid,{when},EUR,129.95,{FIRST_NAME},{PHONES[1]}\n"


def looking() -> Iterator[Call]:
    """Everything that the gateway tells."""
    admin = {"Authorization": f"Bearer {ADMIN_KEY}"}
    for target in ("/api/events?limit=500", "/api/pairs?limit=200", "/api/stats",
                   "/api/delivery", "/api/attention", "/api/alerts",
                   "/api/tokens", "/api/keys", "/api/taxonomy", "/api/setup", "/api/tests",
                   "/api/audit", "/livez", "/readyz", "/metrics", "/", "/openapi.json",
                   "/docs/api", "/api/quality",
                   "/api/export/events?format=csv", "/api/export/attempts",
                   "/api/export/decisions?format=csv", f"/api/reconcile?pixel={PIXEL}",
                   "/api/problems?status=all&limit=500",
                   "/api/problems?severity=" + quote(EMAIL),
                   "/api/problems?after=" + quote(EMAIL),
                   *(f"/api/events/{event_id}" for event_id in SENT)):  # fmt: skip
        yield Call(target, None, "GET", admin)


def make(stage: Stage, calls: Iterator[Call]) -> list[int]:
    """Make *calls* one after another; the statuses."""
    return [stage.ask(call.method, call.target, call.body, **call.headers)[0] for call in calls]


RAW: Final = (
    b"GET /%s HTTP/1.1\r\n\r\n",
    b"%s / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /v1/events HTTP/9.9\r\nX: %s\r\n\r\n",
    b"POST /v1/events HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n",
    b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: %s\r\n\r\n",
    b"POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n",
    b"POST /v1/events HTTP/1.1\r\nHost: a\r\nX: " + b"%s " * 3_000 + b"\r\n\r\n",
    b"\x16\x03\x01%s\r\n\r\n",
    b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n%s",
)
"""Bytes that are hardly HTTP, with a place for an identifier."""


def send_raw(stage: Stage) -> None:
    """Say what is hardly HTTP, and keep what is answered."""
    host, _, port = urlsplit(stage.url).netloc.partition(":")
    for template in RAW:
        told = template.replace(b"%s", EMAIL.encode())
        with socket.create_connection((host, int(port)), timeout=1) as connection:
            connection.sendall(told)
            connection.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while some := connection.recv(65_536):
                    stage.answers += some
