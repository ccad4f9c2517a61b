"""From a beacon of the browser script to events."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.beacon import (
    Visitor,
    agreement,
    happened_at,
    may_recognize,
    read_beacon,
    read_calls,
)
from tandemgate.core.envelope import Unreadable
from tandemgate.core.pipeline import process
from tandemgate.model.beacon import Beacon, Call
from tandemgate.model.event import Source
from tandemgate.model.outcome import Accepted
from tests.build import NOW, some_rules
from tests.core.signals.strings import a_tc_string

VISITOR = Visitor("203.0.113.9", "Mozilla/5.0")
RULES = some_rules(server_truth=frozenset({"CompletePayment"}))
SENT_AT = 1_000_000.0


def a_beacon(*calls: Call, **fields: Any) -> Beacon:  # noqa: ANN401 - Beacon checks the names
    """Make a beacon of a visitor who granted everything."""
    consent = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
    told: dict[str, Any] = {"sent_at": SENT_AT, "consent": consent} | fields
    return Beacon("pk_shop", list(calls), **told)


def a_call(**fields: Any) -> Call:  # noqa: ANN401 - Call checks the names
    """Make a tracked AddToCart, half a second before the beacon left."""
    at = SENT_AT - 500
    usual = {"kind": "track", "event": "AddToCart", "event_id": "cart_7_add_1", "at": at}
    told: dict[str, Any] = usual | fields
    return Call(**told)


def reasons(*calls: Call) -> list[str | None]:
    """Why each of *calls* is no event."""
    read = read_calls(a_beacon(*calls), VISITOR, RULES, NOW)
    return [noted.reason if noted else None for _, noted in read]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (a_call(), None),
        (a_call(kind="pixel"), None),
        (a_call(kind="pixel", event_id=None), "pixel_call_without_id"),
        (a_call(event="CompletePayment"), "server_is_truth"),
        (a_call(kind="pixel", event="CompletePayment"), "server_is_truth"),
        (Call("page"), "page_seen"),
        (Call("attach", refs={"order": "1"}), "references_seen"),
        (Call("consent"), "consent_seen"),
        (Call("identify"), "identify_seen"),
    ],
)
def test_what_a_browser_may_send_by_itself(call: Call, reason: str | None) -> None:
    """Of a purchase the server's word counts; all else has no other copy than the browser's."""
    assert reasons(call) == [reason]


def test_the_two_halves_of_a_tracked_action_are_one_event() -> None:
    """The script fires the Pixel itself, and sees its own call pass by."""
    halves = [a_call(), a_call(kind="pixel"), a_call(kind="pixel", event_id="another")]
    assert reasons(*halves) == [None, "pixel_call_of_track", None]


def test_a_call_becomes_the_event_that_the_visitor_made() -> None:
    """The request itself says where it came from; the script can't be asked, and isn't."""
    call = a_call(
        properties={"value": 9.5, "currency": "EUR"},
        page={"url": "https://shop.example/p?ttclid=E.C.P.abc&secret=1", "language": "de-DE"},
        ttclid="E.C.P.abc",
        ttp="2.x9Jb3x",
    )
    [(raw, noted)] = read_calls(a_beacon(call), VISITOR, RULES, NOW)
    outcome = process(raw, RULES, NOW)
    assert noted is None
    assert isinstance(outcome, Accepted)
    assert (outcome.event.source, outcome.event.verified) == (Source.BROWSER, False)
    assert json.loads(outcome.event.wire) == {
        "event": "AddToCart",
        "event_time": int(NOW - 0.5),
        "event_id": "cart_7_add_1",
        "user": {
            "ttclid": "E.C.P.abc",
            "ttp": "2.x9Jb3x",
            "ip": "203.0.113.9",
            "user_agent": "Mozilla/5.0",
            "locale": "de-DE",
        },
        "properties": {
            "value": 9.5,
            "currency": "EUR",
            "ad_user_data": "GRANTED",
            "ad_personalization": "GRANTED",
        },
        "page": {"url": "https://shop.example/p?ttclid=E.C.P.abc"},
    }


@pytest.mark.parametrize(
    ("collected_at", "sent_at", "ago"),
    [
        (SENT_AT - 60_000, SENT_AT, 60.0),
        (SENT_AT, SENT_AT, 0.0),
        (SENT_AT - 60_000, None, None),
        (SENT_AT + 1, SENT_AT, None),
        (-(10**400), SENT_AT, None),
        ("2026-04-23T11:23:00Z", SENT_AT, None),
        (None, SENT_AT, None),
    ],
)
def test_the_decision_of_the_visitor_is_told_by_our_clock(
    collected_at: object, sent_at: float | None, ago: float | None
) -> None:
    """The script writes milliseconds of a clock that may be wrong by years."""
    said = {"ad_user_data": "GRANTED", "region": "DE", "collected_at": collected_at}
    beacon = a_beacon(a_call(), consent=said, sent_at=sent_at)
    [(raw, _)] = read_calls(beacon, VISITOR, RULES, NOW)
    outcome = process(raw, RULES, NOW)
    assert isinstance(outcome, Accepted)
    assert outcome.event.decision.collected_at == (None if ago is None else NOW - ago)


def test_the_strings_of_a_consent_platform_count_for_the_visit_too() -> None:
    """What is kept of a visit must not be laxer than what its events were decided by."""
    beacon = a_beacon(a_call(), consent={"region": "DE", "tc_string": a_tc_string()})
    signals = agreement(beacon, VISITOR, [RULES], NOW)
    assert may_recognize(signals, RULES)
    of_a_vendor = agreement(
        beacon, VISITOR, [RULES, replace(RULES, tcf_vendors=frozenset({9}))], NOW
    )
    assert not may_recognize(of_a_vendor, RULES)


def test_an_objection_of_the_browser_itself_counts() -> None:
    """``Sec-GPC: 1`` is a header that no script sets and no script may overlook."""
    seen = Visitor("203.0.113.9", "Mozilla/5.0", opt_out=True)
    beacon = a_beacon(a_call(), consent={"region": "US-CA", "opt_out": False})
    [(raw, _)] = read_calls(beacon, seen, RULES, NOW)
    outcome = process(raw, RULES, NOW)
    assert isinstance(outcome, Accepted)
    assert outcome.event.decision.limited_data_use


@pytest.mark.parametrize(
    ("at", "sent_at", "ago"),
    [
        (SENT_AT - 500, SENT_AT, 0.5),
        (SENT_AT, SENT_AT, 0.0),
        (SENT_AT - 3_600_000, SENT_AT, 3600.0),
        (SENT_AT + 1, SENT_AT, 0.0),
        (SENT_AT - 86_401_000, SENT_AT, 0.0),
        (None, SENT_AT, 0.0),
        (SENT_AT, None, 0.0),
    ],
)
def test_the_browsers_clock_may_be_wrong(
    at: float | None, sent_at: float | None, ago: float
) -> None:
    """A phone that is a year off still counts the seconds between two moments."""
    assert happened_at(at, sent_at, NOW) == NOW - ago


@given(st.floats(-1e15, 1e15), st.floats(0, 1e15), st.floats(0, 1e15))
def test_no_call_is_from_the_future(wrong: float, at: float, sent_at: float) -> None:
    """TikTok refuses what has not happened, and a wrong clock is never the event's fault."""
    moment = happened_at(at + wrong, sent_at + wrong, NOW)
    assert NOW - 86_400 <= moment <= NOW


