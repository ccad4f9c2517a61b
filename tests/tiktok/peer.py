"""A peer on a real socket that misbehaves on purpose, and remembers what it was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Behaviour: TypeAlias = Callable[["Peer", Reader, Writer], Awaitable[None]]


@dataclass
class Peer:
    """``requests`` are the raw bytes of each request that was read to its end."""

    behave: Behaviour
    url: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def read_request(self, reader: Reader) -> bytes:
        """Read one request with a Content-Length."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        request = head + await reader.readexactly(length)
        self.requests.append(request)
        return request


@asynccontextmanager
async def peer(behave: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """Serve *behave* on loopback, one call per connection."""
    it = Peer(behave)

    async def serve(reader: Reader, writer: Writer) -> None:
        it.connections += 1
        try:
            await behave(it, reader, writer)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass  # the client has gone, which is what some tests are about
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    it.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield it
    finally:
        server.close()


def reply(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(*raw: bytes) -> Behaviour:
    """Answer the requests of a connection with *raw*, in order, then close."""

    async def behave(it: Peer, reader: Reader, writer: Writer) -> None:
        for response in raw:
            await it.read_request(reader)
            writer.write(response)
            await writer.drain()

    return behave
