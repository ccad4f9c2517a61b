"""What the tutorial's reader does in a browser: ``python -m tests.docs.clicks buy|own ADDRESS``."""

import asyncio
import sys

from playwright.async_api import Page, async_playwright

from tests.browser.buyer import Buyer
from tests.browser.chromium import launch


async def buy(page: Page, address: str) -> None:
    """Go through the demo's shop, let the Pixel tell, and watch behind the counter."""
    buyer = Buyer(page, address)
    order = await buyer.buy("Accept all")
    async with page.expect_request("**/api/v2/pixel/act"):
        await buyer.pay_and_return()
    await page.wait_for_load_state("networkidle")
    await page.goto(f"{buyer.shop}/ledger")
    row = page.locator(f'#orders > li[data-id="{order}"]')
    await row.get_by_text("counts them once").wait_for()
    await row.get_by_text("delivered").wait_for()


async def own(page: Page, address: str) -> None:
    """Press the two buttons of the example page, and stay until the Pixel is done."""
    await page.goto(address)
    await page.wait_for_function("tg.client && !Array.isArray(ttq)")
    await page.get_by_role("button", name="I agree").click()
    async with page.expect_request("**/api/v2/pixel/act"):
        await page.get_by_role("button", name="Buy").click()
    await page.get_by_text("Bought.").wait_for()
    await page.wait_for_load_state("networkidle")
    await page.goto("about:blank")


async def main() -> None:
    """Do one of it."""
    name, address = sys.argv[1:]
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        await {"buy": buy, "own": own}[name](await browser.new_page(), address)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
