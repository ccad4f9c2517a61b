from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tandemgate.core.identify import (
    action_digest,
    echo_event_id,
    fingerprint,
    order_digest,
    snake_case,
)
from tandemgate.core.reading import MOST_NOTES
from tandemgate.model.event import Channel, Commerce, Content, Event, EventKey, Lane
from tandemgate.model.outcome import Rejected
from tandemgate.model.person import MatchKeys, Sha256
from tests.build import (
    EVENT_TIME,
    PIXEL,
    a_policy,
    a_raw_event,
    an_event,
    an_item,
    processed,
    some_rules,
)


def changed(one: Event, other: Event) -> tuple[str, ...]:
    """The fields in which two copies contradict each other."""
    return one.fingerprint.differs_in(other.fingerprint)


ORDER = {
    "value": 129.95,
    "currency": "EUR",
    "order_id": "10492",
    "contents": [
        {"content_id": "A", "quantity": 2, "price": 50},
        {"content_id": "B", "quantity": 1, "price": 29.95},
    ],
}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (ORDER, ()),
        (ORDER | {"value": "129.95"}, ()),
        (ORDER | {"value": 129.9501}, ()),
        (ORDER | {"value": 129.96}, ("value",)),
        (ORDER | {"currency": "USD"}, ("currency",)),
        (ORDER | {"order_id": 10492}, ()),
        (ORDER | {"order_id": "10493"}, ("order_id",)),
        (ORDER | {"contents": ORDER["contents"][::-1]}, ()),  # type: ignore[index]
        (ORDER | {"contents": [{"content_id": "B"}, {"content_id": "A", "quantity": 2}]}, ()),
        (ORDER | {"contents": [{"content_id": "A", "quantity": 3}]}, ("contents",)),
        (
            ORDER
            | {
                "contents": [
                    {"content_id": "A", "quantity": 2, "price": 50},
                    {"content_id": "B", "price": 30},
                ]
            },
            ("prices",),
        ),
        ({"value": 129.95, "currency": "EUR"}, ()),
        (ORDER | {"description": "other", "query": "x"}, ()),
    ],
    ids=range(13),
)
def test_copies_contradict_only_where_both_state_a_field(
    properties: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """The Pixel's copy says less than the order system's; that is no conflict."""
    assert changed(an_event(properties=ORDER), an_event(properties=properties)) == expected


@pytest.mark.parametrize(
    ("currency", "values", "same"),
    [
        ("JPY", (1000, 1000.2), True),
        ("JPY", (1000, 1001), False),
        ("BHD", (1.001, 1.002), False),
        ("EUR", (1.001, 1.002), True),
        ("EUR", (10, 10.0), True),
    ],
)
def test_values_are_compared_in_the_currencys_minor_unit(
    currency: str, values: tuple[float, float], same: bool
) -> None:
    """A dinar has a thousand parts and a yen has none."""
    one, other = (an_event(properties={"value": v, "currency": currency}) for v in values)
    assert (changed(one, other) == ()) is same


@pytest.mark.parametrize("name", ["email", "phone", "external_id"])
def test_another_person_is_a_contradiction(name: str) -> None:
    """One order has one customer; spelling them otherwise changes nothing."""
    spelt = {"email": " A@B.example ", "phone": "+49 170 1234567", "external_id": " c1"}
    plain = {"email": "a@b.example", "phone": "0170 1234567", "external_id": "c1"}
    other = {"email": "x@b.example", "phone": "+49 170 7654321", "external_id": "c2"}
    first = an_event(user=spelt)
    assert changed(first, an_event(user=plain)) == ()
    assert changed(first, an_event(user=plain | {name: other[name]})) == (name,)


def test_context_and_consent_are_not_compared() -> None:
    """A second copy from another machine, or with a stricter decision, is still the same action."""
    other = an_event(
        user={
            "ip": "203.0.113.9",
            "ttp": "2.x",
            "ttclid": "E.C.P.y",
            "email": "customer@example.com",
        },
        consent={"ad_user_data": "DENIED", "region": "DE"},
        page=...,
    )
    assert changed(an_event(), other) == ()


def test_digests_are_worth_nothing_without_the_key() -> None:
    """A stolen table must not tell whether a certain order or customer is in it."""
    mine = an_event(properties=ORDER, session="s")
    theirs = an_event(some_rules(fingerprint_key=b"g" * 32), properties=ORDER, session="s")
    assert mine.fingerprint.fields.keys() == theirs.fingerprint.fields.keys()
    assert not set(mine.fingerprint.fields.values()) & set(theirs.fingerprint.fields.values())
    assert (mine.order, mine.action) != (theirs.order, theirs.action)
    assert {len(one) for one in mine.fingerprint.fields.values()} == {8}
    assert [len(one or b"") for one in (mine.order, mine.action)] == [16, 16]


def test_equal_texts_of_different_fields_have_different_digests() -> None:
    """Otherwise a table of digests would show that the order is named after the customer."""
    event = an_event(user={"external_id": "10492"}, properties=ORDER | {"currency": "EUR"})
    digests = list(event.fingerprint.fields.values())
    assert len(set(digests)) == len(digests)


def order_of(lane: Lane = Lane(PIXEL), **overrides: Any) -> bytes | None:  # noqa: ANN401, B008
    """The order digest of an item."""
    outcome = processed(an_item(**overrides), lane=lane)
    return outcome.event.order  # type: ignore[union-attr]


def test_one_order_is_found_under_another_event_id() -> None:
    """Two jobs that send one order with two ids would count it twice."""
    same = order_of(event_id="a", properties=ORDER)
    assert same is not None
    assert same == order_of(event_id="b", properties=ORDER | {"value": 1})
    assert same != order_of(properties=ORDER | {"order_id": "2"})
    assert same != order_of(event="Purchase", properties=ORDER)
    assert same != order_of(Lane(PIXEL, "TEST1"), properties=ORDER)
    assert same != order_of(Lane("OTHER"), properties=ORDER)


def test_only_purchases_have_an_order_digest() -> None:
    """Several events may belong to one order; only its purchase is counted once."""
    assert order_of(event="AddPaymentInfo", properties=ORDER) is None
    assert order_of() is None


def test_the_same_action_of_a_session_is_found() -> None:
    """A button pressed twice makes two ids for one wish."""
    first = an_event(event_id="a", session="s", properties=ORDER).action
    assert first is not None
    assert first == an_event(event_id="b", session="s", properties=ORDER).action
    assert first != an_event(session="t", properties=ORDER).action
    assert first != an_event(event="Purchase", session="s", properties=ORDER).action
    assert an_event(properties=ORDER).action is None


def test_without_an_order_the_contents_and_value_make_the_action() -> None:
    """Cart events have no order yet."""
    cart = {"value": 5, "currency": "EUR", "contents": [{"content_id": "A"}]}
    first = an_event(event="AddToCart", session="s", properties=cart).action
    again = an_event(event="AddToCart", session="s", event_id="b", properties=cart).action
    other = an_event(event="AddToCart", session="s", properties=cart | {"value": 6}).action
    assert first == again != other


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"properties": ORDER}, "ord_10492_complete_payment"),
        ({"refs": {"order": "7"}}, "ord_7_complete_payment"),
        ({"refs": {"lead": "77821"}, "event": "SubmitForm"}, "lead_77821_submit_form"),
        ({"refs": {"order": 7, "lead": "8"}}, "ord_7_complete_payment"),
        ({"properties": ORDER, "refs": {"order": "7"}}, "ord_10492_complete_payment"),
    ],
)
def test_a_missing_event_id_is_made_from_the_business_object(
    overrides: dict[str, Any], expected: str
) -> None:
    """The guide's convention, so that a Pixel that follows it makes the same id."""
    event = an_event(event_id=..., **overrides)
    assert event.key.event_id == expected
    assert [one.reason for one in event.findings if "event_id" in one.field] == ["event_id_derived"]


