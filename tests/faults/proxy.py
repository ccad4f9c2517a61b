"""A network that breaks on purpose, between the gateway and TikTok."""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

Mode: TypeAlias = Literal[
    "reset on accept",
    "reset mid-request",
    "answer lost",
    "blackhole",
    "slow drip",
    "truncated",
    "garbage",
    "closed",
]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
ARRIVES: Final = frozenset({"answer lost", "slow drip", "truncated", "garbage"})
"""The modes in which TikTok gets the request, whatever the gateway hears of it."""

NO_LINGER: Final = struct.pack("ii", 1, 0)
GARBAGE: Final = bytes(range(256)) * 4
DRIP: Final = 0.2
SOME: Final = 64


class Proxy:
    """One address for each mode; all of them are harmless once :meth:`heal` was called."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._healed = threading.Event()
        self._servers: list[asyncio.Server] = []
        self.met = dict.fromkeys(MODES, 0)
        self.urls: dict[Mode, str] = {}

    async def start(self) -> None:
        """Listen."""
        for mode in MODES:
            server = await asyncio.start_server(self._handler(mode), "127.0.0.1", 0)
            self._servers.append(server)
            port = server.sockets[0].getsockname()[1]
            self.urls[mode] = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Close every connection."""
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.05)  # transports close with the next turns of the loop

    def heal(self) -> None:
        """Pass everything on from now on."""
        self._healed.set()

    def _handler(self, mode: Mode):  # type: ignore[no-untyped-def]  # noqa: ANN202
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                # Cancelled is how a connection ends that waits when the proxy stops.
                with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    await self._serve(mode, reader, writer)
            finally:
                writer.close()

        return handle

    async def _serve(
        self, mode: Mode, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if not self._healed.is_set() and mode == "reset on accept":
            self.met[mode] += 1
            return _reset(writer)
        while True:
            if not self._healed.is_set() and mode == "reset mid-request":
                await reader.readexactly(SOME)
                self.met[mode] += 1
                return _reset(writer)
            request = await _message(reader)
            if not self._healed.is_set():
                self.met[mode] += 1
                return await self._break(mode, request, writer)
            writer.write(await self._ask(request))
            await writer.drain()

    async def _break(self, mode: Mode, request: bytes, writer: asyncio.StreamWriter) -> None:
        answer = await self._ask(request) if mode in ARRIVES else b""
        match mode:
            case "answer lost":
                _reset(writer)
            case "blackhole":
                await asyncio.sleep(3600)
            case "slow drip":
                for at in range(len(answer)):
                    writer.write(answer[at : at + 1])
                    await writer.drain()
                    await asyncio.sleep(DRIP)
            case "truncated":
                writer.write(answer[: len(answer) - 20])
                await writer.drain()
            case "garbage":
                writer.write(GARBAGE)
                await writer.drain()
            case _:
                pass

    async def _ask(self, request: bytes) -> bytes:
        host, port = self._upstream.hostname, self._upstream.port
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """Read one request or answer of a stated length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return head + await reader.readexactly(int(length or 0))


def _reset(writer: asyncio.StreamWriter) -> None:
    ours: socket.socket = writer.get_extra_info("socket")
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    writer.transport.abort()


@contextmanager
def broken_network(upstream: str) -> Iterator[Proxy]:
    """Run a proxy in a thread of its own."""
    proxy, loop = Proxy(upstream), asyncio.new_event_loop()
    loop.run_until_complete(proxy.start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(proxy.stop())
        loop.close()
