"""``POST /v1/consent`` and ``POST /api/erase``: who may ask what, and what is answered."""

import json
from hashlib import sha256
from typing import Any

import pytest

from tandemgate.core.withdrawal import EFFECTS
from tandemgate.model.delivery import Answer, Batch, Change
from tandemgate.model.event import Lane
from tandemgate.model.state import State
from tests.build import NOW, PIXEL, a_policy, an_item, some_rules
from tests.web.gateway import (
    ADMIN_KEY,
    BROWSER_KEY,
    OTHER_PIXEL,
    READ_KEY,
    SERVER_KEY,
    Gateway,
    Reply,
)

CONSENT, ERASE = "/v1/consent", "/api/erase"
JANE = "jane@example.com"
WITHDRAWN = {"ad_user_data": "DENIED", "ad_personalization": "DENIED"}
LANE = Lane(PIXEL)


@pytest.fixture
def gateway() -> Gateway:
    """A gateway whose store and rules have one key."""
    return Gateway()


async def bought(gateway: Gateway, event_id: str = "ord_1", **overrides: Any) -> None:  # noqa: ANN401
    """Hand in a purchase of Jane's."""
    user = {"email": JANE, "phone": "+491701234567", "external_id": "cust_1", "ip": "203.0.113.42"}
    item = an_item(**({"event_id": event_id, "user": user, "session": "s-1"} | overrides))
    assert (await gateway.sent(item)).status == 202


async def deliver(gateway: Gateway, request_id: str = "tt-1") -> None:
    """Let TikTok take everything that waits."""
    due = await gateway.store.claim(LANE, 50, gateway.clock.at)
    batch = Batch(request_id, LANE, tuple(due), b"")
    await gateway.store.intend(batch, gateway.clock.at)
    answer = Answer(gateway.clock.at, "delivered", 0.1, 200, 0, "OK", request_id)
    changes = [Change(one.seq, State.DELIVERED) for one in due]
    await gateway.store.record(request_id, answer, changes)


def counts(reply: Reply) -> dict[str, int]:
    """The effects that took place."""
    return {word: reply.json[word] for word in EFFECTS if reply.json[word]}


@pytest.mark.parametrize(
    "whom",
    [
        {"session": "s-1"},
        {"user": {"email": " Jane@Example.com"}},
        {"user": {"email": sha256(JANE.encode()).hexdigest().upper()}},
        {"user": {"phone": "+49 170 1234567"}},
        {"user": {"phone_number": "0170 1234567"}, "region": "DE"},
        {"user": {"phone": sha256(b"+491701234567").hexdigest()}},
        {"user": {"external_id": "cust_1"}},
        {"user": {"email": ["other@example.com", JANE]}},
        {"session": "another", "user": {"email": JANE}},
    ],
)
async def test_a_withdrawal_finds_a_person_however_it_is_named(
    gateway: Gateway, whom: dict[str, object]
) -> None:
    """Raw or hashed, one or several, by the session or by who it was."""
    await bought(gateway)
    reply = await gateway.post(whom | WITHDRAWN, path=CONSENT)
    assert (reply.status, reply.json["found"], counts(reply)) == (200, 1, {"cancelled": 1})
    assert b"ane" not in reply.body
    assert b"s-1" not in reply.body


async def test_nobody_found_is_an_answer_and_is_remembered(gateway: Gateway) -> None:
    """The withdrawal may be faster than the order."""
    reply = await gateway.post({"session": "s-1"} | WITHDRAWN, path=CONSENT)
    assert (reply.status, reply.json["found"]) == (200, 0)
    late = await gateway.sent(an_item(session="s-1"))
    assert late.outcomes == ["suppressed"]
    assert late.json["results"][0]["reason"] == "consent_withdrawn"


async def test_flags_may_stand_in_consent_as_in_an_event(gateway: Gateway) -> None:
    """Whoever forwards what a CMP said has it in one object."""
    await bought(gateway)
    told = {"session": "s-1", "consent": WITHDRAWN | {"region": "DE", "cmp": "x"}}
    assert counts(await gateway.post(told, path=CONSENT)) == {"cancelled": 1}


@pytest.mark.parametrize(
    "inside", [{"ad_user_data": "DENIED"}, {"opt_out": True}], ids=["denied", "opted out"]
)
async def test_of_two_places_the_stricter_word_counts(
    gateway: Gateway, inside: dict[str, object]
) -> None:
    """A denial in either is a denial."""
    await bought(gateway)
    granted = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}
    reply = await gateway.post({"session": "s-1", "consent": inside} | granted, path=CONSENT)
    assert counts(reply) == {"cancelled": 1}


