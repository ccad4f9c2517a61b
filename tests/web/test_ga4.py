"""Unmodified Measurement Protocol clients report to the gateway as to Google."""

import json
from typing import Any

import pytest

from tests.build import PIXEL, some_rules
from tests.docs.reader import ROOT
from tests.web.gateway import ADMIN_KEY, BROWSER_KEY, ORIGIN, SERVER_KEY, BrokenStore, Gateway

COLLECT = f"/mp/collect?measurement_id=G-1&api_secret={SERVER_KEY}"


def a_report(*events: Any, **stated: object) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A purchase as the example of the docs reports it, or other events by the same shop."""
    report: dict[str, Any] = json.loads((ROOT / "examples/ga4-purchase.json").read_text("utf-8"))
    return report | ({"events": [*events]} if events else {}) | stated


async def test_a_purchase_is_taken(gateway: Gateway) -> None:
    """A shop that reports to Google Analytics changes the host and the secret."""
    reply = await gateway.post(a_report(), key=None, path=COLLECT)
    story = await gateway.get("/api/events/ord_10494_complete_payment")
    assert (reply.status, reply.outcomes) == (200, ["accepted"])
    assert (story.json["event"], story.json["source"]) == ("CompletePayment", "ga4")
    assert story.json["verified"] is True
    assert story.json["match_keys"]["phone"] == story.json["match_keys"]["ttclid"] == "sent"


async def test_a_repeated_request_is_the_same_event(gateway: Gateway) -> None:
    """A client that heard nothing sends again; what it says is what it said."""
    report = a_report({"name": "view_item", "params": {"session_id": "1", "value": 3}})
    first = await gateway.post(report, key=None, path=COLLECT)
    again = await gateway.post(report, key=None, path=COLLECT)
    assert (first.outcomes, again.outcomes) == (["accepted"], ["duplicate"])


async def test_good_events_are_taken_beside_bad_ones(gateway: Gateway) -> None:
    """Each has its own outcome, and the whole is answered 200: no client reads more."""
    bad = {"name": "purchase", "params": {"transaction_id": "7", "value": 1, "currency": "EURO"}}
    report = a_report(*a_report()["events"], bad, {"name": "refund"}, {"name": "scroll"})
    reply = await gateway.post(report, key=None, path=COLLECT)
    assert reply.status == 200
    assert reply.outcomes == ["accepted", "rejected", "noted", "noted"]
    told = [one.get("reason") for one in reply.json["results"]]
    assert told == [None, None, "no_sale", "event_not_mapped"]


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("?measurement_id=G-1", "{}", 401),
        ("?api_secret=sk_nobody", "{}", 401),
        (f"?api_secret={SERVER_KEY}", "{", 400),
        (f"?api_secret={SERVER_KEY}", "[]", 400),
        (f"?api_secret={SERVER_KEY}", "{}", 400),
        (f"?api_secret={SERVER_KEY}", '{"events": [], "events": []}', 400),
        (f"?api_secret={SERVER_KEY}", '{"events": []}', 200),
        (f"?api_secret={ADMIN_KEY}", '{"events": []}', 403),
    ],
)
async def test_what_is_no_report_is_refused(
    gateway: Gateway, query: str, body: str, status: int
) -> None:
    """Google says 204 to everything; here the log of the client tells what is wrong."""
    reply = await gateway.post(body.encode(), key=None, path=f"/mp/collect{query}")
    assert reply.status == status


async def test_a_full_disk_is_told_so_that_the_client_sends_again() -> None:
    """Never 2xx for something that is lost."""
    reply = await Gateway(store=BrokenStore()).post(a_report(), key=None, path=COLLECT)
    assert (reply.status, reply.headers["retry-after"]) == (503, "5")


async def test_a_page_reports_no_purchase() -> None:
    """By a public key anybody could; what the request shows of the browser is filled in."""
    rules = some_rules(server_truth=frozenset({"CompletePayment"}))
    gateway = Gateway(rules={PIXEL: rules}, pixels={})
    view = {"name": "view_item", "params": {"event_id": "v1", "value": 1, "currency": "EUR"}}
    report = a_report(*a_report()["events"], view)
    reply = await gateway.post(
        report, key=None, path=f"/mp/collect?api_secret={BROWSER_KEY}", headers={"origin": ORIGIN}
    )
    assert reply.outcomes == ["noted", "accepted"]
    story = await gateway.get("/api/events/v1")
    assert story.json["verified"] is False


async def test_an_order_leads_to_what_the_page_saw(gateway: Gateway) -> None:
    """A report that knows a cookie of Google's alone is completed by the visit of its order."""
    order = {"transaction_id": "7", "value": 5, "currency": "EUR"}
    bare = {"client_id": "1.2", "events": [{"name": "purchase", "params": order}]}
    alone = await gateway.post(bare, key=None, path=COLLECT)
    assert alone.json["results"][0]["problems"][0]["reason"] == "user_context_missing"
    visit = {
        "key": BROWSER_KEY,
        "session": "page-long-session-1",
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
        "events": [{"type": "attach", "refs": {"order": "7"}, "ttclid": "E.C.P.Cv", "ttp": "2.x"}],
    }
    page = {"origin": ORIGIN, "user-agent": "Firefox"}
    await gateway.post(visit, key=None, path="/v1/collect", headers=page)
    known = await gateway.post(bare, key=None, path=COLLECT)
    assert known.outcomes == ["accepted"]
    keys = (await gateway.get("/api/events/ord_7_complete_payment")).json["match_keys"]
    assert {keys[name] for name in ("ttclid", "ttp", "user_agent")} == {"sent"}


