"""A visit goes on at another host: its links take a token along, and nothing ever waits for one."""

from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.shop import HOST, KEY, STUB, Shop
from tests.e2e.programs import Program, an_item, eventually, gateway, write_settings

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAY = "pay.localhost"
FOUR_MINUTES = 240_000
IN_TWO_TABS = "<a id=go target=_blank href='{0}'>pay</a>"


def pay(shop: Shop, path: str = "/pay") -> str:
    """The address of a page on the other host."""
    return f"http://{PAY}:{shop.port}{path}"


def put_shop(shop: Shop, *parts: str, **data: str) -> str:
    """Make a page of the shop whose tag names the other host, and its own as shops do."""
    data = {"link": f"{HOST} {PAY}", "pages": "off"} | data
    return shop.put("/", shop.tag(**data), *parts)


def a_link(to: str, more: str = "") -> str:
    """A link that a visitor can click."""
    return f"<a id=go href='{to}' {more}>pay</a>"


async def answered(page: Page, act: Awaitable[object]) -> None:
    """Do something that the gateway is told of, and let the script read the answer."""
    async with page.expect_response("**/v1/collect"):
        await act
    await page.evaluate("new Promise(done => setTimeout(done))")


async def opened(shop: Shop, page: Page, *parts: str, **data: str) -> None:
    """Open the shop's page and wait until it has a token."""
    shop.put("/pay", "paid")
    await answered(page, page.goto(put_shop(shop, *parts, **data)))
    assert shop.links == 1


async def test_a_link_to_the_other_host_takes_a_token(shop: Shop, page: Page) -> None:
    """Whatever else is in the address stays as the shop wrote it."""
    to = pay(shop, "/pay?a=%20b+c&amp;sig=x%2By")
    await opened(shop, page, a_link(f"{to}#top"))
    await page.click("#go")
    await page.wait_for_url(f"http://{PAY}*/**")
    assert page.url == pay(shop, "/pay?a=%20b+c&sig=x%2By&tg_link=token-1#top")


@pytest.mark.parametrize(
    "to",
    ["/elsewhere", "http://{shop}/elsewhere", "http://c.{shop}/elsewhere", "http://x{pay}/pay"],
)
async def test_other_links_are_left_alone(shop: Shop, page: Page, to: str) -> None:
    """A token is for the hosts that the tag names; own pages have the session already."""
    address = to.format(shop=f"{HOST}:{shop.port}", pay=f"{PAY}:{shop.port}")
    stay = "addEventListener('click', event => event.preventDefault())"
    parts = [
        a_link(address),
        a_link("mailto:a@b.example", "class=mail"),
        f"<script>{stay}</script>",
    ]
    await opened(shop, page, *parts)
    await page.click("#go")
    await page.click(".mail")
    hrefs = await page.evaluate("[...document.links].map(link => link.getAttribute('href'))")
    assert hrefs == [address, "mailto:a@b.example"]


@pytest.mark.parametrize("method", ["get", "post"])
async def test_a_form_takes_a_token(shop: Shop, page: Page, method: str) -> None:
    """Many payment pages are reached by a form; its fields stay what they were."""
    form = (
        f"<form method={method} action='{pay(shop)}'><input name=sum value=1><button id=go></form>"
    )
    await opened(shop, page, form)
    async with page.expect_request(f"http://{PAY}*/**") as asked:
        await page.click("#go")
    sent = await asked.value
    await page.wait_for_url(f"http://{PAY}*/**")
    by_get, by_post = pay(shop, "/pay?sum=1#tg_link=token-1"), pay(shop, "/pay?tg_link=token-1")
    assert (page.url, sent.post_data) == {"get": (by_get, None), "post": (by_post, "sum=1")}[method]


async def test_a_script_that_goes_there_asks_for_the_address(shop: Shop, page: Page) -> None:
    """No browser lets anybody mark ``location.href = ...``."""
    await opened(shop, page)
    own = f"{shop.url}/elsewhere"
    assert await page.evaluate("address => tg('link', address)", own) == own
    await page.evaluate("address => { location.href = tg('link', address) }", pay(shop))
    await page.wait_for_url(pay(shop, "/pay?tg_link=token-1"))


