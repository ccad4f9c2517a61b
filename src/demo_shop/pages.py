"""Pages: hand-written HTML, whose few blanks are filled in with escaped text."""

from collections.abc import Mapping
from functools import cache
from html import escape
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Final

from starlette.responses import HTMLResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC: Final = Mount("/static", StaticFiles(packages=[("demo_shop", "static")]))


def page(
    name: str,
    title: str,
    status: int = HTTPStatus.OK,
    *,
    frame: str,
    parts: Mapping[str, str] | None = None,
    **blanks: str,
) -> HTMLResponse:
    """Fill in the page *name* and put it into its *frame*; *parts* are HTML already."""
    safe = {blank: escape(text) for blank, text in blanks.items()}
    main = _template(name).substitute({**safe, **(parts or {})})
    whole = _template(frame).substitute(safe, title=escape(title), name=name, main=main)
    return HTMLResponse(whole, status)


def fill(name: str, /, **blanks: str) -> str:
    """Fill in a part of a page."""
    return _template(name).substitute({blank: escape(text) for blank, text in blanks.items()})


@cache
def _template(name: str) -> Template:
    return Template(files("demo_shop").joinpath("pages", f"{name}.html").read_text("utf-8"))


class Strict:
    """Sends a Content-Security-Policy with everything (ASGI): no inline script, no other origin."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = [
            (b"content-security-policy", policy.encode("ascii")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"strict-origin-when-cross-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, receive, send_strictly)