@pytest.mark.parametrize(
    ("refs", "reason", "code"),
    [
        ({}, "event_id_missing", 40003),
        ({"cart": "1"}, "event_id_missing", 40003),
        ({"order": "jane@shop.example"}, "event_id_holds_identifier", 40005),
        ({"order": "x" * 300}, "event_id_invalid", 40005),
    ],
)
def test_what_no_id_can_be_made_from_is_refused(
    refs: dict[str, str], reason: str, code: int
) -> None:
    """Without event_id the Pixel's copy and ours would be counted as two."""
    outcome = processed(an_item(event_id=..., refs=refs))
    assert isinstance(outcome, Rejected)
    assert [(one.reason, one.code, one.field) for one in outcome.problems] == [
        (reason, code, "/data/0/event_id")
    ]


@pytest.mark.parametrize(
    ("event_id", "remarked"),
    [
        ("ord_10492_payment", False),
        ("x" * 256, False),
        ("o_12345678_x", False),
        ("customer_4917012345678_pay", True),
    ],
)
def test_long_digit_runs_are_remarked(event_id: str, remarked: bool) -> None:
    """It may be an order number, or a phone that slipped in."""
    reasons = [one.reason for one in an_event(event_id=event_id).findings]
    assert ("event_id_long_digits" in reasons) is remarked


