"""Serve the simulator over TCP, and say so in one line as soon as it listens."""

import json
import signal
import socket
import sys
from types import FrameType

from uvicorn import Config, Server

from tiktok_simulator.app import Simulator
from tiktok_simulator.connection import BreakableProtocol

# Longer than any client's pool keeps a connection: a sender must never meet our end of an idle one.
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 1


class ReadyServer(Server):
    """uvicorn that prints one line of JSON once connections are accepted."""

    def __init__(self, config: Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say where."""
        await super().startup(sockets)
        sys.stdout.write(json.dumps({"ready": True, "url": self._url}) + "\n")
        sys.stdout.flush()


def serve(app: Simulator, host: str, port: int) -> None:
    """Listen on *host* and *port* (0 takes a free one) until SIGINT or SIGTERM, then return."""
    listener = _listen(host, port)
    config = Config(
        app,
        http=BreakableProtocol,
        loop="auto",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = ReadyServer(config, _url(listener))

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises each signal again when it has stopped; this handler makes that a normal end.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
