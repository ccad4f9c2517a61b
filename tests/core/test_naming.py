"""Which call of the Pixel names an action that came without an event_id."""

from dataclasses import replace
from typing import Any

import pytest

from tandemgate.core.identify import Named, digest_of_order, fingerprint
from tandemgate.core.naming import name, nameless
from tandemgate.core.parse import parse
from tandemgate.core.traces import traces
from tandemgate.model.event import Channel, Commerce, Content, EventKey, Lane, Reported, Source
from tandemgate.model.finding import Problem
from tandemgate.model.pair import FoundBy, Name, Nameless
from tandemgate.model.person import MatchKeys
from tandemgate.model.visit import Found, Visit
from tests.build import EVENT_TIME, NOW, PIXEL, a_raw_event, an_item, some_rules

RULES = some_rules()
DERIVED = "ord_7_complete_payment"
ORDER = {"value": 129.95, "currency": "EUR", "order_id": "7"}
TRACE = traces(MatchKeys(), "s-1", RULES.blind_index_key)[0]


def digest(order_id: str, event: str = "CompletePayment") -> bytes | None:
    """The digest of an order."""
    return digest_of_order(
        EventKey(PIXEL, event, "", Channel.LIVE), order_id, RULES.fingerprint_key
    )


def reported(**fields: object) -> Reported:
    """A purchase of order 7 without an event_id."""
    item = an_item(**{"event_id": ..., "properties": ORDER} | fields)
    action = parse(a_raw_event(item)).reported
    assert action is not None
    return action


def a_name(event_id: str = "px_1", by: FoundBy = FoundBy.ORDER, **fields: Any) -> Name:  # noqa: ANN401
    """A call of the Pixel about 129.95 EUR."""
    worth = Commerce(value=129.95, currency="EUR", contents=fields.pop("contents", ()))
    told = fingerprint(worth, MatchKeys(), RULES.fingerprint_key)
    return replace(Name(event_id, by, 10.0, told), **fields)


def chosen(names: list[Name], **fields: object) -> tuple[str, list[str]]:
    """The event_id, or the reason why there is none, and what is remarked."""
    named = name(reported(**fields), names, RULES, "/data/0")
    if isinstance(named, Problem):
        return named.reason, []
    assert isinstance(named, Named)
    return named.event_id, [one.reason for one in named.findings]


TAKEN, MADE = ["event_id_from_pixel"], ["event_id_derived"]
VISIT = FoundBy.SESSION
OURS = a_name(DERIVED, FoundBy.LEDGER, stored=EVENT_TIME)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], (DERIVED, MADE)),
        ([a_name()], ("px_1", TAKEN)),
        ([a_name("px_2"), a_name("px_1", at=9.0)], ("px_1", TAKEN)),
        ([a_name("px_2", stored=1), a_name("px_1", at=9.0)], ("px_2", TAKEN)),
        ([OURS, a_name("px_1", at=9.0, stored=1)], (DERIVED, MADE)),
        ([a_name(DERIVED)], (DERIVED, TAKEN)),
        ([a_name("ord_8_complete_payment")], (DERIVED, MADE)),
        ([a_name("lead_8_complete_payment")], (DERIVED, MADE)),
        ([a_name("ord_8_thanks")], ("ord_8_thanks", TAKEN)),
        ([a_name("customer@example.com")], (DERIVED, MADE)),
        ([a_name(by=VISIT)], ("px_1", TAKEN)),
        ([a_name("px_1", by=VISIT), a_name("px_2")], ("px_2", TAKEN)),
        ([a_name(by=VISIT), a_name("px_2", VISIT)], (DERIVED, [*MADE, "event_id_ambiguous"])),
        ([a_name(by=VISIT), a_name("px_1", VISIT, at=11.0)], ("px_1", TAKEN)),
        ([a_name(by=VISIT, stored=EVENT_TIME)], ("px_1", TAKEN)),
        ([a_name(by=VISIT, stored=EVENT_TIME - 1)], (DERIVED, MADE)),
        ([a_name("lead_8_complete_payment", VISIT)], ("lead_8_complete_payment", TAKEN)),
    ],
)
def test_an_event_id_is_taken_where_it_is_sure(
    names: list[Name], expected: tuple[str, list[str]]
) -> None:
    """A wrong one lets two purchases count as one, and one made anew lets one count as two."""
    assert chosen(names) == expected


