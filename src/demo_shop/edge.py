"""The gateway's browser side on the shop's own host, as a reverse proxy brings it there.

What the pages load and talk to is then the shop's: its cookie is a first-party one, which Safari
keeps as well. A proxy tells the gateway where a request came from (`server.trusted_proxies`).
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from aiohttp import ClientError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from demo_shop.world import World

VISITOR: Final = "203.0.113.7"
"""Who calls from this machine itself: TikTok takes no loopback address, and this one is nobody's.

RFC 5737 keeps it free for documentation.
"""

_ASKED: Final = ("content-type", "cookie", "if-none-match", "origin", "sec-gpc", "user-agent")
_ANSWERED: Final = ("cache-control", "content-type", "etag", "retry-after", "set-cookie")


class Edge:
    """Passes the browser's requests on to the gateway."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def pass_on(self, request: Request) -> Response:
        """Pass one request on, and its answer back."""
        headers = {
            **_some(request.headers, _ASKED),
            "x-forwarded-for": seen_from_outside(request.client.host if request.client else ""),
        }
        try:
            async with self._world.http.request(
                request.method,
                self._world.at.gateway + request.url.path,
                data=await request.body() or None,
                headers=headers,
                skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
            ) as answer:
                content = await answer.read()
                return Response(content, answer.status, _some(answer.headers, _ANSWERED))
        except (ClientError, TimeoutError):
            return PlainTextResponse("the gateway does not answer\n", 502)


def seen_from_outside(address: str) -> str:
    """Return the visitor's address as the internet would see it."""
    try:
        near = ip_address(address).is_loopback
    except ValueError:
        near = True
    return VISITOR if near else address


def _some(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}
