"""Google Analytics 4's Measurement Protocol, as servers and tag managers send it.

Sources: Google, "Measurement Protocol reference" (body, consent, user_location, device), "Send
user-provided data with User-ID" (user_data and how it is hashed), "GA4 recommended events" (params
and items; value is without tax and shipping, price is what is left after the discount).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from tandemgate.catalog.reasons import finding, problem
from tandemgate.catalog.reports import GA4_ITEM, GA4_PARAMS, GA4_PLAIN, GA4_REQUEST
from tandemgate.catalog.translations import GA4, NO_SALE
from tandemgate.core.reading import shape
from tandemgate.model.event import Fallback, Source
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.message import Message
from tandemgate.model.rules import PixelRules
from tandemgate.sources.dialect import Asked
from tandemgate.sources.names import tiktok_name
from tandemgate.sources.totals import as_reported, by_rule, decimal
from tandemgate.sources.walk import click_in, found, inner, listed, stated

MOST_EVENTS: Final = 1_000
"""Google takes 25 in a request, and its clients send no more."""

_MICROSECONDS_FROM: Final = 10**14
"""In the year 1973; what is less was meant as seconds or milliseconds, and is judged as it is."""

_MICROSECONDS: Final = re.compile(r"[0-9]{15,19}")
_DAY: Final = 86_400
_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")
"""No digits in an event_id that might be taken for somebody's phone number."""


class MeasurementProtocol:
    """Reads the body of ``/mp/collect``: who and where, and a list of events."""

    source: Final = Source.GA4

    def read(self, tree: object, asked: Asked) -> Sequence[Message] | Problem:
        """Read a request; a single event that stands for the list is taken as one."""
        if not isinstance(tree, dict):
            return problem("report_not_object", "", shape(tree))
        if tree.get("app_instance_id"):
            return problem("event_source_unsupported", "/app_instance_id", "an app's stream")
        events = tree.get("events")
        if isinstance(events, dict):  # ga4mp's postponed_send
            return [_message(events, "/events", tree, asked)]
        if not isinstance(events, list):
            came = shape(events) if "events" in tree else "nothing"
            return problem("events_not_list", "/events", came)
        if len(events) > MOST_EVENTS:
            expected = f"at most {MOST_EVENTS} events"
            return problem("too_many_events", "/events", f"{len(events)} events", expected=expected)
        return [
            _message(event, f"/events/{index}", tree, asked) for index, event in enumerate(events)
        ]


def _message(event: object, at: str, body: Mapping[str, Any], asked: Asked) -> Message:
    if not isinstance(event, dict):
        return Message(at, event)
    said, params = event.get("name"), inner(event, "params")
    if isinstance(said, str) and said.casefold() in NO_SALE:
        return Message(at, {}, "no_sale")
    name = tiktok_name(said, GA4, asked.rules) if isinstance(said, str) else said
    if name is None and said is not None:
        return Message(at, {}, "event_not_mapped")
    at_micros, event_id = _timestamp(event, body), params.get("event_id") or None
    fallback = None if event_id else _by_content(event, at, body, at_micros, asked)
    properties, remarks = _properties(params, at, asked.rules)
    refs = dict(_of(params, "refs", GA4_PARAMS))
    if fallback and at_micros is None and not refs:
        # Told again it has another time, so that a call of the visit would no longer be found.
        event_id, remarks = fallback.event_id, (*remarks, fallback.finding)
    hashed, plain = GA4_REQUEST["user.email"], GA4_PLAIN["user.email"]
    if found(body, hashed) and not found(body, plain):
        remarks = (*remarks, finding("email_hashed_by_google", f"/{hashed.replace('.', '/')}"))
    return Message(
        at,
        {
            "event": name,
            "event_id": event_id,
            "event_time": _event_time(at_micros, asked.now),
            "user": dict(_user(body, params, asked)),
            "properties": properties | _denial(body),
            "page": dict(_of(params, "page", GA4_PARAMS)),
            "consent": dict(_consent(body, asked)),
            "session": None if asked.visitor else params.get(GA4_PARAMS["session"]),
            "refs": refs,
        },
        findings=remarks,
        fallback=fallback,
    )


def _timestamp(event: Mapping[str, Any], body: Mapping[str, Any]) -> object:
    """Find when it happened: what the event says comes before what the request says."""
    places = (event, inner(event, "params"), body)
    return next((one["timestamp_micros"] for one in places if one.get("timestamp_micros")), None)


