"""Around every request: an id, headers that browsers obey, a count, and no word about mistakes."""

from time import perf_counter
from typing import Final
from uuid import uuid4

from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tandemgate.telemetry import Telemetry
from tandemgate.web.answers import Headers

POLICY: Final = (
    b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
HEADERS: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", POLICY),
)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
OTHER: Final = "other"


class Guard:
    """The outermost ASGI application."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; where that fails, the application has answered 500 already."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (b"x-request-id", request_id.encode())
                message["headers"] = [*message.get("headers", ()), *HEADERS, own]
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next request is served
            self._telemetry.failure(_route(scope), error, request_id)
        took = perf_counter() - started
        route = _route(scope)
        self._telemetry.request(route, _method(scope["method"]), status, took, request_id)


def _route(scope: Scope) -> str:
    """The template of the address: metrics hold no event_id, and no caller makes them grow."""
    route = scope.get("route")
    return route.path if isinstance(route, Route) else OTHER


def _method(stated: str) -> str:
    return stated if stated in METHODS else OTHER
