"""The few pages for people: what runs here, and what each code means."""

import re
from collections.abc import Iterable
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tandemgate import __version__
from tandemgate.catalog.codes import find
from tandemgate.catalog.reasons import REASONS
from tandemgate.settings import Scope
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts

STYLE: Final = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
dt { font-weight: 600; margin-top: .75rem } dd { margin: 0 }
code { font-size: .95em }
"""
PAGE: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="stylesheet" href="/style.css">
<h1>{title}</h1>
{body}
<footer><p>tandemgate {version}. Not affiliated with TikTok.</p></footer>
</html>
"""
_NUMBER: Final = re.compile(r"[0-9]{1,6}")

DEMO: Final = "DEMO: events go to a simulated TikTok on this machine."
LIVE: Final = "LIVE: events go to TikTok."
HOME: Final = """\
<p>This gateway gives TikTok's Events API the server's copy of every conversion.</p>
<p><strong>{mode}</strong></p>
<ul>
<li><code>POST /v1/events</code> takes events, with a key</li>
<li><a href="/api/events">/api/events</a>, <a href="/api/stats">/api/stats</a>,
<a href="/api/delivery">/api/delivery</a> tell what became of them, with a key</li>
<li><a href="/readyz">/readyz</a>, <a href="/livez">/livez</a>, <a href="/metrics">/metrics</a></li>
<li><a href="/docs/codes/40005">/docs/codes/40005</a> and its kin explain each code</li>
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

    async def code(self, request: Request) -> Response:
        """Explain a code: the reasons for which the gateway gives it, and what TikTok means."""
        if self._parts.production and not self._may_read(request):
            text = "<p>In production this page wants a key with the right to read.</p>"
            return page("A key, please", text, 401)
        asked = request.path_params["code"]
        sections = [*_ours(asked), *_tiktoks(asked)]
        if not sections:
            text = "<p>Neither the gateway nor TikTok, as far as is known, uses this code.</p>"
            return page("Unknown code", text, 404)
        return page(f"Code {asked}", "\n".join(sections))

    def _may_read(self, request: Request) -> bool:
        stated = request.headers.get("authorization", "").encode("latin-1")
        return isinstance(self._parts.keys.find(stated, Scope.READ), KeyGrant)


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """Answer a page of its own; *body* is HTML."""
    text = PAGE.format(title=escape(title), body=body, version=escape(__version__))
    return HTMLResponse(text, status)


def _ours(asked: str) -> Iterable[str]:
    told = [(name, entry) for name, entry in REASONS.items() if str(entry.code) == asked]
    if told:
        yield "<h2>As the gateway answers it</h2>"
    for name, entry in told:
        rows = {"Meaning": entry.meaning, "Expected": entry.expected, "Fix": entry.fix}
        yield f"<h3>{escape(entry.title)} <code>{escape(name)}</code></h3>{_rows(rows)}"


def _tiktoks(asked: str) -> Iterable[str]:
    code = find(int(asked)) if _NUMBER.fullmatch(asked) else None
    if code is None:
        return
    rows = {
        "The guide": code.guide,
        "TikTok's SDK": code.sdk,
        "Seen by others": code.peers,
        "Check": code.check,
        "Fix": code.fix,
    }
    yield f"<h2>As TikTok answers it: {escape(code.title)}</h2>{_rows(rows)}"


def _rows(rows: dict[str, str]) -> str:
    told = (f"<dt>{escape(name)}<dd>{escape(text)}" for name, text in rows.items() if text)
    return f"<dl>{''.join(told)}</dl>"
