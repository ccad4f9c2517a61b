"""From the click on an ad to the order that is paid on somebody else's page: counted once."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Route

from tests.browser.shop import KEY, PIXEL, STUB, TTQ, Shop
from tests.browser.test_counted_once import BROWSER_KEY, copies
from tests.e2e.programs import Program, eventually, gateway, write_settings

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

CLICK, COOKIE, ADDRESS = "E.C.P.click", "2.cookie", "203.0.113.9"
ORDER = "10492"
BOUGHT = f"ord_{ORDER}_complete_payment"
WORTH = "{value: 129.95, currency: 'EUR', contents: [{content_id: 'SKU-481', quantity: 1}]}"
ALL_KEYS = {"email", "phone", "external_id", "ttclid", "ttp", "ip", "user_agent"}
PROXIES = 'keyless_alias = true\ntrusted_proxies = ["127.0.0.0/8"]'


class Journey(NamedTuple):
    """A shop whose pages carry the Pixel and the tag of a gateway on the shop's own site."""

    shop: Shop
    page: Page
    running: Program
    tiktok: Program

    async def open(self, path: str, *parts: str, query: str = "", consent: str = "granted") -> None:
        """Open a page of the shop, and wait until its scripts are there."""
        collector = f"http://c.shop.localhost:{urlsplit(self.running.url).port}"
        tag = f'data-key="{KEY}" data-consent="{consent}" data-region="DE"'
        script = f'{STUB}<script async src="{collector}/t.js" {tag}></script>'
        await self.page.goto(self.shop.put(path, TTQ % self.tiktok.url, script, *parts) + query)

    async def ready(self) -> None:
        """Wait for the script and for TikTok's own."""
        await self.page.wait_for_function("window.tg?.client && !Array.isArray(ttq)")

    async def tell(self, call: str) -> None:
        """Let the page call ``tg``."""
        await self.ready()
        await self.page.evaluate(f"void tg({call})")

    async def go_and_pay(self) -> None:
        """Leave for the payment page, which is another site and knows nothing of the shop."""
        self.shop.put("/pay", "pay here")
        elsewhere = f"http://127.0.0.1:{self.shop.port}/pay"
        await self.page.evaluate(f"tg('attach', 'order', {ORDER}); location.href = '{elsewhere}'")
        await self.page.wait_for_url(elsewhere)
        eventually(lambda: self.received("references_seen") > 0)

    async def shop_around(self) -> None:
        """From the ad to the checkout."""
        await self.open("/landing", query=f"?ttclid={CLICK}&utm_source=tiktok")
        await self.ready()
        await self.open("/p/481")
        await self.tell(f"'track', 'ViewContent', {WORTH}")
        await self.tell(f"'track', 'AddToCart', {WORTH}, {{event_id: 'cart_7_add_1'}}")
        await self.open("/checkout")
        await self.tell(f"'track', 'InitiateCheckout', {WORTH}")

    async def come_back(self) -> None:
        """Reach the thank-you page."""
        worth = WORTH.replace("{value", f"{{order_id: '{ORDER}', value", 1)
        await self.open("/thanks", f"<script>tg('track', 'CompletePayment', {worth})</script>")

    def order_is_paid(self, **fields: object) -> dict[str, Any]:
        """Let the order system tell, which knows the customer and nothing of the browser."""
        item = {
            "event": "CompletePayment",
            "event_id": BOUGHT,
            "event_time": int(time.time()),
            "user": {
                "email": "a@customer.example",
                "phone": "+491701234567",
                "external_id": "cust_1",
            },
            "properties": {"value": 129.95, "currency": "EUR", "order_id": ORDER},
            "refs": {"order": ORDER},
        }
        _, told = self.running.post(item | fields)
        result: dict[str, Any] = told["results"][0]
        return result

    def received(self, reason: str) -> int:
        """How many calls the gateway noted for this reason."""
        cells = self.running.ask("GET", "/api/stats")[1]["received"]
        return sum(cell["count"] for cell in cells if cell["reason"] == reason)

    def counted(self) -> dict[str, int]:
        """How many conversions TikTok counts, by event name."""
        told = self.tiktok.ask("GET", f"/_sim/conversions?pixel={PIXEL}")[1]["conversions"]
        counts: dict[str, int] = {}
        for one in told:
            counts[one["event"]] = counts.get(one["event"], 0) + one["counted"]
        counts.pop("Pageview", None)
        return counts

    def pairs(self) -> dict[str, str]:
        """The verdict of each event_id."""
        told = self.running.ask("GET", "/api/pairs")[1]["pairs"]
        return {one["event_id"]: one["verdict"] for one in told}


