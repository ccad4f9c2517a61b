"""The whole way: page, script, gateway, Pixel, and what TikTok counts in the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.shop import KEY, PIXEL, STUB, TTQ, Shop
from tests.browser.test_pixel import hold_back
from tests.e2e.programs import Program, eventually, gateway, write_settings

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

BROWSER_KEY = """
[[keys]]
kind = "browser"
name = "shop"
secret = "pk_shop"
pixels = ["C9ABC1234567890"]
origins = ["{origin}"]
"""
AD = "?ttclid=E.C.P.click"
BY_PAGE = "<script>ttq.track('ViewContent', {value: 9.5, currency: 'EUR'})</script>"
BY_SCRIPT = "<script>tg('track', 'AddToCart', {value: 9.5, currency: 'EUR'})</script>"


@pytest.fixture
def running(tmp_path: Path, shop: Shop, tiktok: Program) -> Iterator[Program]:
    """A gateway that takes this shop's pages."""
    settings = write_settings(tmp_path, tiktok.url)
    with settings.open("a", encoding="utf-8") as file:
        file.write(BROWSER_KEY.format(origin=shop.url))
    with gateway(settings) as program:
        yield program


def tag(running: Program, consent: str) -> str:
    """The tag as ``tandemgate snippet browser`` prints it."""
    data = f'data-key="{KEY}" data-consent="{consent}" data-region="DE"'
    return f'{STUB}<script async src="{running.url}/t.js" {data}></script>'


def copies(tiktok: Program) -> dict[str, list[dict[str, Any]]]:
    """Every copy that TikTok got, by the way it came; page views aside."""
    told = tiktok.ask("GET", "/_sim/events")[1]["events"]
    return {
        channel: [one for one in told if one["channel"] == channel and one["event"] != "Pageview"]
        for channel in ("pixel", "server")
    }


async def test_two_copies_of_each_action_are_counted_once(
    shop: Shop, page: Page, tiktok: Program, running: Program
) -> None:
    """What the product is for; whether the page calls the Pixel or the script."""
    await hold_back(page, "events.js*", until="tg.client")
    parts = [TTQ % tiktok.url, tag(running, "granted"), BY_PAGE, BY_SCRIPT]
    await page.goto(shop.put("/p/7", *parts) + AD)
    await page.wait_for_function("tg.client && !Array.isArray(ttq)")
    await page.evaluate("ttq.track('Search', {query: 'boots'})")
    eventually(lambda: len(copies(tiktok)["server"]) == len(copies(tiktok)["pixel"]) == 3)
    ids = {
        channel: sorted((one["event"], one["event_id"]) for one in told)
        for channel, told in copies(tiktok).items()
    }
    assert ids["server"] == ids["pixel"]
    counted = tiktok.ask("GET", f"/_sim/conversions?pixel={PIXEL}")[1]["conversions"]
    assert {one["counted"] for one in counted if one["event"] != "Pageview"} == {1}
    users = [one["wire"]["user"] for one in copies(tiktok)["server"]]
    assert {user["ttclid"] for user in users} == {"E.C.P.click"}
    assert all(user["user_agent"].startswith("Mozilla/5.0") for user in users)
