"""What was done on a page reaches the gateway, through outages and goodbyes, once."""

import json

import pytest
from playwright.async_api import BrowserContext, Page

from tandemgate.web.script import TAG, asset
from tests.browser.shop import KEY, STUB, Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY = 86_400_000
ADD = "tg('track', 'AddToCart', {value: 9.5}, {event_id: 'cart_7_add_1'})"
ADDED = ("AddToCart", "cart_7_add_1")
KNOW = "tg('identify', {email: 'a@customer.example'})"


@pytest.fixture(autouse=True)
def _tag(shop: Shop) -> None:
    """Every test starts on a page that has only the tag, and page views off."""
    shop.put("/", shop.tag(pages="off"))
    shop.put("/elsewhere", "elsewhere")


async def visit(shop: Shop, page: Page, path: str = "/") -> None:
    """Open a page and wait for the script."""
    await page.goto(shop.url + path)
    await page.wait_for_function("window.tg?.client")


async def test_a_request_needs_no_preflight(shop: Shop, page: Page, posts: list[str]) -> None:
    """A second round trip would double the load, and come too late where the page goes away."""
    async with page.expect_request("**/v1/collect") as asked:
        await visit(shop, page)
        await page.evaluate(ADD)
    headers = (await asked.value).headers
    assert headers["content-type"] == "text/plain;charset=UTF-8"
    await shop.until(lambda: shop.tracked() == [ADDED])
    assert posts == [f"{shop.collector}/v1/collect"]


async def test_what_happens_together_goes_together(shop: Shop, page: Page) -> None:
    """Ten at once, and what remains after a quarter of a second."""
    await visit(shop, page)
    await page.evaluate("for (let n = 0; n < 12; n++) tg('track', 'Search', {})")
    await shop.heard(12)
    assert [len(beacon["events"]) for beacon in shop.beacons] == [10, 2]


async def test_large_events_go_apart(shop: Shop, page: Page) -> None:
    """Browsers and the gateway take 64 KiB of a request, in bytes and not in characters."""
    await visit(shop, page)
    await page.evaluate(
        "for (let n = 0; n < 6; n++) tg('track', 'Search', {query: '\\u20ac'.repeat(8000)})"
    )
    await shop.heard(6)
    assert len(shop.beacons) > 1
    assert max(len(json.dumps(one, ensure_ascii=False).encode()) for one in shop.beacons) < 65_536


async def test_the_last_words_of_a_page_arrive(shop: Shop, page: Page) -> None:
    """A click that leads away is the action that matters most."""
    await visit(shop, page)
    await page.evaluate(f"{ADD}; location.href = '/elsewhere'")
    await shop.until(lambda: shop.tracked() == [ADDED])


async def test_the_last_words_of_who_refused_take_no_cookie(
    shop: Shop, page: Page, visitor: BrowserContext
) -> None:
    """A beacon would bring every cookie along; the script must not use one then."""
    await visitor.add_cookies([{"name": "tg_session", "value": "old", "url": shop.collector}])
    shop.put("/refused", shop.tag(consent="denied", pages="off"))
    await visit(shop, page, "/refused")
    await page.evaluate(f"{ADD}; location.href = '/elsewhere'")
    await shop.until(lambda: shop.tracked() == [ADDED])
    assert shop.cookies == [""]


async def test_an_order_is_bound_before_a_redirect(shop: Shop, page: Page) -> None:
    """The payment page is another origin, and may never send the visitor back."""
    await visit(shop, page)
    await page.evaluate("tg('attach', 'order', 10492); location.href = '/elsewhere'")
    await shop.until(lambda: bool(shop.events))
    assert [(one["type"], one["refs"]) for one in shop.events] == [("attach", {"order": "10492"})]


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_gateway_that_can_not_take_more_is_asked_again(
    shop: Shop, page: Page, status: int
) -> None:
    """What it refused for now it has not kept."""
    shop.answers = [status, status]
    await visit(shop, page)
    await page.evaluate(ADD)
    await shop.until(lambda: shop.tracked() == [ADDED])
    assert shop.answers == []


@pytest.mark.parametrize("status", [400, 401, 403, 413, 422])
async def test_a_refusal_is_not_repeated(
    shop: Shop, page: Page, posts: list[str], status: int
) -> None:
    """The same request would be refused again, from every page of the shop."""
    shop.answers = [status]
    await page.clock.install()
    await visit(shop, page)
    async with page.expect_response("**/v1/collect"):
        await page.evaluate(ADD)
        await page.clock.run_for(250)
    await page.clock.run_for(DAY)
    assert len(posts) == 1


async def test_a_pause_that_the_gateway_asks_for_is_kept(
    shop: Shop, page: Page, posts: list[str]
) -> None:
    """``Retry-After`` says when it can take more; asking before makes it worse for all."""
    shop.answers, shop.retry_after = [429], "90"
    await page.clock.install()
    await visit(shop, page)
    async with page.expect_response("**/v1/collect"):
        await page.evaluate(ADD)
        await page.clock.run_for(250)
    await page.clock.run_for(80_000)
    await page.evaluate(KNOW)
    assert len(posts) == 1
    await page.clock.run_for(20_000)
    await shop.until(lambda: shop.tracked() == [ADDED])


async def test_what_an_outage_kept_back_goes_on_the_next_page(
    shop: Shop, page: Page, visitor: BrowserContext
) -> None:
    """The visitor goes on clicking while the network or the gateway is away."""
    await visit(shop, page)
    await visitor.set_offline(offline=True)
    async with page.expect_event("requestfailed"):
        await page.evaluate(ADD)
    await page.wait_for_function("localStorage.tandemgate?.includes('cart_7_add_1')")
    await visitor.set_offline(offline=False)
    await visit(shop, page, "/")
    await shop.until(lambda: bool(shop.tracked()))
    await page.wait_for_function("!localStorage.tandemgate.includes('cart_7_add_1')")
    assert set(shop.tracked()) == {ADDED}


