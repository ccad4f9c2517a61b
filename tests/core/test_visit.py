"""Joining what a browser showed to the event that a server reports later."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.pipeline import process
from tandemgate.core.visit import merge, references, wanted
from tandemgate.model.consent import Flag, Signals
from tandemgate.model.finding import Finding
from tandemgate.model.outcome import Accepted, Suppressed
from tandemgate.model.visit import Agreed, Found, Reference, Seen, Visit, Wanted
from tests.build import NOW, PIXEL, a_raw_event, an_item, some_rules
from tests.core.signals.strings import a_tc_string

HOUR = 3600.0
DAY = 24 * HOUR
CLICK = "E.C.P.CvQBAclick"
AGENT = "Mozilla/5.0 (iPhone)"
URL = "https://shop.example/p/7"
CUSTOMER = sha256(b"cust_34982").hexdigest()
GRANTED = Signals(Flag.GRANTED, Flag.GRANTED, region="DE", cmp="acme", cmp_version="3")


def a_visit(at: float = NOW, **seen: Any) -> Visit:  # noqa: ANN401 - Visit checks the names
    """Make a visit that showed everything at *at*."""
    values = {"ttclid": CLICK, "ttp": "2.x9", "ip": "203.0.113.9", "user_agent": AGENT, "url": URL}
    shown = {name: Seen(value, at) for name, value in values.items()}
    told: dict[str, Any] = shown | seen
    return Visit(**told)


def sent(item: dict[str, Any], found: Found | None) -> tuple[dict[str, Any], list[Finding]]:
    """Return what leaves of *item*, and the findings about its visit."""
    outcome = process(a_raw_event(item), some_rules(), NOW, found)
    assert isinstance(outcome, Accepted), outcome
    told = [one for one in outcome.event.findings if one.reason == "filled_from_visit"]
    return json.loads(outcome.event.wire), told


def by_session(visit: Visit, as_of: float = NOW) -> Found:
    """Find *visit* by its session."""
    return Found(visit, "session", as_of)


@pytest.mark.parametrize(
    ("external_id", "filled"), [("cust_34982", True), ("another", False), (None, True)]
)
def test_who_is_named_is_completed_where_the_visit_knows_the_same(
    external_id: str | None, *, filled: bool
) -> None:
    """Two people may share a browser, and one of them may be named by the shop's own id alone."""
    digests = {"email": sha256(b"a@b.example").hexdigest()}
    visit = Visit(email=Seen(digests["email"], NOW), external_id=Seen(CUSTOMER, NOW))
    user = {"ip": "203.0.113.9", "external_id": external_id}
    wire, _ = sent(an_item(user=user), by_session(visit))
    assert wire["user"].get("email") == (digests["email"] if filled else None)
    stated = sha256((external_id or "").encode()).hexdigest()
    assert wire["user"]["external_id"] == (stated if external_id else CUSTOMER)


def test_only_what_is_missing_is_filled_in() -> None:
    """The server knows its customer; the browser knew the click. Neither overrules the other."""
    item = an_item(user={"email": "customer@example.com", "ip": "198.51.100.7"}, page=...)
    wire, told = sent(item, by_session(a_visit(NOW - 3 * HOUR)))
    assert wire["user"]["ip"] == "198.51.100.7"
    assert wire["user"]["ttclid"] == CLICK
    assert wire["user"]["user_agent"] == AGENT
    assert wire["page"] == {"url": URL}
    assert {one.field for one in told} == {
        "/data/0/user/ttclid",
        "/data/0/user/ttp",
        "/data/0/user/user_agent",
        "/data/0/page/url",
    }
    assert told[0].note == "from the visit, found by session; seen 3 h 0 min before"


def test_without_a_visit_nothing_is_invented() -> None:
    """No field has a value that nobody showed."""
    item = an_item(user={"email": "customer@example.com"}, page=...)
    wire, told = sent(item, None)
    assert (wire.keys() & {"page"}, wire["user"].keys(), told) == (set(), {"email"}, [])
    assert sent(item, by_session(Visit())) == (wire, [])


@pytest.mark.parametrize(
    ("age", "filled"),
    [
        (0.0, {"ttclid", "ttp", "ip", "user_agent"}),
        (DAY, {"ttclid", "ttp", "ip", "user_agent"}),
        (DAY + 1, {"ttclid", "ttp"}),
        (28 * DAY, {"ttclid", "ttp"}),
        (28 * DAY + 1, set()),
    ],
)
def test_what_is_too_old_is_not_used(age: float, filled: set[str]) -> None:
    """Yesterday's address may be another person's, last month's click was not for this order."""
    item = an_item(user={"email": "customer@example.com"})
    wire, _ = sent(item, by_session(a_visit(NOW - age)))
    assert wire["user"].keys() - {"email"} == filled


def test_ages_count_to_the_moment_the_order_was_bound() -> None:
    """A bank transfer arrives three days later, and its click was fresh when it was ordered."""
    item = an_item(user={"email": "customer@example.com"})
    bound_at = NOW - 3 * DAY
    wire, told = sent(item, Found(a_visit(bound_at - HOUR), "order", bound_at))
    assert wire["user"]["ip"] == "203.0.113.9"
    assert told[0].note == "from the visit, found by order; seen 1 h 0 min before"