UNREADABLE = {
    "no JSON": (b"hello", "not_json", ""),
    "not UTF-8": (b'{"key": "\xff"}', "not_json", ""),
    "a list": (b"[]", "beacon_invalid", ""),
    "no key": (b'{"events": []}', "beacon_invalid", ""),
    "no events": (b'{"key": "pk"}', "beacon_invalid", ""),
    "a type nobody knows": (
        b'{"key": "pk", "events": [{"type": "jane@example.com"}]}',
        "beacon_invalid",
        "/events/0/type",
    ),
    "time as text": (
        b'{"key": "pk", "events": [{"type": "page", "at": "now"}]}',
        "beacon_invalid",
        "/events/0/at",
    ),
    "consent said twice": (
        b'{"key": "pk", "events": [], "consent": {"opt_out": true, "opt_out": false}}',
        "key_repeated",
        "/consent/opt_out",
    ),
    "too deep": (b'{"key": "pk", "events": ' + b"[" * 40 + b"]" * 40 + b"}", "too_deep", ""),
    "far too deep": (b"[" * 60_000, "too_deep", ""),
    "too many": (
        json.dumps({"key": "pk", "events": [{"type": "page"}] * 51}).encode(),
        "too_many_events",
        "/events",
    ),
    "too large": (b" " * 65_537, "body_too_large", ""),
}


@pytest.mark.parametrize(("body", "reason", "field"), UNREADABLE.values(), ids=list(UNREADABLE))
def test_a_forged_beacon_is_refused_by_name(body: bytes, reason: str, field: str) -> None:
    """Anybody can send anything here: the key stands in the page's source."""
    read = read_beacon(body)
    assert isinstance(read, Unreadable)
    assert (read.problem.reason, read.problem.field) == (reason, field)
    assert "jane" not in read.problem.received


def test_what_the_script_sends_is_read() -> None:
    """The smallest beacon, and one with everything."""
    assert read_beacon(b'{"key": "pk", "events": []}') == Beacon("pk", [])
    full = b"""{"key": "pk_shop", "session": null, "sent_at": 1776943381123, "consent": {},
        "events": [{"type": "track", "event": "AddToCart", "event_id": "cart_7_add_1",
        "at": 1776943380500, "properties": {"value": 1}, "page": {"url": "https://a.example/"},
        "ttclid": "E.C.P.x", "ttp": "2.y", "refs": {"cart": "7"}, "later": true}]}"""
    read = read_beacon(full)
    assert isinstance(read, Beacon)
    assert read.events[0].refs == {"cart": "7"}


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_comes_nothing_raises(body: bytes) -> None:
    """A public endpoint meets everything."""
    assert isinstance(read_beacon(body), Beacon | Unreadable)
