"""The guide's test, done by a real browser: a journey, a red line, a fix, a green window, a report.

Shop, gateway and TikTok are processes of their own; the tester's verbs are the ones that a person
types.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from playwright.async_api import Page

from tandemgate.cli.main import run
from tandemgate.settings import load
from tests.browser.shop import COLLECTOR, KEY, PIXEL, STUB, TTQ, Shop
from tests.browser.test_counted_once import BROWSER_KEY
from tests.e2e.programs import Program, eventually, gateway, write_settings

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

CODE = "TEST12345"
VISITOR_IP = "203.0.113.42"
BANNER = """
<button id="agree" onclick="localStorage.agreed = 1; agree()">I agree</button>
<script>
function agree() { tg('consent', {ad_user_data: 'GRANTED', ad_personalization: 'GRANTED'}) }
if (localStorage.agreed) agree();
</script>"""
PRODUCT = """<script>
ttq.track('ViewContent', {value: 129.95, currency: 'EUR', contents: [{content_id: 'SKU-481'}]})
</script>"""
WORTH = "{value: 129.95, currency: 'EUR', contents: [{content_id: 'SKU-481', quantity: 1}]}"
CART = f"<button id='add' onclick=\"tg('track', 'AddToCart', {WORTH})\">Add to cart</button>"
CHECKOUT = f"<script>tg('track', 'InitiateCheckout', {WORTH}); tg('attach', 'order', '%s')</script>"
THANKS = """<script>
tg('track', 'CompletePayment', {value: 129.95, currency: 'EUR', order_id: '%s'})
</script>"""


class Person:
    """Types the verbs of a test."""

    def __init__(
        self, settings: Path, running: Program, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._settings = settings
        self._where = ["--config", str(settings), "test"]
        self._url = ["--url", running.url]
        self._capsys = capsys

    @property
    def public_url(self) -> str:
        """Where pages find the gateway."""
        return load(self._settings).server.public_url

    def types(self, *words: str, code: int = 0) -> str:
        """Type a verb that ends with *code*; what there is to read."""
        self._capsys.readouterr()
        assert run([*self._where, *words, *self._url]) == code
        told = self._capsys.readouterr()
        return told.out + told.err

    def asks(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
        """Type a verb; what a program reads."""
        return json.loads(self.types(*words, "--json", code=code))

    def line(self, check: str) -> str:
        """How one line of the checklist stands now."""
        self._capsys.readouterr()
        run([*self._where, "status", *self._url, "--json"])
        lines = json.loads(self._capsys.readouterr().out)["lines"]
        [mark] = [one["mark"] for one in lines if one["check"] == check]
        return str(mark)


@dataclass(frozen=True)
class Stage:
    """A shop that is tested, the tester, and the tester's browser."""

    shop: Shop
    page: Page
    tiktok: Program
    running: Program
    tester: Person

    def furnish(self, order: str) -> None:
        """Put the shop's pages up, for one order."""
        data = f'data-key="{KEY}" data-consent="wait" data-region="DE"'
        tag = f'{STUB}<script async src="{self.tester.public_url}/t.js" {data}></script>'
        parts = [TTQ % self.tiktok.url, tag, BANNER]
        for path, action in {
            "/": "",
            "/p/7": PRODUCT,
            "/cart": CART,
            "/checkout": CHECKOUT % order,
            "/thanks": THANKS % order,
        }.items():
            self.shop.put(path, *parts, action)

    async def visit(self, path: str) -> None:
        """Open a page of the shop, and wait for both scripts."""
        await self.page.goto(self.shop.url + path)
        await self.page.wait_for_function("tg.client && !Array.isArray(ttq)")

    async def walk(self) -> None:
        """Go from a product to the thank-you page, as a customer does."""
        await self.visit("/p/7")
        await soon(lambda: self.tester.line("pair ViewContent") == "green")
        await self.visit("/cart")
        await self.page.click("#add")
        await soon(lambda: self.tester.line("pair AddToCart") == "green")
        await self.visit("/checkout")
        await soon(lambda: self.tester.line("pair InitiateCheckout") == "green")
        await self.visit("/thanks")

    def copies(self, channel: str) -> dict[str, str]:
        """The test_event_code of each copy that TikTok got, by its event_id."""
        told = self.tiktok.ask("GET", "/_sim/events")[1]["events"]
        return {
            one["event_id"]: one["test_event_code"] for one in told if one["channel"] == channel
        }