async def blocked(route: Route) -> None:
    """Do what an ad blocker does."""
    await route.abort()


async def passed(route: Route) -> None:
    """Let a request go."""
    await route.continue_()


@pytest.fixture
def running(tmp_path: Path, shop: Shop, tiktok: Program) -> Iterator[Program]:
    """A gateway that takes this shop's pages, behind a proxy that tells the visitor's address."""
    settings = write_settings(tmp_path, tiktok.url)
    text = settings.read_text("utf-8").replace("keyless_alias = true", PROXIES)
    settings.write_text(text + BROWSER_KEY.format(origin=shop.url), "utf-8")
    with gateway(settings) as program:
        yield program


@pytest_asyncio.fixture(loop_scope="session")
async def journey(
    shop: Shop, page: Page, visitor: BrowserContext, running: Program, tiktok: Program
) -> Journey:
    """A visitor with TikTok's cookie, at an address of their own."""
    await visitor.add_cookies([{"name": "_ttp", "value": COOKIE, "url": shop.url}])
    await visitor.set_extra_http_headers({"X-Forwarded-For": ADDRESS})
    # Where requests are looked at, these headers are added as by a proxy: without a preflight.
    await visitor.route("**/t.js", passed)
    return Journey(shop, page, running, tiktok)


def sent(story: dict[str, Any]) -> set[str]:
    """The match keys that left."""
    return {name for name, presence in story["match_keys"].items() if presence == "sent"}


def delivered(running: Program, event_id: str = BOUGHT) -> dict[str, Any]:
    """Wait until an event is at TikTok; its story."""
    eventually(lambda: running.story(event_id).get("state") == "DELIVERED")
    story: dict[str, Any] = running.story(event_id)
    return story


async def test_a_paid_click_is_one_purchase_with_all_match_keys(journey: Journey) -> None:
    """What the product is for: through another origin and back, and the webhook besides."""
    await journey.shop_around()
    await journey.go_and_pay()
    await journey.come_back()
    eventually(lambda: journey.received("server_is_truth") > 0)
    assert journey.order_is_paid()["outcome"] == "accepted"
    story = delivered(journey.running)
    assert sent(story) == ALL_KEYS
    assert story["consent"]["ad_user_data"] == "GRANTED"
    assert story["pair"]["verdict"] == "paired"
    [copy] = [one for one in copies(journey.tiktok)["server"] if one["event_id"] == BOUGHT]
    user = copy["wire"]["user"]
    assert (user["ttclid"], user["ttp"], user["ip"]) == (CLICK, COOKIE, ADDRESS)
    assert user["user_agent"].startswith("Mozilla/5.0")
    funnel = ("ViewContent", "AddToCart", "InitiateCheckout", "CompletePayment")
    eventually(lambda: journey.counted() == dict.fromkeys(funnel, 1))
    told = copies(journey.tiktok)
    ids = {way: sorted(one["event_id"] for one in some) for way, some in told.items()}
    assert ids["server"] == ids["pixel"]
    assert set(journey.pairs().values()) == {"paired"}


async def test_who_never_comes_back_has_bought_all_the_same(journey: Journey) -> None:
    """The tab is closed on the payment page; hours later the order system says "paid"."""
    await journey.shop_around()
    await journey.go_and_pay()
    await journey.page.close()
    journey.order_is_paid()
    story = delivered(journey.running)
    assert sent(story) == ALL_KEYS
    assert story["consent"]["ad_user_data"] == "GRANTED"
    assert story["pair"]["verdict"] == "server_only"
    eventually(lambda: journey.counted().get("CompletePayment") == 1)
    assert journey.pairs()["cart_7_add_1"] == "paired"


async def test_who_pays_nothing_has_bought_nothing(journey: Journey) -> None:
    """Neither page nor order system tells of a purchase, so nobody does."""
    await journey.shop_around()
    await journey.go_and_pay()
    eventually(lambda: journey.counted().get("InitiateCheckout") == 1)
    assert "CompletePayment" not in journey.counted()


