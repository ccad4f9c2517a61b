"""A test session over HTTP: begun, joined, watched and ended; and whose events it takes."""

import json
from typing import Any

import pytest

from tandemgate.model.admission import Filter
from tandemgate.model.event import Channel
from tandemgate.model.state import State
from tandemgate.model.visit import Visit, Wanted
from tests.build import NOW, PIXEL
from tests.build import an_item as an_old_item
from tests.contract.steps import begin, end
from tests.web.gateway import (
    ADMIN_KEY,
    BROWSER_KEY,
    ORIGIN,
    OTHER_PIXEL,
    READ_KEY,
    Gateway,
    Reply,
    ask,
)

CODE = "TEST12345"
VISIT = "s-4711-0123456789abcdef"
ORDER = "ord_10492_complete_payment"
DENIED = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}


def an_item(**overrides: object) -> dict[str, Any]:
    """A purchase of this moment."""
    return an_old_item(**{"event_time": int(NOW)} | overrides)


@pytest.fixture
def gateway() -> Gateway:
    """A gateway behind a proxy that says where visitors are."""
    return Gateway(parts={"trusted_proxies": ("127.0.0.1",)})


async def started(
    gateway: Gateway,
    key: str = ADMIN_KEY,
    **terms: Any,  # noqa: ANN401 - right or wrong
) -> Reply:
    """Begin a test of the pixel."""
    body = {"pixel": PIXEL, "code": CODE} | terms
    return await gateway.post(body, path="/api/tests", key=key)


async def joined(gateway: Gateway) -> str:
    """Begin a test, and follow its link: the ticket that the browser got."""
    told = (await started(gateway)).json
    answer = await ask(gateway.app, "GET", told["link"].removeprefix("https://c.shop.example"))
    return answer.headers["set-cookie"].partition(";")[0]


async def beacon(
    gateway: Gateway,
    cookies: str,
    *calls: dict[str, Any],
    **more: Any,  # noqa: ANN401 - right or wrong
) -> Reply:
    """Hand in what the script saw on a page; *more* replaces what a beacon says."""
    content = {
        "key": BROWSER_KEY,
        "session": VISIT,
        "sent_at": NOW * 1000,
        "consent": GRANTED,
        "events": [{"at": NOW * 1000, **call} for call in calls],
        **more,
    }
    headers = {"origin": ORIGIN, "cookie": cookies, "user-agent": "Mozilla/5.0",
               "x-forwarded-for": "203.0.113.42"}  # fmt: skip
    return await gateway.post(content, path="/v1/collect", key=None, headers=headers)


def call(event: str = "AddToCart", event_id: str = "cart_1", **more: object) -> dict[str, Any]:
    """An action on a page."""
    return {"type": "track", "event": event, "event_id": event_id, "ttclid": "E.C.P.click"} | more


async def channels(gateway: Gateway) -> dict[str, tuple[str, str]]:
    """Channel and test_event_code of each stored event."""
    page = await gateway.store.page(Filter(), 50)
    return {one.event_id: (one.channel.value, one.test_event_code) for one in page}


