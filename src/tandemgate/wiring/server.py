"""The HTTP server: bound first, so that a taken port is told before anything is opened."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Final, Protocol, cast
from urllib.parse import urlsplit

from uvicorn import Config, Server

from tandemgate.model.errors import ConfigurationError
from tandemgate.settings import Settings
from tandemgate.settings.tree import Listen
from tandemgate.web.door import LOOPBACK
from tandemgate.web.guard import Guard
from tandemgate.wiring.connection import Connection
from tandemgate.wiring.doorway import IDLE, MOST, Doorway, Hall

BACKLOG: Final = 2048
GRACE_SECONDS: Final = 5


class Front(Protocol):
    """Who listens in the server's place, and hands over what it does not answer."""

    async def begin(self) -> None:
        """Listen."""
        ...

    async def end(self) -> None:
        """Listen no more, and return when everything is answered."""
        ...


class GatewayServer(Server):
    """uvicorn behind doorways, which leaves signals alone and says when it listens."""

    def __init__(self, app: Guard, ready: Callable[[], None], front: Front | None = None) -> None:
        super().__init__(
            Config(
                app,
                http=self._meet,  # type: ignore[arg-type]  # it is called, no more
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                limit_concurrency=MOST,
                timeout_keep_alive=int(IDLE),
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._ready = ready
        self._front = front
        state = self.server_state
        self._hall = Hall(app, self.take_over, state.connections, state.tasks)
        self._keeping: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        self._keeping = asyncio.get_running_loop().create_task(self._hall.keep())
        await super().startup(sockets)
        if self._front is not None:
            await self._front.begin()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let what is under way end."""
        self._hall.closing = True
        if self._front is not None:
            await self._front.end()
        await super().shutdown(sockets)
        if self._keeping is not None:
            self._keeping.cancel()

    async def adopt(self, connection: socket.socket, came: bytes) -> None:
        """Go on with a connection that another process accepted, which had read so many bytes."""
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: _Adopted(self, came), connection)

    def _meet(self, **_: object) -> asyncio.Protocol:
        """Make what a new connection begins with; uvicorn asks for it."""
        return Doorway(self._hall)

    def take_over(self, transport: asyncio.Transport, came: bytes) -> None:
        """Go on with a connection on which something came that is not plain."""
        protocol = self.connection()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(came)

    def connection(self) -> Connection:
        """Make a connection that knows all of HTTP/1.1."""
        return Connection(self.config, self.server_state, {})

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal: the gateway does, since more than the server has to stop."""
        yield


class _Adopted(asyncio.Protocol):
    """Waits for an adopted connection, to take it over with what had come on it."""

    def __init__(self, server: GatewayServer, came: bytes) -> None:
        self._server, self._came = server, came

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it over."""
        self._server.take_over(cast("asyncio.Transport", transport), self._came)


def bind_all(listen: Listen, processes: int) -> list[socket.socket]:
    """Take the address once for each of several *processes*, among which the system shares.

    Raises:
        ConfigurationError: it is taken, not ours, or not allowed.

    """
    first = bind(listen)
    if processes <= 1:
        return [first]
    taken = Listen(listen.host, first.getsockname()[1])
    first.close()  # it was free; the system shares among those only that all agree to it
    return [bind(taken, shared=True) for _ in range(processes)]


def bind(listen: Listen, *, shared: bool = False) -> socket.socket:
    """Take the address, *shared* with others of ours.

    Raises:
        ConfigurationError: it is taken, not ours, or not allowed.

    """
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
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


def hosts(settings: Settings) -> frozenset[str]:
    """The names by which the gateway may be called where no key is needed."""
    public = urlsplit(settings.server.public_url).hostname or ""
    return LOOPBACK | {settings.server.listen.host, public.lower()}
