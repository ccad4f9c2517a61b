"""What `track` is told becomes the gateway's envelope, at the call and once."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.client.limits import LARGEST_BODY, MOST_EVENTS
from tandemgate.client.results import Problem, Result
from tandemgate.client.visitor import Visitor
from tandemgate.client.writing import ATTACH, Envelope, Item, write_event
from tests.client.gateways import EMAIL, NOW, PIXEL, an_item

VISITOR = Visitor("S1Yw0b0nGq9n3F6mP2vQxA", "93.184.215.14", "Mozilla/5.0")
SEEN = {"ip": "93.184.215.14", "user_agent": "Mozilla/5.0"}


def written(visitor: Visitor | None = None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """One event of ``data``, as the gateway will read it."""
    item = write_event("CompletePayment", fields, visitor, NOW)
    assert isinstance(item, Item)
    content: dict[str, Any] = json.loads(item.content)
    return content


def test_what_it_was_worth_goes_below_properties() -> None:
    """The shop names fields; where they stand is the contract's business."""
    told = written(
        event_id="ord_1",
        value=129.95,
        currency="EUR",
        order_id="10493",
        contents=[{"content_id": "SKU-481", "quantity": 1, "price": 129.95}],
        user={"email": EMAIL},
        refs={"order": "10493"},
        page=None,
    )
    assert told == {
        "event": "CompletePayment",
        "event_id": "ord_1",
        "event_time": int(NOW),
        "user": {"email": EMAIL},
        "refs": {"order": "10493"},
        "properties": {
            "value": 129.95,
            "currency": "EUR",
            "order_id": "10493",
            "contents": [{"content_id": "SKU-481", "quantity": 1, "price": 129.95}],
        },
    }


@pytest.mark.parametrize(
    ("stated", "sent"),
    [
        (None, int(NOW)),
        (1776943380, 1776943380),
        (datetime(2026, 4, 23, 11, 23, tzinfo=UTC), 1776943380),
        (datetime(2026, 4, 23, 11, 23), "2026-04-23T11:23:00"),  # noqa: DTZ001 - the gateway says what is missing
    ],
)
def test_the_moment_is_that_of_the_call_unless_stated(stated: object, sent: object) -> None:
    """An event that waited an hour for the gateway still happened when it happened."""
    assert written(event_time=stated)["event_time"] == sent


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Decimal("129.95"), 129.95),
        (Decimal("0.1"), 0.1),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (date(2026, 4, 23), "2026-04-23"),
        (frozenset({"a"}), ["a"]),
        (("a", "b"), ["a", "b"]),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ("Grüße 🎁", "Grüße 🎁"),
    ],
)
def test_what_shops_have_is_written_as_json_has_it(value: object, sent: object) -> None:
    """Money is a Decimal in every ORM."""
    assert written(value=value)["properties"]["value"] == sent


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"value": object()}, "/properties/value"),
        ({"value": float("nan")}, "/properties/value"),
        ({"user": {"email": EMAIL, "city": "\ud83c"}}, "/user/city"),
        ({"refs": {(1, 2): "x"}}, "/refs"),
        ({"contents": [{"content_id": "SKU-481", "price": object()}]}, "/properties/contents"),
        ({"user": {EMAIL: object()}}, "/user"),
    ],
)
def test_what_is_no_json_is_a_result_that_names_the_field_alone(
    fields: dict[str, Any], field: str
) -> None:
    """An exception in checkout would cost the order; a request with half a text, its neighbours."""
    refused = write_event("Search", fields, None, NOW)
    assert isinstance(refused, Result)
    assert refused.is_lost
    (problem,) = refused.problems
    assert problem.field == field
    assert EMAIL not in repr(refused)


def test_a_later_change_of_the_shops_objects_changes_nothing() -> None:
    """The thread sends a second later, when the request's objects serve something else."""
    user = {"email": EMAIL}
    item = write_event("Search", {"user": user}, None, NOW)
    user["email"] = "somebody.else@customer.example"
    assert isinstance(item, Item)
    assert json.loads(item.content)["user"] == {"email": EMAIL}


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({}, {"session": VISITOR.session, "user": SEEN}),
        (
            {"user": {"email": EMAIL}},
            {"session": VISITOR.session, "user": {"email": EMAIL, **SEEN}},
        ),
        ({"user": {"ip": "9.9.9.9"}}, {"session": VISITOR.session, "user": {"ip": "9.9.9.9"}}),
        ({"session": "another"}, {"session": "another"}),
        ({"session": None}, {}),
        ({"user": "nobody"}, {"session": VISITOR.session, "user": "nobody"}),
    ],
)  # fmt: skip
def test_the_visitor_is_filled_in_where_nothing_else_is_said(
    stated: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Address and user agent are the person's only together with the person's session."""
    told = written(VISITOR, **stated)
    assert {name: told[name] for name in ("session", "user") if name in told} == expected


def test_a_problem_is_told_before_anything_leaves() -> None:
    """The words of a local refusal are those of the gateway's."""
    refused = write_event("Search", {"value": float("inf")}, None, NOW)
    expected = Problem("unwritable", "/properties/value", "pass a number, not NaN or infinity")
    assert isinstance(refused, Result)
    assert refused.problems == (expected,)


def test_an_attach_goes_alone_in_its_order() -> None:
    """It has another address, and what was reported before it leaves before it."""
    attach = Item("attach", None, b"{}", ATTACH)
    envelope = Envelope(PIXEL)
    assert envelope.fitting([attach, an_item()]) == 1
    assert envelope.fitting([an_item(), an_item(), attach, an_item()]) == 2


SIZES = st.lists(
    st.one_of(st.integers(0, 300), st.integers(0, LARGEST_BODY - 200)), min_size=1, max_size=1_500
)


@given(sizes=st.one_of(SIZES, st.integers(990, 2_100).map(lambda count: [40] * count)))
def test_cut_into_requests_nothing_is_lost_doubled_or_too_large(sizes: list[int]) -> None:
    """For any sizes: every event is in one request, in order, within both limits."""
    envelope = Envelope(PIXEL, "TEST123")
    items = [Item("Search", str(place), b"x" * size) for place, size in enumerate(sizes)]
    rest, requests = items, []
    while rest:
        count = envelope.fitting(rest)
        requests.append(rest[:count])
        rest = rest[count:]
    assert [item for request in requests for item in request] == items
    assert all(len(request) <= MOST_EVENTS for request in requests)
    assert all(len(envelope.around(request)) <= LARGEST_BODY for request in requests)


def test_the_commas_between_events_count() -> None:
    """A thousand of them are a kilobyte too much."""
    envelope = Envelope(PIXEL)
    half = Item("Search", None, b"x" * (envelope.room // 2))
    less = Item("Search", None, b"x" * (envelope.room - envelope.room // 2 - 1))
    more = Item("Search", None, b"x" * (envelope.room - envelope.room // 2))
    assert envelope.fitting([half, less]) == 2
    assert len(envelope.around([half, less])) == LARGEST_BODY
    assert envelope.fitting([half, more]) == 1


def test_requests_are_as_large_as_they_may_be() -> None:
    """A law that one event a request keeps as well would be slow."""
    envelope = Envelope(PIXEL)
    fitting = envelope.fitting([Item("Search", None, b"x" * (envelope.room // 4 - 1))] * 9)
    assert fitting == 4
    assert envelope.fitting([an_item()] * 5_000) == MOST_EVENTS
