"""``/api/problems``: what is told of what goes wrong, and what people may decide about it."""

from typing import Any

import pytest

from tandemgate.core.attention import Attention
from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.event import Lane
from tandemgate.model.state import State
from tests.build import NOW, PIXEL, an_envelope, an_item
from tests.web.gateway import (
    ADMIN_KEY,
    BROWSER_KEY,
    ORIGIN,
    OTHER_PIXEL,
    READ_KEY,
    SERVER_KEY,
    Gateway,
    Reply,
)

HOUR = 3600.0
EURO = an_item(event_id="ord_1", properties={"value": 5, "currency": "EURO"})
PROBLEMS = "/api/problems"


@pytest.fixture
async def gateway() -> Gateway:
    """A gateway whose operator has begun."""
    made = Gateway()
    await made.operator.begin()
    return made


async def only(gateway: Gateway, query: str = "") -> dict[str, Any]:
    """The one problem that there is."""
    [told] = (await gateway.get(f"{PROBLEMS}{query}")).json["problems"]
    found: dict[str, Any] = told
    return found


async def decided(gateway: Gateway, what: str, body: object, key: str = SERVER_KEY) -> Reply:
    """Decide about the one problem."""
    named = (await only(gateway, "?status=all"))["id"]
    return await gateway.post(body, key=key, path=f"{PROBLEMS}/{named}/{what}")


async def refused_by_tiktok(gateway: Gateway, code: int, message: str) -> None:
    """Let TikTok refuse a purchase."""
    await gateway.sent(an_item(event_id="ord_9"))
    due = await gateway.store.claim(Lane(PIXEL), 50, NOW)
    await gateway.store.intend(Batch("b-1", Lane(PIXEL), tuple(due), b""), NOW)
    answer = Answer(NOW + 1, "refused", 0.05, 200, code, message, "r-1")
    changes = [Change(one.seq, State.REJECTED, "refused_by_tiktok") for one in due]
    await gateway.store.record("b-1", answer, changes)


async def test_a_refused_purchase_is_told_with_all_that_mends_it(gateway: Gateway) -> None:
    """What, where, how often, since when, one to look at, and the fix."""
    await gateway.sent(EURO, an_item())
    told = await only(gateway)
    named = told.pop("id")
    assert named.startswith("currency_invalid-")
    assert told == {
        "status": "open",
        "severity": "urgent",
        "pixel_id": PIXEL,
        "channel": "live",
        "event": "CompletePayment",
        "source": "backend",
        "origin": "local",
        "code": 40005,
        "reason": "currency_invalid",
        "field": "properties.currency",
        "gathers_others": False,
        "title": "Not a currency",
        "meaning": told["meaning"],
        "readings": None,
        "check": told["check"],
        "fix": told["fix"],
        "docs_url": "/docs/reasons/currency_invalid",
        "counted": "events",
        "first_seen": "2026-04-23T11:23:20.000Z",
        "last_seen": "2026-04-23T11:23:20.000Z",
        "last_24h": {"count": 1, "received": 2, "share": 0.5},
        "since_first_seen": {"count": 1, "received": 2, "share": 0.5},
        "sample": {
            "at": "2026-04-23T11:23:20.000Z",
            "event_id": "ord_1",
            "pointer": "/data/0/properties/currency",
            "received": "EURO",
            "expected": told["sample"]["expected"],
            "message": None,
            "tiktok_request_id": None,
        },
        "resolved_at": None,
        "muted_at": None,
        "muted_until": None,
        "returned_at": None,
        "returns": 0,
        "note": "",
        "by": "",
    }
    assert "EUR" in told["fix"]
    assert (await gateway.get(f"{PROBLEMS}/{named}")).json == {"id": named, **told}


async def test_a_refusal_by_tiktok_is_told_under_both_readings(gateway: Gateway) -> None:
    """The number alone means two things; the words of TikTok stand beside it."""
    await refused_by_tiktok(gateway, 40002, "data.0.properties.value: must be a number")
    told = await only(gateway)
    assert (told["id"][:6], told["origin"], told["code"]) == ("40002-", "remote", 40002)
    assert told["field"] == "properties.value"
    assert told["readings"]["guide"] == "Bad signature or malformed request."
    assert told["readings"]["sdk"] == "Any parameter error."
    assert told["sample"]["message"] == "data.0.properties.value: must be a number"
    assert told["sample"]["tiktok_request_id"] == "r-1"
    assert told["docs_url"] == "/docs/codes/40002"


