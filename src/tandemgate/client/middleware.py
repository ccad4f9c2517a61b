"""Lets ``track`` know whose request it is: for ASGI, WSGI and Django.

The address is what the framework takes for the client's (``scope["client"]``, ``REMOTE_ADDR``).
Which proxies are believed is set up there, once; no forwarding header is read here.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from inspect import iscoroutinefunction
from typing import Any, TypeAlias

from tandemgate.client.visitor import Visitor, visiting, visitor_of

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
WSGIApp: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class ASGIVisitor:
    """Starlette and FastAPI: ``app.add_middleware(ASGIVisitor)``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        with visiting(_of_scope(scope)):
            await self._app(scope, receive, send)


class WSGIVisitor:
    """Flask: ``app.wsgi_app = WSGIVisitor(app.wsgi_app)``.

    A body that is made while it is sent is beyond it: take what it needs before.
    """

    def __init__(self, app: WSGIApp) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        with visiting(_of_environ(environ)):
            return self._app(environ, start_response)


def django_visitor(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Django: ``"tandemgate.client.django_visitor"`` in ``MIDDLEWARE``, above your own."""

    def answer(request: Any) -> Any:  # noqa: ANN401 - Django's, which is not imported here
        with visiting(_of_environ(request.META)):
            return get_response(request)

    async def answer_later(request: Any) -> Any:  # noqa: ANN401 - same
        with visiting(_of_environ(request.META)):
            return await get_response(request)

    return answer_later if iscoroutinefunction(get_response) else answer


vars(django_visitor).update(sync_capable=True, async_capable=True)  # Django asks for both


def _of_scope(scope: Mapping[str, Any]) -> Visitor | None:
    headers: list[tuple[bytes, bytes]] = list(scope["headers"])
    cookies = b"; ".join(value for name, value in headers if name == b"cookie")
    agents = [value.decode("latin-1") for name, value in headers if name == b"user-agent"]
    client = scope.get("client") or (None,)
    return visitor_of(cookies.decode("latin-1"), client[0], agents[0] if agents else None)


def _of_environ(environ: Mapping[str, Any]) -> Visitor | None:
    return visitor_of(
        environ.get("HTTP_COOKIE", ""),
        environ.get("REMOTE_ADDR"),
        environ.get("HTTP_USER_AGENT"),
    )
