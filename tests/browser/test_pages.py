"""Where the visitor is, came from and goes, in every kind of page."""

import pytest
from playwright.async_api import BrowserContext, Page

from tests.browser.shop import Answered, Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")


def views(shop: Shop) -> list[tuple[str, str]]:
    """Address and referrer of each page view, without the shop's host."""
    return [
        (one["page"]["url"].removeprefix(shop.url), one["page"]["referrer"].removeprefix(shop.url))
        for one in shop.events
        if one["type"] == "page"
    ]


def clicks(shop: Shop) -> list[str | None]:
    """The click id that each event came with."""
    return [one.get("ttclid") for one in shop.events]


async def test_an_address_is_told_without_what_it_may_hold(shop: Shop, page: Page) -> None:
    """Shops put emails, tokens and searches into addresses."""
    shop.put("/cart", shop.tag())
    await page.goto(
        f"{shop.url}/cart?email=a%40b.example&utm_campaign=spring+sale&token=s&ttclid=E.C.P.x#frag",
        referer=f"{shop.url}/search?q=secret&utm_medium=cpc",
    )
    await shop.until(lambda: bool(shop.events))
    assert views(shop) == [("/cart?utm_campaign=spring+sale", "/search?utm_medium=cpc")]


async def test_the_newest_click_wins(shop: Shop, page: Page, answered: Answered) -> None:
    """TikTok credits the click that led here, not one of last week."""
    shop.put("/", shop.tag())
    visits = ("/?ttclid=E.C.P.old", "/", "/?ttclid=E.C.P.new", "/")
    for number, address in enumerate(visits, 1):
        await page.goto(shop.url + address)
        await shop.heard(number)
        await answered()
    assert clicks(shop) == ["E.C.P.old", "E.C.P.old", "E.C.P.new", "E.C.P.new"]


async def test_a_click_is_remembered_for_this_tab_alone(
    shop: Shop, page: Page, visitor: BrowserContext
) -> None:
    """From page to page the gateway's session carries it; the device keeps as little as it can."""
    shop.put("/", shop.tag())
    await page.goto(f"{shop.url}/?ttclid=E.C.P.x")
    await shop.heard(1)
    other = await visitor.new_page()
    await other.goto(shop.url)
    await shop.heard(2)
    assert clicks(shop) == ["E.C.P.x", None]


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [("{shop}/landing?ttclid=E.C.P.x", "E.C.P.x"), ("http://other.example/?ttclid=E.C.P.x", None)],
)
async def test_a_click_on_the_page_before_is_read(
    shop: Shop, page: Page, referrer: str, expected: str | None
) -> None:
    """The landing page may lack the tag; somebody else's page is none of ours."""
    shop.put("/", shop.tag())
    await page.goto(shop.url, referer=referrer.format(shop=shop.url))
    await shop.until(lambda: bool(shop.events))
    assert clicks(shop) == [expected]


async def test_the_pixels_cookies_are_read_and_never_made_up(
    shop: Shop, page: Page, visitor: BrowserContext, answered: Answered
) -> None:
    """``_ttp`` is TikTok's; a browser without one has none."""
    shop.put("/", shop.tag())
    await page.goto(shop.url)
    await shop.heard(1)
    await answered()
    await visitor.add_cookies([{"name": "_ttp", "value": "2.abc", "url": shop.url}])
    await page.reload()
    await shop.heard(2)
    assert [one.get("ttp") for one in shop.events] == [None, "2.abc"]
    assert [one["name"] for one in await visitor.cookies(shop.url)] == ["_ttp"]


async def test_each_route_of_a_single_page_application_is_a_page(shop: Shop, page: Page) -> None:
    """Its pages never load, and its referrer stays the first one for ever."""
    shop.put("/app", shop.tag())
    await page.goto(f"{shop.url}/app?ttclid=E.C.P.x")
    await shop.heard(1)
    await page.evaluate("history.pushState({}, '', '/app/cart?x=1')")
    await shop.heard(2)
    await page.evaluate("history.replaceState({}, '', '/app/cart?x=2')")
    await page.evaluate("history.pushState({}, '', '/app/pay')")
    await shop.heard(3)
    await page.evaluate("history.go(-1)")
    await shop.heard(4)
    assert views(shop) == [
        ("/app", ""),
        ("/app/cart", "/app"),
        ("/app/pay", "/app/cart"),
        ("/app/cart", "/app/pay"),
    ]
    assert clicks(shop) == ["E.C.P.x"] * 4


