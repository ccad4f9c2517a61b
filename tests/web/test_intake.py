"""``POST /v1/events``: the answer is a promise about every single event."""

import asyncio
import gzip
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.model.rules import PixelRules
from tests.build import EVENT_TIME, PIXEL, a_policy, an_envelope, an_item, some_rules
from tests.strategies import json_values, near_valid_items
from tests.web.gateway import BrokenStore, Gateway

COUNTS = ("accepted", "duplicate", "held", "suppressed", "noted", "conflict", "rejected")
EURO = {"value": 1, "currency": "EURO"}


async def test_an_event_is_accepted_and_found(gateway: Gateway) -> None:
    """The first thing that anybody tries."""
    reply = await gateway.sent()
    story = await gateway.get("/api/events/ord_10492_complete_payment")
    assert reply.status == 202
    assert reply.json["results"] == [
        {
            "index": 0,
            "event_id": "ord_10492_complete_payment",
            "outcome": "accepted",
            "findings": [],
        }
    ]
    assert story.json["state"] == "QUEUED"


async def test_the_answer_that_nearly_all_get_is_like_any_other(gateway: Gateway) -> None:
    """It is filled into a form; whoever reads answers must not find a second kind."""
    plain = await gateway.sent(an_item(event_id='say "a"\\b'), an_item(event_id="ü"))
    mixed = await gateway.sent(an_item(event_id="c"), 7)
    assert list(plain.json) == list(mixed.json)
    assert {word: plain.json[word] for word in COUNTS} == dict.fromkeys(COUNTS, 0) | {"accepted": 2}
    assert [one["event_id"] for one in plain.json["results"]] == ['say "a"\\b', "ü"]
    assert plain.json["results"][1] == mixed.json["results"][0] | {"index": 1, "event_id": "ü"}


async def test_good_events_are_taken_beside_bad_ones(gateway: Gateway) -> None:
    """One broken job must not cost the conversions of its neighbours; all its faults are told."""
    bad = an_item(event_id="cart_7_add_1", properties=EURO, event_time=EVENT_TIME * 1000)
    reply = await gateway.sent(an_item(), bad)
    assert reply.status == 202
    assert {word: reply.json[word] for word in COUNTS if reply.json[word]} == {
        "accepted": 1,
        "rejected": 1,
    }
    problems = {problem["field"]: problem for problem in reply.json["results"][1]["problems"]}
    assert problems["/data/1/properties/currency"] == {
        "code": 40005,
        "reason": "currency_invalid",
        "field": "/data/1/properties/currency",
        "received": "EURO",
        "expected": "an ISO 4217 code",
        "fix": "send EUR",
        "docs_url": "/docs/codes/40005",
    }
    assert problems["/data/1/event_time"]["fix"].startswith("divide by 1000")


async def test_the_same_event_again_is_a_duplicate(gateway: Gateway) -> None:
    """Jobs are retried; a retry is no error and no second conversion."""
    await gateway.sent()
    reply = await gateway.sent()
    assert (reply.status, reply.outcomes) == (200, ["duplicate"])
    assert reply.json["results"][0]["first_received_at"] == "2026-04-23T11:23:20.000Z"


async def test_another_value_under_the_same_id_is_a_conflict(gateway: Gateway) -> None:
    """Which of two totals is true, only the shop can say."""
    await gateway.sent()
    reply = await gateway.sent(an_item(properties={"value": 1, "currency": "EUR"}))
    problem = reply.first_problem
    assert (reply.status, reply.outcomes) == (409, ["conflict"])
    assert (problem["code"], problem["field"]) == (40900, "/data/0/event_id")
    assert "value" in problem["received"]


async def test_a_suppressed_event_is_told_why_and_what_to_add(gateway: Gateway) -> None:
    """The shop sees 202 and an event that never arrives: it must read the reason at once."""
    reply = await gateway.sent(an_item(consent=...))
    (result,) = reply.json["results"]
    assert (reply.status, result["outcome"], result["reason"]) == (
        202,
        "suppressed",
        "consent_missing",
    )
    assert "consent.ad_user_data" in result["fix"]


async def test_a_held_event_says_until_when() -> None:
    """Who waits wants to know for how long."""
    rules = some_rules(policy=a_policy(hold_for_consent=3600))
    reply = await Gateway(rules={PIXEL: rules}).sent(an_item(consent=...))
    assert (reply.status, reply.outcomes) == (202, ["held"])
    assert reply.json["results"][0]["held_until"] == "2026-04-23T12:23:20.000Z"


async def test_a_page_view_is_noted(gateway: Gateway) -> None:
    """It is context and costs nothing; the answer says so instead of swallowing it."""
    reply = await gateway.sent(an_item(event="Pageview", event_id="pv_1"))
    assert (reply.status, reply.json["results"][0]["reason"]) == (202, "page_view_not_sent")


async def test_an_empty_envelope_proves_key_and_pixel(gateway: Gateway) -> None:
    """The guide's first step sends no event and must not look like a failure."""
    reply = await gateway.post(an_envelope())
    assert (reply.status, reply.json["results"]) == (200, [])


