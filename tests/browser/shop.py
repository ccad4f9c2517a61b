"""A shop of static pages and a collector that keeps what it hears, on one loopback port."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tandemgate.web.script import asset

HOST = "shop.localhost"
COLLECTOR = "c.shop.localhost"
KEY = "pk_shop"
PIXEL = "C9ABC1234567890"
PATIENCE = 30.0
DISTANCE = 0.05
"""Seconds between hearing and being answered: a test that needs none would fail now and then."""

Answered = Callable[[], Awaitable[None]]
"""Wait until the page has read every answer (a fixture)."""

STUB = "<script>tg=window.tg||function(){(tg.q=tg.q||[]).push(arguments)}</script>"

TTQ = """<script>
(function (w, d, name) {
  w.TiktokAnalyticsObject = name;
  var ttq = w[name] = w[name] || [];
  ttq.methods = ["page", "track", "identify", "instances", "debug", "on", "off", "once",
    "ready", "alias", "group", "enableCookie", "disableCookie", "holdConsent", "revokeConsent",
    "grantConsent"];
  ttq.setAndDefer = function (to, method) {
    to[method] = function () { to.push([method].concat(Array.prototype.slice.call(arguments))); };
  };
  ttq.methods.forEach(function (method) { ttq.setAndDefer(ttq, method); });
  ttq.load = function (pixel) {
    var script = d.createElement("script");
    script.async = true;
    script.src = "%s/i18n/pixel/events.js?sdkid=" + pixel + "&lib=" + name;
    d.head.appendChild(script);
  };
  ttq.load("C9ABC1234567890");
  ttq.page();
})(window, document, "ttq");
</script>"""
"""What TikTok's own snippet does, with the host of events.js left open."""


@dataclass
class Shop:
    """Pages by their path; beacons as they came in."""

    port: int = 0
    pages: dict[str, str] = field(default_factory=dict)
    policy: str = ""
    """The pages' Content-Security-Policy."""
    answers: list[int] = field(default_factory=list)
    """What the collector answers next, before it answers 202 again."""
    retry_after: str = ""
    beacons: list[dict[str, Any]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    """The Cookie header of each beacon."""
    links: int = 0
    """Tokens for links to other hosts that were asked for."""
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://{HOST}:{self.port}"

    @property
    def collector(self) -> str:
        """Where the script and the collector are: another origin of the same site."""
        return f"http://{COLLECTOR}:{self.port}"

    def tag(self, **data: str) -> str:
        """Write the tag with its attributes; ``data-consent`` is ``granted`` unless stated."""
        stated = {"key": KEY, "consent": "granted"} | data
        attributes = " ".join(f'data-{name}="{value}"' for name, value in stated.items())
        return f'{STUB}<script async src="{self.collector}/t.js" {attributes}></script>'

    def put(self, path: str, *parts: str) -> str:
        """Make a page of *parts* and return its address."""
        self.pages[path] = f"<!doctype html><title>{path}</title>{''.join(parts)}"
        return self.url + path

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event that was handed in, in order."""
        return [event for beacon in self.beacons for event in beacon["events"]]

    def tracked(self, kind: str = "track") -> list[tuple[str, str]]:
        """Name and event_id of the events of one type."""
        return [(one["event"], one["event_id"]) for one in self.events if one["type"] == kind]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what was handed in fulfils *condition*."""
        async with self._came:
            await asyncio.wait_for(self._came.wait_for(condition), PATIENCE)

    async def heard(self, events: int) -> None:
        """Wait until so many events were handed in."""
        await self.until(lambda: len(self.events) == events)

    async def page(self, request: web.Request) -> web.Response:
        """Serve a page."""
        text = self.pages.get(request.path)
        headers = {"content-security-policy": self.policy} if self.policy else {}
        return web.Response(
            text=text, status=200 if text else 404, headers=headers, content_type="text/html"
        )

    async def script(self, request: web.Request) -> web.Response:
        """Serve the built script, or the module."""
        built = asset(request.path.removeprefix("/"))
        assert built is not None
        return web.Response(
            body=built.content,
            content_type="text/javascript",
            headers={"access-control-allow-origin": "*"},
        )

    async def collect(self, request: web.Request) -> web.Response:
        """Take a beacon, or fail as the test wants it."""
        status = self.answers.pop(0) if self.answers else 202
        origin = request.headers.get("origin", "")
        headers = {
            "access-control-allow-origin": origin,
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "retry-after",
        }
        told: dict[str, object] = {"results": []}
        if status == 202:
            beacon = json.loads(await request.text())
            async with self._came:
                self.beacons.append(beacon)
                self.cookies.append(request.headers.get("cookie", ""))
                self._came.notify_all()
            if any(map(is_asking, beacon["events"])):
                self.links += 1
                told["link"] = f"token-{self.links}"
        await asyncio.sleep(DISTANCE)
        if self.retry_after:
            headers["retry-after"] = self.retry_after
        answer = web.json_response(told, status=status, headers=headers)
        answer.set_cookie("tg_session", "s1", httponly=True, samesite="Lax", path="/")
        return answer


def is_asking(event: dict[str, Any]) -> bool:
    """Whether a page asks for a token for a link to another host."""
    return event["type"] == "link" and "token" not in event


async def open_shop() -> tuple[Shop, web.AppRunner]:
    """Open a shop on a free port."""
    shop = Shop()
    app = web.Application()
    app.router.add_get("/t.js", shop.script)
    app.router.add_get("/t.mjs", shop.script)
    app.router.add_post("/v1/collect", shop.collect)
    app.router.add_get("/{path:.*}", shop.page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    shop.port = urlsplit(f"http://{':'.join(map(str, runner.addresses[0]))}").port or 0
    return shop, runner
