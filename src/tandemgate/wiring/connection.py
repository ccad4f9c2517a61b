"""One HTTP connection, with bounds on what comes before a request is known."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeAlias, cast

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tandemgate.web.answers import Answer, Headers
from tandemgate.web.guard import HEADERS, Guard

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of request line and headers."""

SLOWEST_HEAD: Final = 10.0
"""Seconds from a request's first byte, or from connecting, to the end of its headers."""

MOST: Final = 2048
"""Connections, and requests under way."""

TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


CLOSE: Final[Headers] = ((b"connection", b"close"),)

Made: TypeAlias = Coroutine[None, None, tuple[Answer, str]]


class Answering:
    """An answer on its way, with what uvicorn's protocol asks of one that it makes itself."""

    __slots__ = ("disconnected", "keep_alive", "response_complete")

    message_event: Final = asyncio.Event()

    def __init__(self) -> None:
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, with bounds on a head, and a short way for requests that come whole.

    A plain POST to a prompt address of the guard that has come to its end with the bytes that began
    it is answered without ASGI. Whatever else it is, uvicorn sees to it.
    """

    _head = 0
    _in_head = True
    _alarm: asyncio.TimerHandle | None = None
    _held: list[bytes] | None = None
    """The body so far of a request that may yet come whole."""

    def __init__(self, config: Config, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(config, *args, **kwargs)
        if not isinstance(config.app, Guard):
            raise TypeError(config.app)
        self._guard = config.app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        """Read on; give up on a head that is too large."""
        # Counted before it is read: a request that ends in these bytes sets the count back to 0.
        self._head += len(data)
        super().data_received(data)
        if self._held is not None:
            self._let_go(self._held)
        if not self._in_head or self.transport.is_closing():
            return
        if self._head > LARGEST_HEAD:
            self.transport.write(TOO_LARGE)
            self.transport.close()
        elif self._head:
            self._arm()

    def on_headers_complete(self) -> None:
        """A request is known: what follows is the application's to bound."""
        self._in_head = False
        self._disarm()
        if self._is_plain():
            self._held = []
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Read on."""
        if self._held is None:
            super().on_body(body)
        else:
            self._held.append(body)

    def on_message_complete(self) -> None:
        """Answer what has come whole; wait for the next head."""
        self._in_head = True
        self._head = 0
        if self._held is None:
            super().on_message_complete()
            return
        held, self._held = self._held, None
        answering = Answering()
        self.cycle = answering  # type: ignore[assignment]
        # A request behind this one will change what is kept of it here.
        answer = self._guard.answer(self.url, dict(self.headers), b"".join(held))
        task = self.loop.create_task(self._answer(answer, answering))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the alarm."""
        self._disarm()
        self._held = None
        super().connection_lost(exc)

    def _is_plain(self) -> bool:
        """Tell whether there is nothing about the request that ASGI would be needed for."""
        return (
            self.url in self._guard.prompt
            and self._is_idle()
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and not self.flow.write_paused
            and len(self.connections) < MOST
            and len(self.tasks) < MOST
        )

    def _is_idle(self) -> bool:
        before = cast("Answering | None", self.cycle)
        return before is None or before.response_complete

    def _let_go(self, held: list[bytes]) -> None:
        """Leave to ASGI what did not come whole."""
        self._held = None
        if not self.transport.is_closing():
            super().on_headers_complete()
            super().on_body(b"".join(held))

    async def _answer(self, made: Made, answering: Answering) -> None:
        answer, request_id = await made
        if answering.disconnected:
            return
        own = tuple(self.server_state.default_headers)
        closing = CLOSE if not answering.keep_alive else ()
        self.transport.write(answer.http(request_id, HEADERS, own, closing))
        answering.response_complete = True
        if not answering.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _arm(self) -> None:
        if self._alarm is None:
            self._alarm = self.loop.call_later(SLOWEST_HEAD, self.transport.close)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