async def outage(shop: Shop, page: Page, *calls: str) -> None:
    """Make *calls* while the gateway fails, and wait until that is noticed."""
    shop.answers = [503] * 100
    await visit(shop, page)
    for call in calls:
        await page.evaluate(call)
    await page.wait_for_function("localStorage.tandemgate?.includes('unsent')")
    shop.answers = []


async def test_of_what_is_kept_back_the_latest_hundred_are_kept(shop: Shop, page: Page) -> None:
    """An outage of hours must fill neither the page's memory nor the visitor's disk."""
    many = "for (let n = 0; n < 130; n++) tg('track', 'Search', {}, {event_id: 'search_' + n})"
    await outage(shop, page, ADD, many)
    await page.evaluate("dispatchEvent(new Event('pagehide'))")
    kept = "JSON.parse(localStorage.tandemgate).unsent.map(([entry]) => entry.event_id)"
    ids = await page.evaluate(kept)
    assert (len(ids), ids[0], ids[-1]) == (100, "search_30", "search_129")


async def test_a_link_token_never_touches_the_disk(shop: Shop, page: Page) -> None:
    """It is worth something for five minutes, and what is on a disk goes out when it can."""
    shop.put("/", shop.tag(pages="off"))
    shop.answers = [503] * 100
    await page.goto(f"{shop.url}/?tg_link=token-9")
    await page.wait_for_function("window.tg?.client")
    await page.evaluate(ADD)
    await page.wait_for_function("localStorage.tandemgate?.includes('cart_7_add_1')")
    assert "token-9" not in await page.evaluate("localStorage.tandemgate")


async def test_who_the_visitor_is_never_touches_the_disk(shop: Shop, page: Page) -> None:
    """A raw email in a browser's storage would outlive every erasure."""
    await outage(shop, page, KNOW, ADD)
    kept = await page.evaluate("localStorage.tandemgate")
    assert ("cart_7_add_1" in kept, "customer.example" in kept) == (True, False)


async def test_a_denial_drops_what_was_kept(shop: Shop, page: Page) -> None:
    """What waited on this device under a grant is not the visitor's wish any more."""
    await outage(shop, page, ADD)
    await page.evaluate("tg('consent', 'denied')")
    assert await page.evaluate("localStorage.tandemgate") is None


async def test_what_is_a_day_old_is_dropped(shop: Shop, page: Page, posts: list[str]) -> None:
    """TikTok's window for telling copies apart closes after two days."""
    await page.clock.install()
    kept = {"entry": {"type": "track", "at": 0, "event": "Search"}, "consent": {}}
    old = f"localStorage.tandemgate = JSON.stringify({json.dumps({'unsent': [kept]})})"
    await page.goto(shop.url + "/elsewhere")
    await page.evaluate(old)
    await visit(shop, page)
    await page.clock.run_for(DAY)
    assert posts == []


async def test_a_wrong_clock_does_no_harm(shop: Shop, page: Page) -> None:
    """When an action happened is told beside when the request left, by the same clock."""
    await page.clock.install(time=0)
    await visit(shop, page)
    await page.evaluate(ADD)
    await page.clock.run_for(250)
    await shop.until(lambda: shop.tracked() == [ADDED])
    [beacon] = shop.beacons
    assert beacon["sent_at"] < DAY
    assert 250 <= beacon["sent_at"] - beacon["events"][0]["at"] < 1_000


async def test_a_strict_page_lets_it_work(shop: Shop, page: Page) -> None:
    """Two directives, no inline script of ours, no style, no eval."""
    shop.policy = (
        f"default-src 'none'; script-src {shop.collector} 'nonce-1'; connect-src {shop.collector}"
    )
    shop.put("/strict", shop.tag().replace("<script>", "<script nonce=1>"))
    broken: list[str] = []
    page.on("console", lambda said: broken.append(said.text))
    await visit(shop, page, "/strict")
    await page.evaluate(ADD)
    await shop.until(lambda: shop.tracked() == [ADDED])
    assert [text for text in broken if "favicon" not in text] == []


def pinned(shop: Shop, integrity: str) -> str:
    """The tag with the digest of one script in it."""
    sealed = f'<script async crossorigin integrity="{integrity}" src="{shop.collector}/t.js"'
    return f'{STUB}{sealed} data-key="{KEY}" data-consent="granted"></script>'


async def test_a_pinned_script_runs(shop: Shop, page: Page) -> None:
    """The digest that the gateway tells is the one that the browser finds."""
    built = asset(TAG)
    assert built is not None
    shop.put("/pinned", pinned(shop, built.integrity))
    await visit(shop, page, "/pinned")


async def test_another_script_than_the_pinned_one_does_not_run(shop: Shop, page: Page) -> None:
    """A shop that pins the script runs that very script or none."""
    async with page.expect_console_message(lambda said: "integrity" in said.text):
        await page.goto(shop.put("/pinned", pinned(shop, f"sha384-{'A' * 64}")))
    assert await page.evaluate("tg.client") is None


async def test_patched_functions_are_the_pages_own(shop: Shop, page: Page) -> None:
    """Other people's tools live on the page: fetch and XMLHttpRequest stay what they were."""
    await page.add_init_script("natives = [fetch, XMLHttpRequest, XMLHttpRequest.prototype.send]")
    await visit(shop, page)
    unchanged = "natives.every((own, n) => own === [fetch, XMLHttpRequest,"
    assert await page.evaluate(f"{unchanged} XMLHttpRequest.prototype.send][n])")
