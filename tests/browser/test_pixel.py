"""The Pixel and the server tell of one action under one event_id."""

from typing import Any

import pytest
from playwright.async_api import Page, Route

from tests.browser.shop import TTQ, Shop
from tests.e2e.programs import Program, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOWHERE = "http://127.0.0.1:9"
"""Where nothing answers, as behind an ad blocker."""

TRACKED = "tg('track', 'AddToCart', {value: 9.5, currency: 'EUR'})"
BY_PAGE = "ttq.track('AddToCart', {value: 9.5, currency: 'EUR', coupon: 'SPRING'})"
BY_PAGE_WITH_ID = "ttq.track('AddToCart', {value: 9.5}, {event_id: 'cart_7_add_1'})"


def script(text: str) -> str:
    """An inline script of the page."""
    return f"<script>{text}</script>"


def pixel_copies(tiktok: Program) -> list[dict[str, Any]]:
    """What the Pixel told TikTok, page views aside."""
    events = tiktok.ask("GET", "/_sim/events")[1]["events"]
    return [one for one in events if one["event"] != "Pageview"]


async def hold_back(page: Page, script: str, until: str) -> None:
    """Let *script* load only when *until* is true in the page."""

    async def answer(route: Route) -> None:
        await page.wait_for_function(until)
        await route.continue_()

    await page.route(f"**/{script}", answer)


async def both(shop: Shop, tiktok: Program) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Wait for the Pixel's copy and for the script's word of it; return name and id of each."""
    await shop.until(lambda: bool(shop.tracked("pixel")))
    eventually(lambda: bool(pixel_copies(tiktok)))
    told = [(one["event"], one["event_id"]) for one in pixel_copies(tiktok)]
    return told, shop.tracked("pixel")


@pytest.mark.parametrize("call", [TRACKED, BY_PAGE], ids=["tg", "ttq"])
@pytest.mark.parametrize("order", [1, -1], ids=["pixel first", "script first"])
async def test_one_action_has_one_id_on_both_ways(
    shop: Shop, page: Page, tiktok: Program, call: str, order: int
) -> None:
    """Whoever makes the call, and whichever script comes first: TikTok can count it once."""
    await hold_back(page, "events.js*", until="tg.client")
    parts = [TTQ % tiktok.url, shop.tag()][::order]
    await page.goto(shop.put("/", *parts, script(call)))
    told, heard = await both(shop, tiktok)
    assert told == heard
    assert len(told) == 1
    assert told[0][1].startswith("add_to_cart_")


@pytest.mark.parametrize("call", [TRACKED, BY_PAGE], ids=["tg", "ttq"])
async def test_a_call_after_the_pixel_is_there_has_one_id_too(
    shop: Shop, page: Page, tiktok: Program, call: str
) -> None:
    """events.js puts an object of its own in the place of the queue."""
    await page.goto(shop.put("/", TTQ % tiktok.url, shop.tag()))
    await page.wait_for_function("tg.client && !Array.isArray(ttq)")
    await page.evaluate(call)
    told, heard = await both(shop, tiktok)
    assert told == heard
    assert len(told) == 1


async def test_what_the_pixel_sent_before_the_script_came_is_not_made_up(
    shop: Shop, page: Page, tiktok: Program
) -> None:
    """Its id is unknown for ever; another one would be counted as another action."""
    await hold_back(page, "t.js", until="!Array.isArray(ttq)")
    await page.goto(shop.put("/", TTQ % tiktok.url, shop.tag(), script(BY_PAGE)))
    await page.wait_for_function("tg.client")
    await page.evaluate(BY_PAGE_WITH_ID)
    await shop.until(lambda: bool(shop.tracked("pixel")))
    assert shop.tracked("pixel") == [("AddToCart", "cart_7_add_1")]
    assert shop.tracked() == []


async def test_the_pages_own_id_is_kept(shop: Shop, page: Page, tiktok: Program) -> None:
    """The shop's server may know the action under that id already."""
    await hold_back(page, "events.js*", until="tg.client")
    await page.goto(shop.put("/", TTQ % tiktok.url, script(BY_PAGE_WITH_ID), shop.tag()))
    told, heard = await both(shop, tiktok)
    assert told == heard == [("AddToCart", "cart_7_add_1")]


async def test_of_the_pages_call_only_commerce_is_told(
    shop: Shop, page: Page, tiktok: Program
) -> None:
    """What else a shop hands to its Pixel was not meant for us."""
    await hold_back(page, "events.js*", until="tg.client")
    await page.goto(shop.put("/", TTQ % tiktok.url, shop.tag(), script(BY_PAGE)))
    await both(shop, tiktok)
    assert [one["properties"] for one in shop.events if one["type"] == "pixel"] == [
        {"value": 9.5, "currency": "EUR"}
    ]
    assert pixel_copies(tiktok)[0]["wire"]["properties"]["coupon"] == "SPRING"


