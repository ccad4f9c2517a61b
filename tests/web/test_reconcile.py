"""What the gateway says about a shop's orders."""

from typing import Any

import pytest

from tandemgate.core.valuation import read_rule
from tandemgate.model.state import State
from tandemgate.web.parts import PixelCard
from tests.build import PIXEL, an_envelope, an_item
from tests.contract.steps import send
from tests.web.gateway import ADMIN_KEY, OTHER_PIXEL, READ_KEY, SERVER_KEY, Gateway, Reply


@pytest.fixture
def gateway() -> Gateway:
    """A gateway with one delivered and one waiting purchase."""
    return Gateway()


async def sold(gateway: Gateway) -> None:
    """Let one order be delivered, and another wait."""
    await gateway.sent(an_item(event_id="a", properties=worth(129.95, "1001")))
    await send(gateway.store, State.DELIVERED)
    await gateway.sent(an_item(event_id="b", properties=worth(20, "1002")))


def worth(value: float, order: str) -> dict[str, Any]:
    """Properties of a purchase."""
    return {"value": value, "currency": "EUR", "order_id": order}


def an_order(number: str, total: object = "129.95", **more: object) -> dict[str, object]:
    """One order of the shop's books."""
    return {"order": number, "currency": "EUR", "total": total, **more}


async def asked(gateway: Gateway, *orders: object, key: str = SERVER_KEY, **body: object) -> Reply:
    """Hand in orders."""
    told = {"orders": list(orders), **body}
    return await gateway.post(told, key=key, path="/api/reconcile")


async def test_each_order_is_told_with_what_became_of_it(gateway: Gateway) -> None:
    """The marketer's question, in one request."""
    await sold(gateway)
    orders = [an_order("#1001"), an_order("1002", 20), an_order("1003", "7.50")]
    reply = await asked(gateway, *orders, key=READ_KEY)
    assert reply.status == 200
    told = reply.json
    assert [(one["order"], one["outcome"]) for one in told["results"]] == [
        ("#1001", "delivered"),
        ("1002", "waiting"),
        ("1003", "missing"),
    ]
    assert told["results"][0]["request_id"] == "r-1"
    assert told["summary"]["money"]["EUR"]["total"] == "157.45"
    assert told["summary"]["money"]["EUR"]["difference"] == "-27.50"
    assert (told["pixel_id"], told["value_rule"], told["problems"]) == (PIXEL, "total", [])


async def test_the_terms_say_what_a_comparison_needs(gateway: Gateway) -> None:
    """The CLI reads the file by them."""
    told = (await gateway.get("/api/reconcile")).json
    assert told["amounts"] == ["total"]
    assert (told["at_least"], told["events"]) == (0.98, ["CompletePayment", "Purchase"])


async def test_value_is_what_the_pixels_rule_says() -> None:
    """A shop that sends net values compares net values."""
    rule = read_rule("total - tax - shipping")
    assert rule is not None
    gateway = Gateway(pixels={PIXEL: PixelCard(value_rule=rule)})
    await gateway.sent(an_item(event_id="a", properties=worth(100, "1001")))
    await send(gateway.store, State.DELIVERED)
    order = an_order("1001", "129.00", tax="19.00", shipping=10)
    [one] = (await asked(gateway, order)).json["results"]
    assert (one["total"], one["difference"]) == ("100.00", "0.00")
    lacking = (await asked(gateway, an_order("1001"))).json["problems"]
    assert [(one["field"], one["fix"]) for one in lacking] == [
        ("/orders/0/tax", "state it; the pixel's value_rule is total - tax - shipping")
    ]


@pytest.mark.parametrize(
    ("order", "reason", "field"),
    [
        (an_order(""), "order_invalid", "order"),
        (an_order("x" * 300), "order_invalid", "order"),
        (an_order("anna@shop.example"), "order_names_somebody", "order"),
        (an_order("1", None), "value_invalid", "total"),
        (an_order("1", "12,50"), "value_invalid", "total"),
        (an_order("1", "1e5"), "value_invalid", "total"),
        (an_order("1", -5), "value_negative", "total"),
        (an_order("1", "1234.56") | {"currency": "JPY"}, "value_too_fine", "total"),
        (an_order("1", 1234.5) | {"currency": "KRW"}, "value_too_fine", "total"),
        (an_order("1") | {"currency": "EURO"}, "currency_invalid", "currency"),
        ({"order": "1", "total": 5}, "currency_invalid", "currency"),
    ],
)
async def test_a_bad_order_keeps_no_other_from_its_answer(
    gateway: Gateway, order: object, reason: str, field: str
) -> None:
    """Each is told with its place, and the good ones are compared."""
    await sold(gateway)
    reply = await asked(gateway, an_order("1001"), order)
    [problem] = reply.json["problems"]
    assert (problem["reason"], problem["field"]) == (reason, f"/orders/1/{field}")
    assert [one["outcome"] for one in reply.json["results"]] == ["delivered"]
    assert b"anna@" not in reply.body