async def test_nothing_of_a_person_is_told_again(gateway: Gateway) -> None:
    """Neither the log nor an answer repeats who it was, or the key in the address."""
    person = {"email": "a@customer.example", "phone_number": "+491709876543"}
    odd = {"name": "purchase", "params": {"event_id": "a@customer.example", "value": "x"}}
    report = a_report(*a_report()["events"], odd, user_data=person)
    reply = await gateway.post(report, key=None, path=COLLECT)
    told = reply.body.decode() + gateway.log.getvalue()
    assert reply.outcomes == ["accepted", "rejected"]
    assert "customer.example" not in told
    assert "9876543" not in told
    assert SERVER_KEY not in told


DEBUG = f"/debug{COLLECT}"


async def test_the_debug_twin_says_what_is_wrong_as_google_does(gateway: Gateway) -> None:
    """Whoever reads Google's validation messages today reads these by the same code."""
    params = {"transaction_id": "7", "currency": "EURO", "items": [{"item_id": "a", "price": "x"}]}
    report = a_report({"name": "purchase", "params": params}, timestamp_micros=1)
    reply = await gateway.post(report, key=None, path=DEBUG)
    told = {
        (one["fieldPath"], one["validationCode"]): one["description"]
        for one in reply.json["validationMessages"]
    }
    assert (reply.status, reply.outcomes) == (200, ["rejected"])
    assert told.keys() == {
        ("events[0].params.value", "VALUE_REQUIRED"),
        ("events[0].params.currency", "VALUE_INVALID"),
        ("events[0].params.items[0].price", "VALUE_INVALID"),
        ("timestamp_micros", "VALUE_OUT_OF_BOUNDS"),
    }
    assert "send EUR" in told["events[0].params.currency", "VALUE_INVALID"]


async def test_the_debug_twin_leaves_no_trace(gateway: Gateway) -> None:
    """A validator that counted would spoil the shares by which problems are found."""
    odd = {"name": "purchase", "params": {"transaction_id": "7"}}
    before = await gateway.get("/api/stats")
    for _ in range(2):
        reply = await gateway.post(
            a_report(*a_report()["events"], odd, {"name": "scroll"}), key=None, path=DEBUG
        )
        assert reply.outcomes == ["accepted", "rejected", "noted"]
        assert reply.json["results"][0]["event_id"] == "ord_10494_complete_payment"
    after = await gateway.get("/api/stats")
    listed, problems = await gateway.get("/api/events"), await gateway.get("/api/problems")
    assert (before.json, listed.json["events"]) == (after.json, [])
    assert problems.json["problems"] == []
    assert gateway.flow.woken == []


@pytest.mark.parametrize(
    ("body", "path"),
    [("{", ""), ("[]", ""), ("{}", "events"), ('{"events": [], "events": []}', "events")],
)
async def test_the_debug_twin_tells_what_is_no_report(
    gateway: Gateway, body: str, path: str
) -> None:
    """Google answers 200 and says why; the problem in the gateway's own words stands beside."""
    reply = await gateway.post(body.encode(), key=None, path=DEBUG)
    [message] = reply.json["validationMessages"]
    assert (reply.status, message["fieldPath"]) == (200, path)
    assert reply.json["problems"][0]["reason"]


async def test_the_debug_twin_wants_a_key(gateway: Gateway) -> None:
    """What a shop's events would become is told to nobody else; Google's checks no secret."""
    reply = await gateway.post(a_report(), key=None, path="/debug/mp/collect?api_secret=sk_nobody")
    assert reply.status == 401


async def test_what_is_right_has_no_messages(gateway: Gateway) -> None:
    """An empty list is what says that a report is right."""
    reply = await gateway.post(a_report(), key=None, path=DEBUG)
    assert (reply.json["validationMessages"], reply.outcomes) == ([], ["accepted"])


async def test_consent_that_says_neither_refuses_the_event(gateway: Gateway) -> None:
    """Google ignores such a word; here nobody may take it for a grant."""
    report = a_report(consent={"ad_user_data": True, "ad_personalization": "yes"})
    reply = await gateway.post(report, key=None, path=COLLECT)
    [result] = reply.json["results"]
    assert {one["reason"] for one in result["problems"]} == {"consent_unreadable"}
