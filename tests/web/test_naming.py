"""A server's event without an event_id takes the one of the Pixel's call, where that is sure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.build import NOW, PIXEL, an_item, some_rules
from tests.web.gateway import BROWSER_KEY, ORIGIN, SERVER_KEY, Gateway, Reply

HOUR = 3600.0
VISIT = "page-long-session-1"
WORTH = {"value": 129.95, "currency": "EUR"}
ORDER = WORTH | {"order_id": "10492"}
DERIVED = "ord_10492_complete_payment"


@pytest.fixture
def gateway() -> Gateway:
    """A gateway whose server tells of purchases; its rules have the keys of its store."""
    gateway = Gateway(rules={}, pixels={})
    gateway.rules[PIXEL] = some_rules(
        server_truth=frozenset({"CompletePayment", "SubmitForm", "Search"}),
        fingerprint_key=gateway.store.fingerprint_key,
        blind_index_key=gateway.store.blind_index_key,
    )
    return gateway


async def called(gateway: Gateway, event_id: str, seconds_ago: float = 5, **call: object) -> None:
    """Let a page report a call of the Pixel."""
    pixel = {"type": "pixel", "event": "CompletePayment", "event_id": event_id, "at": 0}
    beacon = {
        "key": BROWSER_KEY,
        "session": VISIT,
        "sent_at": seconds_ago * 1000,
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
        "events": [{**pixel, "at": 1e-9, "properties": WORTH} | call],
    }
    reply = await gateway.post(beacon, key=None, path="/v1/collect", headers={"origin": ORIGIN})
    assert reply.status == 202


async def sent(gateway: Gateway, **fields: object) -> Reply:
    """Report a purchase of this moment without an event_id."""
    stated: Mapping[str, Any] = {"event_time": int(gateway.clock.at), "event_id": ...} | fields
    return await gateway.sent(an_item(**stated))


def result(reply: Reply) -> tuple[str, str, list[str]]:
    """Outcome, event_id and what was remarked about the id."""
    [one] = reply.json["results"]
    notes = [
        f"{found['reason']}: {found['note']}"
        for found in one.get("findings", [])
        if found["reason"].startswith("event_id_")
    ]
    return one["outcome"], one["event_id"], notes


async def test_the_call_of_the_same_order_names_it(gateway: Gateway) -> None:
    """A page made up an id of its own; the webhook of a transfer comes hours later."""
    await called(gateway, "px_1", properties=ORDER)
    gateway.clock.at += 7 * HOUR
    assert result(await sent(gateway, properties=ORDER)) == (
        "accepted",
        "px_1",
        ["event_id_from_pixel: from the Pixel's call of the same order"],
    )
    [pair] = (await gateway.get("/api/pairs")).json["pairs"]
    assert (pair["event_id"], pair["verdict"]) == ("px_1", "paired")


async def test_the_call_of_the_same_visit_names_it(gateway: Gateway) -> None:
    """An action that is about no order, such as a lead's form."""
    lead: dict[str, Any] = {"event": "SubmitForm", "properties": {}}
    await called(gateway, "form_81", **lead)
    assert result(await sent(gateway, session=VISIT, **lead)) == (
        "accepted",
        "form_81",
        ["event_id_from_pixel: from the Pixel's call of the same visit"],
    )


async def test_a_report_to_google_is_named_alike(gateway: Gateway) -> None:
    """It knows of no event_ids, but may say in which visit and when something was done."""
    gateway.rules[PIXEL] = replace(gateway.rules[PIXEL], event_names={"subscribe": "SubmitForm"})
    lead: dict[str, Any] = {"event": "SubmitForm", "properties": {}}
    await called(gateway, "form_81", **lead)
    event = {"name": "subscribe", "params": {"tg_session": VISIT}}
    report = {"user_id": "c1", "timestamp_micros": int(gateway.clock.at * 10**6)}
    path = f"/mp/collect?api_secret={SERVER_KEY}"
    told = await gateway.post(report | {"events": [event]}, key=None, path=path)
    assert result(told)[:2] == ("accepted", "form_81")
    gateway.clock.at += 60
    again = await gateway.post(report | {"events": [event]}, key=None, path=path)
    assert result(again)[:2] == ("duplicate", "form_81")


async def test_the_visit_is_found_by_what_was_bound_to_it(gateway: Gateway) -> None:
    """The page said which order it leads to before it went to the payment page."""
    await called(gateway, "px_1")
    bound = {"session": VISIT, "refs": {"order": "10492"}}
    await gateway.post(bound, path="/v1/attach")
    assert result(await sent(gateway, refs={"order": "10492"}))[1] == "px_1"


