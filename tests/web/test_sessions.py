"""A visit, from the click to the order that its backend reports hours later."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from tandemgate.web.session import NAME, read_session, session_in
from tests.build import PIXEL, an_item, some_rules
from tests.web.gateway import (
    BROWSER_KEY,
    ORIGIN,
    OTHER_PIXEL,
    READ_KEY,
    SERVER_KEY,
    Gateway,
    Reply,
)

COLLECT, ATTACH = "/v1/collect", "/v1/attach"
AGENT = "Mozilla/5.0 (iPhone)"
HOUR = 3600.0
GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
DENIED = GRANTED | {"ad_user_data": "DENIED"}
LANDING = {
    "type": "page",
    "at": 1000,
    "page": {"url": "https://shop.example/?ttclid=E.C.P.abc&email=a%40b.example"},
    "ttclid": "E.C.P.abc",
    "ttp": "2.x9Jb3x",
}


@pytest.fixture
def gateway() -> Gateway:
    """A gateway behind one proxy, whose server tells of purchases."""
    return Gateway(
        rules={PIXEL: some_rules(server_truth=frozenset({"CompletePayment"}))},
        pixels={},
        parts={"trusted_proxies": ("127.0.0.0/8",), "https": True},
    )


async def collected(gateway: Gateway, *calls: object, cookie: str = "", **fields: object) -> Reply:
    """Send what a page would send."""
    headers = {"origin": ORIGIN, "user-agent": AGENT, "x-forwarded-for": "203.0.113.9"}
    beacon = {
        "key": BROWSER_KEY,
        "session": None,
        "sent_at": 1000,
        "consent": GRANTED,
        "events": list(calls or [LANDING]),
    } | fields
    if cookie:
        headers["cookie"] = f"other=1; {NAME}={cookie}"
    return await gateway.post(beacon, key=None, path=COLLECT, headers=headers)


async def told(gateway: Gateway, event_id: str = "ord_10492_complete_payment") -> Any:  # noqa: ANN401
    """The story of one event."""
    return (await gateway.get(f"/api/events/{event_id}?pixel={PIXEL}")).json


def a_server_purchase(**fields: object) -> dict[str, Any]:
    """What a webhook knows: the customer, and nothing of the browser."""
    return an_item(user={"email": "customer@example.com"}, page=..., **fields)


async def test_an_order_has_the_click_of_its_visit(gateway: Gateway) -> None:
    """This is what the gateway is for: the click, the cookie, the address and the consent."""
    session = (await collected(gateway)).json["session"]
    bound = {"session": session, "refs": {"order": "10492"}}
    assert (await gateway.post(bound, path=ATTACH)).json == {"bound": ["order"]}
    gateway.clock.at += 3 * HOUR
    await gateway.sent(a_server_purchase(refs={"order": "10492"}, consent=...))
    story = await told(gateway)
    sent = {name for name, presence in story["match_keys"].items() if presence == "sent"}
    assert sent == {"email", "ttclid", "ttp", "ip", "user_agent"}
    assert story["consent"]["ad_user_data"] == "GRANTED"
    notes = [one["note"] for one in story["findings"] if one["reason"] == "filled_from_visit"]
    assert notes[0] == "from the visit, found by order; seen 0 s before"


async def test_the_page_may_bind_its_order_itself(gateway: Gateway) -> None:
    """Before it sends the visitor to a payment page that is not ours."""
    await collected(gateway, LANDING, {"type": "attach", "refs": {"order": 10492}})
    await gateway.sent(a_server_purchase(refs={"order": "10492"}))
    assert (await told(gateway))["match_keys"]["ttclid"] == "sent"


async def test_the_cookie_is_the_servers(gateway: Gateway) -> None:
    """A cookie that a script sets lives seven days in Safari, and every script can read it."""
    reply = await collected(gateway)
    session = reply.json["session"]
    assert reply.headers["set-cookie"] == (
        f"tg_session={session}; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax; Secure"
    )
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", session)
    again = await collected(gateway, cookie=session)
    assert again.json["session"] == session
    other = await collected(gateway)
    assert other.json["session"] != session


@pytest.mark.parametrize("consent", [DENIED, {"region": "DE"}, {}, {"ad_user_data": 1}])
async def test_nobody_is_recognized_without_consent(
    gateway: Gateway, consent: Mapping[str, object]
) -> None:
    """No cookie, and nothing of the browser is kept: only what was said about consent."""
    reply = await collected(gateway, consent=consent, session="page-long-session-1")
    assert "set-cookie" not in reply.headers
    await gateway.sent(a_server_purchase(session="page-long-session-1", consent=GRANTED))
    assert (await told(gateway))["match_keys"]["ttclid"] == "missing"


async def test_a_denial_reaches_the_order(gateway: Gateway) -> None:
    """The order's webhook says nothing of consent, and the banner was answered with no."""
    calls = [LANDING, {"type": "attach", "refs": {"order": "10492"}}]
    await collected(gateway, *calls, consent=DENIED, session="page-long-session-1")
    await gateway.sent(a_server_purchase(refs={"order": "10492"}, consent=...))
    story = await told(gateway)
    assert story["consent"]["ad_user_data"] == "DENIED"
    assert story["match_keys"]["email"] == "suppressed"


