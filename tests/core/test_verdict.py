"""What each of TikTok's answers means, under both published readings of its codes."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.catalog.codes import CODES
from tandemgate.core.verdict import answer, judge, word
from tandemgate.model.delivery import (
    Answered,
    Delivered,
    Hold,
    HoldCause,
    Judgement,
    NoAnswer,
    NotSent,
    Partial,
    Refused,
    Retry,
    RetryCause,
    Review,
    SettledDuplicate,
    Split,
    Verdict,
)

TOKEN, PERMISSION = Hold(HoldCause.TOKEN), Hold(HoldCause.PERMISSION)
CONFIGURATION = Hold(HoldCause.CONFIGURATION)
UNKNOWN, RATE = Retry(RetryCause.UNKNOWN), Retry(RetryCause.RATE)


def replied(code: object, message: object = "", status: int = 200, data: object = None) -> Answered:
    """An answer in TikTok's shape."""
    body = {"code": code, "message": message, "request_id": "20260101000000ABC", "data": data}
    return Answered(status, json.dumps(body).encode(), 0.05)


def verdict(code: object, message: object = "", events: int = 1, status: int = 200) -> Verdict:
    """The verdict on such an answer."""
    return judge(replied(code, message, status), events).verdict


# -- one event: what a code and its text mean

BY_TEXT: list[tuple[int, str, Verdict]] = [
    (0, "OK", Delivered()),
    (0, "Access token is incorrect", Delivered()),
    # 40002 in both readings, and with a text that is about the sender
    (40002, "", Refused(0)),
    (40002, "Invalid signature", Refused(0)),
    (40002, "event_time: must be an integer", Refused(0)),
    (40002, "event_source_id: C9 does not exist, or you have no permission", PERMISSION),
    (40002, "You are not authorized to operate this pixel", PERMISSION),
    (40002, "Access token is incorrect or has been revoked.", TOKEN),
    (40002, "invalid token", TOKEN),
    (40002, "App reaches the QPS limit.", RATE),
    # 40003: a field for the guide, forbidden for the SDK
    (40003, "", PERMISSION),
    (40003, "Forbidden", PERMISSION),
    (40003, "Missing required field: event_time", Refused(0)),
    (40003, "Field event_source_id is missing", Refused(0)),
    (40003, "Missing permission for this field", PERMISSION),
    (40003, "access_token is missing", TOKEN),
    # 40005
    (40005, "", Refused(0)),
    (40005, "currency: invalid format", Refused(0)),
    (40005, "Too many requests", RATE),
    # 40100: a token for the guide, a rate for the SDK and everybody else
    (40100, "", RATE),
    (40100, "Too many requests", RATE),
    (40100, "App reaches the QPS limit.", RATE),
    (40100, "Requests made too frequently", RATE),
    (40100, "Access token has expired.", TOKEN),
    (40100, "Token invalid", TOKEN),
    (40100, "Authorization failed", TOKEN),
    (40100, "Expired", TOKEN),
    (40100, "Too many requests for this access token", RATE),
    (40100, "token requests exceed the rate", RATE),
    (40100, "expired quota", RATE),
    (40100, "No permission", PERMISSION),
    (40100, "No permission to exceed the rate", RATE),
    # 40101 and 40001
    (40101, "", PERMISSION),
    (40101, "Invalid partner", PERMISSION),
    (40101, "Missing field", PERMISSION),
    (40001, "", PERMISSION),
    # 40900: a duplicate for the guide, a signature for the SDK
    (40900, "", Review(0)),
    (40900, "Hello", Review(0)),
    (40900, "Duplicate event", SettledDuplicate(0)),
    (40900, "Conflict with an earlier event", SettledDuplicate(0)),
    (40900, "event already received", SettledDuplicate(0)),
    (40900, "Signature error", Refused(0)),
    (40900, "The request was not signed", Refused(0)),
    (40900, "wrong format", Refused(0)),
    # the rest
    (40050, "", SettledDuplicate(0)),
    (40061, "", Review(0)),
    (40062, "email must be hashed", Refused(0)),
    (40102, "", TOKEN),
    (40105, "Access token is incorrect", TOKEN),
    (40110, "", TOKEN),
    (40063, "", CONFIGURATION),
    (40006, "", CONFIGURATION),
    (40051, "", CONFIGURATION),
    (40400, "", CONFIGURATION),
    (40300, "", PERMISSION),
    (41000, "", PERMISSION),
    (40000, "", Refused(0)),
    (41002, "No permission", PERMISSION),
    (40132, "", RATE),
    (61000, "", RATE),
    (40200, "", UNKNOWN),
    (40700, "", UNKNOWN),
    (50000, "", UNKNOWN),
    (51000, "", UNKNOWN),
    (51099, "", UNKNOWN),
    (52123, "", UNKNOWN),
    (53999, "", UNKNOWN),
    (60001, "", UNKNOWN),
    (40999, "too many requests", Review(0)),
    (54321, "", UNKNOWN),
    (20002, "", Review(0)),
    (-1, "", Review(0)),
]


