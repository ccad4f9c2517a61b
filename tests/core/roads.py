"""The two roads from bytes to outcomes: in one step, and field by field; they must end alike."""

import json
from typing import Any

from tandemgate.core.envelope import Unreadable, raw_events, read_carefully, read_envelope
from tandemgate.core.identify import echo_event_id
from tandemgate.core.pipeline import process
from tandemgate.core.visit import wanted
from tandemgate.model.event import Envelope, Source
from tandemgate.model.outcome import Processed
from tandemgate.model.visit import Wanted
from tests.build import EVENT_TIME, NOW, an_envelope, an_item, some_rules

RULES = some_rules(custom_events=frozenset({"Own Event"}))

EVERYTHING: dict[str, Any] = an_item(
    user={
        "email": ["ada@mail.example", "a.l@mail.example"],
        "phone": "+49 151 23456789",
        "phone_number": ["+4915123456780"],
        "external_id": ["customer-1", 77],
        "first_name": "Ada",
        "last_name": "Lovelace",
        "zip_code": "10115",
        "city": "São Paulo",
        "state": "",
        "country": "de",
        "ttclid": "E.C.P.CqQBb1Vb4Fh9kX2mQ",
        "ttp": "2J6ZkqKc1n7wYb9vQ",
        "ip": "85.214.132.117",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
        "locale": "de-DE",
    },
    properties={
        "value": 129.95,
        "currency": "EUR",
        "order_id": 10492,
        "contents": [
            {"content_id": "sku-1", "quantity": 2, "price": 49.95, "content_name": "Stuhl “Å”"},
            {"content_id": 77, "content_category": "chairs", "brand": "A/S"},
        ],
        "content_type": "product",
        "content_ids": ["sku-1", 77],
        "num_items": 3,
        "shop_id": "berlin",
        "query": "chair",
        "search_string": "red chair",
        "description": "two chairs",
        "status": "paid",
        "predicted_ltv": 0,
    },
    page={"url": "https://shop.example/a?utm_source=tiktok", "referrer": "https://x.example/?q=1"},
    limited_data_use=False,
    lead={"lead_event_source": "form", "lead_id": "7"},
    consent={
        "ad_user_data": "GRANTED",
        "ad_personalization": "DENIED",
        "region": "DE",
        "cmp": "cmp.example",
        "cmp_version": 3,
        "opt_out": False,
        "child": False,
        "collected_at": EVENT_TIME - 100,
        "tc_string": "",
        "gpp_string": "DBAA",
        "us_privacy": "1YNN",
        "gcd": "13l3l3l3l5l1",
    },
    session="s-1",
    refs={"cart": "c-1", "checkout": "k-1", "order": "o-1", "lead": "l-1"},
    region="DE",
)


def told(envelope: Envelope | Unreadable) -> object:
    """Everything that comes of an envelope, in a form that compares."""
    if isinstance(envelope, Unreadable):
        return envelope
    outcomes: list[tuple[Processed, str | None, Wanted | None]] = []
    for raw in raw_events(envelope, source=Source.BACKEND, verified=True):
        outcome = process(raw, RULES, NOW)
        outcomes.append((outcome, echo_event_id(raw, outcome), wanted(raw)))
    return outcomes


def differs(body: bytes) -> tuple[object, object] | None:
    """What both roads say of *body*, if it is not the same."""
    quick, careful = told(read_envelope(body)), told(read_carefully(body))
    return None if repr(quick) == repr(careful) and quick == careful else (quick, careful)


def written(*items: object, **layout: Any) -> bytes:  # noqa: ANN401 - whatever json takes
    """An envelope with *items* as bytes."""
    return json.dumps(an_envelope(*items), **layout).encode(errors="surrogatepass")
