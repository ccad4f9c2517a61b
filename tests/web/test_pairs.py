"""What the gateway says about the Pixel's copies and its own."""

from collections.abc import Mapping

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

AGREED: dict[str, object] = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}
YESTERDAY = "2026-04-22T11:23:20.000Z"


@pytest.fixture
def gateway() -> Gateway:
    """A gateway whose server tells of purchases."""
    return Gateway(
        rules={PIXEL: some_rules(server_truth=frozenset({"CompletePayment"}))}, pixels={}
    )


async def reported(
    gateway: Gateway, *calls: object, headers: Mapping[str, str] | None = None
) -> None:
    """Let a page report calls of the Pixel, made half a second ago."""
    beacon = {
        "key": BROWSER_KEY,
        "session": "page-long-session-1",
        "sent_at": 1500,
        "consent": AGREED | {"region": "DE"},
        "events": list(calls),
    }
    sent_with = {"origin": ORIGIN, **(headers or {})}
    reply = await gateway.post(beacon, key=None, path="/v1/collect", headers=sent_with)
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
        "consent": {
            "server": AGREED | {"opt_out": False},
            "browser": AGREED | {"opt_out": False, "gpc": False},
            "differs": [],
        },
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
    told = (await gateway.get("/api/pairs")).json
    assert (told["pairs"], told["next"], told["summary"]["actions"]) == ([], None, 0)


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


async def test_a_summary_says_how_the_day_went(gateway: Gateway) -> None:
    """The share that is counted once is the number that a marketer watches."""
    gateway.clock.at -= 30 * 3600
    await gateway.sent(an_item(event_id="of another day", event_time=int(gateway.clock.at)))
    gateway.clock.at = NOW
    await gateway.sent()
    await gateway.sent(an_item(event_id="ord_2"), an_item(event_id="ord_3"))
    await reported(gateway, PAGE_SAYS, PAGE_SAYS | {"event_id": "px_1"})
    summary = (await gateway.get("/api/pairs?limit=1")).json["summary"]
    verdicts = {name: number for name, number in summary.pop("verdicts").items() if number}
    assert verdicts == {"paired": 1, "server_only": 2, "browser_only": 1}
    assert summary == {
        "since": YESTERDAY,
        "until": None,
        "actions": 4,
        "complete": True,
        "pair_rate": 0.25,
    }


async def test_a_summary_is_about_what_was_asked_for(gateway: Gateway) -> None:
    """One event name, one hour; further pages of a list need no second summary."""
    await gateway.sent()
    await reported(gateway, PAGE_SAYS | {"event": "AddToCart", "event_id": "cart_1"})
    target = f"/api/pairs?event=AddToCart&since={NOW - 60}&until={NOW + 60}&limit=1"
    told = (await gateway.get(target)).json
    assert [one["event_id"] for one in told["pairs"]] == ["cart_1"]
    assert told["summary"]["actions"] == 1
    assert told["summary"]["until"] == "2026-04-23T11:24:20.000Z"
    assert (await gateway.get(f"{target}&after={told['next']}")).json["summary"] is None
    assert (await gateway.get(f"/api/pairs?until={NOW}")).json["pairs"] == []


async def test_an_objection_that_only_the_browser_sends_is_told(gateway: Gateway) -> None:
    """``Sec-GPC`` binds the shop by law, and its order system has never heard of it."""
    await reported(gateway, PAGE_SAYS, headers={"sec-gpc": "1"})
    await gateway.sent(an_item(session="another-visit-1234"))
    [told] = (await gateway.get("/api/pairs")).json["pairs"]
    assert told["consent"] == {
        "server": AGREED | {"opt_out": False},
        "browser": AGREED | {"opt_out": True, "gpc": True},
        "differs": ["opt_out"],
    }


async def test_an_order_of_a_visit_that_objects_is_told_so(gateway: Gateway) -> None:
    """The order's own record says yes, and the browser that bought says no with each request."""
    await reported(gateway, PAGE_SAYS, headers={"sec-gpc": "1"})
    reply = await gateway.sent(an_item(session="page-long-session-1"))
    [result] = reply.json["results"]
    notes = [one["note"] for one in result["findings"] if one["reason"] == "consent_mismatch"]
    assert notes == ["the visitor's browser said otherwise about opt_out"]
    story = (await gateway.get("/api/events/ord_10492_complete_payment")).json
    assert story["pair"]["consent"]["server"]["opt_out"]
    assert story["pair"]["consent"]["differs"] == []


async def test_metrics_count_the_pairs_of_the_last_hour(gateway: Gateway) -> None:
    """Counted once a minute at most, however often somebody scrapes."""
    await gateway.sent()
    await reported(gateway, PAGE_SAYS, PAGE_SAYS | {"event_id": "px_1"})

    async def gauge(verdict: str) -> bool:
        line = f'tandemgate_pairs{{pixel="{PIXEL}",verdict="{verdict}"}} 1.0'
        return line in (await gateway.get("/metrics")).body.decode()

    assert await gauge("paired")
    assert await gauge("browser_only")
    assert not await gauge("server_only")
    await gateway.sent(an_item(event_id="ord_2"))
    gateway.clock.at += 59
    assert not await gauge("server_only")
    gateway.clock.at += 1
    assert await gauge("server_only")
    gateway.clock.at += 3600
    assert not await gauge("paired")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "query limit"),
        ("limit=201", "query limit"),
        ("limit=many", "query limit"),
        ("after=7", "query after"),
        ("after=7.x", "query after"),
        ("verdict=fine", "query verdict"),
        ("since=yesterday", "query since"),
        ("until=1e999", "query until"),
        ("email=ada@mail.example", "query email"),
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
    assert b"ada@mail" not in reply.body