async def test_a_visit_with_two_calls_is_not_guessed(gateway: Gateway) -> None:
    """Either may be the one; the order names it then, or the caller has to."""
    await called(gateway, "px_1", seconds_ago=60)
    await called(gateway, "px_2")
    assert result(await sent(gateway, session=VISIT, refs={"order": "10492"})) == (
        "accepted",
        DERIVED,
        [
            f"event_id_derived: made from the order or lead: {DERIVED}",
            "event_id_ambiguous: one of 2 calls of the visit",
        ],
    )
    refused = await sent(gateway, session=VISIT)
    assert (refused.status, refused.first_problem["reason"]) == (422, "event_id_missing")
    assert refused.first_problem["received"] == (
        "nothing, and 2 calls of the Pixel that it could be"
    )


async def test_contents_tell_two_calls_of_a_visit_apart(gateway: Gateway) -> None:
    """Two products into the cart within a minute."""
    contents = {one: {"contents": [{"content_id": one, "quantity": 1}]} for one in ("a", "b")}
    for one, told in contents.items():
        await called(gateway, f"cart_{one}", event="AddToCart", properties=told)
    added = await sent(gateway, session=VISIT, event="AddToCart", properties=contents["b"])
    assert result(added)[:2] == ("duplicate", "cart_b")


@pytest.mark.parametrize(
    "other",
    [
        {"event": "Purchase"},
        {"properties": ORDER | {"order_id": "10493"}},
        {"properties": WORTH | {"value": 9.5}},
        {"seconds_ago": 301},
    ],
)
async def test_the_call_of_another_action_names_nothing(
    gateway: Gateway, other: dict[str, Any]
) -> None:
    """One visit buys twice, and the second purchase must not vanish in the first."""
    await called(gateway, "px_1", **other)
    assert result(await sent(gateway, session=VISIT, properties=ORDER))[1] == DERIVED


async def test_the_first_of_several_calls_of_one_order_names_it(gateway: Gateway) -> None:
    """Each of them is a copy of this purchase: another id would be one more conversion."""
    await called(gateway, "px_2", seconds_ago=30, properties=ORDER)
    await called(gateway, "px_1", seconds_ago=60, properties=ORDER)
    assert result(await sent(gateway, properties=ORDER)) == (
        "accepted",
        "px_1",
        ["event_id_from_pixel: from the Pixel's call of the same order, the first of 2"],
    )


async def test_a_report_that_is_repeated_stays_the_same_event(gateway: Gateway) -> None:
    """A job that got no answer tries again, and meanwhile the page has told of its call."""
    assert result(await sent(gateway, properties=ORDER))[1] == DERIVED
    await called(gateway, "px_1", properties=ORDER)
    assert result(await sent(gateway, properties=ORDER))[:2] == ("duplicate", DERIVED)
    pairs = (await gateway.get("/api/pairs")).json["pairs"]
    assert {(one["event_id"], one["verdict"]) for one in pairs} == {
        (DERIVED, "probable_id_mismatch"),
        ("px_1", "probable_id_mismatch"),
    }


async def test_a_name_that_was_taken_stays_taken(gateway: Gateway) -> None:
    """An earlier call becomes known late; the repeated report is still the event that it was."""
    await called(gateway, "px_2", seconds_ago=30, properties=ORDER)
    first: dict[str, Any] = {"properties": ORDER, "event_time": int(NOW)}
    assert result(await sent(gateway, **first))[1] == "px_2"
    await called(gateway, "px_1", seconds_ago=60, properties=ORDER)
    assert result(await sent(gateway, **first))[0] == "duplicate"


async def test_the_second_of_two_actions_does_not_vanish_in_the_first(gateway: Gateway) -> None:
    """Only one call is known yet, and another report has its name."""
    await called(gateway, "px_1", event="Search", properties={})
    found: dict[str, Any] = {"event": "Search", "session": VISIT, "properties": {}}
    assert result(await sent(gateway, **found, event_time=int(NOW) - 9))[1] == "px_1"
    refused = await sent(gateway, **found)
    assert refused.first_problem["reason"] == "event_id_missing"


async def test_a_forged_call_takes_no_other_orders_place(gateway: Gateway) -> None:
    """Order numbers can be guessed, and with a public key everybody can report a call."""
    await called(gateway, "ord_10493_complete_payment", properties=ORDER)
    assert result(await sent(gateway, properties=ORDER))[1] == DERIVED


async def test_a_stated_id_is_never_replaced(gateway: Gateway) -> None:
    """Whoever sends an event_id depends on nobody's report."""
    await called(gateway, "px_1", properties=ORDER)
    reply = await sent(gateway, properties=ORDER, event_id="ours")
    assert result(reply) == ("accepted", "ours", [])
