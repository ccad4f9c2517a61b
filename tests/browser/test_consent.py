"""Nothing leaves before the visitor decides, and what leaves carries the decision."""

import json

import pytest
from playwright.async_api import BrowserContext, Page

from tests.browser.shop import TTQ, Answered, Shop
from tests.e2e.programs import Program

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACT = "tg('track', 'AddToCart', {value: 9.5}, {event_id: 'cart_7_add_1'})"
ADD = f"<script>{ACT}</script>"
KNOW = "<script>tg('identify', {email: 'a@customer.example'})</script>"
AD = "?ttclid=E.C.P.click&utm_source=tiktok&email=a%40customer.example"
AN_HOUR = 3_600_000


async def test_who_agrees_is_told_of_whole(shop: Shop, page: Page) -> None:
    """From calls that were queued before the script came, to a beacon of the documented shape."""
    await page.goto(shop.put("/p/7", shop.tag(region="DE"), ADD, KNOW) + AD)
    await shop.heard(3)
    beacon = shop.beacons[0]
    assert (beacon["key"], len(beacon["session"])) == ("pk_shop", 16)
    collected_at = beacon["consent"].pop("collected_at")
    assert beacon["consent"] == {
        "region": "DE",
        "ad_user_data": "GRANTED",
        "ad_personalization": "GRANTED",
    }
    seen, added, known = beacon["events"]
    assert (seen["type"], known["type"]) == ("page", "identify")
    assert known["user"] == {"email": "a@customer.example"}
    at = added.pop("at")
    assert collected_at <= at <= beacon["sent_at"]
    assert added == {
        "type": "track",
        "event": "AddToCart",
        "event_id": "cart_7_add_1",
        "properties": {"value": 9.5},
        "page": {
            "url": f"{shop.url}/p/7?utm_source=tiktok",
            "referrer": "",
        },
        "ttclid": "E.C.P.click",
    }


async def test_who_agrees_has_a_session_from_then_on(
    shop: Shop, page: Page, visitor: BrowserContext, answered: Answered
) -> None:
    """Only the server sets the cookie, and the next page brings it back."""
    await page.goto(shop.put("/", shop.tag()))
    await shop.until(lambda: len(shop.beacons) == 1)
    await answered()
    await page.reload()
    await shop.until(lambda: len(shop.beacons) == 2)
    assert shop.cookies == ["", "tg_session=s1"]
    [cookie] = [one for one in await visitor.cookies(shop.collector) if one["name"] == "tg_session"]
    assert cookie["httpOnly"]


async def test_of_who_refuses_nothing_is_told_that_identifies(
    shop: Shop, page: Page, visitor: BrowserContext, tiktok: Program
) -> None:
    """The shop may count an action; whose it was is nobody's business."""
    await visitor.add_cookies([{"name": "_ttp", "value": "2.secret", "url": shop.url}])
    page_ = shop.put("/p/7", TTQ % tiktok.url, shop.tag(consent="denied"), ADD, KNOW)
    await page.goto(page_ + AD)
    await shop.until(lambda: bool(shop.tracked()))
    assert [one["type"] for one in shop.events] == ["page", "track"]
    [beacon] = shop.beacons
    assert beacon["consent"]["ad_user_data"] == "DENIED"
    assert shop.events[0]["page"]["url"] == f"{shop.url}/p/7?utm_source=tiktok"
    told = json.dumps(beacon)
    assert [word for word in ("click", "secret", "customer.example") if word in told] == []
    assert shop.cookies == [""]


async def test_who_refuses_gets_nothing_stored(
    shop: Shop, page: Page, visitor: BrowserContext, answered: Answered
) -> None:
    """No cookie, not even one that the answer sets, and nothing in the page's storage."""
    await page.goto(shop.put("/p/7", shop.tag(consent="denied"), ADD) + AD)
    await shop.until(lambda: bool(shop.tracked()))
    await answered()
    await page.reload()
    await shop.until(lambda: len(shop.beacons) == 2)
    await answered()
    assert await visitor.cookies() == []
    assert await page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


async def test_nobody_is_told_anything_before_the_decision(
    shop: Shop, page: Page, posts: list[str]
) -> None:
    """Not even a page view: who has not answered has not agreed."""
    await page.clock.install()
    await page.goto(shop.put("/p/7", shop.tag(consent="wait"), ADD) + AD)
    await page.clock.run_for(AN_HOUR)
    assert posts == []
    assert await page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


@pytest.mark.parametrize("word", ["granted", "denied"])
async def test_what_waited_goes_under_the_decision(shop: Shop, page: Page, word: str) -> None:
    """The action's own moment stays, and so it is seen how long the decision took."""
    await page.clock.install()
    await page.goto(shop.put("/p/7", shop.tag(consent="wait"), ADD))
    await page.clock.run_for(5_000)
    await page.evaluate(f"tg('consent', '{word}')")
    await shop.until(lambda: bool(shop.tracked()))
    [beacon] = shop.beacons
    assert beacon["consent"]["ad_user_data"] == word.upper()
    added = beacon["events"][1]
    assert 5_000 <= beacon["consent"]["collected_at"] - added["at"] < 6_000


async def test_of_what_waits_the_latest_fifty_are_kept(shop: Shop, page: Page) -> None:
    """A visitor who never answers must not fill the page's memory."""
    await page.goto(shop.put("/", shop.tag(consent="wait", pages="off")))
    many = "for (let n = 0; n < 60; n++) tg('track', 'Search', {}, {event_id: 'search_' + n})"
    await page.evaluate(many)
    await page.evaluate("tg('consent', 'granted')")
    await shop.until(lambda: len(shop.tracked()) == 50)
    assert shop.tracked()[0] == ("Search", "search_10")
    assert [len(beacon["events"]) for beacon in shop.beacons] == [10] * 5


async def test_a_withdrawal_is_told_with_its_session_and_then_forgotten(
    shop: Shop, page: Page
) -> None:
    """Whose it is only the cookie tells; it goes once, alone, and nothing that follows has it."""
    await page.goto(shop.put("/", shop.tag()) + AD)
    await shop.heard(1)
    await page.evaluate(f"{ACT}; tg('consent', 'denied'); tg('consent', 'denied')")
    await shop.heard(3)
    assert [one["type"] for one in shop.events] == ["page", "track", "consent"]
    assert shop.cookies == ["", "", "tg_session=s1"]
    told = shop.beacons[1:]
    assert {beacon["consent"]["ad_user_data"] for beacon in told} == {"DENIED"}
    assert "E.C.P.click" not in json.dumps(told)
    assert await page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


async def test_a_withdrawal_on_a_later_page_reaches_the_session_too(
    shop: Shop, page: Page, answered: Answered
) -> None:
    """Many banners load the page anew with the new decision."""
    await page.goto(shop.put("/", shop.tag()))
    await shop.heard(1)
    await answered()
    shop.put("/", shop.tag(consent="denied"))
    await page.reload()
    await shop.until(lambda: [one["type"] for one in shop.events].count("page") == 2)
    await answered()
    await page.reload()
    await shop.until(lambda: [one["type"] for one in shop.events].count("page") == 3)
    notices = [
        cookie
        for beacon, cookie in zip(shop.beacons, shop.cookies, strict=True)
        if beacon["events"][0]["type"] == "consent"
    ]
    assert notices == ["tg_session=s1"]
