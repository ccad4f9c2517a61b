"""Raw reading and writing of one HTTP exchange, down to breaking the connection."""

import asyncio
import os
import socket
import struct
from typing import Any, Final

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tiktok_simulator.answers import Manner, Reply
from tiktok_simulator.contract import MAX_BODY_BYTES

TRANSPORT: Final = "tiktok_simulator.transport"
_NO_LINGER: Final = struct.pack("ii", 1, 0)


class BreakableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also lends its transport to the application.

    ASGI has no word for "close without answering": returning early makes uvicorn answer 500, and
    so does raising. What plays a failing network has to reach below.
    """

    def on_message_begin(self) -> None:
        """Put the transport into the scope of the request that begins."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


async def read_body(receive: Receive) -> bytes | None:
    """Return the body, or None when it is longer than the API takes or the sender went away."""
    message = await receive()
    if not message.get("more_body", False):
        body = message.get("body", b"")
        return body if len(body) <= MAX_BODY_BYTES else None
    parts = [message["body"]]
    size = len(parts[0])
    while message.get("more_body", False) and size <= MAX_BODY_BYTES:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    gone = message["type"] == "http.disconnect"
    return None if gone or size > MAX_BODY_BYTES else b"".join(parts)


async def send_reply(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    """Put *reply* on the wire in its manner."""
    if reply.manner in {Manner.DROP, Manner.RESET}:
        return await _hang_up(scope, receive, reset=reply.manner is Manner.RESET)
    length = (b"content-length", b"%d" % len(reply.body))
    await send(
        {"type": "http.response.start", "status": reply.status, "headers": [*reply.headers, length]}
    )
    if reply.manner is Manner.WHOLE:
        return await send({"type": "http.response.body", "body": reply.body})
    if reply.manner is Manner.CUT:
        half = reply.body[: len(reply.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        return await _hang_up(scope, receive, reset=False)
    return await _drip(reply, receive, send)


async def _hang_up(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """End the connection; what was written still goes out, unless it is *reset* (TCP RST)."""
    transport = _transport(scope)
    if reset:
        _forget_unsent(transport)
        transport.abort()
    else:
        transport.close()
    # uvicorn answers 500 for an application that returns while it believes the peer is there.
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    extension: dict[str, Any] = scope.get("extensions", {}).get(TRANSPORT, {})
    if not extension:
        raise ConnectionError("only under tiktok_simulator.server can a fault break the connection")
    transport: asyncio.Transport = extension["transport"]
    return transport


def _forget_unsent(transport: asyncio.Transport) -> None:
    """Make the coming close a reset. uvloop lends no setsockopt; a duplicate descriptor does."""
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as twin:
        twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


async def _drip(reply: Reply, receive: Receive, send: Send) -> None:
    # Once the sender is gone no wait lasts, and what is still sent goes nowhere.
    gone = asyncio.ensure_future(receive())
    try:
        for position in range(len(reply.body)):
            more = position + 1 < len(reply.body)
            await send(
                {
                    "type": "http.response.body",
                    "body": reply.body[position : position + 1],
                    "more_body": more,
                }
            )
            await asyncio.wait({gone}, timeout=reply.pause)
    finally:
        gone.cancel()