@pytest.mark.parametrize(
    ("mine", "expected"),
    [
        ({"properties": {"value": 129.95, "currency": "EUR"}}, "px_1"),
        ({"properties": {"value": 9.5, "currency": "EUR"}}, "event_id_missing"),
        ({"properties": ORDER | {"contents": [{"content_id": "B"}]}}, DERIVED),
        ({"properties": ORDER | {"contents": [{"content_id": "A"}]}}, "px_1"),
    ],
)
def test_nothing_may_differ_from_a_call_of_the_visit(mine: dict[str, Any], expected: str) -> None:
    """Somebody who buys twice within five minutes buys two things."""
    assert chosen([a_name(by=VISIT, contents=(Content("A"),))], **mine)[0] == expected


def test_two_likely_calls_are_told_to_whoever_has_to_choose() -> None:
    """The refusal says that there was something, and that it was not enough."""
    nothing: dict[str, Any] = {"properties": {"value": 129.95, "currency": "EUR"}}
    named = name(reported(**nothing), [a_name(by=VISIT), a_name("px_2", VISIT)], RULES, "/data/0")
    assert isinstance(named, Problem)
    assert (named.reason, named.received) == (
        "event_id_missing",
        "nothing, and 2 calls of the Pixel that it could be",
    )


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({}, {"order": digest("7")}),
        ({"refs": {"order": "8"}}, {"order": digest("7")}),
        (
            {"properties": {}, "refs": {"order": "8"}},
            {"order": digest("8"), "derived": "ord_8_complete_payment"},
        ),
        ({"session": "s-1"}, {"order": digest("7"), "session": TRACE}),
        (
            {"properties": {}, "refs": {"lead": "9"}, "session": "s-1"},
            {"session": TRACE, "derived": "lead_9_complete_payment"},
        ),
        ({"properties": {}, "session": "s-1"}, {"session": TRACE, "derived": None}),
    ],
)
def test_a_call_is_looked_for_by_order_and_visit(
    fields: dict[str, Any], asked: dict[str, Any]
) -> None:
    """What the caller knows of the action is enough."""
    item = an_item(**{"event_id": ..., "properties": ORDER} | fields)
    expected = Nameless(PIXEL, "CompletePayment", EVENT_TIME, derived=DERIVED)
    assert nameless(a_raw_event(item), None, RULES) == replace(expected, **asked)


def test_the_visit_that_was_found_is_looked_in() -> None:
    """A webhook states its order, and the page said which visit that belongs to."""
    item = an_item(event_id=..., refs={"cart": "3"}, properties={})
    asked = nameless(a_raw_event(item), Found(Visit(), "cart", NOW, TRACE), RULES)
    assert asked is not None
    assert asked.session == TRACE


@pytest.mark.parametrize(
    ("item", "raw"),
    [
        ({"properties": ORDER}, {}),
        ({"event_id": ..., "properties": {}}, {}),
        ({"event_id": ..., "properties": ORDER, "event": ...}, {}),
        ({"event_id": ..., "properties": ORDER}, {"source": Source.BROWSER}),
    ],
    ids=["an id", "nothing to go by", "no name", "a page's own report"],
)
def test_nothing_is_looked_for_in_vain(item: dict[str, Any], raw: dict[str, Any]) -> None:
    """An event with an id costs nothing."""
    assert nameless(a_raw_event(an_item(**item), **raw), None, RULES) is None


def test_a_test_is_named_among_tests() -> None:
    """A test order takes no living one's id."""
    raw = a_raw_event(an_item(event_id=..., properties=ORDER), lane=Lane(PIXEL, "TEST1"))
    asked = nameless(raw, None, RULES)
    assert asked is not None
    assert (asked.channel, asked.order == digest("7")) == (Channel.TEST, False)


def test_what_can_not_be_read_has_no_name() -> None:
    """It is refused for what it is."""
    assert nameless(a_raw_event("text"), None, RULES) is None
