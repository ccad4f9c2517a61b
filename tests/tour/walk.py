"""The way through the demo's shop, with a picture of each step."""

import re
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.browser.buyer import Buyer
from tests.browser.chromium import launch
from tests.tour.png import shrink

DESK: Final = (960, 600)
PHONE: Final = (390, 760)
WITHIN_MS: Final = 60_000
ORDERS: Final = "section:has(#orders)"


async def walk(link: str, folder: Path) -> None:
    """Three visitors: one comes back, one never does, one refuses; and a phone."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        album = Album(folder)
        counter = await (await visitor(browser, DESK)).new_page()
        await counter.goto(f"{link.partition('/?')[0]}/ledger")
        await who_comes_back(browser, link, album, counter)
        await who_closes_the_tab(browser, link, album, counter)
        await who_refuses(browser, link, album, counter)
        await on_a_phone(browser, link, album)
        await browser.close()


class Album:
    """Pictures in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, page: Page, name: str, part: str = "") -> None:
        """Keep what *page* shows now, or the whole of one *part*, which a selector names."""
        await page.wait_for_load_state("networkidle")
        file = self._folder / f"{name}.png"
        shown = page.locator(part) if part else page
        file.write_bytes(shrink(await shown.screenshot(animations="disabled", caret="hide")))
        print(f"{file}  {file.stat().st_size:>7,} bytes", flush=True)


async def visitor(browser: Browser, size: tuple[int, int]) -> BrowserContext:
    """Somebody who was never here, before a screen of that size."""
    width, height = size
    context = await browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(WITHIN_MS)
    return context


async def who_comes_back(browser: Browser, link: str, album: Album, counter: Page) -> None:
    """Agree, buy, pay, return: two copies, counted once."""
    buyer = Buyer(await (await visitor(browser, DESK)).new_page(), link)
    await buyer.arrive()
    await album.keep(buyer.page, "1-landing")
    await buyer.page.get_by_role("button", name="Accept all").click()
    await buyer.look_at("Enamel mug")
    await buyer.add()
    await album.keep(buyer.page, "2-product")
    await buyer.open_cart()
    await buyer.check_out()
    await album.keep(buyer.page, "3-checkout")
    order = await buyer.order()
    await album.keep(buyer.page, "4-payment")
    await buyer.pay_and_return()
    await album.keep(buyer.page, "5-thanks")
    await shown(counter, order, "counts them once")
    await album.keep(counter, "6-counter")


async def who_closes_the_tab(browser: Browser, link: str, album: Album, counter: Page) -> None:
    """Agree, buy, pay, and be gone: the webhook alone tells of it, with the click."""
    buyer = Buyer(await (await visitor(browser, DESK)).new_page(), link)
    order = await buyer.buy("Accept all", "Desk lamp")
    await buyer.page.get_by_role("button", name="Pay and close").click()
    await buyer.page.get_by_text("You can close this tab").wait_for()
    await album.keep(buyer.page, "7-gone")
    await buyer.page.close()
    await shown(counter, order, "the gateway's copy alone, and counts it once")
    await album.keep(counter, "8-counter-gone", ORDERS)


async def who_refuses(browser: Browser, link: str, album: Album, counter: Page) -> None:
    """Refuse and buy: nothing that identifies leaves."""
    buyer = Buyer(await (await visitor(browser, DESK)).new_page(), link)
    order = await buyer.buy("Only necessary", "Wool beanie")
    await buyer.pay_and_return()
    await shown(counter, order, "TikTok got nothing")
    await album.keep(counter, "9-counter-refused", ORDERS)


async def on_a_phone(browser: Browser, link: str, album: Album) -> None:
    """The same, narrow."""
    page = await (await visitor(browser, PHONE)).new_page()
    await Buyer(page, link).arrive()
    await album.keep(page, "phone-landing")
    await page.goto(f"{link.partition('/?')[0]}/ledger")
    await page.locator("#orders > li").first.wait_for()
    await album.keep(page, "phone-counter")


async def shown(counter: Page, order: str, words: str) -> None:
    """Wait until the page behind the counter says *words* of an order that is settled."""
    row = counter.locator(f'#orders > li[data-id="{order}"]')
    await row.get_by_text(words).first.wait_for()
    await row.get_by_text(re.compile("^(delivered|suppressed)$")).first.wait_for()
