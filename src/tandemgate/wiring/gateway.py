"""The whole gateway: store, rules, dispatcher and server, started and stopped together."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import Final, NamedTuple, TextIO

import uvloop

from tandemgate import __version__
from tandemgate.core.alerts import Served
from tandemgate.core.attention import Signs
from tandemgate.core.bots import is_bot
from tandemgate.delivery.bell import Bell
from tandemgate.delivery.dispatcher import Dispatcher
from tandemgate.delivery.examiner import Examiner
from tandemgate.delivery.keysmith import Keysmith
from tandemgate.delivery.lanes import Means
from tandemgate.delivery.lookout import Lookout
from tandemgate.delivery.operator import Operator
from tandemgate.delivery.steward import Steward
from tandemgate.delivery.teller import Teller
from tandemgate.delivery.watch import Views, Watch
from tandemgate.model.delivery import LaneRules
from tandemgate.model.errors import ConfigurationError
from tandemgate.model.operation import Pause
from tandemgate.ports import Notifier
from tandemgate.settings import Settings
from tandemgate.storage.sqlite import WRITER
from tandemgate.telemetry import Telemetry, libraries_logged
from tandemgate.tiktok.client import TikTokClient
from tandemgate.web.app import create_app
from tandemgate.web.keys import KeyRing
from tandemgate.web.parts import Parts, Readiness
from tandemgate.wiring.alerting import limits, receiver
from tandemgate.wiring.clock import SystemClock
from tandemgate.wiring.haste import hasten, may_hasten
from tandemgate.wiring.intake.frames import Begin
from tandemgate.wiring.intake.parent import EveryDoor, Forked, Hands, IntakeProcesses, fork
from tandemgate.wiring.onlooker import Onlooker
from tandemgate.wiring.pixels import cards, pixel_rules, setups
from tandemgate.wiring.policies import put_in_force
from tandemgate.wiring.process import harden, settle
from tandemgate.wiring.reception import Reception
from tandemgate.wiring.server import GatewayServer, address, bind_all, hosts
from tandemgate.wiring.store import Store, opened

STOPPERS: Final = (signal.SIGTERM, signal.SIGINT)

RESTORED: Final = (
    "a backup became the store: so many events may have been sent since it was made; what was "
    "answered with 202 after it is lost here and has to be sent again"
)

OK: Final = 0
BROKEN: Final = 1


class Gateway:
    """A gateway with an open store. :meth:`open` makes one; :meth:`run` serves until stopped."""

    def __init__(  # noqa: PLR0913, PLR0917 - the adapters that were picked
        self,
        settings: Settings,
        store: Store,
        sender: TikTokClient,
        telemetry: Telemetry,
        notifier: Notifier | None = None,
        forked: Sequence[Forked] = (),
    ) -> None:
        clock = SystemClock()
        self.telemetry = telemetry
        readiness = Readiness()
        observer = Onlooker(telemetry, readiness, clock)
        rules: dict[str, LaneRules] = {}
        paused: dict[str, Pause] = {}
        self.dispatcher = Dispatcher(Means(store.ledger, sender, clock, observer, rules, paused))
        self.operator = Operator(
            store.controls,
            store.vault,
            store.archive,
            clock,
            observer,
            setups(settings),
            rules,
            paused,
            self.dispatcher,
        )
        self.rules = {
            pixel.id: pixel_rules(pixel, settings.tiktok, store) for pixel in settings.pixels
        }
        self._policies = store.policies
        self._blind_index_key = store.blind_index_key
        self._intake = IntakeProcesses(forked)
        self.examiner = Examiner(
            store.trials,
            store.visits,
            store.archive,
            store.pairs,
            clock,
            observer,
            self._intake.know_led,
        )
        self.lookout = Lookout(
            store.archive,
            store.problems,
            clock,
            observer,
            [pixel.id for pixel in settings.pixels],
            rules,
            paused,
            self.dispatcher.lane_status,
            lambda: Signs(
                readiness.refused(clock.now()),
                self.dispatcher.clock_apart(),
                telemetry.lines_lost,
                self.examiner.opened(),
                self.teller.unheard() if self.teller else None,
                [*self.parts.hearings.refused.values()],
            ),
        )
        keys = KeyRing(settings.keys, clock)
        self.keysmith = Keysmith(store.keys, EveryDoor(keys, self._intake), clock, observer)
        bell = Bell(clock)
        self.watch = Watch(
            Views(
                store.archive,
                store.rollups,
                store.problems,
                store.pairs,
                self.lookout,
                self.dispatcher.lane_status,
                lambda: Served(telemetry.requests, telemetry.failed),
            ),
            store.alerts,
            clock,
            observer,
            limits(settings.alerts),
            settings.alerts.every,
            bell.ring,
        )
        self.teller = Teller(self.watch, notifier, clock, observer, bell) if notifier else None
        self.parts = Parts(
            rules=self.rules,
            pixels=cards(settings),
            ledger=Reception(store.ledger, readiness, clock, telemetry, self.dispatcher.wake),
            archive=store.archive,
            policies=store.policies,
            visits=store.visits,
            orders=store.orders,
            pairs=store.pairs,
            rollups=store.rollups,
            problems=store.problems,
            quality=store.quality,
            clock=clock,
            keys=keys,
            keysmith=self.keysmith,
            confirmations=store.confirmations,
            telemetry=telemetry,
            operator=self.operator,
            lookout=self.lookout,
            watch=self.watch,
            teller=self.teller,
            steward=Steward(store.rights, clock, observer, self.dispatcher),
            examiner=self.examiner,
            lanes=self.dispatcher.lane_status,
            readiness=readiness,
            sources=settings.sources,
            keyless_alias=settings.server.keyless_alias,
            hosts=hosts(settings),
            trusted_proxies=settings.server.trusted_proxies,
            https=settings.server.public_url.startswith("https:"),
            public_url=settings.server.public_url.rstrip("/"),
            production=settings.production,
            demo=settings.demo,
        )
        self.app = create_app(self.parts)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, telemetry: Telemetry, forked: Sequence[Forked] = ()
    ) -> AsyncIterator["Gateway"]:
        """Open the store and gather the parts; close them in the end. *forked* take events in.

        Raises:
            ConfigurationError: there is nothing to serve, or the store can't be opened.

        """
        _must_have_pixels(settings)
        async with (
            opened(settings, SystemClock()) as store,
            TikTokClient(settings.tiktok.base_url) as sender,
            receiver(settings, SystemClock()) as notifier,
        ):
            if store.restored is not None:
                telemetry.log.warning("store_restored", events=store.restored, message=RESTORED)
            yield cls(settings, store, sender, telemetry, notifier, forked)

    async def run(self, listeners: Sequence[socket.socket], ready: Callable[[], None]) -> int:
        """Serve and deliver until a signal; return 0, or 1 when a part of it broke.

        Where intake processes listen, there are no *listeners* here.

        After a signal no connection is accepted and no request to TikTok begun; what is under way
        gets its time to end, so that nothing is left unknown.
        """
        await self.operator.begin()
        await self.examiner.begin()
        await self.keysmith.begin()
        await put_in_force(self.rules, self._policies, self.parts.clock.now(), self.telemetry)
        intake = self._intake
        server = GatewayServer(self.app, ready, intake)
        loop = asyncio.get_running_loop()
        delivering = loop.create_task(self.dispatcher.run(), name="dispatcher")
        looking = [
            loop.create_task(watcher.run(), name=type(watcher).__name__.lower())
            for watcher in (self.lookout, self.watch, self.teller)
            if watcher is not None
        ]

        def stop() -> None:
            server.should_exit = True
            self.parts.readiness.stopping = True
            self.dispatcher.stop()

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and task.exception() is not None:
                self.telemetry.log.error("delivery_broke", error=type(task.exception()).__name__)
            stop()

        def signalled() -> None:
            server.force_exit = server.should_exit  # the second time, nobody wants to wait
            stop()

        def lost() -> None:
            self.telemetry.log.error("intake_process_ended")
            stop()

        intake.join(
            Begin(self.rules, self._blind_index_key),
            Hands(self.parts.ledger, server.adopt, self.parts.keys.used, lost, self.telemetry),
        )
        delivering.add_done_callback(ended)
        for task in looking:
            task.add_done_callback(self._blind)
        for number in STOPPERS:
            loop.add_signal_handler(number, signalled)
        try:
            await server.serve([*listeners])
        finally:
            stop()
            for task in looking:
                task.cancel()
            await asyncio.wait({delivering, *looking})
            for number in STOPPERS:
                loop.remove_signal_handler(number)
        return BROKEN if delivering.exception() or intake.lost else OK

    def _blind(self, task: asyncio.Task[None]) -> None:
        """Say that nobody watches any more: events go on, and nobody would be told."""
        if not task.cancelled() and task.exception() is not None:
            error = type(task.exception()).__name__
            self.telemetry.log.error("watching_broke", operation=task.get_name(), error=error)


def serve(settings: Settings, log: TextIO | None = None) -> int:
    """Be the process ``tandemgate serve``; return its exit code.

    Raises:
        ConfigurationError: it can't start as it is configured.

    """
    harden()
    is_bot(__name__)  # the list is read now: before the first event, and once for all processes
    stream = sys.stderr if log is None else log
    telemetry = Telemetry(stream, for_people=stream.isatty())
    _must_have_pixels(settings)
    with ExitStack() as open_ones, libraries_logged(telemetry.log):
        processes = settings.server.intake_processes
        bound = bind_all(settings.server.listen, processes)
        listeners = [open_ones.enter_context(one) for one in bound]
        url = address(listeners[0])
        hastens = processes > 0 and may_hasten()
        forked = fork(settings, telemetry, listeners) if processes else ()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            doors = Doors(url, () if forked else listeners, forked, hastens)
            return runner.run(_serve(settings, telemetry, doors))


class Doors(NamedTuple):
    """Where the gateway is found: it listens itself, or the processes that were forked do.

    Then the writer has to be let in before them, where the system ``hastens`` a thread.
    """

    url: str
    listeners: Sequence[socket.socket]
    forked: Sequence[Forked]
    hastens: bool


async def _serve(settings: Settings, telemetry: Telemetry, doors: Doors) -> int:
    async with Gateway.open(settings, telemetry, doors.forked) as gateway:

        def ready() -> None:
            settle()
            if doors.hastens:
                hasten(WRITER)
            telemetry.log.info("ready", url=doors.url, version=__version__)

        code = await gateway.run(doors.listeners, ready)
    telemetry.log.info("stopped")
    return code


def _must_have_pixels(settings: Settings) -> None:
    if not settings.pixels:
        raise ConfigurationError(
            ["no pixel is configured, so there is nothing to serve; add [[pixels]] with an id"],
            "tandemgate demo, to see one at work; the README shows a settings file",
        )