async def test_a_test_begins_with_ten_minutes(gateway: Gateway) -> None:
    """The answer holds everything that the tester needs next."""
    reply = await started(gateway, name="autumn relaunch")
    told = reply.json
    assert reply.status == 201
    assert told["state"] == "open"
    assert told["landing"] == "https://shop.example/"
    assert told["link"].startswith(f"https://c.shop.example/test/{told['id']}?ttclid=")
    assert told["window"]["seconds_left"] == 600
    assert told["events"] == ["ViewContent", "AddToCart", "InitiateCheckout", "CompletePayment"]
    listed = (await gateway.get("/api/tests", READ_KEY)).json["tests"]
    assert [one["id"] for one in listed] == [told["id"]]
    audit = (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"]
    assert [(one["what"], one["reason"]) for one in audit] == [("test_started", "autumn relaunch")]


@pytest.mark.parametrize(
    ("terms", "status", "reason", "field"),
    [
        ({"code": ""}, 400, "test_code_invalid", "/code"),
        ({"code": "TEST 1"}, 400, "test_code_invalid", "/code"),
        ({"code": "tok_web_0123456789"}, 400, "test_code_invalid", "/code"),
        ({"pixel": "C0UNKNOWN"}, 403, "pixel_not_allowed", "/pixel"),
        ({"landing": "https://evil.example/"}, 400, "test_landing_unlisted", "/landing"),
        ({"landing": "javascript:alert(1)"}, 400, "test_landing_unlisted", "/landing"),
        (
            {"landing": "https://shop.example@evil.example/"},
            400,
            "test_landing_unlisted",
            "/landing",
        ),
        ({"landing": f"{ORIGIN}/?e=a@b.example"}, 400, "test_landing_unlisted", "/landing"),
        ({"events": ["AdToCart"]}, 400, "test_event_unknown", "/events/0"),
        ({"events": []}, 400, "body_invalid", "/events"),
        ({"tolerance": 3}, 400, "body_invalid", "/tolerance"),
        ({"name": "for anna@customer.example"}, 400, "reason_names_somebody", "/reason"),
        ({"sessions": [""]}, 400, "body_invalid", "/sessions"),
        ({"until": "noon"}, 400, "body_invalid", ""),
    ],
)
async def test_terms_that_do_not_fit_are_refused(
    gateway: Gateway, terms: dict[str, Any], status: int, reason: str, field: str
) -> None:
    """Each is named, and no half of a test is left."""
    reply = await started(gateway, **terms)
    assert reply.status == status
    assert (reply.first_problem["reason"], reply.first_problem["field"]) == (reason, field)
    assert (await gateway.get("/api/tests", ADMIN_KEY)).json == {"tests": []}
    assert (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"] == []


async def test_a_second_test_of_a_pixel_is_refused(gateway: Gateway) -> None:
    """With two, nobody could tell whose traffic is whose."""
    await started(gateway)
    reply = await started(gateway, code="TEST67890")
    assert (reply.status, reply.first_problem["reason"]) == (409, "test_already_open")
    assert (await started(gateway, pixel=OTHER_PIXEL)).status == 201


async def test_a_key_sees_the_tests_of_its_pixels(gateway: Gateway) -> None:
    """An agency's client learns nothing of another's."""
    other = (await started(gateway, pixel=OTHER_PIXEL)).json["id"]
    assert (await gateway.get("/api/tests")).json == {"tests": []}
    assert (await gateway.get(f"/api/tests/{other}")).status == 404
    assert (await started(gateway, key=READ_KEY)).status == 403


async def test_the_link_leads_on_to_the_shop(gateway: Gateway) -> None:
    """With the click that an advertisement would have added, and nothing else of its query."""
    told = (await started(gateway, landing="https://shop.example/sale?a=1&ttclid=old")).json
    target = f"/test/{told['id']}?ttclid=E.C.P.x&utm_source=tiktok&next=https://evil.example"
    answer = await ask(gateway.app, "GET", target)
    assert answer.status == 303
    where = "https://shop.example/sale?a=1&ttclid=E.C.P.x&utm_source=tiktok"
    ticket = f"tg_test={told['id']}.{int(NOW)}"
    assert answer.headers["location"] == f"{where}&{ticket}"
    assert answer.headers["set-cookie"].startswith(f"{ticket}; ")
    assert "HttpOnly; SameSite=Lax" in answer.headers["set-cookie"]
    unknown = await ask(gateway.app, "GET", "/test/7e57")
    assert (unknown.status, "set-cookie" in unknown.headers) == (404, False)


async def test_a_visit_that_joined_is_led_to_the_tests_lane(gateway: Gateway) -> None:
    """Its page's actions, and what a server tells of it: by session, by order, by order_id."""
    ticket = await joined(gateway)
    await beacon(gateway, ticket, call(), call("CompletePayment", "p1", properties={"order_id": 7}))
    await gateway.post({"session": VISIT, "refs": {"order": "10492"}}, path="/v1/attach")
    await gateway.sent(
        an_item(event_id="by_session", session=VISIT),
        an_item(event_id="by_order", refs={"order": "10492"}),
        an_item(event_id="by_id", properties={"value": 5, "currency": "EUR", "order_id": "7"}),
        an_item(event_id="somebody_else"),
    )
    tested = ("test", CODE)
    assert await channels(gateway) == {
        "cart_1": tested,
        "by_session": tested,
        "by_order": tested,
        "by_id": tested,
        "somebody_else": ("live", ""),
    }


async def test_a_visit_without_a_ticket_stays_live(gateway: Gateway) -> None:
    """Customers go on shopping while somebody tests."""
    await started(gateway)
    await beacon(gateway, "", call())
    await beacon(gateway, "tg_test=7e57.1776943400", call("ViewContent", "v1"))
    assert set((await channels(gateway)).values()) == {("live", "")}


async def test_a_visit_that_denies_stays_in_the_test(gateway: Gateway) -> None:
    """Its pages send no cookie and share no session; each shows the ticket, and nothing else."""
    ticket = (await joined(gateway)).removeprefix("tg_test=")
    for page in ("a", "b"):
        denied = {"session": page * 22, "test": ticket, "consent": DENIED}
        await beacon(gateway, "", call(event_id=page, refs={"order": f"{page}-1"}), **denied)
    await beacon(gateway, "", call(event_id="no_ticket"), session="c" * 22, consent=DENIED)
    forged = {"session": "d" * 22, "test": "a@b.example", "consent": DENIED}
    await beacon(gateway, "", call(event_id="forged"), **forged)
    await gateway.sent(an_item(event_id="by_order", refs={"order": "b-1"}))
    tested, live = ("test", CODE), ("live", "")
    assert await channels(gateway) == {
        "a": tested, "b": tested, "by_order": tested, "no_ticket": live, "forged": live,
    }  # fmt: skip
    [found] = await gateway.store.visits.find([Wanted(PIXEL, "a" * 22)], NOW)
    assert found is not None
    kept = {name for name in Visit.__dataclass_fields__ if getattr(found.visit, name) is not None}
    assert kept == {"agreed", "trial"}


async def test_a_listed_session_needs_no_link(gateway: Gateway) -> None:
    """Where a test drives the browser itself."""
    await started(gateway, sessions=[VISIT])
    await beacon(gateway, "", call())
    assert await channels(gateway) == {"cart_1": ("test", CODE)}


async def test_a_test_order_never_swallows_a_live_one(gateway: Gateway) -> None:
    """The same order number again, in earnest: both are kept, each where it belongs."""
    ticket = await joined(gateway)
    await beacon(gateway, ticket, call())
    await gateway.sent(an_item(session=VISIT))
    reply = await gateway.sent(an_item())
    assert reply.outcomes == ["accepted"]
    page = await gateway.store.page(Filter(event="CompletePayment"), 50)
    assert {one.channel for one in page} == {Channel.LIVE, Channel.TEST}


async def test_both_copies_of_a_test_meet_each_other_alone(gateway: Gateway) -> None:
    """The Pixel knows of no test; its visit does."""
    ticket = await joined(gateway)
    worth = {"value": 129.95, "currency": "EUR"}
    fired = call("CompletePayment", ORDER, type="pixel", properties=worth)
    await beacon(gateway, ticket, fired)
    await gateway.sent(an_item())
    await gateway.sent(an_item(session=VISIT))
    told = {
        one["channel"]: one["pair"]["verdict"]
        for one in (await gateway.get("/api/events")).json["events"]
    }
    assert told == {"live": "server_only", "test": "paired"}


async def test_what_happens_after_the_end_is_live_again(gateway: Gateway) -> None:
    """The browser still has its ticket, and goes on to buy in earnest."""
    ticket = await joined(gateway)
    await beacon(gateway, ticket, call())
    [trial] = gateway.examiner.trials
    gateway.clock.at += 60
    reply = await gateway.post({"reason": "lunch"}, path=f"/api/tests/{trial}/stop")
    assert (reply.status, reply.json["state"]) == (200, "stopped")
    gateway.clock.at += 60
    at = gateway.clock.at * 1000
    late = {"key": BROWSER_KEY, "session": VISIT, "sent_at": at, "consent": GRANTED,
            "events": [{**call(event_id="cart_2"), "at": at}]}  # fmt: skip
    headers = {"origin": ORIGIN, "cookie": ticket}
    await gateway.post(json.dumps(late).encode(), path="/v1/collect", key=None, headers=headers)
    assert (await channels(gateway))["cart_2"] == ("live", "")
    again = await gateway.post({}, path=f"/api/tests/{trial}/stop")
    assert (again.status, again.first_problem["reason"]) == (409, "test_ended")


async def test_a_fix_opens_another_window(gateway: Gateway) -> None:
    """What was seen before it counts no more."""
    trial = (await started(gateway)).json["id"]
    gateway.clock.at += 700
    path = f"/api/tests/{trial}/window"
    told = (await gateway.post({"fixed": "ids of the cart"}, path=path)).json
    assert (told["window"]["number"], told["window"]["seconds_left"]) == (2, 600)
    assert told["window"]["fixed"] == "ids of the cart"
    assert [one["number"] for one in told["earlier_windows"]] == [1]


async def journey(gateway: Gateway, ticket: str) -> None:
    """Go through the shop: each event from both sides, and a page with what the browser knows."""
    worth = {"value": 129.95, "currency": "EUR"}
    known: dict[str, Any] = {
        "ttclid": "E.C.P.click",
        "ttp": "2.abc",
        "page": {"url": f"{ORIGIN}/p/7"},
    }
    calls: list[dict[str, Any]] = [{"type": "page", **known}]
    for event in ("ViewContent", "AddToCart", "InitiateCheckout", "CompletePayment"):
        told: dict[str, Any] = {
            "event": event,
            "event_id": ORDER if event == "CompletePayment" else event,
        }
        calls += [
            {"type": kind, **told, **known, "properties": worth} for kind in ("track", "pixel")
        ]
    await beacon(gateway, ticket, *calls)
    await gateway.sent(an_item(session=VISIT))


async def deliver(gateway: Gateway) -> None:
    """Let TikTok take everything."""
    for lane in await gateway.store.lanes(NOW):
        batch = await begin(gateway.store, lane=lane)
        await end(gateway.store, batch, State.DELIVERED)


async def marks(gateway: Gateway, trial: str) -> dict[str, str]:
    """How each line of the checklist stands."""
    told = (await gateway.get(f"/api/tests/{trial}")).json
    return {line["check"]: line["mark"] for line in told["lines"]}


async def promoted(gateway: Gateway, trial: str, **claim: object) -> Reply:
    """Ask for the test to be promoted."""
    return await gateway.post(claim, path=f"/api/tests/{trial}/promote")


async def test_a_journey_fills_the_checklist_and_the_gate_opens(gateway: Gateway) -> None:
    """From waiting to green to promoted, and the report is there when the test is over."""
    ticket = await joined(gateway)
    [trial] = gateway.examiner.trials
    assert set((await marks(gateway, trial)).values()) == {"waiting"}
    assert (await promoted(gateway, trial)).first_problem["reason"] == "test_without_traffic"
    await journey(gateway, ticket)
    assert (await marks(gateway, trial))["taken"] == "waiting"
    await deliver(gateway)
    assert set((await marks(gateway, trial)).values()) == {"green"}
    refused = await promoted(gateway, trial)
    assert (refused.status, refused.first_problem["reason"]) == (409, "test_not_confirmed")
    reply = await promoted(gateway, trial, confirmed=True, reason="relaunch")
    assert (reply.status, reply.json["state"]) == (200, "promoted")
    report = (await gateway.get(f"/api/tests/{trial}")).json
    assert report["counts"] == {"green": 13, "red": 0, "waiting": 0}
    assert report["ended"] == {
        "how": "promoted",
        "at": "2026-04-23T11:23:20.000Z",
        "who": "orders",
        "reason": "relaunch",
        "confirmed": True,
        "overridden": [],
    }
    [act, _] = (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"]
    assert (act["what"], act["counts"]["green"]) == ("test_promoted", 13)
    assert (await started(gateway)).status == 201


async def test_a_red_line_closes_the_gate_until_somebody_says_why(gateway: Gateway) -> None:
    """Each line that is not green is told, with what mends it."""
    ticket = await joined(gateway)
    [trial] = gateway.examiner.trials
    await journey(gateway, ticket)
    await gateway.sent(an_item(session=VISIT, event_id="ord_2", properties={}))
    await deliver(gateway)
    reply = await promoted(gateway, trial, confirmed=True)
    assert reply.status == 409
    assert [(one["reason"], one["field"]) for one in reply.json["problems"]] == [
        ("test_not_passed", "warnings")
    ]
    assert "value_missing" in reply.first_problem["received"]
    unsaid = await promoted(gateway, trial, confirmed=True, override=True)
    assert unsaid.first_problem["reason"] == "test_reason_missing"
    assert (await gateway.get(f"/api/tests/{trial}")).json["state"] == "open"
    named = await promoted(gateway, trial, confirmed=True, override=True, reason="a@b.example said")
    assert named.first_problem["reason"] == "reason_names_somebody"
    told = (await promoted(gateway, trial, confirmed=True, override=True, reason="known")).json
    assert (told["state"], told["ended"]["overridden"]) == ("promoted", ["warnings"])


async def test_only_the_newest_window_counts(gateway: Gateway) -> None:
    """What was green before the fix has to be seen again, and what was red is in the report."""
    ticket = await joined(gateway)
    [trial] = gateway.examiner.trials
    await journey(gateway, ticket)
    gateway.clock.at += 700
    late = await promoted(gateway, trial, confirmed=True)
    reasons = [one["reason"] for one in late.json["problems"]]
    assert reasons == ["test_not_passed", "test_window_over"]
    told = (await gateway.post({}, path=f"/api/tests/{trial}/window")).json
    assert set((await marks(gateway, trial)).values()) == {"waiting"}
    [earlier] = told["earlier_windows"]
    assert {line["check"]: line["mark"] for line in earlier["lines"]}["landing"] == "green"


async def test_a_test_order_is_paid_days_after_the_end_and_is_still_a_test(
    gateway: Gateway,
) -> None:
    """What was ordered in the test never reaches a campaign, whoever takes their time."""
    ticket = await joined(gateway)
    await beacon(gateway, ticket, call())
    await gateway.post({"session": VISIT, "refs": {"order": "10492"}}, path="/v1/attach")
    [trial] = gateway.examiner.trials
    gateway.clock.at += 60
    await gateway.post({}, path=f"/api/tests/{trial}/stop")
    gateway.clock.at += 3 * 86_400
    paid = an_item(refs={"order": "10492"}, event_time=int(gateway.clock.at))
    await gateway.sent(paid, an_item(event_id="live", event_time=int(gateway.clock.at)))
    assert await channels(gateway) == {
        "cart_1": ("test", CODE),
        ORDER: ("test", CODE),
        "live": ("live", ""),
    }


async def test_what_is_refused_is_told_without_naming_anybody(gateway: Gateway) -> None:
    """Neither by its value nor by the name of the field where it stood."""
    await started(gateway, sessions=[VISIT])
    [trial] = gateway.examiner.trials
    twice = json.dumps(an_item(session=VISIT))[:-1] + ', "a@b.example": 1, "a@b.example": 2}'
    body = f'{{"event_source": "web", "event_source_id": "{PIXEL}", "data": [{twice}]}}'
    assert (await gateway.post(body.encode())).outcomes == ["rejected"]
    told = (await gateway.get(f"/api/tests/{trial}")).body.decode()
    assert "key_repeated" in told
    assert "b.example" not in told
