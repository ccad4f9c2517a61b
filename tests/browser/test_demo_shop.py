"""The demo's shop, clicked through as people do, beside a real gateway and a simulated TikTok."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import BrowserContext, Page, Request

from tandemgate.cli.demo.stage import SHOP_KEY, SHOP_PIXEL, Stage, staged
from tandemgate.cli.gateway import Gateway, need
from tests.browser.buyer import Buyer
from tests.e2e.programs import PATIENCE, POLL, eventually
from tests.tour.walk import walk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

MATCH_KEYS = ("email", "phone", "external_id", "ttclid", "ttp", "ip", "user_agent")
FROM_THE_VISIT = {"ttclid", "ttp", "ip", "user_agent"}
EMAIL_DIGEST = "87141619c9d96d20857c7a4e1f83611d15ee75600f926c084a5c675127103968"
FINAL = {"DELIVERED", "SUPPRESSED"}
STEPS = 11
PICTURES = Path(__file__).parents[2] / "docs/images"
SMALL = 60_000
"""Bytes of a picture in the docs, at most."""

FUNNEL = {"ViewContent", "AddToCart", "InitiateCheckout"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """All programs of the demo, without its day."""
    with staged(tmp_path_factory.mktemp("demo"), os.environ) as made:
        yield made


@pytest.fixture(autouse=True)
def _forgetful(stage: Stage) -> None:
    """Nothing is on its way any more, and TikTok has seen nothing yet."""
    eventually(lambda: {one["state"] for one in ledger(stage).values()} <= FINAL)
    with Gateway(stage.simulator) as tiktok:
        need(tiktok.post("/_sim/reset", b""), 200)


@pytest.fixture
def click() -> str:
    """A click of this test alone: what other visitors of the shop did has another one."""
    return f"E.C.P.{uuid4().hex}"


@pytest.fixture
def buyer(page: Page, stage: Stage, click: str) -> Buyer:
    """Somebody who was never here before."""
    return Buyer(page, f"{stage.shop}/?ttclid={click}")


@pytest.fixture(autouse=True)
def asked(page: Page) -> Iterator[list[Request]]:
    """Every request of the visitor's tab; none may leave this machine."""
    heard: list[Request] = []
    page.on("request", lambda one: heard.append(one))  # noqa: PLW0108 - Playwright marks its handlers
    yield heard
    hosts = {urlsplit(one.url).hostname for one in heard}
    assert hosts <= {"localhost", "127.0.0.1"}


@pytest.fixture(autouse=True)
def _clean(page: Page) -> Iterator[None]:
    """No page breaks, and none breaks its own Content-Security-Policy."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(error.message))
    page.on("console", lambda message: said.append(message.text))
    yield
    assert [line for line in said if "Failed to load resource" not in line] == []


def event_of(order: str) -> str:
    """The purchase's event_id, which the page and the backend both come to."""
    return f"ord_{order}_complete_payment"


def ledger(stage: Stage) -> dict[str, Any]:
    """The gateway's events of this shop, by event_id."""
    with Gateway(stage.gateway, SHOP_KEY) as gateway:
        found = need(gateway.get("/api/events", {"limit": 200}), 200)["events"]
    return {one["event_id"]: one for one in found}


def settled(stage: Stage, order: str) -> Any:  # noqa: ANN401 - JSON
    """The purchase of *order*, as soon as nothing more happens to it."""
    event_id = event_of(order)
    eventually(lambda: ledger(stage).get(event_id, {}).get("state") in FINAL)
    return ledger(stage)[event_id]


