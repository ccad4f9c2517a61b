"""Builders that make something valid, so that a test names only what it is about."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import structs

from tandemgate.core.pipeline import process
from tandemgate.model.consent import Policy, Profile
from tandemgate.model.event import Event, Lane, RawEvent, Source
from tandemgate.model.outcome import Accepted, Held, Processed, Suppressed
from tandemgate.model.rules import PixelRules

PIXEL = "C9ABC1234567890"
NOW = 1_776_943_400.0
"""The moment at which everything in these tests happens: 20 s after the guide's purchase."""

EVENT_TIME = 1_776_943_380


def an_item(**overrides: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON, right or wrong
    """A purchase as a backend reports it; a field overridden by ``...`` is left out."""
    item = {
        "event": "CompletePayment",
        "event_id": "ord_10492_complete_payment",
        "event_time": EVENT_TIME,
        "user": {
            "email": "customer@example.com",
            "ip": "203.0.113.42",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
        },
        "properties": {"value": 129.95, "currency": "EUR"},
        "page": {"url": "https://shop.example/thanks"},
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
    } | overrides
    return {name: value for name, value in item.items() if value is not ...}


def some_rules(**overrides: Any) -> PixelRules:  # noqa: ANN401 - PixelRules checks the names
    """Rules of a pixel that takes Germans and Americans, under the guide's consent profile."""
    rules = PixelRules(
        pixel_id=PIXEL,
        policy=a_policy(),
        fingerprint_key=b"f" * 32,
        blind_index_key=b"b" * 32,
        phone_region="DE",
    )
    return replace(rules, **overrides)


def a_policy(**overrides: Any) -> Policy:  # noqa: ANN401 - Policy checks the names
    """The default policy, with one governed country."""
    return structs.replace(Policy(Profile.GUIDE, governed=frozenset({"DE"})), **overrides)


def a_raw_event(item: object = None, **overrides: Any) -> RawEvent:  # noqa: ANN401
    """One reported action at ``/data/0`` of a live request from a backend."""
    raw = RawEvent(
        lane=Lane(PIXEL),
        index=0,
        pointer="/data/0",
        item=an_item() if item is None else item,
        source=Source.BACKEND,
        verified=True,
    )
    return structs.replace(raw, **overrides)


def processed(
    item: object = None,
    rules: PixelRules | None = None,
    now: float = NOW,
    **raw: Any,  # noqa: ANN401
) -> Processed:
    """What becomes of *item*."""
    return process(a_raw_event(item, **raw), rules or some_rules(), now)


def an_event(rules: PixelRules | None = None, now: float = NOW, **overrides: Any) -> Event:  # noqa: ANN401
    """An event made by the real pipeline from :func:`an_item`."""
    outcome = processed(an_item(**overrides), rules, now)
    if not isinstance(outcome, Accepted | Held | Suppressed):
        raise AssertionError(outcome)  # noqa: TRY004 - a failed test, not a type
    return outcome.event


def an_envelope(*items: object, **overrides: object) -> Mapping[str, object]:
    """An envelope of live web events; a field overridden by ``...`` is left out."""
    envelope = {"event_source": "web", "event_source_id": PIXEL, "data": list(items)} | overrides
    return {name: value for name, value in envelope.items() if value is not ...}