@pytest.mark.parametrize(("code", "message", "expected"), BY_TEXT)
def test_the_text_outranks_the_number(code: int, message: str, expected: Verdict) -> None:
    """The guide and TikTok's SDK give one number two meanings; only the text can tell."""
    assert verdict(code, message) == expected


# -- several events: which of them it is about

PLACES: list[tuple[str, Verdict]] = [
    ("data.0.event_time: must be an integer", Refused(0)),
    ("data[2].user.email: wrong", Refused(2)),
    ("Batch.1.properties.currency: wrong", Refused(1)),
    ("event at index 3: event_time: too old", Refused(3)),
    ("DATA.2: wrong", Refused(2)),
    ("data.3.user: wrong; data.3.page: wrong", Refused(3)),
    ("data[4].user.email: wrong", Split()),
    ("event at index 99", Split()),
    ("data.1.user: wrong; data.2.user: wrong", Split()),
    ("event at index 1: data.0.user: wrong", Split()),
    ("data.contents.0.price", Split()),
    ("metadata.0.price", Split()),
    ("data.0x.price", Split()),
    ("data.\u0661.price", Split()),
    ("", Split()),
]


@pytest.mark.parametrize(("message", "expected"), PLACES)
def test_a_refusal_is_attributed_by_index_or_the_batch_is_split(
    message: str, expected: Verdict
) -> None:
    """One bad event refuses its batch; a wrong guess would reject a healthy one."""
    assert verdict(40002, message, events=4) == expected


@pytest.mark.parametrize("code", [40002, 40005, 40900, 40050, 40062, 40061, 40999, 40000])
def test_without_an_index_the_batch_is_split_whatever_the_code(code: int) -> None:
    """Every verdict about an event needs an event that it is about."""
    assert verdict(code, events=2) == Split()


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (40900, "data.1: duplicate event", SettledDuplicate(1)),
        (40050, "data[1]", SettledDuplicate(1)),
        (40999, "event at index 1", Review(1)),
        (40062, "Batch.1.user.email", Refused(1)),
    ],
)
def test_an_index_serves_every_verdict_about_an_event(
    code: int, message: str, expected: Verdict
) -> None:
    """Isolating an event that TikTok has named already would only cost requests."""
    assert verdict(code, message, events=2) == expected


def test_an_index_outside_a_batch_of_one_is_still_about_the_one() -> None:
    """There is nothing left to split."""
    assert verdict(40002, "data.7.event_time: wrong") == Refused(0)


# -- statuses, and answers that are none

STATUSES: list[tuple[int, Verdict]] = [
    (200, UNKNOWN),
    (201, UNKNOWN),
    (204, UNKNOWN),
    (301, CONFIGURATION),
    (302, CONFIGURATION),
    (308, CONFIGURATION),
    (400, Split()),
    (401, TOKEN),
    (403, TOKEN),
    (404, CONFIGURATION),
    (405, CONFIGURATION),
    (408, UNKNOWN),
    (413, Split()),
    (422, Split()),
    (429, RATE),
    (499, CONFIGURATION),
    (500, UNKNOWN),
    (502, UNKNOWN),
    (599, UNKNOWN),
    (101, UNKNOWN),
    (999, UNKNOWN),
]


@pytest.mark.parametrize(("status", "expected"), STATUSES)
def test_without_a_readable_answer_the_status_decides(status: int, expected: Verdict) -> None:
    """Proxies answer in HTML; what they say must neither lose an event nor count as success."""
    assert judge(Answered(status, b"<html>", 0.1), 2).verdict == expected