async def test_no_amount_is_rounded_without_a_word(gateway: Gateway) -> None:
    """In yen there is no half: the amount or its currency is wrong, and only the shop knows."""
    yen = {"order": "1", "currency": "JPY", "total": "1234.56"}
    told = (await asked(gateway, yen, yen | {"order": "2", "total": "1234.00"})).json
    [problem] = told["problems"]
    assert (problem["field"], problem["received"]) == ("/orders/0/total", "1234.56")
    assert problem["expected"] == "JPY without decimals, like 1235"
    assert "currency" in problem["fix"]
    assert [(one["order"], one["total"]) for one in told["results"]] == [("2", "1234")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"orders": [an_order("1")] * 1001}, "/orders"),
        ({"orders": [], "events": ["AddToCart"]}, "/events"),
        ({"orders": [], "events": []}, "/events"),
        ({"orders": [], "event_ids": ["order"]}, "/event_ids"),
        ({"orders": [], "event_ids": ["{order}"] * 5}, "/event_ids"),
        ({"orders": 5}, "/orders"),
        ({}, "/orders"),
        ({"orders": [{"currency": "EUR"}]}, "/orders/0/order"),
        ({"orders": [{"order": "1"}, {"order": "2", "total": []}]}, "/orders/1/total"),
        (b"{", ""),
        (b"", ""),
    ],
)
async def test_a_wrong_question_is_told_what_is_right(
    gateway: Gateway, body: object, field: str
) -> None:
    """Nothing is compared by half."""
    reply = await gateway.post(body, path="/api/reconcile")
    problem = reply.first_problem
    assert (reply.status, problem["reason"], problem["field"]) == (400, "body_invalid", field)
    assert problem["expected"]


async def test_an_order_that_comes_twice_is_summed_up_once(gateway: Gateway) -> None:
    """Its money twice in the shop's total would look like a purchase that TikTok lacks."""
    await sold(gateway)
    told = (await asked(gateway, an_order("1001"), an_order("7"), an_order("#1001"))).json
    assert [one["order"] for one in told["results"]] == ["1001", "7"]
    [problem] = told["problems"]
    assert (problem["field"], problem["reason"]) == ("/orders/2/order", "order_invalid")
    assert problem["received"] == "the same order as at /orders/0"
    assert told["summary"]["orders"] == 2


async def test_only_the_keys_own_pixels_are_compared(gateway: Gateway) -> None:
    """An agency's clients do not read each other's books."""
    assert (await asked(gateway, pixel=OTHER_PIXEL)).status == 403
    assert (await gateway.get(f"/api/reconcile?pixel={OTHER_PIXEL}")).status == 403
    unsaid = await asked(gateway, key=ADMIN_KEY)
    assert (unsaid.status, unsaid.first_problem["reason"]) == (400, "pixel_unsaid")
    assert unsaid.first_problem["expected"] == f"one of {PIXEL}, {OTHER_PIXEL}"
    assert (await asked(gateway, pixel=OTHER_PIXEL, key=ADMIN_KEY)).status == 200
    assert (await gateway.post({"orders": []}, key=None, path="/api/reconcile")).status == 401


async def test_other_names_of_events_may_be_stated(gateway: Gateway) -> None:
    """A shop that names its events its own way, and sends no order_id."""
    await gateway.sent(an_item(event_id="shop-77-paid"))
    assert (await asked(gateway, an_order("77"))).json["results"][0]["outcome"] == "missing"
    reply = await asked(gateway, an_order("77"), event_ids=["shop-{order}-paid"])
    assert reply.json["results"][0]["outcome"] == "waiting"


async def test_one_name_of_purchases_may_be_meant(gateway: Gateway) -> None:
    """A shop that sends both on purpose compares each by itself."""
    await sold(gateway)
    reply = await asked(gateway, an_order("1001"), events=["Purchase"])
    assert reply.json["results"][0]["outcome"] == "missing"


REFUSED = [
    (an_item(properties={"value": 5, "order_id": "77"}), "currency_missing", 40003),
    (an_item(event_time="yesterday", properties=worth(5, "77")), "event_time_invalid", 40005),
    (an_item(event="Complete Payment", properties=worth(5, "77")), "event_unknown", 40005),
    (
        an_item(properties={"value": "five", "currency": "EUR", "order_id": 77}),
        "value_invalid",
        40005,
    ),
]


@pytest.mark.parametrize(("item", "reason", "code"), REFUSED)
async def test_an_order_that_was_refused_when_it_came_says_why(
    gateway: Gateway, item: object, reason: str, code: int
) -> None:
    """It is in no ledger, yet its sender was told once and may not have listened."""
    assert (await gateway.sent(item)).outcomes == ["rejected"]
    [one] = (await asked(gateway, an_order("77"))).json["results"]
    assert (one["outcome"], one["reason"], one["code"]) == ("refused", reason, code)
    assert one["fix"]


async def test_nobody_without_a_server_key_says_what_was_refused() -> None:
    """A public key must not fill the store with orders that never were."""
    gateway = Gateway(parts={"keyless_alias": True})
    envelope = an_envelope(REFUSED[0][0])
    path = "/api/tracklayer/tiktok-events-api"
    reply = await gateway.post(envelope, key=None, path=path)
    assert reply.status == 422
    [one] = (await asked(gateway, an_order("77"))).json["results"]
    assert one["outcome"] == "missing"