STATUSES: dict[str, tuple[list[str], int]] = {
    "one accepted beside anything": (["new", "bad", "again", "clash"], 202),
    "else a duplicate": (["bad", "again", "clash"], 200),
    "else a conflict": (["bad", "clash"], 409),
    "else only rejected": (["bad", "bad"], 422),
}


@pytest.mark.parametrize(("kinds", "status"), STATUSES.values(), ids=STATUSES)
async def test_the_status_sums_up_by_precedence(
    gateway: Gateway, kinds: list[str], status: int
) -> None:
    """Jobs that only look at the status must repeat what they should and nothing else."""
    items = {
        "new": an_item(event_id="new"),
        "bad": an_item(event_id="bad", properties=EURO),
        "again": an_item(event_id="known"),
        "clash": an_item(event_id="known", properties={"value": 2, "currency": "EUR"}),
    }
    await gateway.sent(an_item(event_id="known"))
    reply = await gateway.sent(*(items[kind] for kind in kinds))
    assert reply.status == status


def reported(**overrides: object) -> bytes:
    """The bytes of one event's envelope."""
    return json.dumps(an_envelope(an_item(**overrides))).encode()


DEEP = b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BOMB = gzip.compress(bytes(64 * 1024 * 1024), 9)
GOOD = reported()
BAD_INPUT: dict[str, tuple[bytes, int, int, str]] = {
    "not JSON": (b"hello", 400, 40002, "not_json"),
    "cut short": (GOOD[:-2], 400, 40002, "not_json"),
    "no object": (b"[]", 400, 40002, "envelope_not_object"),
    "no list of events": (b'{"event_source": "web", "data": {}}', 400, 40002, "data_not_list"),
    "NaN": (GOOD.replace(b"129.95", b"NaN"), 400, 40002, "number_not_finite"),
    "1e999": (GOOD.replace(b"129.95", b"1e999"), 400, 40002, "number_not_finite"),
    "depth 100,000": (DEEP, 400, 40002, "too_deep"),
    "UTF-16": (GOOD.decode().encode("utf-16"), 400, 40002, "body_encoding"),
    "Latin-1": (GOOD.replace(b"shop", b"sh\xf6p"), 400, 40002, "body_encoding"),
    "a gzip bomb": (BOMB, 413, 40002, "body_too_large"),
    "broken gzip": (gzip.compress(GOOD)[:-9], 400, 40002, "gzip_broken"),
    "too large": (b" " * (1024 * 1024 + 1), 413, 40002, "body_too_large"),
    "1,001 events": (b'{"data":[' + b"{}," * 1000 + b"{}]}", 413, 40002, "too_many_events"),
    "a key twice": (
        GOOD.replace(b'"ad_user_data":', b'"ad_user_data": "DENIED", "ad_user_data":'),
        422,
        40005,
        "key_repeated",
    ),
    "half a surrogate": (GOOD.replace(b"Mozilla", b"\\ud800"), 422, 40005, "text_unreadable"),
    "NUL": (GOOD.replace(b"Mozilla", b"\\u0000"), 422, 40005, "text_unreadable"),
    "milliseconds": (
        reported(event_time=EVENT_TIME * 1000),
        422,
        40005,
        "event_time_in_milliseconds",
    ),
    "the future": (reported(event_time=EVENT_TIME + 900), 422, 40005, "event_time_in_future"),
    "stale": (reported(event_time=EVENT_TIME - 30 * 86_400), 422, 40005, "event_time_too_old"),
    "a number as event_id": (reported(event_id=10492), 422, 40002, "event_id_not_string"),
    "EURO": (reported(properties=EURO), 422, 40005, "currency_invalid"),
    "completePayment": (reported(event="completePayment"), 422, 40005, "event_unknown"),
    "an amount in words": (
        reported(properties={"value": "129,95 €", "currency": "EUR"}),
        422,
        40005,
        "value_invalid",
    ),
    "no event_source": (
        GOOD.replace(b'"event_source": "web", ', b""),
        422,
        40003,
        "event_source_missing",
    ),
    "unknown pixel": (GOOD.replace(PIXEL.encode(), b"C0UNKNOWN"), 403, 40101, "pixel_not_allowed"),
}


@pytest.mark.parametrize(
    ("body", "status", "code", "reason"), BAD_INPUT.values(), ids=list(BAD_INPUT)
)
async def test_bad_input_gets_a_precise_answer_at_once(
    gateway: Gateway, body: bytes, status: int, code: int, reason: str
) -> None:
    """Whoever sends nonsense learns what is wrong, and costs nobody else any time."""
    began = time.thread_time()  # of this thread alone: other programs on the machine cost nothing
    reply = await gateway.post(body)
    took = time.thread_time() - began
    problem = reply.first_problem
    assert (reply.status, problem["code"], problem["reason"]) == (status, code, reason)
    assert problem["fix"]
    assert took < 0.05


