"""A purchase is told once, however often its page is seen and its button pressed."""

import pytest
from playwright.async_api import Page

from tests.browser.shop import TTQ, Answered, Shop
from tests.e2e.programs import Program

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUY = "tg('track', 'CompletePayment', {value: 129.95, currency: 'EUR', order_id: '10492'})"
BOUGHT = ("CompletePayment", "ord_10492_complete_payment")
DAY = 86_400_000


def fired(tiktok: Program) -> int:
    """How often the Pixel told of a purchase."""
    events = tiktok.ask("GET", "/_sim/events")[1]["events"]
    return [one["event"] for one in events].count("CompletePayment")


async def test_a_thank_you_page_that_is_loaded_again_tells_nothing_new(
    shop: Shop, page: Page, tiktok: Program, answered: Answered
) -> None:
    """People keep it open for days; after two of them TikTok would count the Pixel's call again."""
    address = shop.put("/thanks", TTQ % tiktok.url, shop.tag(), f"<script>{BUY}</script>")
    await page.goto(address)
    await shop.until(lambda: shop.tracked("pixel") == [BOUGHT])
    await answered()
    await page.reload()
    await shop.until(lambda: [one["type"] for one in shop.events].count("page") == 2)
    await page.evaluate("tg('track', 'Search', {}, {event_id: 'search_1'})")
    await shop.until(lambda: ("Search", "search_1") in shop.tracked("pixel"))
    assert shop.tracked() == [BOUGHT, ("Search", "search_1")]
    assert fired(tiktok) == 1


async def test_after_ninety_days_it_is_forgotten(shop: Shop, page: Page) -> None:
    """By then a shop may use its order numbers again."""
    await page.clock.install()
    await page.goto(shop.put("/thanks", shop.tag(), f"<script>{BUY}</script>"))
    await page.clock.run_for(250)
    await shop.until(lambda: shop.tracked() == [BOUGHT])
    await page.clock.fast_forward(91 * DAY)
    await page.evaluate(BUY)
    await page.clock.run_for(250)
    await shop.until(lambda: shop.tracked() == [BOUGHT, BOUGHT])


async def test_a_double_click_is_one_action(shop: Shop, page: Page) -> None:
    """A button that names its action's id may be pressed twice."""
    add = "tg('track', 'AddToCart', {}, {event_id: 'cart_7_add_1'})"
    address = shop.put("/", shop.tag(), f'<button onclick="{add}">add</button>')
    await page.goto(address)
    await page.wait_for_function("tg.client")
    await page.dblclick("button")
    await page.evaluate("tg('track', 'Search', {}, {event_id: 'search_1'})")
    await shop.until(lambda: ("Search", "search_1") in shop.tracked())
    assert shop.tracked() == [("AddToCart", "cart_7_add_1"), ("Search", "search_1")]


async def test_track_tells_the_id_it_used(shop: Shop, page: Page) -> None:
    """The page hands it to its server, so that both tell of one action."""
    await page.goto(shop.put("/", shop.tag()))
    await page.wait_for_function("tg.client")
    assert await page.evaluate(BUY) == BOUGHT[1]
    assert await page.evaluate("tg('track', 'Lead', {}, {refs: {lead: '7'}})") == "lead_7_lead"
    made = await page.evaluate("tg('track', 'AddToCart')")
    assert made.removeprefix("add_to_cart_").isalpha()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["ord", 10492, "complete_payment"], "ord_10492_complete_payment"),
        (["lead", "77821", "submit"], "lead_77821_submit"),
        (["ord", "a@b.example", "x"], None),
        (["ord", "a%40b.example", "x"], None),
        (["ord", "+49 170 1234567", "x"], None),
        (["ord", " +491701234567", "x"], None),
    ],
)
async def test_an_event_id_holds_no_identifier(
    shop: Shop, page: Page, parts: list[object], expected: str | None
) -> None:
    """Ids are written to logs and shown to people; the warning does not repeat what it refuses."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(shop.put("/", shop.tag()))
    await page.wait_for_function("tg.client")
    assert await page.evaluate("parts => tg('eventId', ...parts)", parts) == expected
    assert [line for line in said if "example" in line or "170" in line] == []
