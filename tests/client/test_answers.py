"""Every answer means one of three things, whatever bytes come."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.client.answers import Again, Answered, Refused, Reply, Unreachable, judge
from tandemgate.client.patience import LONGEST, wait_before
from tandemgate.client.results import Problem, Result
from tandemgate.client.writing import ATTACH, Item
from tests.client.gateways import a_reply, accepted, an_item

FOUND = {
    "index": 1,
    "event_id": "ord_2",
    "outcome": "rejected",
    "problems": [
        {
            "code": 40005,
            "reason": "currency_invalid",
            "field": "/data/1/properties/currency",
            "received": "EURO",
            "expected": "an ISO 4217 code",
            "fix": "send EUR",
            "docs_url": "/docs/codes/40005",
        }
    ],
}
REDIRECTED = "is the url the gateway's own, without a redirect?"
FIRST = {
    "index": 0,
    "event_id": "ord_1",
    "outcome": "accepted",
    "findings": [
        {"reason": "currency_upper_cased", "field": "/data/0/properties/currency", "note": "n"}
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (Unreachable("TimeoutError"), Again("TimeoutError")),
        (Reply(408, b""), Again("HTTP 408", 0.0, 408)),
        (Reply(429, b"", "7"), Again("HTTP 429", 7.0, 429)),
        (Reply(503, b"{}", "5"), Again("HTTP 503", 5.0, 503)),
        (Reply(503, b"", "99999999"), Again("HTTP 503", 300.0, 503)),
        (Reply(502, b"<html>", "Wed, 21 Oct 2026 07:28:00 GMT"), Again("HTTP 502", 0.0, 502)),
        (
            Reply(200, b"<html>soon back</html>"),
            Again("HTTP 200 from something that is no tandemgate", 0.0, 200),
        ),
        (
            a_reply(401, {"problems": [{"reason": "key_unknown", "fix": "see keys"}]}),
            Refused(401, (Problem("key_unknown", "", "see keys"),)),
        ),
        (
            Reply(302, b""),
            Refused(302, (Problem("http_302", "", REDIRECTED),)),
        ),
    ],
)  # fmt: skip
def test_an_answer_is_read_for_what_it_is(reply: Reply | Unreachable, verdict: object) -> None:
    """2xx from a maintenance page is no acceptance, and a redirect is not followed with the key."""
    assert judge(reply, [an_item()]) == verdict


@pytest.mark.parametrize("status", [200, 202, 409, 422])
def test_each_event_gets_its_own_answer(status: int) -> None:
    """Segment, PostHog and others read the status and throw the rest away."""
    verdict = judge(a_reply(status, {"results": [FIRST, FOUND]}), [an_item(), an_item("ord_2")])
    assert isinstance(verdict, Answered)
    remark = Problem("currency_upper_cased", "/properties/currency", "n")
    fault = Problem(
        "currency_invalid", "/properties/currency", "send EUR", 40005, "/docs/codes/40005"
    )
    assert verdict.results == (
        Result("CompletePayment", "ord_1", "accepted", findings=(remark,)),
        Result("CompletePayment", "ord_2", "rejected", (fault,)),
    )
    assert [one.is_lost for one in verdict.results] == [False, True]


def test_why_an_event_was_kept_back_is_told() -> None:
    """Suppressed is no fault, but somebody will ask."""
    told = {"event_id": "ord_1", "outcome": "suppressed", "reason": "consent_denied", "fix": "none"}
    verdict = judge(a_reply(202, {"results": [told]}), [an_item()])
    assert isinstance(verdict, Answered)
    assert verdict.results[0].problems == (Problem("consent_denied", "", "none"),)


def test_an_id_that_the_gateway_does_not_repeat_is_not_told() -> None:
    """It may hold an email, and results end in logs."""
    told: dict[str, object] = {"event_id": None, "outcome": "rejected", "problems": []}
    verdict = judge(a_reply(422, {"results": [told]}), [an_item("anna@customer.example")])
    assert isinstance(verdict, Answered)
    assert verdict.results[0].event_id is None


def test_what_was_bound_is_an_answer() -> None:
    """POST /v1/attach tells of no events."""
    verdict = judge(a_reply(200, {"bound": ["order"]}), [Item("attach", None, b"{}", ATTACH)])
    assert isinstance(verdict, Answered)
    assert verdict.results == (Result("attach", None, "bound"),)


def test_an_answer_to_other_events_is_none() -> None:
    """Telling somebody else's outcome is worse than asking again."""
    verdict = judge(a_reply(202, {"results": [FIRST]}), [an_item(), an_item("ord_2")])
    assert isinstance(verdict, Again)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
TOLD = st.dictionaries(
    st.sampled_from(["outcome", "event_id", "problems", "findings", "reason"]), JSON
)


def in_answer(told: object) -> bytes:
    """Put *told* where results and problems stand."""
    return json.dumps({"results": told, "problems": told}).encode()


BODIES = st.binary() | st.lists(TOLD).map(in_answer)


@given(status=st.integers(100, 599), body=BODIES, after=st.none() | st.text())
def test_nothing_that_comes_ends_the_thread(status: int, body: bytes, after: str | None) -> None:
    """An exception there would silence the shop until its next start."""
    assert isinstance(judge(Reply(status, body, after), [an_item()]), Answered | Again | Refused)


@given(attempt=st.integers(2, 10_000), after=st.floats(0, 300), chance=st.floats(0, 1))
def test_a_wait_grows_has_an_end_and_keeps_what_was_asked_for(
    attempt: int, after: float, chance: float
) -> None:
    """Many processes that come back at once would end the gateway again."""
    wait = wait_before(attempt, after, chance)
    assert after < wait <= after + LONGEST
    assert wait_before(attempt, 0, 0) <= wait_before(attempt + 1, 0, 0)


def test_the_fake_answers_as_the_gateway_does() -> None:
    """What the other tests rest on."""
    body = json.dumps({"data": [{"event_id": "ord_1"}]}).encode()
    verdict = judge(accepted(body), [an_item()])
    assert isinstance(verdict, Answered)
    assert verdict.results == (Result("CompletePayment", "ord_1", "accepted"),)