async def test_a_grant_lets_a_held_event_go(gateway: Gateway) -> None:
    """The banner was answered after the action; its lane hears of it at once."""
    gateway.rules[PIXEL] = some_rules(policy=a_policy(hold_for_consent=3600))
    await bought(gateway, consent={"region": "DE"})
    granted = {"session": "s-1", "ad_user_data": "GRANTED", "ad_personalization": "DENIED"}
    reply = await gateway.post(granted, path=CONSENT)
    assert counts(reply) == {"released": 1}
    assert (LANE, 1) in gateway.flow.woken


async def test_what_waits_for_consent_is_not_told_as_sent(gateway: Gateway) -> None:
    """A privacy officer reads the list; until somebody agrees, every key stays here."""
    gateway.rules[PIXEL] = some_rules(policy=a_policy(hold_for_consent=3600))
    await bought(gateway, consent={"region": "DE"})
    assert "sent" not in await keys_of_the_only_event(gateway)
    granted = {"session": "s-1", "ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}
    await gateway.post(granted, path=CONSENT)
    assert "sent" in await keys_of_the_only_event(gateway)


async def keys_of_the_only_event(gateway: Gateway) -> set[str]:
    """What became of its match keys, by the list and by an export alike."""
    [event] = (await gateway.get("/api/events")).json["events"]
    exported = await gateway.get("/api/export/events")
    row = json.loads(exported.body.splitlines()[0])
    assert {key: event["match_keys"][key] for key in row["match_keys"]} == row["match_keys"]
    return set(event["match_keys"].values())


async def test_a_consent_of_the_future_is_one_of_now(gateway: Gateway) -> None:
    """A wrong clock must not withdraw what will be granted tomorrow."""
    ahead = {"session": "s-1", "collected_at": NOW + 9e6} | WITHDRAWN
    reply = await gateway.post(ahead, path=CONSENT)
    assert reply.json["collected_at"] == "2026-04-23T11:23:20.000Z"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (WITHDRAWN, "nobody_meant"),
        ({"user": {}} | WITHDRAWN, "nobody_meant"),
        ({"session": "  "} | WITHDRAWN, "nobody_meant"),
        ({"session": "s-1"}, "nothing_stated"),
        ({"session": "s-1", "ad_user_data": True}, "consent_unreadable"),
        ({"session": "s-1", "ad_user_data": "NO"}, "consent_unreadable"),
        ({"session": 7} | WITHDRAWN, "wrong_type"),
        ({"sesion": "s-1"} | WITHDRAWN, "body_invalid"),
        ({"session": "s-1", "user": {"name": "Jane"}} | WITHDRAWN, "body_invalid"),
        ({"user": {"email": "jane at example"}} | WITHDRAWN, "identifier_unusable"),
        ({"user": {"phone": "12"}} | WITHDRAWN, "identifier_unusable"),
        ({"session": "s-1", "collected_at": "yesterday"} | WITHDRAWN, "time_invalid"),
        (b'{"session":"s-1","ad_user_data":"DENIED","ad_user_data":"GRANTED"}', "key_repeated"),
        (b"[]", "body_invalid"),
        (b"{", "body_invalid"),
        (b"", "body_invalid"),
    ],
)
async def test_what_can_not_be_understood_changes_nothing(
    gateway: Gateway, body: object, reason: str
) -> None:
    """And whatever came is not repeated: it may be somebody's address."""
    await bought(gateway)
    reply = await gateway.post(body, path=CONSENT)
    assert (reply.status, reply.first_problem["reason"]) == (400, reason)
    assert b"jane at" not in reply.body
    assert await gateway.store.acts(9) == []


@pytest.mark.parametrize(
    ("key", "path", "status"),
    [
        (None, CONSENT, 401),
        (READ_KEY, CONSENT, 403),
        (BROWSER_KEY, CONSENT, 403),
        (SERVER_KEY, ERASE, 403),
        (BROWSER_KEY, ERASE, 403),
        (None, ERASE, 401),
    ],
)
async def test_who_may_not_ask_is_refused(
    gateway: Gateway, key: str | None, path: str, status: int
) -> None:
    """A page that knows somebody's email must not be able to act for them."""
    reply = await gateway.post({"user": {"email": JANE}} | WITHDRAWN, key=key, path=path)
    assert reply.status == status
    assert await gateway.store.acts(9) == []