def _event_time(micros: object, now: Epoch) -> object:
    if micros is None:
        return int(now)
    if isinstance(micros, str) and _MICROSECONDS.fullmatch(micros.strip()):
        micros = int(micros)
    if isinstance(micros, (int, float)) and micros >= _MICROSECONDS_FROM:
        return int(micros // 10**6)
    return micros


def _by_content(
    event: Mapping[str, Any], at: str, body: Mapping[str, Any], micros: object, asked: Asked
) -> Fallback:
    """Name an event by what it says, keyed so that nobody can tell from it who it was.

    A client that repeats its request says the same again. Where it says no time, the day stands
    for it: what is equal then is one event.
    """
    when = int(asked.now // _DAY) if micros is None else micros
    content = [body.get("client_id"), body.get("user_id"), event, when]
    written = json.dumps(content, sort_keys=True).encode()
    digest = blake2b(written, digest_size=16, key=asked.rules.fingerprint_key).hexdigest()
    remark = finding("event_id_from_content", f"{at}/params/event_id")
    return Fallback(f"ga4_{digest.translate(_LETTERS)}", remark)


def _user(
    body: Mapping[str, Any], params: Mapping[str, Any], asked: Asked
) -> Iterator[tuple[str, Any]]:
    """Gather the match keys; what a browser's own request shows of it comes before its words."""
    visitor = asked.visitor
    seen: dict[str, Any] = {}
    if visitor:
        seen = {"ip": visitor.ip, "user_agent": visitor.user_agent, "locale": visitor.language}
    click = {"ttclid": click_in(params.get("page_location"))}
    tables = ((body, GA4_REQUEST), (body, GA4_PLAIN), (params, GA4_PARAMS))
    said = (dict(_of(place, "user", table)) for place, table in tables)
    return stated({name: value for one in (click, *said, seen) for name, value in stated(one)})


def _of(place: Mapping[str, Any], part: str, table: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Read what *table* lists of one *part* of an event."""
    named = {
        ours.partition(".")[2]: found(place, theirs)
        for ours, theirs in table.items()
        if ours.partition(".")[0] == part
    }
    return stated(named)


def _properties(
    params: Mapping[str, Any], at: str, rules: PixelRules
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    items = listed(params.get("items"))
    value, remarks = _value(params, items, at, rules)
    told = dict(_of(params, "properties", GA4_PARAMS))
    further = {
        "value": value,
        "currency": told.get("currency") or found(items, "currency"),
        "contents": [_line(item) for item in items],
        "content_type": "product" if items else None,
    }
    return dict(stated(told | further)), remarks


def _value(
    params: Mapping[str, Any], items: Sequence[Any], at: str, rules: PixelRules
) -> tuple[object, tuple[Finding, ...]]:
    """Work out what TikTok is told; what can't be read as amounts is left to be judged.

    Google asks for a value without tax and shipping, many shops report their order's total, and
    nobody may add to what a caller states unless the pixel's rule says so.
    """
    said = params.get("value")
    value = decimal(said)
    tax, shipping = (decimal(params.get(name, 0)) for name in ("tax", "shipping"))
    if value is None or tax is None or shipping is None or not params.get("transaction_id"):
        return said, ()
    where = f"{at}/params/value"
    meant = by_rule(as_reported(value, tax, shipping), rules.value_rule)
    if meant != float(value):
        note = f"by the rule {rules.value_rule}, from value, tax and shipping"
        return meant, (finding("value_by_rule", where, note),)
    unasked = len(rules.value_rule.terms) == 1 and (tax or shipping)
    without = unasked and (lines := _sum(items)) is not None and value <= lines
    return said, (finding("value_without_tax", where),) if without else ()


def _sum(items: Sequence[Any]) -> Decimal | None:
    total = Decimal()
    for item in items:
        price = decimal(item.get("price")) if isinstance(item, dict) else None
        pieces = decimal(item.get("quantity", 1)) if price is not None else None
        if price is None or pieces is None:
            return None
        total += price * pieces
    return total if items else None


def _line(item: object) -> object:
    if not isinstance(item, dict):
        return item
    return dict(stated({ours: item.get(theirs) for ours, theirs in GA4_ITEM.items()}))


def _denial(body: Mapping[str, Any]) -> dict[str, str]:
    """Read the flag that came before ``consent``; beside a grant the denial holds."""
    denied = body.get("non_personalized_ads") is True
    return {"ad_personalization": "DENIED"} if denied else {}


def _consent(body: Mapping[str, Any], asked: Asked) -> Iterator[tuple[str, Any]]:
    where = inner(body, "user_location")
    region = where.get("region_id") or where.get("country_id")
    opt_out = {"opt_out": True} if asked.visitor and asked.visitor.opt_out else {}
    return stated({"region": region} | dict(inner(body, "consent")) | opt_out)