async def test_a_page_that_comes_back_from_the_cache_is_a_page_again(
    shop: Shop, page: Page, answered: Answered
) -> None:
    """Going back shows the page as it was left, without loading it; its script goes on."""
    shop.put("/list", shop.tag(), "<script>born = Math.random()</script>")
    shop.put("/item", shop.tag())
    await page.goto(f"{shop.url}/list")
    await shop.heard(1)
    await answered()
    born = await page.evaluate("born")
    await page.evaluate("location.href = '/item'")
    await shop.heard(2)
    await answered()
    await page.evaluate("history.back()")
    await shop.heard(3)
    assert [address for address, _ in views(shop)] == ["/list", "/item", "/list"]
    assert await page.evaluate("born") == born
    await page.evaluate("tg('track', 'Search', {}, {event_id: 'search_1'})")
    await shop.until(lambda: shop.tracked() == [("Search", "search_1")])


async def test_a_page_that_is_drawn_in_advance_is_no_visit(shop: Shop, page: Page) -> None:
    """Browsers load the page that a visitor may open next; most are never seen."""
    await page.add_init_script(
        "Object.defineProperty(document, 'prerendering', {get: () => !window.shown})"
    )
    await page.goto(shop.put("/", shop.tag()))
    assert await page.evaluate("window.tg.client") is None
    await page.evaluate("shown = true; document.dispatchEvent(new Event('prerenderingchange'))")
    await shop.heard(1)


async def test_the_module_is_the_same_script(shop: Shop, page: Page) -> None:
    """A bundler's page has no tag; and beside one the module does not double it."""
    settings = f"{{key: 'pk_shop', collector: '{shop.collector}', consent: 'granted'}}"
    act = "tg.track('Search', {}, {event_id: 'search_1'})"
    load = f"import('{shop.collector}/t.mjs').then(({{start}}) => {{ const tg = "
    await page.goto(shop.put("/", shop.tag()))
    await page.wait_for_function("window.tg?.client")
    for _ in range(2):
        await page.evaluate(f"{load} start({settings}); {act} }})")
    await shop.until(lambda: bool(shop.tracked()))
    assert [one["type"] for one in shop.events] == ["page", "track"]
    await page.goto(shop.put("/bundled", "no tag"))
    await page.evaluate(f"{load} start({settings}); tg.track('Lead') }})")
    await shop.until(lambda: len(shop.tracked()) == 2)


@pytest.mark.parametrize(
    "call",
    [
        "tg('track', 'Search', {loop: window})",
        "tg('track', 'Search', {get value() { throw new Error('no') }})",
        "tg('track', 'Search', null)",
        "tg('track')",
        "tg('consent', {ad_user_data: Symbol()})",
        "tg('consent', null)",
        "tg('identify', null)",
        "tg('attach')",
        "tg('nonsense')",
        "tg()",
    ],
)
async def test_nothing_is_thrown_into_the_page(shop: Shop, page: Page, call: str) -> None:
    """A shop that breaks over its tracking loses the sale that was to be tracked."""
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(error.message))
    await page.goto(shop.put("/", shop.tag(pages="off")))
    await page.wait_for_function("window.tg?.client")
    await page.evaluate(f"void {call}")
    await page.evaluate("tg('track', 'Lead', {}, {event_id: 'lead_7'})")
    await shop.until(lambda: ("Lead", "lead_7") in shop.tracked())
    assert failures == []


async def test_page_views_can_be_left_to_the_page(shop: Shop, page: Page) -> None:
    """An application may know better what a page is."""
    shop.put("/", shop.tag(pages="off"))
    await page.goto(shop.url)
    await page.wait_for_function("window.tg?.client")
    await page.evaluate("history.pushState({}, '', '/cart'); tg('page')")
    await shop.until(lambda: bool(shop.events))
    assert views(shop) == [("/cart", "")]
