"""From the shop to a payment page on another host, by a token in the link."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tandemgate.core.link import LIFETIME
from tandemgate.model.secret import Secret
from tandemgate.settings import KeyKind, KeySettings
from tandemgate.storage.memory import MemoryStore
from tandemgate.web.session import NAME
from tests.build import PIXEL, an_item, some_rules
from tests.web.gateway import BROWSER_KEY, KEYS, ORIGIN, OTHER_PIXEL, Gateway, Reply

PIXELS = (PIXEL, OTHER_PIXEL)
COLLECT = "/v1/collect"
PAY_KEY, PAY_ORIGIN = "pk_pay", "https://pay.example"
OTHER_KEY, OTHER_ORIGIN = "pk_other", "https://other.example"
GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
DENIED = GRANTED | {"ad_user_data": "DENIED"}
LANDING = {
    "type": "page",
    "at": 1000,
    "page": {"url": "https://shop.example/?ttclid=E.C.P.abc"},
    "ttclid": "E.C.P.abc",
}
ASKING = {"type": "link", "at": 1000}
ORDER = {"type": "attach", "at": 1000, "refs": {"order": "10492"}}


def a_browser_key(secret: str, pixel: str, origin: str) -> KeySettings:
    """The key of another host's pages."""
    return KeySettings(KeyKind.BROWSER, secret, Secret(secret), (pixel,), origins=(origin,))


@pytest.fixture
def gateway() -> Gateway:
    """A gateway for a shop, its payment page, and somebody else's shop."""
    store = MemoryStore()
    rules = [some_rules(pixel_id=one, blind_index_key=store.blind_index_key) for one in PIXELS]
    return Gateway(
        store=store,
        rules={one.pixel_id: one for one in rules},
        keys=[
            *KEYS,
            a_browser_key(PAY_KEY, PIXEL, PAY_ORIGIN),
            a_browser_key(OTHER_KEY, OTHER_PIXEL, OTHER_ORIGIN),
        ],
    )


async def in_the_shop(gateway: Gateway, *calls: object, **fields: object) -> Reply:
    """Send what a page of the shop would send that links to the payment page."""
    beacon = {
        "key": BROWSER_KEY,
        "sent_at": 1000,
        "consent": GRANTED,
        "events": list(calls or [LANDING, ASKING]),
    }
    headers = {"origin": ORIGIN, "user-agent": "Mozilla/5.0 (X11)"}
    return await gateway.post(beacon | fields, key=None, path=COLLECT, headers=headers)


async def arrived(
    gateway: Gateway,
    token: str | None,
    *calls: object,
    session: str = "page-long-session-2",
    key: str = PAY_KEY,
    origin: str = PAY_ORIGIN,
    **fields: object,
) -> Reply:
    """Send what the page sends that a link led to."""
    link = {"type": "link", "at": 1000, "token": token}
    beacon = {
        "key": key,
        "session": session,
        "sent_at": 1000,
        "consent": GRANTED,
        "events": [link, *calls],
    }
    headers = {"origin": origin, "user-agent": "Mozilla/5.0 (X11)"}
    return await gateway.post(beacon | fields, key=None, path=COLLECT, headers=headers)


async def purchase(gateway: Gateway, **found_by: object) -> Any:  # noqa: ANN401 - JSON
    """Tell of the purchase as a backend does; return its story."""
    item = an_item(user={"email": "customer@example.com"}, page=..., **found_by)
    await gateway.sent(item)
    return (await gateway.get(f"/api/events/ord_10492_complete_payment?pixel={PIXEL}")).json


async def test_the_click_crosses_to_the_payment_page(gateway: Gateway) -> None:
    """The order is placed on a host that never saw the click."""
    token = (await in_the_shop(gateway)).json["link"]
    reply = await arrived(gateway, token, ORDER)
    [followed, _] = reply.json["results"]
    assert (followed["outcome"], followed["reason"]) == ("noted", "link_followed")
    story = await purchase(gateway, refs={"order": "10492"})
    assert story["match_keys"]["ttclid"] == "sent"
    notes = [one["note"] for one in story["findings"] if one["field"] == "/data/0/user/ttclid"]
    assert notes == ["from the visit, found by order and a link from another host; seen 0 s before"]


async def test_events_beside_the_token_have_the_click_already(gateway: Gateway) -> None:
    """The first thing that happens there may be the only one."""
    token = (await in_the_shop(gateway)).json["link"]
    action = {"type": "track", "event": "AddPaymentInfo", "event_id": "pay_7", "at": 1000}
    await arrived(gateway, token, action)
    story = (await gateway.get(f"/api/events/pay_7?pixel={PIXEL}")).json
    assert story["match_keys"]["ttclid"] == "sent"


async def test_the_session_of_the_shop_stays_in_the_shop(gateway: Gateway) -> None:
    """Whoever has it could speak for the visitor; a token's holder only hears nothing of it."""
    told = (await in_the_shop(gateway)).json
    reply = await arrived(gateway, told["link"])
    assert told["session"] not in told["link"]
    assert told["session"] not in reply.body.decode() + reply.headers["set-cookie"]
    assert reply.json["session"] == "page-long-session-2"