def copies(stage: Stage, click: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Every copy that TikTok got of what came by *click*, by the way it came; no page views."""
    with Gateway(stage.simulator) as tiktok:
        told = need(tiktok.get("/_sim/events", {"pixel": SHOP_PIXEL}), 200)["events"]
    wanted = [one for one in told if one["event"] != "Pageview" and clicked(one) == click]
    return {
        channel: [one for one in wanted if one["channel"] == channel]
        for channel in ("pixel", "server")
    }


def told_by(stage: Stage, click: str, channel: str) -> list[str]:
    """The event_ids of the copies that came by one way."""
    return [one["event_id"] for one in copies(stage, click)[channel]]


def clicked(copy: dict[str, Any]) -> str | None:
    """The click that a copy names, if any."""
    wire = copy["wire"]
    user = wire["user"] if copy["channel"] == "server" else wire["context"]["user"]
    return user.get("ttclid") or None


def counted(stage: Stage, event_id: str) -> int:
    """How often TikTok counts one action."""
    asked = {"pixel": SHOP_PIXEL, "event_id": event_id}
    with Gateway(stage.simulator) as tiktok:
        return int(need(tiktok.get("/_sim/conversions", asked), 200)["total"])


async def test_who_agrees_and_comes_back_is_counted_once_with_every_match_key(
    buyer: Buyer, stage: Stage, click: str
) -> None:
    """What the product is for: two copies of one purchase, complete, and one conversion."""
    order = await buyer.buy("Accept all")
    await buyer.pay_and_return()
    eventually(lambda: len(copies(stage, click)["pixel"]) == 4)
    eventually(lambda: settled(stage, order)["pair"]["verdict"] == "paired")
    bought = settled(stage, order)
    assert {name: bought["match_keys"][name] for name in MATCH_KEYS} == dict.fromkeys(
        MATCH_KEYS, "sent"
    )
    assert bought["pair"]["differs"] == []
    assert bought["consent"]["ad_user_data"] == "GRANTED"
    eventually(lambda: len(copies(stage, click)["server"]) == 4)
    ids = {
        channel: {one["event_id"]: one["event"] for one in told}
        for channel, told in copies(stage, click).items()
    }
    assert ids["server"] == ids["pixel"]
    assert set(ids["server"].values()) == FUNNEL | {"CompletePayment"}
    assert [counted(stage, event_id) for event_id in ids["server"]] == [1, 1, 1, 1]


async def test_the_order_has_what_only_its_visit_knew(
    buyer: Buyer, stage: Stage, click: str
) -> None:
    """The backend states email, phone and customer; the rest is told to come from the visit."""
    order = await buyer.buy("Accept all")
    await buyer.pay_and_return()
    bought = settled(stage, order)
    filled = {
        one["field"].rpartition("/")[2]: one["note"]
        for one in bought["findings"]
        if one["reason"] == "filled_from_visit"
    }
    assert filled.keys() >= FROM_THE_VISIT
    assert all(note.startswith("from the visit, found by order") for note in filled.values())
    told = copies(stage, click)["server"]
    [wire] = [one["wire"] for one in told if one["event_id"] == event_of(order)]
    assert wire["user"]["ip"] == "203.0.113.7"
    assert EMAIL_DIGEST in wire["user"]["email"]


async def test_who_refuses_is_told_of_without_a_trace(
    buyer: Buyer, stage: Stage, visitor: BrowserContext, asked: list[Request], click: str
) -> None:
    """No cookie of anybody, no Pixel at all, and nothing that identifies reaches TikTok."""
    order = await buyer.buy("Only necessary")
    await buyer.pay_and_return()
    bought = settled(stage, order)
    assert (bought["state"], bought["reason"]) == ("SUPPRESSED", "no_match_keys_left")
    assert bought["consent"]["ad_user_data"] == "DENIED"
    eventually(lambda: {one["event"] for one in copies(stage)["server"]} == FUNNEL)
    assert await visitor.cookies() == []
    assert not any(one.url.startswith(stage.simulator) for one in asked)
    with Gateway(stage.simulator) as tiktok:
        everything = json.dumps(need(tiktok.get("/_sim/requests", {"bodies": 1}), 200))
    assert [word for word in (click, EMAIL_DIGEST, "cust_") if word in everything] == []
    words = {one["wire"]["properties"]["ad_user_data"] for one in copies(stage)["server"]}
    assert words == {"DENIED"}


async def test_who_closes_the_tab_is_counted_by_the_webhook_alone(
    buyer: Buyer, stage: Stage, click: str
) -> None:
    """The payment page is another company's, and the buyer never comes back from it."""
    order = await buyer.buy("Accept all", "Desk lamp")
    await buyer.pay_and_leave()
    bought = settled(stage, order)
    assert bought["state"] == "DELIVERED"
    assert bought["pair"]["verdict"] == "server_only"
    assert {bought["match_keys"][name] for name in MATCH_KEYS} == {"sent"}
    told = copies(stage, click)["server"]
    [wire] = [one["wire"] for one in told if one["event_id"] == event_of(order)]
    assert wire["properties"]["value"] == 89.0
    assert counted(stage, event_of(order)) == 1


async def test_a_thank_you_page_that_is_loaded_again_is_no_second_purchase(
    buyer: Buyer, stage: Stage, click: str
) -> None:
    """People keep it open as their receipt."""
    order = await buyer.buy("Accept all")
    await buyer.pay_and_return()
    eventually(lambda: told_by(stage, click, "pixel").count(event_of(order)) == 1)
    for _ in range(3):
        await buyer.page.reload()
        await comes_true(buyer.page, "tg.client && !Array.isArray(ttq)")
    await buyer.page.evaluate("tg('track', 'Search', {}, {event_id: 'search_after'})")
    eventually(lambda: "search_after" in told_by(stage, click, "pixel"))
    assert settled(stage, order)["state"] == "DELIVERED"
    assert told_by(stage, click, "pixel").count(event_of(order)) == 1
    assert told_by(stage, click, "server").count(event_of(order)) == 1
    assert counted(stage, event_of(order)) == 1


async def test_who_has_not_decided_is_not_told_of_and_then_is(
    buyer: Buyer, stage: Stage, visitor: BrowserContext, asked: list[Request], click: str
) -> None:
    """The product waits on its page, and goes under the decision when there is one."""
    await buyer.arrive()
    await buyer.look_at("Wool beanie")
    await buyer.add()
    assert not any(one.method == "POST" for one in asked)
    assert await visitor.cookies() == []
    await buyer.page.get_by_role("button", name="Accept all").click()
    eventually(lambda: len(copies(stage, click)["server"]) == 2)
    told = {one["event"] for one in copies(stage, click)["server"]}
    assert told == {"ViewContent", "AddToCart"}


async def test_an_order_of_who_never_decided_stays_here(buyer: Buyer, stage: Stage) -> None:
    """No answer is no consent: nobody makes one up for the visitor."""
    order = await buyer.buy(None)
    await buyer.pay_and_return()
    bought = settled(stage, order)
    assert (bought["state"], bought["reason"]) == ("SUPPRESSED", "consent_missing")
    assert counted(stage, event_of(order)) == 0


async def test_a_changed_mind_takes_the_cookies_along(
    buyer: Buyer, visitor: BrowserContext
) -> None:
    """What was given under a consent goes with it."""
    await buyer.arrive("Accept all")
    await comes_true(buyer.page, "document.cookie.includes('_ttp')")
    async with buyer.page.expect_response("**/v1/collect"):
        await buyer.page.reload()
    assert {one["name"] for one in await visitor.cookies()} == {"tg_session", "_ttp", "ttclid"}
    await buyer.page.get_by_role("button", name="Change").click()
    async with buyer.page.expect_response("**/v1/collect"):
        await buyer.page.get_by_role("button", name="Only necessary").click()
    await comes_true(buyer.page, "!document.cookie")
    assert await visitor.cookies() == []


async def test_the_payment_page_gets_no_cookie_of_the_shop(
    buyer: Buyer, asked: list[Request]
) -> None:
    """It stands for another company; only the order's number goes there."""
    await buyer.buy("Accept all")
    assert await buyer.page.evaluate("document.cookie") == ""
    paying = [one for one in asked if "/pay/" in one.url]
    assert [(await one.all_headers()).get("cookie") for one in paying] == [None]


async def test_a_blocked_pixel_leaves_the_gateways_copy(
    buyer: Buyer, stage: Stage, click: str
) -> None:
    """Ad blockers know TikTok's script; the shop's own host is nobody's list."""
    await buyer.page.route("**/i18n/pixel/**", lambda route: route.abort())
    order = await buyer.buy("Accept all")
    await buyer.pay_and_return()
    assert settled(stage, order)["pair"]["verdict"] == "server_only"
    assert copies(stage, click)["pixel"] == []
    assert counted(stage, event_of(order)) == 1


async def test_who_blocks_every_script_of_ours_can_buy_all_the_same(
    buyer: Buyer, stage: Stage
) -> None:
    """Reporting must never cost a sale."""
    await buyer.page.route("**/t.js", lambda route: route.abort())
    await buyer.page.goto(buyer.link)
    await buyer.look_at("Canvas tote")
    await buyer.add()
    await buyer.open_cart()
    await buyer.check_out()
    order = await buyer.order()
    await buyer.pay_and_return()
    assert settled(stage, order)["reason"] == "consent_missing"


async def test_the_shops_own_tag_holds_grants_and_revokes(
    buyer: Buyer, stage: Stage, click: str
) -> None:
    """Consent must not hang on a script of ours that a blocker may keep away."""
    await buyer.page.route("**/t.js", lambda route: route.abort())
    await buyer.page.goto(buyer.link)
    page = buyer.page
    assert await page.evaluate("ttq.map(call => call[0])") == ["holdConsent"]
    await page.get_by_role("button", name="Accept all").click()
    await comes_true(page, "!Array.isArray(ttq)")
    await page.evaluate("ttq.track('Search', {}, {event_id: 'agreed'})")
    eventually(lambda: "agreed" in told_by(stage, click, "pixel"))
    await page.get_by_role("button", name="Change").click()
    await page.get_by_role("button", name="Only necessary").click()
    await page.evaluate("ttq.track('Search', {}, {event_id: 'refused'})")
    await page.get_by_role("button", name="Change").click()
    await page.get_by_role("button", name="Accept all").click()
    await comes_true(page, "document.cookie.includes('_ttp')")
    await page.evaluate("ttq.track('Search', {}, {event_id: 'agreed_again'})")
    eventually(lambda: "agreed_again" in told_by(stage, click, "pixel"))
    assert "refused" not in told_by(stage, click, "pixel")


async def test_a_checkout_says_what_is_wrong_with_it(buyer: Buyer) -> None:
    """At the field, in words, and the buyer can go on."""
    await buyer.arrive("Only necessary")
    await buyer.look_at("Enamel mug")
    await buyer.add()
    await buyer.open_cart()
    await buyer.check_out()
    await buyer.page.get_by_label("Email").fill("nobody")
    await buyer.page.get_by_role("button", name="Continue").click()
    said = buyer.page.locator("#email-error")
    await said.get_by_text("Enter an email address").wait_for()
    assert await buyer.order("bela@example.com")


async def test_the_counter_shows_what_the_gateway_knows(
    buyer: Buyer, stage: Stage, visitor: BrowserContext
) -> None:
    """A newcomer sees within a minute what the product is for."""
    counter = await visitor.new_page()
    await counter.goto(f"{stage.shop}/ledger")
    order = await buyer.buy("Accept all")
    await buyer.pay_and_return()
    row = counter.locator(f'#orders li[data-id="{order}"]')
    both = row.get_by_text("the Pixel's copy and the gateway's, and counts them once").first
    await both.wait_for()
    await row.get_by_text("delivered").wait_for()
    fields = await row.locator("tbody tr").all_inner_texts()
    assert [line.split("\t")[:2] for line in fields] == [[name, "sent"] for name in MATCH_KEYS]
    assert "from the visit, found by order" in fields[3]
    assert "from the order" in fields[0]
    assert "ada.larsen" not in await counter.content()
    events = counter.locator("#events > li")
    await events.nth(3).wait_for()
    await counter.close()


async def test_a_counter_that_hears_nothing_says_so(buyer: Buyer) -> None:
    """What was true a minute ago must not look as if it were true now."""
    await buyer.page.goto(f"{buyer.shop}/ledger")
    live = buyer.page.locator("#live")
    await live.get_by_text("live").wait_for()
    await buyer.page.route("**/ledger.json", lambda route: route.abort())
    await live.get_by_text("stale").wait_for()
    await buyer.page.get_by_text("the shop does not answer").wait_for()
    await buyer.page.unroute("**/ledger.json")
    await live.get_by_text("live").wait_for()


async def test_the_tour_keeps_a_small_picture_of_each_step(stage: Stage, tmp_path: Path) -> None:
    """`make tour` draws the tutorial's pictures; a button that moved would leave them behind."""
    await walk(stage.link, tmp_path)
    kept = sizes(tmp_path)
    assert len(kept) == STEPS
    assert kept.keys() <= sizes(PICTURES).keys()
    # The counter of this shop has the orders of every test before; the tour's own is nearly empty.
    assert max(kept.values()) < 3 * SMALL
    assert max(size for name, size in sizes(PICTURES).items() if name.endswith(".png")) < SMALL


async def comes_true(page: Page, condition: str) -> None:
    """Wait for *condition*. Playwright's own way needs eval, which the shop's policy forbids."""
    async with asyncio.timeout(PATIENCE):
        while not await page.evaluate(condition):  # noqa: ASYNC110 - the page tells nobody
            await asyncio.sleep(POLL)


def sizes(folder: Path) -> dict[str, int]:
    """The files of *folder*, and their bytes."""
    return {file.name: file.stat().st_size for file in folder.iterdir()}