async def test_a_thank_you_page_that_is_loaded_again_is_still_one(journey: Journey) -> None:
    """By script, Pixel, gateway and TikTok."""
    await journey.shop_around()
    await journey.come_back()
    eventually(lambda: journey.received("server_is_truth") > 0)
    journey.order_is_paid()
    delivered(journey.running)
    await journey.page.reload()
    await journey.tell("'track', 'Search', {query: 'boots'}, {event_id: 'search_1'}")
    delivered(journey.running, "search_1")
    eventually(lambda: journey.counted().get("Search") == 1)
    assert journey.counted()["CompletePayment"] == 1
    bought = [one for some in copies(journey.tiktok).values() for one in some]
    assert [one["event_id"] for one in bought].count(BOUGHT) == 2


async def test_where_the_pixel_is_blocked_the_servers_copies_are_all(
    journey: Journey, visitor: BrowserContext
) -> None:
    """An ad blocker knows TikTok's script, and not the shop's own collector."""
    await visitor.route("**/i18n/pixel/events.js*", blocked)
    await journey.open("/p/481", query=f"?ttclid={CLICK}")
    await journey.page.wait_for_function("window.tg?.client")
    await journey.page.evaluate(f"void tg('track', 'AddToCart', {WORTH}, {{event_id: 'cart_1'}})")
    await journey.go_and_pay()
    journey.order_is_paid()
    assert sent(delivered(journey.running)) == ALL_KEYS
    delivered(journey.running, "cart_1")
    assert journey.pairs() == {"cart_1": "server_only", BOUGHT: "server_only"}
    eventually(lambda: journey.counted() == {"AddToCart": 1, "CompletePayment": 1})
    assert copies(journey.tiktok)["pixel"] == []


async def test_where_the_script_is_blocked_the_pixel_is_alone(
    journey: Journey, visitor: BrowserContext
) -> None:
    """The gateway can't know of it: the order has no visit, and its report says what is missing."""
    await visitor.route("**/t.js", blocked)
    worth = "{value: 129.95, currency: 'EUR'}"
    call = f"ttq.track('CompletePayment', {worth}, {{event_id: '{BOUGHT}'}})"
    await journey.open("/thanks", f"<script>{call}</script>")
    eventually(lambda: len(copies(journey.tiktok)["pixel"]) == 1)
    assert journey.pairs() == {}
    stated = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
    journey.order_is_paid(consent=stated)
    story = delivered(journey.running)
    assert sent(story) == {"email", "phone", "external_id"}
    assert journey.pairs() == {BOUGHT: "server_only"}
    assert "script" in story["pair"]["meaning"]
    assert journey.counted() == {"CompletePayment": 1}


async def test_of_an_undecided_visitor_nothing_leaves_until_the_decision(journey: Journey) -> None:
    """Then everything goes under it, through the gateway to TikTok, on both ways."""
    call = f"tg('track', 'AddToCart', {WORTH}, {{event_id: 'cart_1'}})"
    await journey.open("/p/481", f"<script>{call}</script>", consent="wait")
    await journey.ready()
    assert journey.running.ask("GET", "/api/stats")[1]["received"] == []
    assert copies(journey.tiktok) == {"pixel": [], "server": []}
    await journey.tell("'consent', 'granted'")
    story = delivered(journey.running, "cart_1")
    assert story["consent"]["ad_user_data"] == "GRANTED"
    eventually(lambda: len(copies(journey.tiktok)["pixel"]) == 1)
    assert journey.counted() == {"AddToCart": 1}
    assert journey.pairs() == {"cart_1": "paired"}


async def test_a_browser_whose_clock_is_wrong_tells_the_right_time(journey: Journey) -> None:
    """TikTok refuses what is too old, and a band is only as true as both times."""
    await journey.page.clock.install(time="2020-01-01")
    await journey.open("/p/481")
    await journey.page.clock.run_for(1_000)
    await journey.tell(f"'track', 'AddToCart', {WORTH}, {{event_id: 'cart_1'}}")
    await journey.page.clock.run_for(1_000)
    story = delivered(journey.running, "cart_1")
    assert abs(story["event_time"] - time.time()) < 60
    assert story["pair"]["verdict"] == "paired"
    assert story["pair"]["band"] == "merged"


async def test_a_browser_that_objects_is_told_beside_the_order(
    journey: Journey, visitor: BrowserContext
) -> None:
    """``Sec-GPC`` comes with every request; the order's own record has never heard of it."""
    await visitor.set_extra_http_headers({"X-Forwarded-For": ADDRESS, "Sec-GPC": "1"})
    await journey.open("/checkout")
    await journey.ready()
    await journey.go_and_pay()
    stated = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "US-CA"}
    result = journey.order_is_paid(consent=stated)
    assert "consent_mismatch" in [one["reason"] for one in result["findings"]]