@pytest.mark.parametrize("consent", [DENIED, {"region": "DE"}, {}])
async def test_without_consent_there_is_no_token(
    gateway: Gateway, consent: Mapping[str, object]
) -> None:
    """Who may not be known again must not be followed to another host."""
    told = (await in_the_shop(gateway, consent=consent)).json
    assert "link" not in told
    assert told["results"][1]["reason"] == "link_without_consent"


async def test_who_asks_for_no_token_gets_none(gateway: Gateway) -> None:
    """Only pages whose tag names other hosts ask."""
    assert "link" not in (await in_the_shop(gateway, LANDING)).json


@pytest.mark.parametrize("consent", [DENIED, {"region": "DE"}])
async def test_who_refuses_there_is_not_followed(
    gateway: Gateway, consent: Mapping[str, object]
) -> None:
    """And the token is still good, should the visitor agree after all."""
    token = (await in_the_shop(gateway)).json["link"]
    reply = await arrived(gateway, token, ORDER, consent=consent)
    assert reply.json["results"][0]["reason"] == "link_without_consent"
    assert (await purchase(gateway, refs={"order": "10492"}))["match_keys"]["ttclid"] != "sent"
    again = await arrived(gateway, token)
    assert again.json["results"][0]["reason"] == "link_followed"


async def test_a_denial_in_the_shop_reaches_the_payment_page(gateway: Gateway) -> None:
    """Consent crosses in one direction only, and later than the visitor too."""
    told = (await in_the_shop(gateway)).json
    await arrived(gateway, told["link"], ORDER)
    await in_the_shop(
        gateway, {"type": "consent", "at": 1000}, session=told["session"], consent=DENIED
    )
    story = await purchase(gateway, refs={"order": "10492"}, consent=...)
    assert story["consent"]["ad_user_data"] == "DENIED"
    assert story["match_keys"]["email"] == "suppressed"


async def refused(gateway: Gateway, reply: Reply, reason: str) -> None:
    """Assert that the token was refused for *reason*, and that nothing came of it."""
    [told, *_] = reply.json["results"]
    assert reply.status == 202
    assert (told["outcome"], told["problems"][0]["reason"]) == ("rejected", reason)
    assert told["problems"][0]["field"] == "/events/0/token"
    story = await purchase(gateway, session="page-long-session-2")
    assert story["match_keys"]["ttclid"] == "missing"


async def test_a_reused_token_is_refused(gateway: Gateway) -> None:
    """An address in a chat or a log is somebody else's soon; the page goes on by itself."""
    token = (await in_the_shop(gateway)).json["link"]
    await arrived(gateway, token, session="page-long-session-1")
    reply = await arrived(gateway, token, LANDING | {"ttclid": None})
    await refused(gateway, reply, "link_used")
    assert reply.json["results"][1]["outcome"] == "noted"
    assert reply.headers["set-cookie"].startswith(f"{NAME}=page-long-session-2;")


async def test_a_late_token_is_refused(gateway: Gateway) -> None:
    """An address that was kept overnight leads nowhere."""
    token = (await in_the_shop(gateway)).json["link"]
    gateway.clock.at += LIFETIME + 1
    await refused(gateway, await arrived(gateway, token), "link_expired")


@pytest.mark.parametrize("token", ["", "x" * 56, "\u20ac" * 56, "A" * 60_000])
async def test_a_forged_token_is_refused(gateway: Gateway, token: str | None) -> None:
    """Nobody guesses one, and nobody learns anything by trying."""
    await refused(gateway, await arrived(gateway, token), "link_invalid")


async def test_a_foreign_token_is_refused(gateway: Gateway) -> None:
    """One shop's click is nothing to the other's order, also where a gateway serves both."""
    token = (await in_the_shop(gateway)).json["link"]
    reply = await arrived(gateway, token, key=OTHER_KEY, origin=OTHER_ORIGIN)
    await refused(gateway, reply, "link_invalid")


async def test_the_first_of_many_gets_the_visit(gateway: Gateway) -> None:
    """Twenty machines that found the address at once are not twenty customers."""
    token = (await in_the_shop(gateway)).json["link"]
    asked = [arrived(gateway, token, session=f"page-long-session-{n}") for n in range(20)]
    replies = await asyncio.gather(*asked)
    said = [reply.json["results"][0].get("reason") for reply in replies]
    assert (said.count("link_followed"), said.count(None)) == (1, 19)


async def test_a_repeated_request_is_no_second_use(gateway: Gateway) -> None:
    """The script sends again what was not answered."""
    token = (await in_the_shop(gateway)).json["link"]
    replies = [await arrived(gateway, token) for _ in range(2)]
    assert [reply.json["results"][0]["outcome"] for reply in replies] == ["noted"] * 2
