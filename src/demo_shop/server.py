"""Serve the shop and the payment provider over TCP, and say so in one line."""

import json
import secrets
import signal
import socket
import sys
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from uvicorn import Config, Server

from demo_shop.app import DemoShop
from demo_shop.world import Neighbours, World

GRACE_SECONDS: Final = 1
SHOP: Final = "localhost"
"""The shop's name. Cookies know no ports, so the payment provider must have another one."""

PROVIDER: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Calling:
    """What the shop is told of its neighbours, and where it is to listen (0: any free port)."""

    gateway: str
    tiktok: str
    pixel: str
    browser_key: str
    server_key: str = field(repr=False)
    port: int = 0
    payment_port: int = 0


class ReadyServer(Server):
    """uvicorn that prints one line of JSON once connections are accepted."""

    def __init__(self, config: Config, at: Neighbours) -> None:
        super().__init__(config)
        self._at = at

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say where."""
        await super().startup(sockets)
        told = {"ready": True, "url": self._at.shop, "payment": self._at.payment}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def serve(calling: Calling) -> None:
    """Listen on loopback until SIGINT or SIGTERM, then return.

    Raises:
        OSError: a port can't be had.

    """
    doors = [_listen(calling.port), _listen(calling.payment_port)]
    shop_port, payment_port = (door.getsockname()[1] for door in doors)
    at = Neighbours(
        shop=f"http://{SHOP}:{shop_port}",
        payment=f"http://{PROVIDER}:{payment_port}",
        gateway=calling.gateway.rstrip("/"),
        tiktok=calling.tiktok.rstrip("/"),
        pixel=calling.pixel,
        browser_key=calling.browser_key,
        server_key=calling.server_key,
        webhook_secret=secrets.token_bytes(32),
    )
    config = Config(
        DemoShop(World(at)),
        loop="auto",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = ReadyServer(config, at)

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises each signal again when it has stopped; this handler makes that a normal end.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server.run(sockets=doors)


def _listen(port: int) -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((PROVIDER, port))
    return door
