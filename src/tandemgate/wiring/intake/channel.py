"""Frames across a socket: four bytes of length, then MessagePack."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

_LENGTH: Final = 4

S = TypeVar("S")


class Channel(asyncio.Protocol, Generic[S]):
    """One end. *hear* is called for each frame that comes, *ended* when no more will."""

    def __init__(
        self,
        speaks: Any,  # noqa: ANN401 - a union of structs has no type
        hear: Callable[[S], None],
        ended: Callable[[], None],
    ) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(speaks).decode
        self._hear = hear
        self._ended = ended
        self._came = bytearray()
        self._transport: asyncio.Transport | None = None

    async def open(self, line: socket.socket) -> None:
        """Begin to speak and hear on *line*, which is one of a pair."""
        line.setblocking(False)  # noqa: FBT003 - the name of its only argument is its own
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: self, sock=line)

    def say(self, frame: Any) -> None:  # noqa: ANN401 - whatever the other side's decoder knows
        """Send *frame*; nothing happens where the other side has gone."""
        if self._transport is not None:
            text = self._encode(frame)
            self._transport.write(len(text).to_bytes(_LENGTH, "big") + text)

    def close(self) -> None:
        """Send what was said, and end."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hear every frame that is whole."""
        came = self._came
        came += data
        at = 0
        while len(came) - at >= _LENGTH:
            starts = at + _LENGTH
            ends = starts + int.from_bytes(came[at:starts], "big")
            if ends > len(came):
                break
            self._hear(self._decode(memoryview(came)[starts:ends]))
            at = ends
        del came[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that nothing more comes."""
        del exc
        self._transport = None
        self._ended()