async def test_the_worst_is_told_first_and_the_notices_are_countable(gateway: Gateway) -> None:
    """Hundreds of remarks must not hide one lost purchase."""
    await gateway.sent(
        EURO,
        an_item(event="Search", event_id="s", event_time=int(NOW * 1000)),
        an_item(event_id="x", user={"email": "no email", "ip": "203.0.113.4", "user_agent": "M"}),
        an_item(event_id="y", page=...),
    )
    page = (await gateway.get(PROBLEMS)).json
    told = [(one["severity"], one["reason"]) for one in page["problems"]]
    assert [severity for severity, _ in told] == sorted(
        (severity for severity, _ in told), key=["urgent", "error", "warning", "notice"].index
    )
    assert ("urgent", "currency_invalid") in told
    assert ("error", "event_time_in_milliseconds") in told
    assert ("warning", "email_invalid") in told
    assert ("notice", "page_url_missing") in told
    assert sum(page["counts"]["open"].values()) == len(told)
    least = (await gateway.get(f"{PROBLEMS}?severity=error")).json["problems"]
    assert {one["severity"] for one in least} == {"urgent", "error"}


async def test_a_page_goes_on_where_the_one_before_ended(gateway: Gateway) -> None:
    """Also when what it ended with was resolved meanwhile."""
    await gateway.sent(*(an_item(event_id=f"e{n}", **{f"odd{n}": 1}) for n in range(5)))
    first = (await gateway.get(f"{PROBLEMS}?limit=2")).json
    named = first["next"]
    await gateway.post({"note": "gone"}, path=f"{PROBLEMS}/{named}/resolve")
    rest = (await gateway.get(f"{PROBLEMS}?limit=9&after={named}")).json
    ids = [one["id"] for one in (*first["problems"], *rest["problems"])]
    assert (len(ids), len(set(ids)), rest["next"]) == (5, 5, None)


async def test_it_is_resolved_with_a_note_and_opens_by_itself(gateway: Gateway) -> None:
    """Whoever mended it hears when it is back."""
    await gateway.sent(EURO)
    told = (await decided(gateway, "resolve", {"note": "release 4.2 sends EUR"})).json
    assert (told["status"], told["note"], told["by"]) == (
        "resolved", "release 4.2 sends EUR", "orders",
    )  # fmt: skip
    assert (await gateway.get(PROBLEMS)).json["problems"] == []
    gateway.clock.at += 60
    await gateway.sent(EURO)
    told = await only(gateway)
    assert (told["status"], told["returns"]) == ("open", 1)
    assert told["returned_at"] == "2026-04-23T11:24:20.000Z"


async def test_it_is_muted_for_a_while(gateway: Gateway) -> None:
    """A known fault of a partner wakes nobody until it should be gone."""
    await gateway.sent(EURO)
    until = "2026-04-23T12:23:20Z"
    told = (await decided(gateway, "mute", {"until": until, "note": "the partner knows"})).json
    assert (told["status"], told["muted_until"]) == ("muted", "2026-04-23T12:23:20.000Z")
    assert (await gateway.get(PROBLEMS)).json["counts"]["muted"] == 1
    gateway.clock.at += HOUR
    assert (await only(gateway))["status"] == "open"
    assert (await decided(gateway, "mute", {})).json["muted_until"] is None
    assert (await decided(gateway, "unmute", {})).json["status"] == "open"