@pytest.mark.parametrize(
    "user",
    [{"phone": "0170 1234567"}, {"phone": "+49 (170) 1234567"}, {"phone": ["x", "1701234567"]}],
)
def test_the_persons_own_phone_is_refused_in_event_id(user: dict[str, Any]) -> None:
    """Ids leave unhashed and stand in every log."""
    outcome = processed(an_item(event_id="ord_01701234567", user=user))
    assert isinstance(outcome, Rejected)
    assert [one.reason for one in outcome.problems] == ["event_id_holds_identifier"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CompletePayment", "complete_payment"),
        ("Pageview", "pageview"),
        ("PlaceAnOrder", "place_an_order"),
        ("quiz Done!", "quiz_done_"),
        ("HTMLForm", "html_form"),
        ("step2Done", "step2_done"),
    ],
)
def test_snake_case_is_what_people_write(name: str, expected: str) -> None:
    """The shop's own code must come to the same id."""
    assert snake_case(name) == expected


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, "ord_10492_complete_payment"),
        ({"event_time": "x"}, "ord_10492_complete_payment"),
        ({"event": "Pageview", "event_id": "p1"}, "p1"),
        ({"event_id": "jane@shop.example"}, None),
        ({"event_id": "o_01701234567", "user": {"phone": "01701234567"}}, None),
        ({"event_id": 5}, None),
        ({"event_id": "a\0"}, None),
        ({"event_id": ...}, None),
        ({"event_id": ..., "properties": ORDER}, "ord_10492_complete_payment"),
    ],
    ids=range(9),
)
def test_an_answer_repeats_only_an_event_id_that_is_safe(
    overrides: dict[str, Any], expected: str | None
) -> None:
    """The caller wants to see which event was meant, and nobody wants to see the customer."""
    raw = a_raw_event(an_item(**overrides))
    outcome = processed(raw.item)
    assert echo_event_id(raw, outcome) == expected


def test_a_doubt_that_was_not_listed_keeps_the_event_id_out_of_the_answer() -> None:
    """Only so many problems are listed, and the one about the event_id may come after them."""
    item = {
        "event": "Lead",
        "event_time": EVENT_TIME,
        "properties": {"order_id": "1", "contents": [1] * 99},
        "user": {"phone": "01701234567"},
        "event_id": "o_01701234567",
    }
    outcome = processed(item)
    assert isinstance(outcome, Rejected)
    assert len(outcome.problems) == MOST_NOTES
    assert "/data/0/event_id" not in [one.field for one in outcome.problems]
    assert echo_event_id(a_raw_event(item), outcome) is None


def test_the_channel_is_part_of_the_key() -> None:
    """A test order must never swallow a live one."""
    lane = Lane(PIXEL, "TEST1")
    outcome = processed(lane=lane)
    assert outcome.event.key.channel is Channel.TEST  # type: ignore[union-attr]
    assert structs.replace(an_event().key, channel=Channel.TEST) == outcome.event.key  # type: ignore[union-attr]


@given(st.sets(st.text("ab01_-#. ", min_size=1).filter(str.strip), max_size=5))
def test_two_orders_never_share_a_digest(orders: set[str]) -> None:
    """The second of two real orders would be refused as a repetition."""
    digests = {order_of(properties=ORDER | {"order_id": order}) for order in orders}
    assert len(digests) == len(orders)


def test_a_suppressed_event_keeps_no_digest_of_the_person() -> None:
    """Who said no must not be found in the ledger, not even by a keyed digest."""
    event = an_event(some_rules(policy=a_policy()), consent={"region": "DE"})
    assert not {"email", "phone", "external_id"} & event.fingerprint.fields.keys()


def test_digests_stay_those_that_ledgers_hold() -> None:
    """A gateway of tomorrow compares its own with what one of today stored."""
    key, where = b"k" * 32, EventKey("C9", "Purchase", "ord-1")
    lines = (Content("sku-2", 1, 30.05), Content("sku-1", 2, 49.95))
    bought = Commerce(129.95, "EUR", "10492", lines)
    email, phone, other, customer = (Sha256(letter * 64) for letter in "epqx")
    person = MatchKeys((email,), (phone, other), (customer,))
    assert {name: one.hex() for name, one in fingerprint(bought, person, key).fields.items()} == {
        "value": "ced60673007ddee6",
        "currency": "4bc104c3083258c3",
        "order_id": "b7cc327273a86c66",
        "contents": "c5f81b923c09c71b",
        "prices": "35f77df01a7f8423",
        "email": "1fda3b706e625434",
        "phone": "fdc829c7f5ffcaa5",
        "external_id": "d1e28f770bbd2190",
    }
    without = structs.replace(bought, order_id=None)
    digests = [
        order_digest(where, "10492", key),
        action_digest(where, "s-1", bought, key),
        action_digest(where, "s-1", without, key),
    ]
    assert [one.hex() for one in digests if one] == [
        "6e3e1e0522aae3abdfb23b1d84ddf473",
        "29fedcaf60d3367bd63c8a3edb79488a",
        "29f2da1ce0030d32d116f83a525a0f6a",
    ]