async def test_each_way_has_a_token_of_its_own(shop: Shop, page: Page) -> None:
    """A link that opens in a new tab may be clicked again; the pointer comes near it first."""
    await opened(shop, page, IN_TWO_TABS.format(pay(shop)))
    urls = []
    for _ in range(2):
        async with page.context.expect_page() as new:
            await page.click("#go")
        tab = await new.value
        await tab.wait_for_load_state()
        urls.append(urlsplit(tab.url).query)
        await page.mouse.move(400, 400)
        await answered(page, page.hover("#go"))
    assert urls == ["tg_link=token-1", "tg_link=token-2"]


async def test_an_old_token_is_left_and_a_new_one_asked_for(shop: Shop, page: Page) -> None:
    """Whoever reads for long must not take along what the other side refuses."""
    await page.clock.install()
    shop.put("/pay", "paid")
    await page.goto(put_shop(shop, a_link(pay(shop))))
    await page.wait_for_function("window.tg?.client")
    await page.clock.run_for(300)
    await shop.until(lambda: shop.links == 1)
    await page.clock.run_for(FOUR_MINUTES)
    assert await page.evaluate("address => tg('link', address)", pay(shop)) == pay(shop)
    await page.hover("#go")
    await page.clock.run_for(300)
    await shop.until(lambda: shop.links == 2)


@pytest.mark.parametrize("consent", ["wait", "denied"])
async def test_without_consent_nothing_is_asked_for(shop: Shop, page: Page, consent: str) -> None:
    """Who has not agreed is not followed, and gets to the other host all the same."""
    shop.put("/pay", "paid")
    await page.goto(put_shop(shop, a_link(pay(shop)), consent=consent))
    await page.wait_for_function("window.tg?.client")
    await page.click("#go")
    await page.wait_for_url(pay(shop))
    assert [one for one in shop.events if one["type"] == "link"] == []


async def test_a_denial_drops_the_token(shop: Shop, page: Page) -> None:
    """What was asked for under a grant is not the visitor's wish any more."""
    await opened(shop, page, a_link(pay(shop)))
    await page.evaluate("tg('consent', 'denied')")
    await page.click("#go")
    await page.wait_for_url(pay(shop))


async def test_nobody_waits_for_a_gateway_that_is_away(shop: Shop, page: Page) -> None:
    """A shop that can't be paid because of its tracking has no use for it."""
    shop.answers = [503] * 100
    shop.put("/pay", "paid")
    await page.goto(put_shop(shop, a_link(pay(shop))))
    await page.wait_for_function("window.tg?.client")
    await page.click("#go")
    await page.wait_for_url(pay(shop))


ARRIVED = "/pay?a=%20b&tg_link=token-9#top"


async def test_the_token_leaves_the_address_and_is_handed_in(shop: Shop, page: Page) -> None:
    """Before anything else, and the page view behind it does not have it."""
    shop.put("/pay", shop.tag())
    await page.goto(pay(shop, ARRIVED))
    await shop.heard(2)
    link, view = shop.events
    assert (link["type"], link["token"], view["type"]) == ("link", "token-9", "page")
    assert "token-9" not in str(view)
    assert page.url == pay(shop, "/pay?a=%20b#top")


@pytest.mark.parametrize(
    ("arrived", "left"),
    [
        ("/pay?tg_link=token-9", "/pay"),
        ("/pay?tg_link=token-9&b=1", "/pay?b=1"),
        ("/pay?a=1&tg_link=token-9&b=1#x", "/pay?a=1&b=1#x"),
        ("/pay?a=1#tg_link=token-9", "/pay?a=1"),
        ("/pay?my_tg_link=1", "/pay?my_tg_link=1"),
    ],
)
async def test_of_the_address_nothing_else_changes(
    shop: Shop, page: Page, arrived: str, left: str
) -> None:
    """The page behind it reads its own parameters after us."""
    shop.put("/pay", shop.tag(consent="wait"))
    await page.goto(pay(shop, arrived))
    await page.wait_for_function("window.tg?.client")
    assert page.url == pay(shop, left)