WRONG: dict[str, tuple[str, object, int, str, str]] = {
    "no note": ("resolve", {}, 400, "body_invalid", "/note"),
    "a blank note": ("resolve", {"note": "  "}, 400, "body_invalid", "/note"),
    "a note that names somebody": (
        "resolve", {"note": "told jane@example.com"}, 400, "reason_names_somebody", "/note",
    ),
    "a note without end": ("mute", {"note": "x" * 301}, 400, "body_invalid", "/note"),
    "a mute until the past": ("mute", {"until": NOW - 1}, 400, "body_invalid", "/until"),
    "a mute until no time": ("mute", {"until": "soon"}, 400, "body_invalid", "/until"),
    "a field that is not": ("mute", {"til": 1}, 400, "body_invalid", ""),
    "unmuting what is not muted": ("unmute", {}, 409, "problem_not_muted", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_decision_is_refused_in_clear_words(gateway: Gateway, case: str) -> None:
    """It names the field, what came and what is expected; nothing is done."""
    what, body, status, reason, field = WRONG[case]
    await gateway.sent(EURO)
    before = await only(gateway)
    reply = await decided(gateway, what, body)
    found = reply.first_problem
    assert (reply.status, found["reason"], found["field"]) == (status, reason, field)
    assert found["received"]
    assert found["expected"]
    assert found["fix"]
    assert await only(gateway) == before
    acts = (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"]
    assert [act["what"] for act in acts] == []


async def test_resolving_twice_says_who_did_it_before(gateway: Gateway) -> None:
    """Two people who mend the same fault should know of each other."""
    await gateway.sent(EURO)
    await decided(gateway, "resolve", {"note": "mended"})
    reply = await decided(gateway, "resolve", {"note": "mended as well"})
    found = reply.first_problem
    assert (reply.status, found["reason"]) == (409, "problem_resolved")
    assert found["received"] == "one that was resolved at 2026-04-23T11:23:20.000Z by orders"
    assert (await only(gateway, "?status=resolved"))["note"] == "mended"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?status=closed", "query status"),
        ("?severity=bad", "query severity"),
        ("?origin=mars", "query origin"),
        ("?limit=0", "query limit"),
        ("?after=nothing-aaaaaaaa", "query after"),
        ("?colour=red", "query colour"),
    ],
)
async def test_a_wrong_question_is_refused_in_clear_words(
    gateway: Gateway, query: str, field: str
) -> None:
    """A typo in a filter must not look like good news."""
    reply = await gateway.get(f"{PROBLEMS}{query}")
    found = reply.first_problem
    assert (reply.status, found["reason"], found["field"]) == (400, "parameter_invalid", field)
    assert found["expected"]


@pytest.mark.parametrize("path", ["", "/resolve", "/mute", "/unmute"])
async def test_an_unknown_problem_is_named_as_that(gateway: Gateway, path: str) -> None:
    """Names are long, and are typed."""
    target = f"{PROBLEMS}/currency_invalid-aaaaaaaa{path}"
    reply = await (gateway.post({"note": "x"}, path=target) if path else gateway.get(target))
    found = reply.first_problem
    assert (reply.status, found["reason"]) == (404, "problem_unknown")
    assert found["received"] == "currency_invalid-aaaaaaaa"


async def test_others_problems_are_neither_told_nor_decided(gateway: Gateway) -> None:
    """A key opens its own pixels; a browser's key opens none of this, and readers only read."""
    await gateway.post(an_envelope(EURO, event_source_id=OTHER_PIXEL), key=ADMIN_KEY)
    assert (await gateway.get(PROBLEMS)).json["problems"] == []
    [told] = (await gateway.get(PROBLEMS, ADMIN_KEY)).json["problems"]
    target = f"{PROBLEMS}/{told['id']}"
    assert (await gateway.get(target)).status == 404
    for key, status in ((SERVER_KEY, 404), (READ_KEY, 403), (BROWSER_KEY, 403)):
        reply = await gateway.post({"note": "x"}, key=key, path=f"{target}/resolve")
        assert reply.status == status
    assert (await gateway.get(PROBLEMS, BROWSER_KEY)).status == 403


async def test_an_urgent_problem_wants_an_eye_until_it_is_settled(gateway: Gateway) -> None:
    """The doctor, the probe and the metrics tell it by one name."""
    await gateway.sent(EURO)
    named = (await only(gateway))["id"]
    [told] = await gateway.lookout.look()
    assert told == Attention("urgent_problem", PIXEL, named, since=NOW)
    assert told.urgent
    assert (await gateway.get("/readyz", None)).json["degraded"] == ["urgent_problem"]
    metrics = (await gateway.get("/metrics", None)).body.decode()
    assert f'tandemgate_open_problems{{pixel="{PIXEL}",severity="urgent"}} 1.0' in metrics
    gateway.clock.at += 25 * HOUR
    assert await gateway.lookout.look() == ()
    gateway.clock.at -= 25 * HOUR
    await decided(gateway, "mute", {})
    assert await gateway.lookout.look() == ()


async def test_personal_data_in_the_clear_presses_until_somebody_looked(gateway: Gateway) -> None:
    """That no more of it came does not mend it."""
    await gateway.sent(an_item(event="Search", event_id="s"))
    due = await gateway.store.claim(Lane(PIXEL), 50, NOW)
    await gateway.store.intend(Batch("b-1", Lane(PIXEL), tuple(due), b""), NOW)
    refused = [Change(one.seq, State.REJECTED, "identifier_not_hashed") for one in due]
    answer = Answer(NOW + 1, "refused", 0.05, 200, 40062, "not hashed", "r-1")
    await gateway.store.record("b-1", answer, refused)
    gateway.clock.at += 999 * HOUR
    assert [one.reason for one in await gateway.lookout.look()] == ["urgent_problem"]


async def test_what_a_page_does_wrong_is_the_pages(gateway: Gateway) -> None:
    """The source tells whose work it is to mend it; a forged event is nobody's emergency."""
    beacon = {
        "key": BROWSER_KEY,
        "session": "page-long-session-1",
        "sent_at": 1500,
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
        "events": [
            {"type": "track", "event": "Purchase", "event_id": "p1", "at": 1000,
             "properties": {"value": 3, "currency": "EURO"}}
        ],
    }  # fmt: skip
    await gateway.post(beacon, key=None, path="/v1/collect", headers={"origin": ORIGIN})
    told = await only(gateway, "?severity=error")
    assert (told["source"], told["severity"]) == ("browser", "error")
    assert told["field"] == "properties.currency"