@pytest.mark.parametrize(
    ("stated", "agreed", "flags"),
    [
        (..., GRANTED, ("GRANTED", "GRANTED")),
        ({"region": "DE"}, GRANTED, ("GRANTED", "GRANTED")),
        (
            {"ad_user_data": "GRANTED", "ad_personalization": "DENIED", "region": "DE"},
            GRANTED,
            ("GRANTED", "DENIED"),
        ),
        (
            {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
            Signals(Flag.DENIED, Flag.DENIED),
            ("GRANTED", "GRANTED"),
        ),
        (
            {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
            Signals(opt_out=True),
            ("GRANTED", "DENIED"),
        ),
        (
            {"region": "DE", "tc_string": a_tc_string([1, 7])},
            GRANTED,
            ("GRANTED", "DENIED"),
        ),
        ({"region": "DE", "tc_string": "CPx"}, GRANTED, ("GRANTED", "GRANTED")),
        (
            {"region": "DE", "gcd": "13r3r3r3r5"},
            Signals(Flag.DENIED, Flag.DENIED),
            ("DENIED", "DENIED"),
        ),
        ({"region": "DE", "gcd": "13r3r3r3p5"}, Signals(region="DE"), ("GRANTED", "DENIED")),
    ],
)
def test_an_order_without_a_word_on_consent_has_its_visits(
    stated: object, agreed: Signals, flags: tuple[str, str]
) -> None:
    """The order's own record beats the visit's; an objection counts wherever it was made."""
    visit = a_visit(agreed=Agreed(agreed, NOW))
    wire, _ = sent(an_item(consent=stated), by_session(visit))
    properties = wire["properties"]
    assert (properties["ad_user_data"], properties["ad_personalization"]) == flags


@pytest.mark.parametrize(
    ("stated", "agreed", "notes"),
    [
        (GRANTED, GRANTED, []),
        (GRANTED, Signals(Flag.GRANTED), []),
        (
            GRANTED,
            Signals(opt_out=True),
            ["the visitor's browser said otherwise about opt_out"],
        ),
        (
            GRANTED,
            Signals(Flag.DENIED, Flag.GRANTED),
            ["the visitor's browser said otherwise about ad_user_data"],
        ),
        (
            GRANTED,
            Signals(Flag.DENIED, Flag.DENIED),
            ["the visitor's browser said otherwise about ad_user_data, ad_personalization"],
        ),
        (Signals(region="DE"), Signals(Flag.DENIED, Flag.DENIED), []),
    ],
)
def test_two_records_that_contradict_are_told(
    stated: Signals, agreed: Signals, notes: list[str]
) -> None:
    """The order's own record counts; a banner that is read wrongly shows here first."""
    flags = {"ad_user_data": stated.ad_user_data, "ad_personalization": stated.ad_personalization}
    consent = {"region": "DE"} | {name: flag.value for name, flag in flags.items() if flag}
    visit = Visit(agreed=Agreed(agreed, NOW))
    outcome = process(a_raw_event(an_item(consent=consent)), some_rules(), NOW, by_session(visit))
    assert isinstance(outcome, Accepted)
    found = [one.note for one in outcome.event.findings if one.reason == "consent_mismatch"]
    assert found == notes


def test_a_denial_of_the_visit_keeps_identifiers_back() -> None:
    """The webhook of a shop system knows the customer's email and nothing of the banner."""
    visit = Visit(agreed=Agreed(Signals(Flag.DENIED, region="DE"), NOW))
    item = an_item(consent=...)
    wire, _ = sent(item, by_session(visit))
    assert "email" not in wire["user"]
    assert isinstance(process(a_raw_event(item), some_rules(), NOW), Suppressed)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({}, None),
        ("no object", None),
        ({"session": ""}, None),
        ({"session": 7}, Wanted(PIXEL, "7")),
        ({"session": "s-1"}, Wanted(PIXEL, "s-1")),
        ({"refs": []}, None),
        ({"refs": {"order": None, "cart": ["7"]}}, None),
        ({"refs": {"order": True}}, None),
        ({"refs": {"order": "x" * 257}}, None),
        ({"refs": {"cart": 7, "order": "1"}}, ((Reference.ORDER, "1"), (Reference.CART, "7"))),
    ],
)
def test_by_what_a_visit_is_looked_for(item: object, expected: object) -> None:
    """Most events name nothing, and cost no look-up."""
    asked = wanted(a_raw_event(item))
    assert (asked.refs if isinstance(expected, tuple) and asked else asked) == expected


def test_references_are_looked_up_from_the_surest() -> None:
    """An order is one purchase, a cart may be another person's by tomorrow."""
    stated = {"lead": "l", "cart": "c", "checkout": "k", "order": "o", "else": "x"}
    assert [kind for kind, _ in references(stated)] == list(Reference)


visits = st.builds(
    Visit,
    *[st.none() | st.builds(Seen, st.text(min_size=1), st.floats(0, NOW)) for _ in range(5)],
    st.none() | st.builds(Agreed, st.just(GRANTED), st.floats(0, NOW)),
)


@given(visits, visits, visits)
def test_it_does_not_matter_how_a_visit_was_gathered(one: Visit, two: Visit, three: Visit) -> None:
    """Beacons overtake one another."""
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, Visit()) == one == merge(Visit(), one) == merge(one, one)