@dataclass
class Proxy:
    """What stands before a gateway in production: it adds where the visitor is."""

    port: int = 0
    upstream: str = ""

    async def pass_on(self, request: web.Request) -> web.Response:
        """Ask the gateway, and hand back what it says."""
        headers = {**request.headers, "X-Forwarded-For": VISITOR_IP}
        body = await request.read()
        async with (
            ClientSession(auto_decompress=False) as session,
            session.request(
                request.method,
                self.upstream + str(request.rel_url),
                data=body,
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            told = answer.headers.copy()
            told.popall("Content-Length", None)
            return web.Response(status=answer.status, headers=told, body=await answer.read())


@pytest_asyncio.fixture(loop_scope="session")
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy that knows no gateway yet."""
    proxy = Proxy()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy.pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    proxy.port = runner.addresses[0][1]
    yield proxy
    await runner.cleanup()


def write(tmp_path: Path, shop: Shop, tiktok: Program, proxy: Proxy) -> Path:
    """Write the settings of a gateway that pages reach under a name of the shop's site."""
    path = write_settings(tmp_path, tiktok.url)
    public = f'trusted_proxies = ["127.0.0.1"]\npublic_url = "http://{COLLECTOR}:{proxy.port}"'
    text = path.read_text("utf-8").replace("[server]", f"[server]\n{public}")
    path.write_text(text + BROWSER_KEY.format(origin=shop.url), "utf-8")
    return path


@pytest.fixture
def running(
    tmp_path: Path, shop: Shop, tiktok: Program, proxy: Proxy
) -> Iterator[tuple[Program, Path]]:
    """The gateway and its settings."""
    settings = write(tmp_path, shop, tiktok, proxy)
    with gateway(settings) as program:
        proxy.upstream = program.url
        yield program, settings


@pytest.fixture
def stage(
    shop: Shop,
    page: Page,
    tiktok: Program,
    running: tuple[Program, Path],
    capsys: pytest.CaptureFixture[str],
) -> Stage:
    """Everything but the test."""
    program, settings = running
    return Stage(shop, page, tiktok, program, Person(settings, program, capsys))


async def soon(condition: Callable[[], bool]) -> None:
    """Wait for something, while the page's requests go on."""
    await asyncio.to_thread(eventually, condition)


def paid(order: str, **overrides: object) -> dict[str, object]:
    """The order as the shop's backend tells of it."""
    return {
        "event": "CompletePayment",
        "event_id": f"ord_{order}_complete_payment",
        "event_time": int(time.time()),
        "user": {"email": "tester@shop.example"},
        "properties": {
            "value": 129.95,
            "currency": "EUR",
            "contents": [{"content_id": "SKU-481", "quantity": 1, "price": 129.95}],
        },
        "refs": {"order": order},
    } | overrides


async def test_a_pixel_is_promoted_after_its_red_lines_were_mended(stage: Stage) -> None:
    """The whole of the guide's quality assurance, with nothing to believe but what was seen."""
    tester = stage.tester
    stage.furnish("10492")
    said = tester.types("start", "--pixel", PIXEL, "--code", CODE, "--name", "autumn relaunch")
    link = re.findall(r"http\S+/test/\S+", said)[0]
    assert "expected a journey through the shop" in tester.types("promote", "--confirmed", code=1)

    await stage.page.goto(link)
    assert stage.page.url.startswith(f"{stage.shop.url}/?ttclid=E.C.P.")
    await stage.page.click("#agree")
    await soon(lambda: tester.line("landing") == "green")
    await stage.walk()
    await is_refused_with_red_lines(stage)

    stage.furnish("10493")
    tester.types("window", "--fixed", "name, value and email of the order")
    assert tester.line("pair ViewContent") == "waiting"
    await stage.page.goto(link)
    await stage.walk()
    await is_promoted_with_green_ones(stage)
    the_report_is_kept(tester)

    await stage.page.evaluate("tg('track', 'AddToCart', {}, {event_id: 'after_the_test'})")
    await soon(lambda: "after_the_test" in stage.copies("server"))
    codes = stage.copies("server")
    live = {"after_the_test", "ord_7_complete_payment"}
    assert {event_id for event_id, code in codes.items() if code == ""} == live
    assert codes["ord_10493_complete_payment"] == CODE


@pytest.mark.parametrize("decisions", [("denied", "denied"), ("granted", "denied", "denied")])
async def test_a_tester_who_denies_stays_in_the_test(
    stage: Stage, decisions: tuple[str, ...]
) -> None:
    """No cookie travels then, and nothing leads from page to page but the ticket of the tab."""
    stage.furnish("10494")
    said = stage.tester.types("start", "--pixel", PIXEL, "--code", CODE)
    await stage.page.goto(re.findall(r"http\S+/test/\S+", said)[0])
    await stage.page.wait_for_function("tg.client")
    assert stage.page.url == f"{stage.shop.url}/?ttclid=E.C.P.tandemgate-test"
    for number, decision in enumerate(decisions):
        name = f"page_{number}"
        await stage.page.evaluate(f"tg('consent', '{decision}')")
        await stage.page.evaluate(f"tg('track', 'AddToCart', {WORTH}, {{event_id: '{name}'}})")
        await soon(lambda: name in stage.copies("server"))  # noqa: B023 - waited for at once
        await stage.visit("/cart")
    assert set(stage.copies("server").values()) == {CODE}


async def is_refused_with_red_lines(stage: Stage) -> None:
    """The shop's backend makes three mistakes at once."""
    tester = stage.tester
    worth = {"value": 99.5, "currency": "EUR", "contents": [{"content_id": "1", "price": 129.95}]}
    wrong = paid("10492", event="Purchase", user={}, properties=worth)
    assert stage.running.post(wrong)[0] == 202
    await soon(lambda: tester.line("taken") == "green")
    await soon(lambda: tester.line("pair CompletePayment") == "red")
    refused = tester.types("promote", "--confirmed", code=1)
    assert f"Error: the test of {PIXEL} can't be promoted: 3 lines are not green" in refused
    assert re.search(r"red +pair CompletePayment +name mismatch \(value differs\)", refused)
    assert re.search(r"red +strong key on the server's conversion +Purchase has none", refused)
    assert re.search(r"red +value is the order's total +99.50 EUR, but .* 129.95: 30.45", refused)
    assert "Try: tandemgate test status tells what mends each" in refused
    assert tester.asks("status", code=1)["state"] == "open"


async def is_promoted_with_green_ones(stage: Stage) -> None:
    """The backend is mended; a customer's own order comes in between."""
    tester = stage.tester
    customers = paid("7", refs={}, user={"email": "customer@mail.example", "ip": "203.0.113.4"})
    assert stage.running.post(paid("10493"), customers)[0] == 202
    await soon(lambda: bool(tester.asks("status")["passed"]))
    assert "13 green. Look at Test events in TikTok's Events Manager" in tester.types("status")
    refused = tester.types("promote", code=1)
    assert "Try: look at Test events in TikTok's Events Manager" in refused
    assert f"The test of {PIXEL} is promoted" in tester.types("promote", "--confirmed")


def the_report_is_kept(tester: Person) -> None:
    """Who, when, and how each line stood in each window."""
    [test] = tester.asks("report")["tests"]
    report = tester.asks("report", test["id"])
    assert (report["state"], report["name"]) == ("promoted", "autumn relaunch")
    assert (report["ended"]["who"], report["ended"]["confirmed"]) == ("orders", True)
    assert {line["mark"] for line in report["lines"]} == {"green"}
    [first] = report["earlier_windows"]
    red = {line["check"] for line in first["lines"] if line["mark"] == "red"}
    assert red == {"pair CompletePayment", "strong_key", "value"}