async def test_a_denial_makes_the_browser_forget(gateway: Gateway) -> None:
    """Whoever changes his mind is no longer recognized."""
    session = (await collected(gateway)).json["session"]
    reply = await collected(gateway, cookie=session, consent=DENIED)
    assert reply.headers["set-cookie"].startswith("tg_session=; Max-Age=0; ")


@pytest.mark.parametrize(
    ("by_cookie", "state"), [(True, "CANCELLED"), (False, "QUEUED")], ids=["cookie", "named"]
)
async def test_a_denial_stops_what_waits(gateway: Gateway, *, by_cookie: bool, state: str) -> None:
    """Of the browser's own session: whoever only names one could name somebody else's."""
    cart = LANDING | {"type": "track", "event": "AddToCart", "event_id": "cart_7_add_1"}
    session = (await collected(gateway, cart)).json["session"]
    named = {"cookie": session} if by_cookie else {"session": session}
    await collected(gateway, {"type": "consent", "at": 1000}, consent=DENIED, **named)
    assert (await told(gateway, "cart_7_add_1"))["state"] == state


async def test_nobody_lends_an_order_his_click(gateway: Gateway) -> None:
    """The order number is in the thank-you page's address, for everybody to try."""
    attach = {"type": "attach", "refs": {"order": "10492"}}
    await collected(gateway, LANDING, attach)
    forged = LANDING | {"ttclid": "E.C.P.forged"}
    reply = await collected(gateway, forged, attach)
    assert reply.json["problems"][0]["reason"] == "reference_bound_elsewhere"
    assert reply.json["problems"][0]["received"] == "order"
    await gateway.sent(a_server_purchase(refs={"order": "10492"}))
    [finding, *_] = (await told(gateway))["findings"]
    assert "forged" not in str(finding)


RIGHT = {"session": "s-1", "refs": {"order": "1"}}
UNREADABLE = (400, "body_invalid")
ATTACHED_WRONGLY = {
    "no JSON": (b"hello", SERVER_KEY, UNREADABLE),
    "no session": ({"refs": {"order": "1"}}, SERVER_KEY, UNREADABLE),
    "an empty session": (RIGHT | {"session": ""}, SERVER_KEY, UNREADABLE),
    "no references": (RIGHT | {"refs": {}}, SERVER_KEY, UNREADABLE),
    "another reference": (RIGHT | {"refs": {"shop": "1"}}, SERVER_KEY, UNREADABLE),
    "a reference without id": (RIGHT | {"refs": {"order": ""}}, SERVER_KEY, UNREADABLE),
    "no key": (RIGHT, None, (401, "key_missing")),
    "a browser's key": (RIGHT, BROWSER_KEY, (403, "key_without_right")),
    "a key for reading": (RIGHT, READ_KEY, (403, "key_without_right")),
    "another's pixel": (
        RIGHT | {"event_source_id": OTHER_PIXEL},
        SERVER_KEY,
        (403, "pixel_not_allowed"),
    ),
}


