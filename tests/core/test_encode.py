import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.encode import request_body
from tandemgate.model.consent import Profile
from tandemgate.model.event import Lane
from tandemgate.model.outcome import Accepted
from tandemgate.model.rules import Wire
from tests import strategies
from tests.build import NOW, PIXEL, a_policy, an_event, an_item, processed, some_rules
from tiktok_simulator import reading
from tiktok_simulator.fields import USER, USER_OF_GUIDE

DIGEST = "e233d4a29013e9d87150c6237c6777bedf379ebf1acdc5d6126fec7e8bb74fb5"
OTHER_DIGEST = "9f7ec22d72092cd3c0b58726ed9c2d91b92e51a3f29837508fb2948bb22dd2fd"
WIRE_FILES = Path(__file__).parents[1] / "golden" / "wire"


def wire(wire_profile: Wire = Wire.LIVE, **overrides: Any) -> dict[str, Any]:  # noqa: ANN401
    """What leaves of an item, decoded."""
    found: dict[str, Any] = json.loads(an_event(some_rules(wire=wire_profile), **overrides).wire)
    return found


def test_an_event_leaves_in_a_fixed_order_of_fields() -> None:
    """Bytes that change by themselves could not be compared, sealed or replayed."""
    assert an_event().wire == (
        b'{"event":"CompletePayment","event_time":1776943380,'
        b'"event_id":"ord_10492_complete_payment",'
        b'"user":{"email":"e233d4a29013e9d87150c6237c6777bedf379ebf1acdc5d6126fec7e8bb74fb5",'
        b'"ip":"203.0.113.42","user_agent":"Mozilla/5.0 (X11; Linux x86_64)"},'
        b'"properties":{"value":129.95,"currency":"EUR",'
        b'"ad_user_data":"GRANTED","ad_personalization":"GRANTED"},'
        b'"page":{"url":"https://shop.example/thanks"}}'
    )


def test_the_order_of_the_callers_fields_does_not_matter() -> None:
    """Two jobs that send one event must make the same bytes of it."""
    item = an_item()
    backwards = json.loads(json.dumps(item), object_pairs_hook=lambda pairs: dict(pairs[::-1]))
    assert an_event(**backwards).wire == an_event().wire


@pytest.mark.parametrize(("profile", "name"), [(Wire.LIVE, "phone"), (Wire.GUIDE, "phone_number")])
@pytest.mark.parametrize("sent_as", ["phone", "phone_number"])
def test_the_wire_profile_names_the_phone(profile: Wire, name: str, sent_as: str) -> None:
    """TikTok's field is phone; who follows the guide to the letter may have phone_number."""
    assert wire(profile, user={sent_as: OTHER_DIGEST})["user"] == {name: OTHER_DIGEST}


def test_one_identifier_is_a_string_and_several_are_a_list() -> None:
    """Both are TikTok's format; the guide's examples have the string."""
    assert wire(user={"email": [DIGEST, DIGEST.upper()]})["user"] == {"email": DIGEST}
    both = wire(user={"email": [DIGEST, OTHER_DIGEST]})["user"]
    assert both == {"email": [DIGEST, OTHER_DIGEST]}


@pytest.mark.parametrize("value", [129.95, 130, 0, 0.1, 1e-07, 123456789012.34])
def test_values_leave_as_they_came(value: float) -> None:
    """A value that differs by a cent from the order total starts a dispute."""
    assert wire(properties={"value": value, "currency": "EUR"})["properties"]["value"] == value


def test_an_unlisted_currency_takes_the_value_with_it() -> None:
    """TikTok would refuse the event, or read francs as dollars."""
    properties = {"value": 5, "currency": "XOF", "order_id": "1", "ad_user_data": "GRANTED"}
    assert set(wire(properties=properties)["properties"]) == {
        "order_id",
        "ad_user_data",
        "ad_personalization",
    }


def test_everything_that_is_known_leaves() -> None:
    """A field that is checked and then forgotten would be missed by nobody until it matters."""
    line = {
        "content_id": "A",
        "quantity": 2,
        "price": 5.5,
        "content_name": "Shoe",
        "content_category": "Shoes",
        "brand": "Acme",
    }
    properties = {
        "value": 11,
        "currency": "EUR",
        "order_id": "1",
        "contents": [line],
        "content_type": "product",
        "content_ids": ["A"],
        "num_items": 2,
        "shop_id": "s",
        "query": "shoes",
        "search_string": "red shoes",
        "description": "Red",
        "status": "paid",
        "predicted_ltv": 99.5,
    }
    lead = {"lead_id": "l", "lead_event_source": "crm"}
    page = {"url": "https://shop.example/", "referrer": "https://search.example/"}
    item = wire(properties=properties, lead=lead, page=page, limited_data_use=True)
    flags = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}
    assert item["properties"] == properties | flags
    assert (item["lead"], item["page"], item["limited_data_use"]) == (lead, page, True)