@pytest.mark.parametrize("ip", ["10.0.0.1", "127.0.0.1", "300.1.1.1", "::1", "not an address"])
async def test_an_address_of_nobody_is_a_finding(gateway: Gateway, ip: str) -> None:
    """A proxy's address would match a stranger; without it the event is still worth sending."""
    user = {"email": "customer@example.com", "ip": ip}
    reply = await gateway.sent(an_item(user=user))
    assert reply.outcomes == ["accepted"]
    assert "ip_not_public" in {one["reason"] for one in reply.json["results"][0]["findings"]}


FAULTS = {
    "no object": 7,
    "no name": an_item(event_id="f", event=...),
    "no time": an_item(event_id="f", event_time=...),
    "no person": an_item(event_id="f", user=...),
    "NUL": an_item(event_id="f\0"),
    "a list as user": an_item(event_id="f", user=[]),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_neighbours_of_a_faulty_event_are_unharmed(gateway: Gateway, fault: object) -> None:
    """TikTok would refuse all of them; the gateway must not."""
    reply = await gateway.sent(an_item(event_id="before"), fault, an_item(event_id="after"))
    assert reply.outcomes == ["accepted", "rejected", "accepted"]


@pytest.mark.parametrize("named", ["order-of-jane@example.com", "call-01709876543"])
async def test_an_event_id_that_names_a_person_is_not_repeated(
    gateway: Gateway, named: str
) -> None:
    """The answer ends up in the shop's logs; the event's own phone counts in any spelling."""
    user = {"phone": "+49 170 9876543"}
    reply = await gateway.sent(an_item(event_id=named, user=user))
    assert reply.outcomes == ["rejected"]
    assert reply.json["results"][0]["event_id"] is None
    assert named.encode() not in reply.body


async def test_gzip_is_told_by_its_bytes(gateway: Gateway) -> None:
    """Proxies drop or add Content-Encoding; the first two bytes do not lie."""
    plain = await gateway.post(gzip.compress(GOOD))
    stated = await gateway.post(gzip.compress(GOOD), headers={"content-encoding": "gzip"})
    wrongly = await gateway.post(GOOD, headers={"content-encoding": "gzip"})
    assert [plain.status, stated.status, wrongly.status] == [202, 200, 200]


async def test_an_unknown_encoding_is_415(gateway: Gateway) -> None:
    """Guessing at bytes could turn one event into another."""
    reply = await gateway.post(GOOD, headers={"content-encoding": "br"})
    assert (reply.status, reply.first_problem["received"]) == (415, "br")


async def test_a_full_store_claims_nothing() -> None:
    """A 2xx over a full disk would be a lost order that nobody looks for."""
    reply = await Gateway(store=BrokenStore()).sent(an_item(), an_item(properties=EURO))
    assert (reply.status, reply.headers["retry-after"]) == (503, "5")
    assert "results" not in reply.json


async def test_what_never_reaches_the_ledger_is_counted(gateway: Gateway) -> None:
    """A shop that sends only faulty events must not look like one that sends none."""
    await gateway.sent(an_item(event="Nonsense by a stranger"), an_item(properties=EURO))
    stats = await gateway.get("/api/stats")
    assert [
        (cell["event"], cell["outcome"], cell["reason"]) for cell in stats.json["received"]
    ] == [
        ("", "rejected", "event_unknown"),
        ("CompletePayment", "rejected", "currency_invalid"),
    ]


async def test_the_callers_address_is_never_the_persons(gateway: Gateway) -> None:
    """The caller is the shop's server; its address on every event would match all to one."""
    user = {"email": "customer@example.com", "user_agent": "Mozilla/5.0"}
    await gateway.sent(an_item(user=user))
    story = await gateway.get("/api/events/ord_10492_complete_payment")
    assert story.json["match_keys"]["ip"] == "missing"


def counted(rules: dict[str, PixelRules], items: list[Any]) -> tuple[int, dict[str, Any]]:
    """Hand in *items* to a fresh gateway."""
    reply = asyncio.run(Gateway(rules=rules).sent(*items))
    return reply.status, reply.json


@given(st.lists(near_valid_items | json_values, min_size=1, max_size=4))
def test_outcomes_add_up_to_what_was_received(items: list[Any]) -> None:
    """For any input: no event disappears between the door and the answer."""
    status, answer = counted({PIXEL: some_rules()}, items)
    told = answer.get("results", items)
    assert status < 500
    assert len(told) == len(items)
    assert sum(answer.get(word, 0) for word in COUNTS) == len(answer.get("results", ()))
    assert [result["index"] for result in answer.get("results", ())] == list(
        range(len(answer.get("results", ())))
    )


@given(st.binary(max_size=200))
def test_no_bytes_make_an_error_of_ours(body: bytes) -> None:
    """A 5xx would be retried for ever, and would hide the caller's own mistake."""
    reply = asyncio.run(Gateway().post(body))
    assert 400 <= reply.status < 500


async def test_a_large_batch_is_answered_whole(gateway: Gateway) -> None:
    """The limit is a promise too."""
    items = [an_item(event_id=f"cart_{n}", event="AddToCart") for n in range(1000)]
    reply = await gateway.sent(*items)
    assert reply.json["accepted"] == 1000