@pytest.mark.parametrize(
    ("body", "key", "refused"), ATTACHED_WRONGLY.values(), ids=list(ATTACHED_WRONGLY)
)
async def test_a_wrong_attachment_is_refused(
    gateway: Gateway, body: object, key: str | None, refused: tuple[int, str]
) -> None:
    """A backend that believes it has attached an order loses its click without a word."""
    reply = await gateway.post(body, key=key, path=ATTACH)
    assert (reply.status, reply.first_problem["reason"]) == refused
    assert b"s-1" not in reply.body


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("tg_session=AAAAAAAAAAAAAAAAAAAAAA", "A" * 22),
        ("a=b; tg_session=AAAAAAAAAAAAAAAAAAAAAA; c=d", "A" * 22),
        ("tg_session=short", None),
        ("tg_session=" + "A" * 65, None),
        ("my_tg_session=AAAAAAAAAAAAAAAAAAAAAA", None),
        ("tg_session=AAAAAAAAAAAAAAAAAAAA AA", None),
        ("", None),
        ("; " * 10_000, None),
    ],
)
def test_only_a_session_of_ours_is_one(header: str, expected: str | None) -> None:
    """Cookies come from anywhere, by the thousand."""
    assert session_in(header) == expected


@pytest.mark.parametrize("stated", [None, "", "short", "x" * 65, "a@b.example-a@b.example"])
def test_a_page_names_no_session_that_is_none(stated: str | None) -> None:
    """What is kept under it is found by it, so it must not be something else."""
    assert read_session(stated) is None


KNOWN = {"type": "identify", "at": 1000, "user": {"email": "Customer@Example.com "}}
CART = LANDING | {"type": "track", "event": "AddToCart", "event_id": "cart_7_add_1"}


async def test_who_the_visitor_is_completes_what_the_browser_does(gateway: Gateway) -> None:
    """From the same request on; and of the email there is a digest alone."""
    reply = await collected(gateway, KNOWN, CART, session="page-long-session-1")
    assert reply.json["results"][0]["reason"] == "identify_seen"
    story = await told(gateway, "cart_7_add_1")
    assert story["match_keys"]["email"] == "sent"
    visit = gateway.store.visits._visits["page-long-session-1"]  # noqa: SLF001 - what is kept
    assert visit.email is not None
    assert visit.email.value == sha256(b"customer@example.com").hexdigest()


async def test_who_the_visitor_is_completes_nobody_elses_order(gateway: Gateway) -> None:
    """Two people share a browser: the order says whose it is."""
    phone = KNOWN | {"user": {"phone": "+4915112345678"}}
    session = (await collected(gateway, phone)).json["session"]
    await gateway.sent(a_server_purchase(session=session))
    assert (await told(gateway))["match_keys"]["phone"] == "missing"
    await gateway.sent(an_item(event_id="ord_2", user={"ip": "203.0.113.9"}, session=session))
    assert (await told(gateway, "ord_2"))["match_keys"]["phone"] == "sent"


@pytest.mark.parametrize("user", [{}, {"email": 7}, {"email": ["a", {}]}, {"phone": "x" * 9000}])
async def test_nonsense_about_the_visitor_is_nobody(gateway: Gateway, user: object) -> None:
    """It comes from pages, like everything else."""
    reply = await collected(gateway, KNOWN | {"user": user}, CART)
    assert [one["outcome"] for one in reply.json["results"]] == ["noted", "accepted"]
    assert (await told(gateway, "cart_7_add_1"))["match_keys"]["email"] == "missing"


async def test_who_refuses_is_not_known(gateway: Gateway) -> None:
    """Nothing of it is kept, whatever a page hands in."""
    session = "page-long-session-1"
    await collected(gateway, KNOWN, consent=DENIED, session=session)
    await gateway.sent(an_item(user={"ip": "203.0.113.9"}, session=session, consent=GRANTED))
    assert (await told(gateway))["match_keys"]["email"] == "missing"
