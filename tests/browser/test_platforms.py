"""The consent platforms that the script listens to by itself."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest
from playwright.async_api import Page

from tests.browser.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADD = "<script>tg('track', 'AddToCart', {value: 9.5}, {event_id: 'cart_7_add_1'})</script>"
AN_HOUR = 3_600_000


class Platform(NamedTuple):
    """What a page loads, the adapter, what the visitor's click does, and what is told then."""

    part: str
    cmp: str
    click: str
    told: Mapping[str, object]


IN_PART = {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}
WHOLLY = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}

GTAG = "window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }"
DENIED = "{ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied'}"
GRANTED = "{ad_storage: 'granted', ad_user_data: 'granted', ad_personalization: 'granted'}"

PLATFORMS = {
    "Google Consent Mode": Platform(
        f"<script>{GTAG}; gtag('consent', 'default', {DENIED})</script>",
        "google",
        "gtag('consent', 'update', {ad_storage: 'granted', ad_user_data: 'granted'})",
        IN_PART | {"cmp": "google"},
    ),
    "TCF": Platform(
        """<script>
        __tcfapi = (command, version, hear) => {
          show = (eventStatus, consents) => hear({eventStatus, gdprApplies: true,
            tcString: 'CPxyz', cmpId: 28, cmpVersion: 3, purpose: {consents}}, true);
          show('cmpuishown', {1: true, 3: true, 4: true, 7: true});
        };
        </script>""",
        "tcf",
        "show('useractioncomplete', {1: true, 3: true, 4: false, 7: true})",
        {"ad_user_data": "GRANTED", "tc_string": "CPxyz"},
    ),
    "Shopify": Platform(
        """<script>
        said = {marketing: '', sale_of_data: ''};
        Shopify = {customerPrivacy: {
          currentVisitorConsent: () => said, shouldShowBanner: () => true}};
        </script>""",
        "shopify",
        "said = {marketing: 'yes', sale_of_data: 'no'};"
        "document.dispatchEvent(new Event('visitorConsentCollected'))",
        WHOLLY | {"cmp": "shopify", "opt_out": True},
    ),
    "a callback": Platform(
        "<script>tg('consent', decide => { say = decide })</script>",
        "",
        "say({ad_user_data: true, ad_personalization: 'Denied', cmp: 'ours'})",
        IN_PART | {"cmp": "ours"},
    ),
}
UNASKED = {
    "TCF where the law does not apply": Platform(
        """<script>__tcfapi = (command, version, hear) =>
        hear({eventStatus: 'tcloaded', gdprApplies: false}, true)</script>""",
        "tcf",
        "",
        {},
    ),
    "Shopify without a banner": Platform(
        """<script>Shopify = {customerPrivacy: {
        currentVisitorConsent: () => ({marketing: ''}), shouldShowBanner: () => false}};
        </script>""",
        "shopify",
        "",
        {},
    ),
}
NO_DECISION = {
    "a default that denies": f"gtag('consent', 'default', {DENIED})",
    "a default that waits": "gtag('consent', 'default', {ad_user_data: 'granted',"
    " wait_for_update: 500})",
    "a default of some regions": f"gtag('consent', 'default', {GRANTED});"
    "gtag('consent', 'default', {ad_user_data: 'denied', region: ['DE', 'FR']})",
    "an update of something else": "gtag('consent', 'update', {analytics_storage: 'granted'})",
}


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=list(PLATFORMS))
async def test_what_the_visitor_clicks_is_the_decision(
    shop: Shop, page: Page, posts: list[str], platform: Platform
) -> None:
    """A banner that is open is none, whatever boxes are ticked in it."""
    tag = shop.tag(consent="wait", cmp=platform.cmp)
    await page.clock.install()
    await page.goto(shop.put("/", tag, platform.part, ADD))
    await page.clock.run_for(AN_HOUR)
    assert posts == []
    await page.evaluate(platform.click)
    await shop.until(lambda: bool(shop.tracked()))
    consent = shop.beacons[0]["consent"]
    del consent["collected_at"]
    assert consent == platform.told


@pytest.mark.parametrize("platform", UNASKED.values(), ids=list(UNASKED))
async def test_where_nobody_is_asked_nothing_is_stated(
    shop: Shop, page: Page, platform: Platform
) -> None:
    """Events go, and the gateway's own policy judges by their region; a grant is never made up."""
    await page.goto(shop.put("/", platform.part, shop.tag(consent="wait", cmp=platform.cmp), ADD))
    await shop.until(lambda: bool(shop.tracked()))
    assert list(shop.beacons[0]["consent"]) == ["collected_at"]


@pytest.mark.parametrize("said", NO_DECISION.values(), ids=list(NO_DECISION))
async def test_a_default_is_not_the_visitors_word(
    shop: Shop, page: Page, posts: list[str], said: str
) -> None:
    """Google's tag knows the visitor's region and this script does not; it must not guess."""
    tag = shop.tag(consent="wait", cmp="google")
    await page.clock.install()
    await page.goto(shop.put("/", f"<script>{GTAG};{said}</script>", tag, ADD))
    await page.clock.run_for(AN_HOUR)
    assert posts == []


async def test_a_default_that_grants_everywhere_is_taken(shop: Shop, page: Page) -> None:
    """Where no law asks for a banner, shops state their consent this way."""
    said = f"<script>{GTAG}; gtag('consent', 'default', {GRANTED})</script>"
    await page.goto(shop.put("/", said, shop.tag(consent="wait", cmp="google"), ADD))
    await shop.until(lambda: bool(shop.tracked()))
    assert shop.beacons[0]["consent"]["ad_user_data"] == "GRANTED"
