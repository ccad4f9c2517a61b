"""What ``identify`` said of somebody completes their later calls, and nobody else's."""

from typing import Any

import pytest

from tandemgate.core.account import account_visit
from tandemgate.model.visit import Visit, Wanted
from tandemgate.storage.memory import MemoryStore
from tandemgate.web.parts import PixelCard
from tests.build import PIXEL, some_rules
from tests.web.gateway import (
    ADMIN_KEY,
    BROWSER_KEY,
    ORIGIN,
    OTHER_PIXEL,
    SERVER_KEY,
    Gateway,
)
from tests.web.test_sources import a_call

GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
DENIED = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
TRAITS = {"email": "a@customer.example", "phone": "+491701234567"}
ADDED = "cart_1_add_1"


@pytest.fixture
def gateway() -> Gateway:
    """A gateway of one pixel, whose rules have the store's key as in the product."""
    store = MemoryStore()
    rules = some_rules(blind_index_key=store.blind_index_key)
    return Gateway(store=store, rules={PIXEL: rules}, pixels={PIXEL: PixelCard("Shop")})


def identify(user_id: str = "cust_34982", consent: object = GRANTED, **more: object) -> Any:  # noqa: ANN401
    """A call that says who a user is."""
    context = {"consent": consent} if consent else {}
    call = {"type": "identify", "userId": user_id, "traits": TRAITS, "context": context}
    return call | more


def added(user_id: str = "cust_34982", **more: object) -> dict[str, Any]:
    """A call that names nothing but the user."""
    properties = {"event_id": ADDED, "value": 1, "currency": "EUR"}
    context = {"consent": GRANTED, "ip": "203.0.113.42", "userAgent": "Mozilla/5.0"}
    return (
        a_call(event="Product Added", userId=user_id, properties=properties, context=context) | more
    )


async def told(gateway: Gateway, *calls: object, key: str = SERVER_KEY) -> list[str]:
    """Hand calls in; their outcomes."""
    page = {"origin": ORIGIN} if key == BROWSER_KEY else {}
    tree = {"batch": list(calls), "writeKey": key}
    return (await gateway.post(tree, key=None, path="/v1/batch", headers=page)).outcomes


async def keys_of(gateway: Gateway) -> tuple[str, str]:
    """What became of email and phone."""
    story = (await gateway.get(f"/api/events/{ADDED}?pixel={PIXEL}")).json
    return story["match_keys"]["email"], story["match_keys"]["phone"]


async def visit_of(gateway: Gateway) -> Visit | None:
    """What is kept of the user."""
    who = account_visit("cust_34982", gateway.rules[PIXEL])
    [found] = await gateway.store.visits.find([Wanted(PIXEL, who)], gateway.clock.at)
    return found.visit if found else None


@pytest.mark.parametrize("together", [True, False])
async def test_who_was_identified_is_known_later(gateway: Gateway, *, together: bool) -> None:
    """Many shops tell the email once, at the sign-in, and the user's id from then on."""
    calls = [identify(), added()]
    for batch in [calls] if together else [[one] for one in calls]:
        await told(gateway, *batch)
    story = (await gateway.get(f"/api/events/{ADDED}")).json
    assert await keys_of(gateway) == ("sent", "sent")
    assert [one["field"] for one in story["findings"] if one["reason"] == "filled_from_visit"] == [
        "/batch/1/user/email" if together else "/batch/0/user/email",
        "/batch/1/user/phone" if together else "/batch/0/user/phone",
    ]


@pytest.mark.parametrize(
    "earlier",
    [
        identify("somebody else"),
        identify(consent=None),
        identify(consent=DENIED),
        identify(context={"consent": GRANTED | {"opt_out": True, "region": "US"}}, userId=None),
        identify(integrations={"All": False}),
        {"type": "group", "userId": "cust_34982", "traits": TRAITS},
    ],
)
async def test_what_may_not_be_kept_is_not(gateway: Gateway, earlier: dict[str, Any]) -> None:
    """Another user's, without consent, or not about a user at all."""
    await told(gateway, earlier, added())
    assert await keys_of(gateway) == ("missing", "missing")


async def test_what_the_call_itself_says_wins(gateway: Gateway) -> None:
    """Only what is missing is filled in."""
    own = added()
    own["context"]["traits"] = {"email": "new@customer.example"}
    await told(gateway, identify(), own)
    story = (await gateway.get(f"/api/events/{ADDED}")).json
    filled = [one["field"] for one in story["findings"] if one["reason"] == "filled_from_visit"]
    assert filled == ["/batch/1/user/phone"]


async def test_a_page_neither_reads_nor_changes_what_a_server_said(gateway: Gateway) -> None:
    """Whoever has the public key can write any user's id into a page's call."""
    browser = {"anonymousId": "cust_34982"}
    await told(gateway, identify())
    assert await told(gateway, added(**browser), key=BROWSER_KEY) == ["accepted"]
    assert await keys_of(gateway) == ("missing", "missing")
    known = await visit_of(gateway)
    forged = identify(traits={"email": "forged@customer.example"}, **browser)
    await told(gateway, forged, key=BROWSER_KEY)
    assert await visit_of(gateway) == known


async def test_a_page_knows_its_own_browser(gateway: Gateway) -> None:
    """The library gives the browser an id, and pages tell the email only once as well."""
    await told(gateway, identify(anonymousId="b-1"), added(anonymousId="b-1"), key=BROWSER_KEY)
    assert await keys_of(gateway) == ("sent", "sent")


async def test_shops_of_one_gateway_have_customers_of_their_own() -> None:
    """User 17 of one shop is not user 17 of the other."""
    rules = some_rules(), some_rules(pixel_id=OTHER_PIXEL)
    assert len({account_visit("17", one) for one in rules}) == 2
    assert account_visit(" 17 ", rules[0]) == account_visit("17", rules[0])
    assert account_visit("  ", rules[0]) is None


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        ({"external_id": "cust_34982"}, []),
        ({"email": "a@customer.example"}, [added(messageId="first")]),
    ],
)
async def test_erasure_covers_what_was_said(
    gateway: Gateway, asked: dict[str, str], before: list[object]
) -> None:
    """By the id at once, by an identifier through any event of theirs."""
    await told(gateway, identify(), *before)
    body = {"user": asked, "reason": "request 17", "execute": True}
    assert (await gateway.post(body, key=ADMIN_KEY, path="/api/erase")).status == 200
    assert await visit_of(gateway) is None


@pytest.mark.parametrize("asked", [{"external_id": "cust_34982"}, {"email": "a@customer.example"}])
async def test_a_withdrawal_covers_what_is_filled_in(
    gateway: Gateway, asked: dict[str, str]
) -> None:
    """Whoever withdraws by the address that only identify told is not told again."""
    await told(gateway, identify())
    await gateway.post({"user": asked, "ad_user_data": "DENIED"}, path="/v1/consent")
    await told(gateway, added())
    assert await keys_of(gateway) == ("suppressed", "suppressed")


async def test_nothing_of_it_is_logged(gateway: Gateway) -> None:
    """The log is read by more people than the ledger."""
    await told(gateway, identify(), added())
    assert "customer.example" not in gateway.log.getvalue()
    assert "cust_34982" not in gateway.log.getvalue()
