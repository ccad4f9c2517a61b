"""What TikTok repeats of a request is not kept, and what it says itself is."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.echo import ECHO, without_echo
from tandemgate.core.verdict import judge
from tandemgate.model.delivery import Answered, NoAnswer, TrackRequest
from tandemgate.model.secret import Secret

TOKEN = "tok_echo_0123456789"
USER_AGENT = 'Mozilla/5.0 (X11; "Linux") Æther/1'
TTP = "2.CookieOfABrowser"
DIGEST = "35a3b30f6a8e3e37d5f03bbb1e46e3c41c5b70c522c1dae9c281766652ccf47f"
USER = {
    "email": [DIGEST, DIGEST[::-1]],
    "user_agent": USER_AGENT,
    "ttp": TTP,
    "ip": "8.8.8.8",
    "country": "de",
}


def request(*users: object) -> TrackRequest:
    """A request about *users*."""
    page = {"url": "https://shop.example/thanks?ttclid=OfAClick"}
    body = {"data": [{"event": "Search", "user": user, "page": page} for user in users]}
    return TrackRequest(Secret(TOKEN), json.dumps(body).encode())


def replied(message: object, code: int = 40002, data: object = None) -> Answered:
    """An answer in TikTok's shape."""
    said = {"code": code, "message": message, "request_id": "20260101000000ABC", "data": data}
    return Answered(200, json.dumps(said).encode(), 0.05)


WRITTEN: dict[str, Callable[[str], str]] = {
    "as sent": str,
    "upper-case": str.upper,
    "in a URL": lambda text: quote(text, safe=""),
    "in JSON": json.dumps,
    "in PHP's JSON": lambda text: json.dumps(text).replace("/", "\\/"),
    "with other blanks": lambda text: text.replace(" ", "  ").replace(";", ""),
}


@pytest.mark.parametrize("value", [USER_AGENT, TTP, TOKEN, DIGEST])
@pytest.mark.parametrize("write", WRITTEN.values(), ids=list(WRITTEN))
def test_what_was_sent_is_not_kept_however_it_is_written(
    write: Callable[[str], str], value: str
) -> None:
    """A message goes into the ledger, the log and every page about the event, unsealed."""
    reply = without_echo(replied(f"user: {write(value)} is wrong"), request(USER))
    assert isinstance(reply, Answered)
    assert value[2:-2].lower() not in reply.body.decode().lower()
    assert ECHO in judge(reply, 1).message


@pytest.mark.parametrize(
    "body", ["<html>{}</html>", '{{"code": "{}"}}', "{}", '{{"a":1,"a":"{}"}}']
)
def test_a_page_that_quotes_the_request_is_not_kept(body: str) -> None:
    """Proxies write pages about what they could not pass on."""
    reply = Answered(502, body.format(f"{TTP} {TOKEN}").encode(), 0.05)
    clean = without_echo(reply, request(USER))
    assert isinstance(clean, Answered)
    assert (TTP.encode() in clean.body, TOKEN.encode() in clean.body) == (False, False)


def test_lists_of_refused_events_are_kept_without_what_was_sent() -> None:
    """Of a partial success each event has a message of its own, and names of fields."""
    data = {"failed": [{"index": 1, "message": f"user_agent {USER_AGENT}", TTP: 1}]}
    reply = without_echo(replied("partly", 20001, data), request({}, USER))
    assert isinstance(reply, Answered)
    assert json.loads(reply.body)["data"] == {
        "failed": [{"index": 1, "message": f"user_agent {ECHO}", ECHO: 1}]
    }
    assert judge(reply, 2) == judge(
        replied("partly", 20001, {"failed": [{"index": 1, "message": f"user_agent {ECHO}"}]}), 2
    )


OWN_WORDS = ["OK", "data.0.user.ip: invalid", "country de is not supported", "token expired", ""]


@pytest.mark.parametrize("message", OWN_WORDS)
def test_tiktoks_own_words_are_kept(message: str) -> None:
    """They are what an operator mends things by."""
    reply = replied(message)
    assert judge(without_echo(reply, request(USER)), 1) == judge(reply, 1)


@pytest.mark.parametrize("depth", [10, 500, 900, 20_000])
def test_a_deep_answer_stops_no_lane(depth: int) -> None:
    """An answer is a stranger's; only its words are needed."""
    body = b'{"code": 40002, "message": "%s", "data": %s1%s}'
    deep = Answered(200, body % (TTP.encode(), b"[" * depth, b"]" * depth), 0.05)
    clean = without_echo(deep, request(USER))
    assert isinstance(clean, Answered)
    assert TTP.encode() not in clean.body
    assert judge(clean, 1).verdict == judge(deep, 1).verdict


def test_what_is_no_answer_stays_what_it_is() -> None:
    """A lost answer repeats nothing."""
    lost = NoAnswer("reset", 0.1)
    assert without_echo(lost, request(USER)) is lost


@given(st.binary(max_size=300), st.text(max_size=20), st.integers(-1, 50000))
def test_any_answer_stays_the_same_verdict_or_becomes_readable_text(
    body: bytes, message: str, code: int
) -> None:
    """Whatever comes from a network must not stop a lane."""
    garbage = Answered(200, body, 0.1)
    assert judge(without_echo(garbage, request(USER)), 1).code == judge(garbage, 1).code
    told = replied(message, code)
    assert judge(without_echo(told, request(USER)), 1).code == code
