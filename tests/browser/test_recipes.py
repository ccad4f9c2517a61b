"""The recipes that the documentation gives for a page hand over what the visitor chose."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Page

from tests.browser.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

COOKBOOK = Path(__file__).parents[2] / "docs" / "cmp.md"
RECIPE = re.compile(r"^### ([^\n]+), in the page\n+```js\n(.*?)```", re.DOTALL | re.MULTILINE)
RECIPES = dict(RECIPE.findall(COOKBOOK.read_text("utf-8")))
ADD = "<script>tg('track', 'AddToCart', {value: 9.5}, {event_id: 'cart_7_add_1'})</script>"
A_MINUTE = 60_000


class Platform(NamedTuple):
    """What a platform does on a page: before a choice, and when somebody says yes or no."""

    before: str
    yes: str
    no: str


GROUPS = "window.dispatchEvent(new CustomEvent('OneTrustGroupsUpdated', {{detail: {}}}))"
CHOSEN = "document.cookie = 'OptanonAlertBoxClosed=2026-04-23T10:00:00Z'"
COOKIEBOT = (
    "Cookiebot = {{consent: {{marketing: {}}}}}; window.dispatchEvent(new Event('CookiebotOn{}'))"
)
CHANGED = "document.dispatchEvent(new CustomEvent('wp_listen_for_consent_change', {{detail: {}}}))"
PLATFORMS = {
    "OneTrust": Platform(
        GROUPS.format("['C0001', 'C0004']"),
        f"{CHOSEN}; {GROUPS.format(['C0001', 'C0004'])}",
        f"{CHOSEN}; {GROUPS.format(['C0001'])}",
    ),
    "Cookiebot": Platform(
        "Cookiebot = {consent: {marketing: false}}",
        COOKIEBOT.format("true", "Accept"),
        COOKIEBOT.format("false", "Decline"),
    ),
    "WP Consent API": Platform(
        CHANGED.format("{functional: 'allow'}"),
        CHANGED.format("{marketing: 'allow'}"),
        CHANGED.format("{marketing: 'deny'}"),
    ),
}


async def test_every_recipe_is_tried() -> None:
    """A recipe that nobody ran is a guess."""
    assert RECIPES.keys() == PLATFORMS.keys()


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("word", ["GRANTED", "DENIED"])
async def test_a_recipe_tells_the_choice_and_nothing_before(
    shop: Shop, page: Page, posts: list[str], name: str, word: str
) -> None:
    """As on the page of a shop: script, recipe, platform, click."""
    platform = PLATFORMS[name]
    recipe = f"<script>{RECIPES[name]}</script>"
    await page.clock.install()
    await page.goto(shop.put("/", shop.tag(consent="wait"), recipe, ADD))
    await page.evaluate(platform.before)
    await page.clock.run_for(A_MINUTE)
    assert posts == []
    await page.evaluate(platform.yes if word == "GRANTED" else platform.no)
    await page.clock.run_for(1_000)
    await shop.until(lambda: bool(shop.tracked()))
    consent = shop.beacons[0]["consent"]
    assert (consent["ad_user_data"], consent["ad_personalization"]) == (word, word)
    assert consent["cmp"] == name


async def test_a_choice_of_another_day_counts_on_the_next_page(shop: Shop, page: Page) -> None:
    """WordPress keeps it in a cookie and says nothing on the next page."""
    recipe = f"<script>{RECIPES['WP Consent API']}</script>"
    chosen = "<script>document.cookie = 'wp_consent_marketing=allow'</script>"
    await page.goto(shop.put("/", shop.tag(consent="wait"), chosen, recipe, ADD))
    await shop.until(lambda: bool(shop.tracked()))
    assert shop.beacons[0]["consent"]["ad_user_data"] == "GRANTED"
