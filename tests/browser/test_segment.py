"""Segment's library for pages, as its makers publish it, in a real browser, by the page's lines."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Request

from tandemgate.cli.demo.stage import free_ports
from tests.browser.shop import Shop
from tests.browser.test_counted_once import BROWSER_KEY
from tests.docs.commands import blocks
from tests.e2e.backend import NODE
from tests.e2e.programs import Program, eventually, gateway, write_settings
from tests.e2e.test_clients import NPM

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.e2e]

ESBUILD = Path(__file__).parents[2] / "browser" / "node_modules" / "esbuild" / "bin" / "esbuild"
LIBRARY = "@segment/analytics-next"
CONSENT = {"consent": {"categoryPreferences": {"Advertising": True}, "region": "DE"}}


@pytest.fixture
def running(
    tmp_path: Path, shop: Shop, tiktok: Program, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Program]:
    """A gateway that takes this shop's pages, and says by which address."""
    [port] = free_ports(1)
    listen = f"127.0.0.1:{port}"
    monkeypatch.setenv("TANDEMGATE__SERVER__PUBLIC_URL", f"http://{listen}")
    settings = write_settings(tmp_path, tiktok.url, listen=listen)
    with settings.open("a", encoding="utf-8") as file:
        file.write(BROWSER_KEY.format(origin=shop.url))
    with gateway(settings) as program:
        yield program


def bundle(folder: Path, address: str) -> str:
    """Build the page's block as a shop does, with the test's gateway for the reader's."""
    if not (NPM.exists() and ESBUILD.exists()):
        pytest.skip("scripts/clients did not fetch the clients from npm")
    [found] = [
        one.text for one in blocks() if one.page == "docs/sources.md" and LIBRARY in one.text
    ]
    assert "https://c.shop.example" in found
    entry = folder / "shop.js"
    entry.write_text(found.replace("https://c.shop.example", address), "utf-8")
    (folder / "node_modules").symlink_to(NPM)
    options = ("--bundle", "--format=iife", "--global-name=shop", "--charset=utf8")
    built = subprocess.run(
        [NODE, ESBUILD, entry, *options], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return built.stdout


def asked_of(page: Page) -> list[str]:
    """Hosts that the page asks from now on, in the order in which it does."""
    hosts: list[str] = []

    def note(request: Request) -> None:
        hosts.append(urlsplit(request.url).netloc)

    page.on("request", note)
    return hosts


async def test_the_library_of_a_page_talks_to_the_gateway_alone(
    tmp_path: Path, shop: Shop, running: Program, page: Page
) -> None:
    """One address is all that a shop changes, and nothing goes to Segment any more."""
    code = bundle(tmp_path, running.url)
    shop.put("/", f"<script>{code.replace('</script', '<_/script')}</script>")
    hosts = asked_of(page)
    await page.goto(shop.url + "/?ttclid=E.C.P.click&utm_source=tiktok")
    properties = {"event_id": "cart_7_add_1", "product_id": "SKU-481", "price": 9.5}
    called = json.dumps(["Product Added", properties | {"currency": "EUR"}, {"context": CONSENT}])
    await page.evaluate(f"shop.segment.track(...{called})")
    eventually(lambda: bool(running.story("cart_7_add_1").get("state") == "DELIVERED"))
    story = running.story("cart_7_add_1")
    assert (story["source"], story["verified"]) == ("segment", False)
    keys = story["match_keys"]
    assert keys["ttclid"] == keys["user_agent"] == keys["locale"] == "sent"
    assert set(hosts) == {urlsplit(shop.url).netloc, urlsplit(running.url).netloc}


async def test_a_page_that_is_left_is_heard(
    shop: Shop, running: Program, page: Page, tiktok: Program
) -> None:
    """Browsers send text/plain then, which asks for no permission first."""
    shop.put("/", "<p>shop</p>")
    await page.goto(shop.url)
    call = {
        "writeKey": "pk_shop",
        "event": "Product Added",
        "properties": {"event_id": "cart_7_add_2", "value": 9.5, "currency": "EUR"},
        "context": CONSENT,
    }
    sent = f"navigator.sendBeacon('{running.url}/v1/t', {json.dumps(json.dumps(call))})"
    assert await page.evaluate(sent) is True
    eventually(lambda: bool(running.story("cart_7_add_2").get("state") == "DELIVERED"))
    [counted] = tiktok.ask("GET", "/_sim/conversions", key=None)[1]["conversions"]
    assert (counted["event"], counted["event_id"]) == ("AddToCart", "cart_7_add_2")