async def test_who_decides_there_decides_about_the_token(shop: Shop, page: Page) -> None:
    """Until then it is in memory alone, and a denial leaves nothing of it."""
    shop.put("/pay", shop.tag(consent="wait"))
    for word, handed_in in (("granted", 1), ("denied", 0)):
        shop.beacons.clear()
        await page.goto(pay(shop, ARRIVED))
        await page.wait_for_function("window.tg?.client")
        assert page.url == pay(shop, "/pay?a=%20b#top")
        await page.evaluate(f"tg('consent', '{word}')")
        await shop.until(lambda: any(one["type"] == "page" for one in shop.events))
        assert [one["type"] for one in shop.events].count("link") == handed_in
        assert ("token-9" in str(shop.beacons)) == bool(handed_in)
        await page.evaluate("localStorage.clear()")


SITES = """
[[keys]]
kind = "browser"
name = "shop"
secret = "pk_shop"
pixels = ["C9ABC1234567890"]
origins = ["{shop}", "{pay}"]
"""


@pytest.fixture
def running(tmp_path: Path, shop: Shop, tiktok: Program) -> Iterator[Program]:
    """A gateway for the pages of two sites."""
    settings = write_settings(tmp_path, tiktok.url)
    with settings.open("a", encoding="utf-8") as file:
        file.write(SITES.format(shop=shop.url, pay=f"http://{PAY}:{shop.port}"))
    with gateway(settings) as program:
        yield program


def tag(running: Program, site: str, **data: str) -> str:
    """The tag, with the collector on a host of the page's own site."""
    collector = f"http://c.{site}:{urlsplit(running.url).port}"
    stated = {"key": KEY, "consent": "granted", "region": "DE"} | data
    attributes = " ".join(f'data-{name}="{value}"' for name, value in stated.items())
    return f'{STUB}<script async src="{collector}/t.js" {attributes}></script>'


def two_sites(shop: Shop, running: Program) -> str:
    """A shop with a link to a payment page on another site, which tells of an order."""
    order = "<script>tg('attach', 'order', location.pathname.slice(5))</script>"
    for number in ("7", "8"):
        shop.put(f"/pay/{number}", tag(running, PAY), order)
    return shop.put("/", tag(running, HOST, link=PAY), a_link(pay(shop, "/pay/7")))


def purchase(running: Program, number: str) -> Any:  # noqa: ANN401 - JSON
    """Report an order as its backend does, which knows nothing of browsers; return its story."""
    user = {"email": "customer@shop.example"}
    running.post(an_item(f"ord_{number}", user=user, refs={"order": number}))
    return running.story(f"ord_{number}")


def counted(running: Program, reason: str) -> int:
    """How many calls the gateway counts that ended for *reason*."""
    received = running.ask("GET", "/api/stats")[1]["received"]
    return sum(one["count"] for one in received if one["reason"] == reason)


@pytest.mark.e2e
async def test_the_click_reaches_the_order_on_another_site(
    shop: Shop, page: Page, browser: Browser, visitor: BrowserContext, running: Program
) -> None:
    """From the ad to the order's server event; the same link again is worth nothing."""
    await answered(page, page.goto(two_sites(shop, running) + "?ttclid=E.C.P.click"))
    async with page.expect_request(f"http://{PAY}*/pay/7*") as asked:
        await page.click("#go")
    leads_here = (await asked.value).url
    assert "tg_link=" in leads_here
    await page.wait_for_url(pay(shop, "/pay/7"))
    sessions = {
        cookie["domain"]: cookie["value"]
        for cookie in await visitor.cookies()
        if cookie["name"] == "tg_session"
    }
    eventually(lambda: counted(running, "link_followed") == 1)
    story = purchase(running, "7")
    assert story["match_keys"]["ttclid"] == "sent"
    assert any("a link from another host" in one["note"] for one in story["findings"])
    assert not any(session in leads_here for session in sessions.values())

    stranger = await browser.new_context()
    other = await stranger.new_page()
    await other.goto(leads_here.replace("/pay/7", "/pay/8"))
    eventually(lambda: counted(running, "link_used") == 1)
    assert purchase(running, "8")["match_keys"]["ttclid"] == "missing"
    await stranger.close()
