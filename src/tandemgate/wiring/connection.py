"""uvicorn's HTTP connection, with bounds on what comes before a request is known."""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tandemgate.web.plain import LARGEST_HEAD
from tandemgate.wiring.doorway import SLOWEST_HEAD

TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, with bounds on the size of a head and on the time that it takes."""

    _head = 0
    _in_head = True
    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        """Read on; give up on a head that is too large."""
        # Counted before it is read: a request that ends in these bytes sets the count back to 0.
        self._head += len(data)
        super().data_received(data)
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
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for the next head."""
        self._in_head = True
        self._head = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the alarm."""
        self._disarm()
        super().connection_lost(exc)

    def _arm(self) -> None:
        if self._alarm is None:
            self._alarm = self.loop.call_later(SLOWEST_HEAD, self.transport.close)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
