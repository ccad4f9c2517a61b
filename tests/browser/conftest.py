"""A real Chromium, off the network, in front of a shop on this machine."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from tandemgate.web.script import TAG, asset
from tests.browser.shop import Shop, open_shop
from tests.e2e.programs import Program, simulator

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LOOPBACK = ("127.0.0.1", "localhost", "*.localhost")
"""All there is: Chromium itself resolves these names to this machine, and no other name at all."""

OFFLINE = (
    f"--host-resolver-rules={', '.join(['MAP * ~NOTFOUND', *map('EXCLUDE {}'.format, LOOPBACK)])}",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--no-first-run",
)
AS_ROOT = ("--no-sandbox",)


def _missing() -> str:
    """What keeps these tests from running; "" if nothing."""
    if asset(TAG) is None:
        return "the browser script is not built: make browser"
    if not any(map(shutil.which, CHROMIUM)):
        return "no Chromium is installed: scripts/chromium"
    return ""


@pytest.fixture(scope="session", autouse=True)
def _ready() -> None:
    """Skip loudly where a part is missing; where every change is checked, that is a failure."""
    missing = _missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(_ready: None) -> AsyncIterator[Browser]:
    """One browser for all tests of a worker."""
    program = next(filter(None, map(shutil.which, CHROMIUM)))
    flags = [*OFFLINE, *(AS_ROOT if os.geteuid() == 0 else ())]
    async with async_playwright() as playwright:
        # Playwright switches the back/forward cache off; visitors have it.
        made = await playwright.chromium.launch(
            executable_path=program,
            args=flags,
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield made
        await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A visitor who was never here before."""
    context = await browser.new_context()
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(visitor: BrowserContext) -> Page:
    """The visitor's tab."""
    return await visitor.new_page()


@pytest_asyncio.fixture(loop_scope="session")
async def shop() -> AsyncIterator[Shop]:
    """A shop without pages yet."""
    shop, runner = await open_shop()
    yield shop
    await runner.cleanup()


@pytest.fixture(scope="session")
def running_tiktok() -> Iterator[Program]:
    """One simulated TikTok for all tests of a worker."""
    with simulator() as program:
        yield program


@pytest.fixture
def tiktok(running_tiktok: Program) -> Program:
    """A simulated TikTok that has seen nothing yet."""
    running_tiktok.ask("POST", "/_sim/reset")
    return running_tiktok


@pytest.fixture
def posts(page: Page) -> list[str]:
    """Where the page posted to, so far."""
    heard: list[str] = []

    def hear(request: Request) -> None:
        heard.extend([request.url] * (request.method == "POST"))

    page.on("request", hear)
    return heard
