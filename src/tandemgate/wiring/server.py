"""The HTTP server: bound first, so that a taken port is told before anything is opened."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Final

from uvicorn import Config, Server

from tandemgate.model.errors import ConfigurationError
from tandemgate.settings.tree import Listen
from tandemgate.web.guard import Guard
from tandemgate.wiring.connection import MOST, Connection

BACKLOG: Final = 2048
IDLE_SECONDS: Final = 75
"""Longer than clients' pools keep a connection, so that they close first and lose no request."""

GRACE_SECONDS: Final = 5


class GatewayServer(Server):
    """uvicorn, which leaves signals alone and says when it listens."""

    def __init__(self, app: Guard, ready: Callable[[], None]) -> None:
        super().__init__(
            Config(
                app,
                http=Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                limit_concurrency=MOST,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal: the gateway does, since more than the server has to stop."""
        yield


def bind(listen: Listen) -> socket.socket:
    """Take the address.

    Raises:
        ConfigurationError: it is taken, not ours, or not allowed.

    """
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(listen)
    except OSError as error:
        listener.close()
        why = error.strerror or str(error)
        raise ConfigurationError(
            [f"server.listen is {listen}, but that address can't be used: {why}"],
            "stop what listens there, or set server.listen to another port, e.g. "
            f'"{Listen(listen.host, 0)}" for any free one',
        ) from None
    return listener


def address(listener: socket.socket) -> str:
    """Where the server is found."""
    host, port = listener.getsockname()[:2]
    return f"http://{Listen(host, port)}"
