"""The intake process: from a connection to its answer, with the ledger across a channel."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import uvloop
from starlette.types import Receive, Scope, Send

from tandemgate.model.event import RawEvent
from tandemgate.model.instant import Epoch
from tandemgate.model.outcome import Outcome
from tandemgate.model.rules import PixelRules
from tandemgate.model.trial import Trial
from tandemgate.ports import Admissions, Clock, Naming, VisitSearch
from tandemgate.settings import Settings
from tandemgate.storage.sqlite import SqliteSearch
from tandemgate.telemetry import Telemetry
from tandemgate.web.app import intakes_of
from tandemgate.web.guard import Elsewhere, Guard
from tandemgate.web.keys import KeyRing
from tandemgate.wiring.clock import SystemClock
from tandemgate.wiring.doorway import Doorway, Hall
from tandemgate.wiring.intake.channel import Channel
from tandemgate.wiring.intake.frames import (
    Begin,
    End,
    Failed,
    Handed,
    Know,
    Known,
    Order,
    Ready,
    Served,
    Stored,
    Unavailable,
)
from tandemgate.wiring.intake.handing import hand
from tandemgate.wiring.intake.remote import RemoteAdmissions
from tandemgate.wiring.process import settle
from tandemgate.wiring.server import BACKLOG, GRACE_SECONDS, hosts
from tandemgate.wiring.store import database_of

OK: Final = 0
BROKEN: Final = 1
TOLD_EVERY: Final = 1.0
"""Seconds between words about what was answered."""


class Line(NamedTuple):
    """One end of what joins an intake process to the gateway's: to talk, and to hand over."""

    talk: socket.socket
    hand: socket.socket

    def close(self) -> None:
        """Leave it to the other processes that hold it."""
        self.talk.close()
        self.hand.close()


@dataclass(slots=True)
class Led:
    """Knows which pixels are in a test session, and leaves their events to the gateway's process.

    ``until`` tells for how long; ``trials`` are none, since nothing is decided here.
    """

    clock: Clock
    until: Mapping[str, Epoch] = field(default_factory=dict)
    trials: Mapping[str, Trial] = field(default_factory=dict)

    def concerns(self, raws: Sequence[RawEvent]) -> bool:
        """Raise :class:`Elsewhere` where any of *raws* may belong to a test session."""
        until = self.until.get(raws[0].lane.pixel_id) if raws and self.until else None
        if until is not None and self.clock.now() < until:
            raise Elsewhere
        return False

    async def hear(
        self,
        raws: Sequence[RawEvent],
        outcomes: Sequence[Outcome],
        event_ids: Iterable[str | None],
    ) -> None:
        """Do nothing: what is heard here belongs to no test session."""


@dataclass(frozen=True, slots=True)
class Means:
    """The :class:`tandemgate.web.parts.IntakeParts` of an intake process."""

    rules: Mapping[str, PixelRules]
    ledger: Admissions
    visits: VisitSearch
    pairs: Naming
    clock: Clock
    keys: KeyRing
    examiner: Led
    hosts: frozenset[str]


class Child:
    """One intake process, from its first word to its last."""

    def __init__(
        self, settings: Settings, telemetry: Telemetry, listener: socket.socket, line: Line
    ) -> None:
        clock = SystemClock()
        self._settings = settings
        self._telemetry = telemetry
        self._listener = listener
        self._line = line
        self._keys = KeyRing(settings.keys, clock)
        self._led = Led(clock)
        self._channel = Channel[Order](Order, self._hear, self._lose)
        self._ledger = RemoteAdmissions(self._channel.say)
        self._begun: asyncio.Future[Begin] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()
        self._handed = 0

    async def run(self) -> int:
        """Take events in until the gateway's process says that it is over."""
        await self._channel.open(self._line.talk)
        begin = await self._begun
        search = SqliteSearch(database_of(self._settings), begin.blind_index_key)
        means = Means(
            begin.rules,
            self._ledger,
            search.visits,
            search.pairs,
            self._led.clock,
            self._keys,
            self._led,
            hosts(self._settings),
        )
        prompts = intakes_of(means, keyless_alias=self._settings.server.keyless_alias)
        hall = Hall(Guard(_never, self._telemetry, prompt=prompts), self._hand)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Doorway(hall), sock=self._listener, backlog=BACKLOG
        )
        keeping = [loop.create_task(hall.keep()), loop.create_task(self._tell())]
        settle()
        self._channel.say(Ready())
        await self._over.wait()
        server.close()
        await _ended(hall)
        for task in keeping:
            task.cancel()
        self._tell_once()
        self._channel.close()
        await search.aclose()
        return OK

    def _hear(self, frame: Order) -> None:
        match frame:
            case Stored() | Unavailable() | Failed():
                self._ledger.hear(frame)
            case Begin():
                self._begun.set_result(frame)
            case Know(number, made, led):
                self._keys.take_up(made)
                self._led.until = led
                self._channel.say(Known(number))
            case End():
                self._over.set()

    def _lose(self) -> None:
        """End at once where the gateway's process is no more.

        What waits for it was stored or was not, which nobody can tell; so nothing is answered.
        """
        if not self._over.is_set():
            os._exit(BROKEN)

    def _hand(self, transport: asyncio.Transport, came: bytes) -> None:
        """Give a connection to the gateway's process, with what came on it."""
        transport.pause_reading()  # what comes from now on is the other's to read
        if transport.get_write_buffer_size():
            # Its last answer is not out yet, and two processes must not write at the same time.
            asyncio.get_running_loop().call_later(0.01, self._hand, transport, came)
            return
        self._handed += 1
        if hand(self._line.hand, transport.get_extra_info("socket"), self._handed):
            self._channel.say(Handed(self._handed, came))
        transport.abort()  # closes what is held here, not the connection

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TOLD_EVERY)
            self._tell_once()

    def _tell_once(self) -> None:
        counted, lines_lost = self._telemetry.take()
        used = dict(self._keys.used)
        self._keys.used.clear()
        if counted.counts or lines_lost:
            self._channel.say(Served(counted, used, lines_lost))


async def _never(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer nothing: what is not plain never gets here."""


async def _ended(hall: Hall) -> None:
    """Wait for answers that are under way, but not for ever."""
    hall.close()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GRACE_SECONDS
    while hall.connections and loop.time() < deadline:  # noqa: ASYNC110 - there are many of them
        await asyncio.sleep(0.02)


def be_intake(settings: Settings, telemetry: Telemetry, listener: socket.socket, line: Line) -> int:
    """Be an intake process; return its exit code. Its signals are the gateway's to act on."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)

    async def run() -> int:
        return await Child(settings, telemetry, listener, line).run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())