async def test_a_key_speaks_for_its_own_pixels(gateway: Gateway) -> None:
    """One agency's customer must not withdraw for another's."""
    body = {"session": "s-1", "event_source_id": OTHER_PIXEL} | WITHDRAWN
    reply = await gateway.post(body, path=CONSENT)
    assert (reply.status, reply.first_problem["reason"]) == (403, "pixel_not_allowed")
    assert (await gateway.post(body, key=ADMIN_KEY, path=CONSENT)).status == 200


async def test_an_erasure_only_shows_until_it_is_executed(gateway: Gateway) -> None:
    """It can't be undone, so nobody does it by accident."""
    await bought(gateway)
    await deliver(gateway)
    await bought(gateway, "ord_2")
    asked = {"user": {"email": JANE}}
    shown = (await gateway.post(asked, key=ADMIN_KEY, path=ERASE)).json
    assert (shown["executed"], shown["found"], shown["payloads"]) == (False, 2, 2)
    assert shown["states"] == {"DELIVERED": 1, "QUEUED": 1}
    assert await gateway.store.acts(9) == []
    done = (await gateway.post(asked | {"execute": True}, key=ADMIN_KEY, path=ERASE)).json
    assert (done["executed"], done["found"], done["wiped"]) == (True, 2, True)
    again = (await gateway.post(asked, key=ADMIN_KEY, path=ERASE)).json
    assert (again["found"], again["at_tiktok"]) == (0, [])


async def test_an_erasure_tells_what_tiktok_has(gateway: Gateway) -> None:
    """The privacy officer asks TikTok for the same, by its own request ids."""
    await bought(gateway)
    await deliver(gateway, "tt-77")
    await bought(gateway, "ord_2")
    told = (await gateway.post({"session": "s-1"}, key=ADMIN_KEY, path=ERASE)).json
    assert told["at_tiktok"] == [
        {
            "pixel_id": PIXEL,
            "event": "CompletePayment",
            "event_id": "ord_1",
            "event_time": 1776943380,
            "state": "DELIVERED",
            "request_ids": ["tt-77"],
        }
    ]


async def test_an_event_id_that_names_the_person_is_not_repeated(gateway: Gateway) -> None:
    """Shops name events after customers."""
    await bought(gateway, "signup_cust_1")
    await deliver(gateway)
    asked = {"user": {"external_id": "cust_1"}}
    reply = await gateway.post(asked, key=ADMIN_KEY, path=ERASE)
    assert reply.json["at_tiktok"][0]["event_id"] == "(holds an identifier)"
    assert b"cust_1" not in reply.body


async def test_the_audit_log_tells_who_erased_and_not_whom(gateway: Gateway) -> None:
    """A reason that names the person would undo the erasure."""
    await bought(gateway)
    asked = {"user": {"email": JANE}, "execute": True, "reason": "request 2026-17"}
    assert (await gateway.post(asked, key=ADMIN_KEY, path=ERASE)).status == 200
    (line,) = (await gateway.get("/api/audit", ADMIN_KEY)).json["acts"]
    assert (line["who"], line["what"], line["reason"]) == (
        "root",
        "person_erased",
        "request 2026-17",
    )
    assert line["counts"] == {"QUEUED": 1}
    named = asked | {"reason": f"for {JANE}"}
    reply = await gateway.post(named, key=ADMIN_KEY, path=ERASE)
    assert (reply.status, reply.first_problem["reason"]) == (400, "reason_names_somebody")
    assert JANE not in gateway.log.getvalue()


async def test_the_audit_log_comes_in_pages(gateway: Gateway) -> None:
    """Each page says where the next one begins."""
    for number in range(3):
        await gateway.post({"session": f"s-{number}"} | WITHDRAWN, path=CONSENT)
    first = (await gateway.get("/api/audit?limit=2", ADMIN_KEY)).json
    last = (await gateway.get(f"/api/audit?limit=2&after={first['next']}", ADMIN_KEY)).json
    assert (len(first["acts"]), len(last["acts"]), last["next"]) == (2, 1, None)
    assert (await gateway.get(f"/api/audit?since={NOW + 9}", ADMIN_KEY)).json["acts"] == []


@pytest.mark.parametrize("query", ["pixel=x", "limit=0", "since=yesterday", "after=x"])
async def test_an_unknown_question_about_the_audit_log_is_refused(
    gateway: Gateway, query: str
) -> None:
    """A filter that is ignored would look like an answer."""
    reply = await gateway.get(f"/api/audit?{query}", ADMIN_KEY)
    assert (reply.status, reply.first_problem["reason"]) == (400, "parameter_invalid")
