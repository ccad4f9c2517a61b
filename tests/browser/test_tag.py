"""The first thing that has to work: one call, one event."""

import pytest
from playwright.async_api import Page

from tests.browser.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_tracked_action_reaches_the_collector(shop: Shop, page: Page) -> None:
    """From a call that was queued before the script came, to a beacon of the documented shape."""
    call = "<script>tg('track', 'AddToCart', {value: 9.5}, {event_id: 'cart_7_add_1'})</script>"
    await page.goto(shop.put("/p/7", shop.tag(region="DE"), call))
    await shop.until(lambda: bool(shop.tracked()))
    assert shop.tracked() == [("AddToCart", "cart_7_add_1")]