@pytest.mark.parametrize("status", [201, 202, 204, 302, 408, 429, 500, 503])
def test_code_0_counts_with_http_200_only(status: int) -> None:
    """Whoever answers with another status is not TikTok's Events API."""
    assert verdict(0, status=status) == dict(STATUSES).get(status, UNKNOWN)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (500, 40105, UNKNOWN),
        (408, 40105, UNKNOWN),
        (429, 40105, RATE),
        (302, 40002, CONFIGURATION),
        (400, 40105, TOKEN),
        (401, 40100, RATE),
        (403, 40002, Refused(0)),
        (404, 40002, Refused(0)),
        (201, 40002, Refused(0)),
        (400, 0, Refused(0)),
        (403, 20001, TOKEN),
    ],
)
def test_a_code_is_believed_beside_statuses_that_tiktok_gives(
    status: int, code: int, expected: Verdict
) -> None:
    """A proxy's status over a repeated body must not decide about an event."""
    assert verdict(code, status=status) == expected


UNREADABLE: Mapping[str, bytes] = {
    "empty": b"",
    "cut short": b'{"code": 0, "message": "O',
    "two codes": b'{"code": 40002, "code": 0}',
    "a list": b"[0]",
    "a number": b"0",
    "code as text": b'{"code": "0"}',
    "code as a truth value": b'{"code": false}',
    "code as a fraction": b'{"code": 0.0}',
    "code null": b'{"code": null}',
    "no code": b'{"message": "OK"}',
    "not a number": b'{"code": 0, "data": NaN}',
    "infinite": b'{"code": 0, "data": -Infinity}',
    "not UTF-8": b'{"code": 0, "message": "\xff"}',
    "UTF-16": '{"code": 0}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"code": 0}',
    "two answers": b'{"code": 0}{"code": 0}',
    "too deep": b"[" * 60_000,
    "endless number": b'{"code": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_strictly_is_not_an_answer(body: bytes) -> None:
    """A lenient reading of any of these could mistake a refusal or rubbish for success."""
    told = judge(Answered(200, body, 0.1), 1)
    assert told.verdict == UNKNOWN
    assert told.code is None


# -- partly accepted

READABLE: Mapping[str, tuple[object, dict[int, str]]] = {
    "a list": ([{"index": 1, "message": "bad"}], {1: "bad"}),
    "under a key": ({"failed": [{"index": 0, "message": "bad"}], "n": 1}, {0: "bad"}),
    "beside an empty list": ({"failed": [{"event_index": 2}], "warnings": []}, {2: ""}),
    "several": ([{"index": 0}, {"index": 2, "message": "x"}], {0: "", 2: "x"}),
    "all": ([{"index": 0}, {"index": 1}, {"index": 2}], {0: "", 1: "", 2: ""}),
    "with accepted ones": ([{"index": 0, "code": 0}, {"index": 1, "code": 40002}], {1: ""}),
    "other spellings": ([{"data_index": 0}, {"position": 1}], {0: "", 1: ""}),
    "a message that is none": ([{"index": 0, "message": None}], {0: ""}),
}

NOT_READABLE: Mapping[str, object] = {
    "nothing": None,
    "an empty object": {},
    "an empty list": [],
    "text": "index 0",
    "no index": [{"message": "bad"}],
    "index as text": [{"index": "0"}],
    "index as a truth value": [{"index": True}],
    "index outside": [{"index": 2}],
    "index below": [{"index": -1}],
    "one of them outside": [{"index": 0}, {"index": 2}],
    "two indexes": [{"index": 0, "position": 1}],
    "two lists": {"failed": [{"index": 0}], "passed": [{"index": 1}]},
    "not objects": [0, 1],
    "only accepted ones": [{"index": 0, "code": 0}],
}


@pytest.mark.parametrize(("data", "refused"), READABLE.values(), ids=READABLE.keys())
def test_a_readable_list_names_the_refused(data: object, refused: dict[int, str]) -> None:
    """The others arrived; sending them again would only be dropped by TikTok at best."""
    assert judge(replied(20001, data=data), 3).verdict == Partial(refused)


@pytest.mark.parametrize("data", NOT_READABLE.values(), ids=NOT_READABLE.keys())
def test_an_unreadable_list_makes_every_event_unknown(data: object) -> None:
    """Guessing would call a refused event delivered."""
    assert judge(replied(20001, data=data), 2).verdict == Split(maybe_arrived=True)
    assert judge(replied(20001, data=data), 1).verdict == Review(0)


# -- what did not come back


def test_nothing_sent_and_nothing_heard_are_told_apart() -> None:
    """Only the second may have been counted by TikTok."""
    assert judge(NotSent("refused", 0.1), 3) == Judgement(
        Retry(RetryCause.NOT_SENT), message="refused"
    )
    assert judge(NoAnswer("reset", 0.1), 3) == Judgement(UNKNOWN, message="reset")


@pytest.mark.parametrize(("status", "cause"), [(429, RetryCause.RATE), (503, RetryCause.UNKNOWN)])
def test_retry_after_is_handed_on(status: int, cause: RetryCause) -> None:
    """TikTok knows best when it wants to hear from us again."""
    reply = Answered(status, b"", 0.1, retry_after=7.0)
    assert judge(reply, 1).verdict == Retry(cause, after=7.0)


# -- reasons, and what is kept


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (40002, "refused_by_tiktok"),
        (40062, "identifier_not_hashed"),
        (40050, "already_at_tiktok"),
        (40900, "answer_unclear"),
        (40061, "answer_unclear"),
        (20001, "refused_by_tiktok"),
        (40100, None),
        (0, None),
    ],
)
def test_a_judgement_names_its_reason(code: int, reason: str | None) -> None:
    """The reason is what a person sees first, and what the privacy alarm listens for."""
    assert judge(replied(code), 1).reason == reason


