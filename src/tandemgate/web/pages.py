"""The frame of the few pages for people, and the first of them: what runs here."""

from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tandemgate import __version__
from tandemgate.web.parts import Parts
from tandemgate.web.style import STYLE

PAGE: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="stylesheet" href="/style.css">
<nav aria-label="Pages"><a href="/">tandemgate</a> <a href="/docs">Codes and reasons</a>
<a href="/docs/api">HTTP API</a></nav>
<main>
<h1>{title}</h1>
{body}
</main>
<footer><p>tandemgate {version}. Not affiliated with TikTok.</p></footer>
</html>
"""
DEMO: Final = "DEMO: events go to a simulated TikTok on this machine."
LIVE: Final = "LIVE: events go to TikTok."
HOME: Final = """\
<p>This gateway gives TikTok's Events API the server's copy of every conversion.</p>
<p><strong>{mode}</strong></p>
<ul>
<li><code>POST /v1/events</code> takes events, with a key</li>
<li><a href="/api/events">/api/events</a>, <a href="/api/stats">/api/stats</a>,
<a href="/api/delivery">/api/delivery</a> tell what became of them, with a key</li>
<li><a href="/api/problems">/api/problems</a> tells what goes wrong again and again, with a key</li>
<li><a href="/readyz">/readyz</a>, <a href="/livez">/livez</a>, <a href="/metrics">/metrics</a></li>
<li><a href="/docs">/docs</a> explains every code and reason, <a href="/docs/api">/docs/api</a>
every address; <a href="/openapi.json">/openapi.json</a> is the same for programs</li>
</ul>
"""


class Pages:
    """Plain HTML without a script."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def home(self, _: Request) -> Response:
        """Say what runs here, and whether it is in earnest."""
        return page("tandemgate", HOME.format(mode=DEMO if self._parts.demo else LIVE))

    async def style(self, _: Request) -> Response:
        """The one stylesheet."""
        return Response(STYLE, media_type="text/css")


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """Frame *body*, which is HTML; *title* is text."""
    text = PAGE.format(title=escape(title), body=body, version=escape(__version__))
    return HTMLResponse(text, status)
