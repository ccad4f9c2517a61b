"""Around every request: an id, headers that browsers obey, a count, and no word about mistakes."""

import os
from collections.abc import Iterator, Mapping
from time import perf_counter
from types import MappingProxyType
from typing import Final, Protocol

from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tandemgate.catalog.reasons import problem
from tandemgate.telemetry import Telemetry
from tandemgate.web.answers import Answer, Headers, Refusal

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
SHARED: Final[Headers] = tuple(
    (name, b"cross-origin" if name == b"cross-origin-resource-policy" else value)
    for name, value in HEADERS
)
"""For what pages of any origin load, which the endpoint says by ``request.state.shared``."""

METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
OTHER: Final = "other"
BROKEN: Final = Refusal(500, problem("unexpected", "", "something unforeseen"))
"""No more about a mistake of ours than the request id, by which it is found in the log."""

_NONE: Final[Mapping[str, Route]] = MappingProxyType({})
_POST: Final = "POST"

_ID_BYTES: Final = 16
_IDS_DRAWN: Final = 64


class Elsewhere(Exception):  # noqa: N818 - nothing is wrong
    """A request is another process's to answer, and nothing of it has been done here."""


class Prompt(Protocol):
    """What answers a POST from its bytes, without ASGI."""

    async def answer(
        self, headers: Mapping[bytes, bytes], content: bytes, request_id: str
    ) -> Answer:
        """Answer one request of which everything has come."""
        ...


_NOBODY: Final[Mapping[str, Prompt]] = MappingProxyType({})


class Guard:
    """The outermost ASGI application, around *app*.

    *shortcuts* are routes by their exact address, which are reached without the router and its
    layers: they cost as much as an event. *prompt* are the addresses that a server may also ask
    without ASGI, by :meth:`answer`.
    """

    def __init__(
        self,
        app: ASGIApp,
        telemetry: Telemetry,
        shortcuts: Mapping[str, Route] = _NONE,
        prompt: Mapping[str, Prompt] = _NOBODY,
    ) -> None:
        self._app = app
        self._telemetry = telemetry
        self._shortcuts = shortcuts
        self._ids = _drawn_ids()
        self.prompt: Final = {path.encode(): (path, asked) for path, asked in prompt.items()}

    async def answer(
        self, path: bytes, headers: Mapping[bytes, bytes], content: bytes
    ) -> tuple[Answer, str]:
        """Answer a POST to one of the ``prompt`` addresses, and give the request an id.

        What every head has besides is in :data:`HEADERS`.
        """
        started = perf_counter()
        request_id = next(self._ids)
        route, asked = self.prompt[path]
        try:
            answer = await asked.answer(headers, content, request_id)
        except Elsewhere:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the next request is served
            self._telemetry.failure(route, error, request_id)
            answer = BROKEN.answer(request_id)
        took = perf_counter() - started
        self._telemetry.request(route, _POST, answer.status, took, request_id)
        return answer, request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; where that fails, say so, unless the application has done it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = next(self._ids)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (b"x-request-id", request_id.encode())
                policy = SHARED if "shared" in scope["state"] else HEADERS
                message["headers"] = [*message.get("headers", ()), *policy, own]
            await send(message)

        try:
            await self._find(scope)(scope, receive, send_guarded)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next request is served
            self._telemetry.failure(_route(scope), error, request_id)
            if not status:
                await BROKEN.answer(request_id).send(send_guarded)
        took = perf_counter() - started
        route = _route(scope)
        self._telemetry.request(route, _method(scope["method"]), status, took, request_id)

    def _find(self, scope: Scope) -> ASGIApp:
        route = self._shortcuts.get(scope["path"])
        if route is None:
            return self._app
        scope["route"] = route
        return route.app


def _drawn_ids() -> Iterator[str]:
    """Make ids that nobody can guess; many are drawn at once: each draw is a call of the system."""
    while True:
        drawn = os.urandom(_ID_BYTES * _IDS_DRAWN).hex()
        for at in range(0, len(drawn), 2 * _ID_BYTES):
            yield drawn[at : at + 2 * _ID_BYTES]


def _route(scope: Scope) -> str:
    """The template of the address: metrics hold no event_id, and no caller makes them grow."""
    route = scope.get("route")
    return route.path if isinstance(route, Route) else OTHER


def _method(stated: str) -> str:
    return stated if stated in METHODS else OTHER
