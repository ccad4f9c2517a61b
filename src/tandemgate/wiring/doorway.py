"""Where connections come in: plain requests are answered here, all others are passed on.

A full HTTP server costs as much as an event. So a connection begins at a :class:`Doorway`, which
knows plain requests only (:mod:`tandemgate.web.plain`). With the first bytes that are anything else
it passes the whole connection on, together with these bytes, to uvicorn: in this process, or in the
gateway's when this one only takes events in.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final, TypeAlias, cast

from tandemgate.model.instant import Seconds
from tandemgate.web.answers import Answer, written
from tandemgate.web.body import LARGE_AT_ONCE, LARGEST
from tandemgate.web.errand import Company, Errand
from tandemgate.web.guard import HEADERS, Elsewhere, Guard
from tandemgate.web.plain import LARGEST_HEAD, Heads, Plain

MOST: Final = 2048
"""Connections of one process, and requests under way."""

SLOWEST_HEAD: Final[Seconds] = 10.0
"""From connecting, or from a request's first byte, to the end of its head."""

SLOWEST_BODY: Final[Seconds] = 1.0
"""A body that is not here by then is waited for elsewhere, with a word for its sender."""

IDLE: Final[Seconds] = 75.0
"""Longer than clients' pools keep a connection, so that they close first and lose no request."""

SWEPT_EVERY: Final[Seconds] = 1.0

_CLOSE: Final = written(((b"connection", b"close"),))

PassOn: TypeAlias = Callable[[asyncio.Transport, bytes], None]
"""Takes a connection of which so many bytes have been read and nothing was answered yet."""


@dataclass(slots=True)
class Hall:
    """What the doorways of one process share.

    ``gathering`` bodies are being waited for. ``connections`` are those of this process; when it is
    ``closing``, each ends with the answer that it waits for. ``lines`` are in the head of each.
    """

    guard: Guard
    pass_on: PassOn
    connections: set[Any] = field(default_factory=set)
    tasks: set[Any] = field(default_factory=set)
    company: Company = field(default_factory=Company)
    gathering: int = 0
    closing: bool = False
    lines: bytes = written(HEADERS)

    async def keep(self) -> None:
        """Tell the time to answers, and end what waits for too long; until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self.lines = written((*HEADERS, (b"date", formatdate(usegmt=True).encode())))
            self._sweep(loop.time())
            await asyncio.sleep(SWEPT_EVERY)

    def _sweep(self, now: Seconds) -> None:
        """End what waits for too long, in a frame that goes away: what it names would be kept."""
        for one in [one for one in self.connections if isinstance(one, Doorway)]:
            one.expire(now)

    def close(self) -> None:
        """Let every connection end with the answer that it waits for."""
        self.closing = True
        for one in list(self.connections):
            one.shutdown()


class Doorway(asyncio.Protocol):
    """One connection, as long as what comes on it is plain."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._loop = asyncio.get_running_loop()
        self._heads = Heads()
        self._came = b""
        self._pieces: list[bytes] = []
        self._missing = 0
        self._asked = False
        self._paused = False
        self._full = False
        self._deadline = self._loop.time() + SLOWEST_HEAD
        self._transport: asyncio.Transport = _NOWHERE

    # -- what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self._hall.connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._missing:
            self._pieces.append(data)
            self._missing -= len(data)
            if self._missing > 0:
                return
            data = self._gathered()
        self._came = self._came + data if self._came else data
        if not (self._asked or self._full):
            self._read()
        elif len(self._came) > LARGEST_HEAD:
            self._transport.pause_reading()
            self._paused = True

    def pause_writing(self) -> None:
        """Answer nothing more to who does not take the answers."""
        self._full = True

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        del exc
        self._hall.connections.discard(self)
        if self._missing:
            self._gathered()
        self._forget()

    # -- what the hall calls

    def expire(self, now: Seconds) -> None:
        """End what waits for too long."""
        if self._asked or now < self._deadline:
            return
        if self._missing:
            self._pass_on(self._gathered())
        elif self._full:
            self._transport.abort()  # it would wait for ever until the last answer is taken
        else:
            self._transport.close()

    def shutdown(self) -> None:
        """Read nothing more; an answer that is under way is the last one."""
        if not self._asked:
            self._transport.close()

    # -- one request after the other

    def _read(self) -> None:
        """Answer what has come whole, wait for what has not, pass on what is not plain."""
        came = self._came
        plain = self._heads.read(came, self._hall.guard.prompt, LARGEST)
        if plain is None or len(self._hall.connections) > MOST:
            self._pass_on(came)
        elif plain.ends > len(came):
            self._gather(plain)
        else:
            self._came = came[plain.ends :]
            self._asked = True
            way = self._answer(plain, came[: plain.ends])
            self._hall.company.join(Errand(way, self._hall.tasks, self._hall.company))

    def _gather(self, plain: Plain) -> None:
        if self._hall.gathering >= LARGE_AT_ONCE:
            self._pass_on(self._came)
            return
        self._hall.gathering += 1
        self._missing = plain.ends - len(self._came)
        self._pieces, self._came = [self._came], b""
        self._deadline = self._loop.time() + SLOWEST_BODY

    def _gathered(self) -> bytes:
        pieces, self._pieces, self._missing = self._pieces, [], 0
        self._hall.gathering -= 1
        return b"".join(pieces)

    def _pass_on(self, came: bytes) -> None:
        transport = self._transport
        self._hall.connections.discard(self)
        self._forget()
        self._hall.pass_on(transport, came)

    def _forget(self) -> None:
        """Keep nothing of what came: whoever still knows this doorway must not know people."""
        self._transport, self._came, self._heads = _NOWHERE, b"", Heads()

    async def _answer(self, plain: Plain, request: bytes) -> None:
        content = request[plain.starts :]
        try:
            answer, request_id = await self._hall.guard.answer(plain.path, plain.headers, content)
        except Elsewhere:
            self._pass_on(request + self._came)
            return
        self._asked = False
        self._write(answer, request_id)

    def _write(self, answer: Answer, request_id: str) -> None:
        hall, transport = self._hall, self._transport
        if transport is _NOWHERE:
            return
        lines = hall.lines + _CLOSE if hall.closing else hall.lines
        transport.write(answer.http(request_id, lines))
        if hall.closing:
            transport.close()
            return
        self._deadline = self._loop.time() + IDLE
        self._go_on()

    def _go_on(self) -> None:
        """Read the next request, if its answer would be taken."""
        if self._asked or self._full:
            return
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        if self._came:
            self._read()


class _Nowhere(asyncio.Transport):
    """Where a connection leads that has gone."""

    def close(self) -> None:
        """Do nothing: it is closed."""

    def abort(self) -> None:
        """Do nothing: it is closed."""


_NOWHERE: Final = _Nowhere()
