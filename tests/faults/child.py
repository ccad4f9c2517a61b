"""The gateway as a process that starts quickly and can be made to die at a named moment.

It is put together from the product's own parts; what is added stands around the two ports.
"""

import asyncio
import multiprocessing
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self, TypeAlias

import uvloop

from tandemgate.model.admission import Admission
from tandemgate.model.delivery import Answer, Batch, Change, Reply, TrackRequest
from tandemgate.model.event import Event
from tandemgate.model.instant import Epoch
from tandemgate.ports import Ledger
from tandemgate.settings import Settings, load
from tandemgate.telemetry import Telemetry, libraries_logged
from tandemgate.tiktok.client import DEADLINE, TikTokClient
from tandemgate.wiring.clock import SystemClock
from tandemgate.wiring.gateway import Gateway
from tandemgate.wiring.intake.parent import Forked, fork
from tandemgate.wiring.server import address, bind_all
from tandemgate.wiring.store import Store, opened
from tests.e2e.programs import PATIENCE, Program

Moment: TypeAlias = Literal["never", "admitted", "intended", "sending", "answered", "recorded"]
MOMENTS: Final[tuple[Moment, ...]] = ("admitted", "intended", "sending", "answered", "recorded")
KILLED: Final = 137

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(slots=True)
class Doom:
    """Die at *moment* number *number*, as by ``kill -9``: nothing is flushed, nothing told."""

    moment: Moment = "never"
    number: int = 1

    def at(self, moment: Moment) -> None:
        """Say that a moment has come."""
        if moment == self.moment:
            self.number -= 1
            if not self.number:
                os._exit(KILLED)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the process differs from the product: its end, and the *deadline* for an answer.

    ``trusted`` is a certificate that it believes beside those of the system.
    """

    moment: Moment = "never"
    number: int = 1
    deadline: float = DEADLINE
    trusted: Path | None = None


class _DoomedLedger:
    """The ledger, with moments after what it made durable."""

    def __init__(self, ledger: Ledger, doom: Doom) -> None:
        self._ledger = ledger
        self._doom = doom

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the other methods as they are
        return getattr(self._ledger, name)

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        admissions = await self._ledger.admit(events)
        self._doom.at("admitted")
        return admissions

    async def intend(self, batch: Batch, now: Epoch) -> None:
        await self._ledger.intend(batch, now)
        self._doom.at("intended")

    async def record(self, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
        await self._ledger.record(batch_id, answer, changes)
        self._doom.at("recorded")


class _DoomedStore:
    """The store with such a ledger."""

    def __init__(self, store: Store, doom: Doom) -> None:
        self._store = store
        self.ledger = _DoomedLedger(store.ledger, doom)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the other parts as they are
        return getattr(self._store, name)


class _DoomedSender(TikTokClient):
    """The client, with moments while bytes are under way and after the answer."""

    doom: Doom

    async def send(self, request: TrackRequest) -> Reply:
        sending = asyncio.ensure_future(super().send(request))
        await asyncio.wait({sending}, timeout=0.01)
        self.doom.at("sending")
        reply = await sending
        self.doom.at("answered")
        return reply


class Doors(NamedTuple):
    """Where the gateway listens, or its intake processes, and whom it tells that it does."""

    listeners: Sequence[socket.socket]
    forked: Sequence[Forked]
    told: Callable[[], None]


async def _serve(settings: Settings, doors: Doors, telemetry: Telemetry, plan: Plan) -> int:
    doom = Doom(plan.moment, plan.number)
    tls = ssl.create_default_context(cafile=plan.trusted) if plan.trusted else None
    sender = _DoomedSender(settings.tiktok.base_url, deadline=plan.deadline, tls=tls)
    sender.doom = doom
    async with opened(settings, SystemClock()) as store, sender:
        doomed: Any = _DoomedStore(store, doom)
        gateway = Gateway(settings, doomed, sender, telemetry, forked=doors.forked)
        return await gateway.run(doors.listeners, doors.told)


def _main(settings_file: Path, log: Path, plan: Plan, told: Connection) -> None:
    settings = load(settings_file)
    processes = settings.server.intake_processes
    listeners = bind_all(settings.server.listen, processes)
    url = address(listeners[0])
    with log.open("a", encoding="utf-8") as stream:
        telemetry = Telemetry(stream)
        forked = fork(settings, telemetry, listeners) if processes else []
        doors = Doors([] if forked else listeners, forked, lambda: told.send(url))
        with (
            libraries_logged(telemetry.log),
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            code = runner.run(_serve(settings, doors, telemetry, plan))
    raise SystemExit(code)


class Child(Program):
    """A gateway that is forked from a process which has all its modules loaded already."""

    def __init__(self, settings_file: Path, plan: Plan = Plan()) -> None:
        ours, theirs = _processes.Pipe(duplex=False)
        self.log = settings_file.with_name("gateway.log")
        self._child = _processes.Process(
            target=_main, args=(settings_file, self.log, plan, theirs), daemon=True
        )
        self._child.start()
        theirs.close()
        with ours:
            self.url = ours.recv() if ours.poll(PATIENCE) else ""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid or 0

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._child.is_alive()

    def intake_processes(self) -> list[int]:
        """The ids of its intake processes."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [*map(int, children.read_text("ascii").split())]

    def kill(self) -> None:
        """End it as a power cut would."""
        self._child.kill()
        self._child.join(PATIENCE)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self._child.terminate()
        return self.ended()

    def ended(self, patience: float = PATIENCE) -> int:
        """Wait for its end; its exit code, or -1."""
        self._child.join(patience)
        return -1 if self._child.exitcode is None else self._child.exitcode

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()
        self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
