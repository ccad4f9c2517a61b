"""A real Chromium, off the network, in front of a shop on this machine."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from tests.browser.chromium import launch, missing
from tests.browser.shop import Answered, Shop, open_shop
from tests.e2e.programs import Program, simulator

A_TURN = "new Promise(done => setTimeout(done))"
"""Of the page's event loop."""


@pytest.fixture(scope="session", autouse=True)
def _ready() -> None:
    """Skip loudly where a part is missing; where every change is checked, that is a failure."""
    lacking = missing()
    if lacking and os.environ.get("CI"):
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(_ready: None) -> AsyncIterator[Browser]:
    """One browser for all tests of a worker."""
    async with async_playwright() as playwright:
        made = await launch(playwright)
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
def answered(page: Page) -> Answered:
    """Wait until the page has read every answer.

    That a shop heard it is not enough where a page is left: a page that never read the answer tells
    the same again on the next one, as it should.
    """
    asked: set[Request] = set()

    def ask(request: Request) -> None:
        asked.update([request] * (request.method == "POST"))

    def close(request: Request) -> None:
        asked.discard(request)

    page.on("request", ask)
    page.on("requestfinished", close)
    page.on("requestfailed", close)

    async def wait() -> None:
        # The shop may have heard of a request before the browser has told us of it.
        await page.evaluate(A_TURN)
        while asked:
            await page.wait_for_event("requestfinished")
        await page.evaluate(A_TURN)

    return wait


@pytest.fixture
def posts(page: Page) -> list[str]:
    """Where the page posted to, so far."""
    heard: list[str] = []

    def hear(request: Request) -> None:
        heard.extend([request.url] * (request.method == "POST"))

    page.on("request", hear)
    return heard
