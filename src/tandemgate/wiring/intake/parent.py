"""The gateway's side of its intake processes: beginning, answering, adopting, ending."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from tandemgate.model.instant import Epoch
from tandemgate.model.key import MadeKey
from tandemgate.ports import Admissions, StoreUnavailable
from tandemgate.settings import Settings
from tandemgate.telemetry import Telemetry
from tandemgate.web.keys import KeyRing
from tandemgate.wiring.intake.channel import Channel
from tandemgate.wiring.intake.child import BROKEN, Line, be_intake
from tandemgate.wiring.intake.frames import (
    Admit,
    Begin,
    Count,
    End,
    Failed,
    Handed,
    Know,
    Known,
    Ready,
    Served,
    Stored,
    Unavailable,
    Word,
)
from tandemgate.wiring.intake.handing import take


@dataclass(frozen=True, slots=True)
class Forked:
    """An intake process that was just made."""

    pid: int
    line: Line


def fork(
    settings: Settings, telemetry: Telemetry, listeners: Sequence[socket.socket]
) -> list[Forked]:
    """Make an intake process for each of *listeners*, while this one has no thread and no loop.

    A fork shares the memory of what was imported, and needs no start of its own.
    """
    made: list[Forked] = []
    for listener in listeners:
        ours, theirs = zip(socket.socketpair(), socket.socketpair(), strict=True)
        pid = os.fork()
        if not pid:
            code = BROKEN
            try:
                Line(*ours).close()
                for one in made:
                    one.line.close()
                for other in listeners:
                    if other is not listener:
                        other.close()
                code = be_intake(settings, telemetry, listener, Line(*theirs))
            finally:
                os._exit(code)
        Line(*theirs).close()
        made.append(Forked(pid, Line(*ours)))
    for listener in listeners:
        listener.close()
    return made


@dataclass(frozen=True, slots=True)
class Hands:
    """What the gateway's process does for an intake process.

    ``adopt`` goes on with a connection of which so many bytes were read. ``used`` tells when each
    key was last let in. ``ended`` hears that one has ended.
    """

    ledger: Admissions
    adopt: Callable[[socket.socket, bytes], Awaitable[None]]
    used: dict[str, Epoch]
    ended: Callable[[], None]
    telemetry: Telemetry


class IntakeProcess:
    """One intake process."""

    def __init__(self, forked: Forked, hands: Hands) -> None:
        self._pid, self._line = forked.pid, forked.line
        self._hands = hands
        self._channel = Channel[Word](Word, self._hear, self._lose)
        self._ready = asyncio.Event()
        self._gone = asyncio.Event()
        self._known: dict[int, asyncio.Future[None]] = {}
        self._numbers = count(1)
        self._given: dict[int, socket.socket] = {}
        self._came: dict[int, bytes] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def begin(self, begin: Begin) -> None:
        """Let it listen."""
        await self._channel.open(self._line.talk)
        self._line.hand.setblocking(False)  # noqa: FBT003 - the name of its only argument is its own
        asyncio.get_running_loop().add_reader(self._line.hand, self._take)
        self._channel.say(begin)

    async def ready(self) -> None:
        """Wait until it listens, or has ended."""
        await self._ready.wait()

    async def know(self, made: Sequence[MadeKey], led: Mapping[str, Epoch]) -> None:
        """Say what changed; return when it counts there too."""
        if self._gone.is_set():
            return
        number = next(self._numbers)
        known = self._known[number] = asyncio.get_running_loop().create_future()
        self._channel.say(Know(number, list(made), led))
        await known

    async def end(self) -> None:
        """Let it answer what is under way, and wait for its end."""
        self._channel.say(End())
        await self._gone.wait()
        with contextlib.suppress(ChildProcessError):
            await asyncio.to_thread(os.waitpid, self._pid, 0)

    def _hear(self, frame: Word) -> None:
        match frame:
            case Admit():
                self._spawn(self._admit(frame))
            case Count(tallies):
                self._hands.ledger.tally(tallies)
            case Handed(number, came):
                self._came[number] = came
                self._adopt(number)
            case Served(counted, used, lines_lost):
                self._hands.telemetry.add_all(counted, lines_lost)
                for name, at in used.items():
                    self._hands.used[name] = max(at, self._hands.used.get(name, at))
            case Known(number):
                self._known.pop(number).set_result(None)
            case Ready():
                self._ready.set()

    async def _admit(self, asked: Admit) -> None:
        try:
            admissions = await self._hands.ledger.admit(asked.events)
        except StoreUnavailable as refusal:
            self._channel.say(Unavailable(asked.number, refusal.reason))
        except Exception as error:  # noqa: BLE001 - a mistake of ours; who asked must hear of it
            self._hands.telemetry.failure("admit", error, "")
            self._channel.say(Failed(asked.number))
        else:
            self._channel.say(Stored(asked.number, admissions))

    def _take(self) -> None:
        while given := take(self._line.hand):
            number, connection = given
            self._given[number] = connection
            self._adopt(number)

    def _adopt(self, number: int) -> None:
        """Go on with a connection once both it and what came on it are here."""
        if number in self._given and number in self._came:
            self._spawn(self._hands.adopt(self._given.pop(number), self._came.pop(number)))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _lose(self) -> None:
        asyncio.get_running_loop().remove_reader(self._line.hand)
        self._line.close()
        for waiting in self._known.values():
            waiting.set_result(None)
        self._known.clear()
        self._ready.set()
        self._gone.set()
        self._hands.ended()


class IntakeProcesses:
    """All intake processes of a gateway, which may be none.

    ``lost`` tells that one ended that nobody had told to: then the gateway ends as well, and
    whatever watches over it begins all of it anew.
    """

    def __init__(self, forked: Sequence[Forked]) -> None:
        self._forked = forked
        self._all: list[IntakeProcess] = []
        self._begin: Begin | None = None
        self._made: Sequence[MadeKey] = ()
        self._led: Mapping[str, Epoch] = {}
        self._ending = False
        self.lost = False

    def join(self, begin: Begin, hands: Hands) -> None:
        """Meet them, with what they begin with."""

        def ended() -> None:
            if not self._ending:
                self.lost = True
                hands.ended()

        self._begin = begin
        self._all = [IntakeProcess(one, replace(hands, ended=ended)) for one in self._forked]

    async def begin(self) -> None:
        """Let all of them listen, and wait until they do."""
        assert self._begin is not None  # noqa: S101 - joined before
        for one in self._all:
            await one.begin(self._begin)
        await self._tell()
        for one in self._all:
            await one.ready()

    async def know_keys(self, made: Sequence[MadeKey]) -> None:
        """Say which keys were made; return when these count and no others."""
        self._made = made
        await self._tell()

    async def know_led(self, led: Mapping[str, Epoch]) -> None:
        """Say which pixels are in a test session until when; return when that counts."""
        self._led = dict(led)
        await self._tell()

    async def end(self) -> None:
        """End all of them."""
        self._ending = True
        await asyncio.gather(*(one.end() for one in self._all))

    async def _tell(self) -> None:
        await asyncio.gather(*(one.know(self._made, self._led) for one in self._all))


@dataclass(frozen=True, slots=True)
class EveryDoor:
    """A :class:`tandemgate.delivery.keysmith.Ring`: what changes counts at every door."""

    keys: KeyRing
    intake: IntakeProcesses

    async def take_up(self, made: Sequence[MadeKey]) -> None:
        """Let in by these keys beside those of the settings, here and in every intake process."""
        self.keys.take_up(made)
        await self.intake.know_keys(made)
