"""What the gateway says about the Pixel's copies and its own."""

import pytest

from tests.build import EVENT_TIME, NOW, PIXEL, an_item, some_rules
from tests.web.gateway import BROWSER_KEY, ORIGIN, SERVER_KEY, Gateway

PAGE_SAYS = {
    "type": "pixel",
    "event": "CompletePayment",
    "event_id": "ord_10492_complete_payment",
    "at": 1000,
    "properties": {"value": 129.95, "currency": "EUR"},
}


@pytest.fixture
def gateway() -> Gateway:
    """A gateway whose server tells of purchases."""
    return Gateway(
        rules={PIXEL: some_rules(server_truth=frozenset({"CompletePayment"}))}, pixels={}
    )


async def reported(gateway: Gateway, *calls: object) -> None:
    """Let a page report calls of the Pixel, made half a second ago."""
    beacon = {
        "key": BROWSER_KEY,
        "session": "page-long-session-1",
        "sent_at": 1500,
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
        "events": list(calls),
    }
    reply = await gateway.post(beacon, key=None, path="/v1/collect", headers={"origin": ORIGIN})
    assert reply.status == 202


async def test_a_purchase_is_told_with_its_pair(gateway: Gateway) -> None:
    """The marketer's first question: is it counted once?"""
    await gateway.sent()
    await reported(gateway, PAGE_SAYS)
    [told] = (await gateway.get("/api/pairs")).json["pairs"]
    assert told == {
        "pixel_id": PIXEL,
        "event": "CompletePayment",
        "event_id": "ord_10492_complete_payment",
        "verdict": "paired",
        "meaning": "The Pixel and the gateway sent the same event under the same event_id.",
        "fix": "",
        "gap_seconds": 0.5,
        "band": "merged",
        "band_meaning": "within five minutes of each other: TikTok merges the two",
        "differs": [],
        "other": None,
        "server_at": "2026-04-23T11:23:20.000Z",
        "browser_at": "2026-04-23T11:23:19.500Z",
    }
    story = (await gateway.get("/api/events/ord_10492_complete_payment")).json
    assert story["pair"]["verdict"] == "paired"
    assert "pixel" in [moment["stage"] for moment in story["timeline"]]


async def test_another_amount_is_told_with_what_mends_it(gateway: Gateway) -> None:
    """Finance and media buying quarrel about this for weeks."""
    await gateway.sent()
    await reported(gateway, PAGE_SAYS | {"properties": {"value": 109.2, "currency": "EUR"}})
    [told] = (await gateway.get("/api/pairs?verdict=content_differs")).json["pairs"]
    assert told["differs"] == ["value"]
    assert told["fix"] == "give the Pixel's call the value and currency of the order"


async def test_the_counterpart_that_was_meant_is_named(gateway: Gateway) -> None:
    """Two ids for one purchase: the report shows both, and the page at fault is found."""
    await gateway.sent(an_item(session="page-long-session-1", event_time=int(NOW) - 3))
    await reported(gateway, PAGE_SAYS | {"event_id": "px_1"})
    told = (await gateway.get("/api/pairs")).json["pairs"]
    ours = next(one for one in told if one["event_id"] == "ord_10492_complete_payment")
    assert ours["verdict"] == "probable_id_mismatch"
    assert ours["other"]["event_id"] == "px_1"


async def test_forged_names_are_no_evidence(gateway: Gateway) -> None:
    """A public key must not fill the store with invented names, nor with anybody's email."""
    await reported(
        gateway,
        PAGE_SAYS | {"event": "Anything"},
        PAGE_SAYS | {"event_id": "a@b.example"},
        PAGE_SAYS | {"event_id": "x" * 300},
    )
    assert (await gateway.get("/api/pairs")).json == {"pairs": [], "next": None}


async def test_evidence_keeps_a_late_purchase_from_counting_twice(gateway: Gateway) -> None:
    """The webhook of a bank transfer comes three days after the Pixel's copy."""
    await reported(gateway, PAGE_SAYS)
    gateway.clock.at += 3 * 86_400
    await gateway.sent(an_item(event_time=EVENT_TIME))
    story = (await gateway.get("/api/events/ord_10492_complete_payment")).json
    assert story["pair"]["band"] == "counted_twice"


async def test_pages_go_on_where_the_last_one_ended(gateway: Gateway) -> None:
    """Both lists grow while somebody reads."""
    for number in range(3):
        gateway.clock.at += 1
        await gateway.sent(an_item(event_id=f"ord_{number}"))
        await reported(gateway, PAGE_SAYS | {"event_id": f"px_{number}"})
    seen: list[str] = []
    target = "/api/pairs?limit=2"
    for _ in range(3):
        page = (await gateway.get(target)).json
        seen += [one["event_id"] for one in page["pairs"]]
        target = f"/api/pairs?limit=2&after={page['next']}"
    assert sorted(seen) == ["ord_0", "ord_1", "ord_2", "px_0", "px_1", "px_2"]
    assert (await gateway.get(target)).json["pairs"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("after=7", "after"),
        ("after=7.x", "after"),
        ("verdict=fine", "verdict"),
        ("colour=red", "colour"),
    ],
)
async def test_a_wrong_question_is_told_what_is_right(
    gateway: Gateway, query: str, field: str
) -> None:
    """A filter that is silently ignored shows the wrong list."""
    reply = await gateway.get(f"/api/pairs?{query}", SERVER_KEY)
    problem = reply.first_problem
    assert (reply.status, problem["reason"], problem["field"]) == (400, "parameter_invalid", field)
    assert problem["expected"]