def test_what_only_the_gateway_reads_stays_here() -> None:
    """TikTok has no use for sessions and references."""
    item = wire(session="s", refs={"order": "1"}, region="DE", partner_name="p")
    assert set(item) == {"event", "event_time", "event_id", "user", "properties", "page"}


@pytest.mark.parametrize(
    ("stated", "region", "opt_out", "expected"),
    [
        (..., "DE", False, None),
        (False, "DE", False, None),
        (True, "DE", False, True),
        (..., "US-CA", True, True),
        (False, "US-CA", True, True),
    ],
)
def test_limited_data_use_leaves_only_when_it_limits(
    stated: object, region: str, opt_out: bool, expected: bool | None
) -> None:
    """What the caller or the law limits stays limited, and nobody is limited by accident."""
    consent = {"region": region, "opt_out": opt_out, "ad_user_data": "GRANTED"}
    item = wire(limited_data_use=stated, consent=consent)
    assert item.get("limited_data_use") is expected


@pytest.mark.parametrize(
    ("consent", "flags"),
    [
        ({"region": "US"}, {}),
        ({"region": "US", "ad_personalization": "DENIED"}, {"ad_personalization": "DENIED"}),
        (
            {"region": "DE", "ad_user_data": "GRANTED"},
            {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"},
        ),
    ],
)
def test_the_flags_that_leave_are_the_decisions(
    consent: dict[str, object], flags: dict[str, str]
) -> None:
    """Stated and derived denials are said; nothing that nobody said is."""
    assert wire(event="Lead", properties=..., consent=consent).get("properties", {}) == flags


def test_a_click_id_that_must_not_leave_does_not_leave_in_an_address() -> None:
    """Removal is of the data, wherever it stands."""
    rules = some_rules(policy=a_policy(profile=Profile.STRICT))
    address = "https://shop.example/?ttclid=E.C.P.abc&utm_source=x"
    event = an_event(
        rules,
        user={"ttclid": "E.C.P.abc", "ip": "203.0.113.42"},
        page={"url": address, "referrer": address},
        consent={"ad_user_data": "DENIED", "region": "DE"},
    )
    assert b"E.C.P.abc" not in event.wire
    assert event.wire.count(b"utm_source=x") == 2


def test_requests_are_joined_from_the_bytes_as_they_are() -> None:
    """Frozen bytes must arrive as they were frozen, or two copies would differ."""
    body = request_body(Lane("P"), [b'{"a":1.0}', b'{"b" : 2}'])
    assert body == b'{"event_source":"web","event_source_id":"P","data":[{"a":1.0},{"b" : 2}]}'


def test_a_request_says_its_test_code_and_partner_only_when_there_are_any() -> None:
    """An empty test_event_code might make live traffic a test."""
    body = request_body(Lane("P", "TEST1"), [], partner_name="Shop", event_source="web")
    assert body == (
        b'{"event_source":"web","event_source_id":"P",'
        b'"test_event_code":"TEST1","partner_name":"Shop","data":[]}'
    )


@pytest.mark.parametrize("stem", ["accepted-legacy-and-current-names", "accepted-test-event"])
def test_what_is_right_already_leaves_unchanged(stem: str) -> None:
    """A caller who moves from TikTok's endpoint to the gateway changes nothing but the address."""
    request = json.loads((WIRE_FILES / f"{stem}.json").read_text())["request"]
    outcomes = [
        processed(item, some_rules(default_region="US"), item["event_time"])
        for item in request["data"]
    ]
    wires = [outcome.event.wire for outcome in outcomes if isinstance(outcome, Accepted)]
    assert [json.loads(wire) for wire in wires] == request["data"]


@given(strategies.near_valid_items, st.sampled_from(Wire))
def test_tiktok_takes_whatever_leaves(item: dict[str, Any], profile: Wire) -> None:
    """One wrong event refuses the whole batch at TikTok, so none may get that far."""
    outcome = processed(item, some_rules(wire=profile, custom_events=True, default_region="US"))
    wires = [outcome.event.wire] if isinstance(outcome, Accepted) else []
    envelope = reading.read_envelope(request_body(Lane(PIXEL), [*wires, an_event().wire]))
    assert isinstance(envelope, reading.Envelope)
    table = {Wire.LIVE: USER, Wire.GUIDE: USER_OF_GUIDE}[profile]
    assert isinstance(reading.read_events(envelope.items, NOW, table), list)