async def test_a_pixel_that_is_replaced_again_is_heard_again(shop: Shop, page: Page) -> None:
    """Tag managers and consent tools put a Pixel of their own in place."""
    await page.goto(shop.put("/", shop.tag()))
    await page.wait_for_function("tg.client")
    await page.evaluate(
        """() => {
          heard = [];
          const other = () => ({track: (...call) => heard.push(call[2].event_id)});
          ttq = other(); ttq.track('Search', {}); ttq = other(); ttq.track('Search', {});
        }"""
    )
    await shop.until(lambda: len(shop.tracked("pixel")) == 2)
    assert [event_id for _, event_id in shop.tracked("pixel")] == await page.evaluate("heard")


async def test_a_pixel_declared_by_the_page_is_heard(
    shop: Shop, page: Page, tiktok: Program
) -> None:
    """``var ttq`` makes a property that cannot be watched; each script that loads is looked at."""
    declared = script("var ttq = window.ttq || []")
    await page.goto(shop.put("/", declared, TTQ % tiktok.url, shop.tag()))
    await page.wait_for_function("tg.client && !Array.isArray(ttq)")
    await page.evaluate(BY_PAGE)
    told, heard = await both(shop, tiktok)
    assert told == heard


async def test_one_of_several_pixels_is_heard(shop: Shop, page: Page, tiktok: Program) -> None:
    """``ttq.instance`` addresses one of them."""
    await page.goto(shop.put("/", TTQ % tiktok.url, shop.tag()))
    await page.wait_for_function("tg.client && !Array.isArray(ttq)")
    await page.evaluate("ttq.instance('C9ABC1234567890').track('AddToCart', {})")
    told, heard = await both(shop, tiktok)
    assert told == heard


async def test_where_the_pixel_is_blocked_the_server_has_the_action(shop: Shop, page: Page) -> None:
    """Calls that wait for a Pixel in vain are no evidence of it, but they are actions."""
    await page.goto(
        shop.put("/", TTQ % NOWHERE, shop.tag(), script(f"{TRACKED};{BY_PAGE_WITH_ID}"))
    )
    await shop.until(lambda: len(shop.tracked()) == 2)
    assert ("AddToCart", "cart_7_add_1") in shop.tracked()
    assert shop.tracked("pixel") == []


async def test_two_copies_of_the_script_do_the_work_of_one(
    shop: Shop, page: Page, tiktok: Program
) -> None:
    """A theme and a tag manager may both bring it."""
    await page.goto(shop.put("/", TTQ % tiktok.url, shop.tag(), shop.tag(), script(TRACKED)))
    await page.wait_for_function("tg.client && !Array.isArray(ttq)")
    await page.evaluate(BY_PAGE_WITH_ID)
    await shop.until(lambda: len(shop.tracked("pixel")) == 2)
    assert [one["type"] for one in shop.events].count("page") == 1
    assert len(shop.tracked()) == 1
    eventually(lambda: len(pixel_copies(tiktok)) == 2)


@pytest.mark.parametrize(("consent", "copies"), [("granted", 1), ("denied", 0)])
async def test_the_pixel_waits_for_the_same_decision(
    shop: Shop, page: Page, tiktok: Program, consent: str, copies: int
) -> None:
    """Browser tag and server follow one decision, also for calls that the page makes itself."""
    await hold_back(page, "events.js*", until="tg.client")
    parts = [TTQ % tiktok.url, shop.tag(consent="wait"), script(BY_PAGE)]
    await page.goto(shop.put("/", *parts))
    await page.wait_for_function("tg.client && !Array.isArray(ttq)")
    assert pixel_copies(tiktok) == []
    await page.evaluate(f"tg('consent', '{consent}')")
    await page.evaluate("tg('track', 'Search', {}, {event_id: 'search_1'})")
    await shop.until(lambda: ("Search", "search_1") in shop.tracked())
    eventually(lambda: len(pixel_copies(tiktok)) == 2 * copies)


async def test_the_decision_stands_before_what_it_decides_on(shop: Shop, page: Page) -> None:
    """events.js works through its queue in order: a hold that comes last would hold nothing."""
    parts = [TTQ % NOWHERE, script(BY_PAGE), shop.tag(consent="wait")]
    await page.goto(shop.put("/", *parts))
    await page.wait_for_function("window.tg?.client")
    assert await page.evaluate("ttq.map(call => call[0])") == ["holdConsent", "page", "track"]


async def test_a_hold_of_the_pages_own_tag_does_not_outlast_the_decision(
    shop: Shop, page: Page
) -> None:
    """The snippet holds from its first moment on: after the grant that would hold for ever."""
    held = [TTQ % NOWHERE, script(f"ttq.unshift(['holdConsent']);{BY_PAGE}")]
    await page.goto(shop.put("/", *held, shop.tag(consent="granted")))
    await page.wait_for_function("window.tg?.client")
    assert await page.evaluate("ttq.map(call => call[0])") == ["grantConsent", "page", "track"]


async def test_a_pixel_that_fails_breaks_nothing(shop: Shop, page: Page) -> None:
    """Whatever a blocker or a tool puts there, the server's copy goes."""
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(error.message))
    odd = "ttq = Object.freeze({track() { throw new Error('no') }})"
    await page.goto(shop.put("/", script(odd), shop.tag(), script(TRACKED)))
    await shop.until(lambda: bool(shop.tracked()))
    assert failures == []