def test_the_answers_own_words_are_kept() -> None:
    """TikTok's support asks for the request_id."""
    told = judge(replied(40002, "wrong"), 1)
    assert (told.code, told.message, told.request_id) == (40002, "wrong", "20260101000000ABC")


@pytest.mark.parametrize("request_id", [7, None, "", "a b", "x" * 129, "a\nb", "me@shop.example"])
def test_a_request_id_that_is_none_is_dropped(request_id: object) -> None:
    """It is stored and printed, so it may only look like one."""
    body = json.dumps({"code": 0, "request_id": request_id}).encode()
    assert judge(Answered(200, body, 0.1), 1).request_id is None


def test_a_message_that_is_no_text_is_empty() -> None:
    """A surprise in one field must not hide the code."""
    told = judge(replied(40002, {"a": 1}), 1)
    assert (told.verdict, told.message) == (Refused(0), "")


def test_without_an_answer_the_status_is_told() -> None:
    """An operator who sees HTML pages from a proxy needs a place to start."""
    told = judge(Answered(400, b"<html>", 0.1), 1)
    assert (told.code, told.message) == (None, "HTTP 400 without a readable answer")
    assert (told.request_id, told.reason) == (None, "refused_by_tiktok")


IDENTIFIERS = {
    "email": ("jane.doe+x@shop.example", "[email]"),
    "digest": ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "[digest]"),
    "token": ("0123456789abcdef0123456789abcdef01234567", "[digest]"),
    "phone": ("+49 (151) 123-45678", "[number]"),
    "digits": ("4915112345678", "[number]"),
    "IPv4": ("203.0.113.17", "[number]"),
    "IPv6": ("2001:db8::ff00:42:8329", "[address]"),
    "click id": ("E.C.P.CusBA7gz-xs_x", "[click id]"),
}


@pytest.mark.parametrize(("said", "kept"), IDENTIFIERS.values(), ids=IDENTIFIERS.keys())
def test_an_echoed_identifier_is_not_kept(said: str, kept: str) -> None:
    """TikTok quotes what it refuses, and its words go into logs, pages and the ledger."""
    reply = replied(40002, f"data.0.user: value {said} is wrong")
    told = judge(reply, 1)
    assert told.message == f"data.0.user: value {kept} is wrong"
    assert said not in answer(reply, told, 0.0).raw.decode()
    assert judge(NoAnswer(f"value {said} is wrong", 0.1), 1).message == f"value {kept} is wrong"
    listed = replied(20001, data=[{"index": 0, "message": f"value {said} is wrong"}])
    assert judge(listed, 1).verdict == Partial({0: f"value {kept} is wrong"})


@pytest.mark.parametrize(
    "said", ["data.0.event_time: 123456 is wrong", "at 12:30:59", "code 40002", "event ord_1"]
)
def test_harmless_words_are_kept(said: str) -> None:
    """A message that says nothing any more helps nobody."""
    assert judge(replied(40002, said), 1).message == said


def test_a_long_message_is_cut_but_its_place_is_still_found() -> None:
    """The ledger is not a place for TikTok's essays."""
    told = judge(replied(40002, "x " * 400 + "data.1.user"), 2)
    assert told.verdict == Refused(1)
    assert len(told.message) == 500


def test_the_bytes_of_a_success_are_not_kept() -> None:
    """There are millions of them, and they all say the same."""
    reply = replied(0)
    assert answer(reply, judge(reply, 1), 0.0).raw == b""


@pytest.mark.parametrize(("code", "most"), [(40002, 4096), (20001, 60_000)])
def test_the_bytes_of_a_partial_success_are_kept_whole(code: int, most: int) -> None:
    """Its shape is unpublished; the first real one is worth more than the space."""
    reply = replied(code, data=["x " * 30_000])
    kept = answer(reply, judge(reply, 1), 0.0).raw
    assert most <= len(kept) <= most + 200


def test_an_answer_is_kept_with_its_circumstances() -> None:
    """This row is what an operator sees of an attempt."""
    reply = replied(40002, "wrong", status=400)
    kept = answer(reply, judge(reply, 1), 12.5)
    assert (kept.at, kept.verdict, kept.latency) == (12.5, "refused", 0.05)
    assert (kept.http_status, kept.code, kept.message) == (400, 40002, "wrong")
    assert kept.request_id == "20260101000000ABC"
    lost = answer(NoAnswer("reset", 2.0), judge(NoAnswer("reset", 2.0), 1), 12.5)
    assert (lost.http_status, lost.code, lost.latency, lost.raw) == (None, None, 2.0, b"")


@pytest.mark.parametrize(
    ("verdict", "name"),
    [
        (Delivered(), "delivered"),
        (Partial({0: ""}), "partial"),
        (UNKNOWN, "retry_unknown"),
        (RATE, "retry_rate"),
        (Retry(RetryCause.NOT_SENT), "retry_not_sent"),
        (Split(), "split"),
        (TOKEN, "hold_token"),
        (CONFIGURATION, "hold_configuration"),
        (Refused(0), "refused"),
        (SettledDuplicate(0), "duplicate"),
        (Review(0), "review"),
    ],
)
def test_each_verdict_has_a_word(verdict: Verdict, name: str) -> None:
    """The word stands in the ledger, so it may not change with the code."""
    assert word(verdict) == name


# -- laws

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
codes = st.sampled_from([row.code for row in CODES]) | st.integers(-1, 100_000) | json_values
bodies = st.binary(max_size=200) | st.fixed_dictionaries(
    {"code": codes, "message": st.text(max_size=60) | json_values, "data": json_values},
    optional={"request_id": json_values},
).map(lambda said: json.dumps(said).encode())
replies = st.builds(
    Answered,
    st.sampled_from([200, 201, 204, 302, 400, 401, 404, 429, 500]) | st.integers(100, 999),
    bodies,
    st.just(0.1), st.none() | st.floats(0, 1e6),
)  # fmt: skip


@given(replies, st.integers(1, 1000))
def test_only_code_0_with_http_200_is_delivered(reply: Answered, events: int) -> None:
    """Never delivered without TikTok's word, and never an exception, whatever the bytes are."""
    told = judge(reply, events)
    success = reply.http_status == 200 and told.code == 0
    assert isinstance(told.verdict, Delivered) == success
    answer(reply, told, 0.0)


@given(replies, st.integers(1, 1000))
def test_a_verdict_points_into_its_batch(reply: Answered, events: int) -> None:
    """Otherwise settling would raise, and the answer would be lost."""
    told = judge(reply, events).verdict
    indexes = [*getattr(told, "refused", {}), getattr(told, "index", 0)]
    assert all(0 <= index < events for index in indexes)
    assert events > 1 or not isinstance(told, Split)
