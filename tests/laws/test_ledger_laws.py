"""The promises of the ledger hold whatever happens in whatever order."""

import asyncio
import tempfile
from abc import abstractmethod
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tandemgate.model.admission import Stats
from tandemgate.model.event import EventKey
from tandemgate.model.state import FINAL, State
from tests.laws.copies import HOUR, LANES, PEOPLE, STATEMENTS, Copy
from tests.laws.gateway import Gateway
from tests.laws.promises import conversion, hold_books, hold_copies, hold_story
from tests.laws.quiet import Clocks, QuietLoop
from tests.laws.stores import Opener, in_a_file, in_memory
from tests.laws.tiktok import MANNERS, TikTok, Turn

EXAMPLES: Final = settings.default.max_examples if settings.default else 100
MOMENTS: Final = tuple(
    f"{when} {what}"
    for what in ("intend", "send", "record", "settle", "claim", "unsettled")
    for when in ("before", "after")
)
BETWEEN: Final = (
    "before intend",
    "before send",
    "after send",
    "before record",
    "before replay",
)
REFUSED: Final = tuple(f"before {what}" for what in ("admit", "intend", "record", "claim", "lanes"))
DAY: Final = 24.0 * HOUR

Steps: TypeAlias = Coroutine[Any, Any, None]

copies = st.builds(
    Copy,
    number=st.integers(0, 3),
    statement=st.sampled_from(("granted", *STATEMENTS)),
    value=st.sampled_from((1, 1, 1, 2)),
    verified=st.sampled_from((True, True, False)),
    clicked=st.booleans(),
    other_order=st.sampled_from((False, False, False, True)),
    age=st.sampled_from((0.0, 0.0, 0.0, 1.0 * HOUR, 2 * DAY, 7 * DAY - 60)),
    lane=st.sampled_from((LANES[0], LANES[0], LANES[1])),
    holds=st.booleans(),
)
people = st.integers(0, PEOPLE - 1)
asked = st.sampled_from(("withdraw", "erase"))
turns = st.builds(Turn, st.sampled_from(sorted(MANNERS)), st.integers(0, 15), st.booleans())


class Machine(RuleBasedStateMachine):
    """A gateway with TikTok on one side, its callers on the other, and faults everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="laws-")
        self.loop = QuietLoop()
        self.clocks = Clocks(self.loop)
        self.tiktok = TikTok(self.clocks)
        self.gateway = Gateway(self.opener(), self.loop, self.clocks, self.tiktok)
        self.whole = True
        self.do(self.gateway.start())

    @abstractmethod
    def opener(self) -> Opener:
        """Say how each life of the process opens the store."""

    def do(self, steps: Steps) -> None:
        """Let *steps* happen, and everything that follows without time; bury the dead."""
        self.loop.run_until_complete(self._do(steps))

    def ask(self, work: Steps) -> None:
        """Let somebody ask the gateway for *work*."""
        self.do(self.gateway.ask(work))

    async def _do(self, steps: Steps) -> None:
        await steps
        await self.clocks.settle()
        while self.gateway.ledger.fates.dead:
            await self.gateway.die()
            await self.gateway.start()

    # -- what callers do

    @rule(copies=st.lists(copies, min_size=1, max_size=5))
    def report(self, copies: list[Copy]) -> None:
        """Copies of events arrive in one request."""
        self.ask(self.gateway.admit(*copies))

    @rule(copy=copies, when=st.sampled_from(("before", "after")))
    def report_and_die(self, copy: Copy, when: str) -> None:
        """The process dies over a request, before or after its commit."""
        self.gateway.ledger.fates.deaths.add(f"{when} admit")
        self.ask(self.gateway.admit(copy))

    @rule(
        copy=copies,
        moment=st.sampled_from(BETWEEN),
    )
    def report_meanwhile(self, copy: Copy, moment: str) -> None:
        """A copy arrives between two steps of the delivery."""
        self.gateway.ledger.fates.meanwhile[moment] = partial(self.gateway.admit, copy)

    # -- what people ask

    @rule(person=people)
    def withdraw(self, person: int) -> None:
        """A person denies everything."""
        self.ask(self.gateway.ledger.withdraw(person))

    @rule(person=people)
    def erase(self, person: int) -> None:
        """A person is erased."""
        self.ask(self.gateway.ledger.erase(person))

    @rule(person=people, what=asked, moment=st.sampled_from(BETWEEN))
    def ask_meanwhile(self, person: int, what: str, moment: str) -> None:
        """A person asks between two steps of the delivery."""
        self.gateway.ledger.fates.meanwhile[moment] = partial(
            getattr(self.gateway.ledger, what), person
        )

    @rule(person=people, what=asked, when=st.sampled_from(("before", "after")))
    def ask_and_die(self, person: int, what: str, when: str) -> None:
        """The process dies over it, before or after its commit."""
        self.gateway.ledger.fates.deaths.add(f"{when} {what}")
        self.ask(getattr(self.gateway.ledger, what)(person))

    # -- what TikTok does

    @rule(turns=st.lists(turns, min_size=1, max_size=4))
    def be_answered(self, turns: list[Turn]) -> None:
        """The next requests are met like this."""
        self.tiktok.turns.extend(turns)

    @rule(number=st.integers(0, 3))
    def be_poison(self, number: int) -> None:
        """TikTok takes offence at an event, until it is corrected."""
        self.tiktok.poison.add((f"ord_{number}", 1))

    @rule(copy=copies)
    def be_seen_by_the_pixel(self, copy: Copy) -> None:
        """The browser's copy arrives at TikTok."""
        self.tiktok.see_pixel(conversion(copy.key))

    # -- what time does

    @rule(seconds=st.sampled_from((1.0, 2.0, 5.0, 12.0, 31.0)))
    def pass_time(self, seconds: float) -> None:
        """A little time passes."""
        self.do(self.clocks.pass_time(seconds))

    @rule(hours=st.sampled_from((0.1, 0.3, 1, 12, 46, 47.1, 49, 7 * 24)))
    def pass_much_time(self, hours: float) -> None:
        """Hours pass."""
        self.mend_the_clock()
        self.do(self.clocks.skip(hours * HOUR))
        self.do(self.clocks.pass_time(6))

    @rule(hours=st.sampled_from((-200, -50, -1, -0.02, 0, 0, 0.02, 1, 50, 200)))
    def set_the_clock(self, hours: float) -> None:
        """The wall clock is set to something, right or wrong."""
        self.clocks.step(hours * HOUR)

    def mend_the_clock(self) -> None:
        """Set a wrong clock right, and let the gateway see it.

        Nobody can tell a clock that was wrong for days, or while no process ran, from one that is
        right: the promises are kept for errors that are mended within the margin of an hour.
        """
        if self.clocks.error:
            self.clocks.step(0)
            self.do(self.clocks.pass_time(320))

    # -- what befalls the process

    @rule(moment=st.sampled_from(MOMENTS))
    def die_at(self, moment: str) -> None:
        """The process is to die at a certain moment."""
        self.gateway.ledger.fates.deaths.add(moment)

    @rule(hours=st.sampled_from((0, 0, 0, 1, 46, 50)))
    def die(self, hours: float) -> None:
        """The process dies now, and stays down for a while."""
        if hours:
            self.mend_the_clock()
        self.do(self._die(hours))

    async def _die(self, hours: float) -> None:
        await self.gateway.die()
        await self.clocks.skip(hours * HOUR)
        await self.gateway.start()

    @rule(moment=st.sampled_from(REFUSED))
    def refuse(self, moment: str) -> None:
        """The store takes nothing at a certain moment."""
        self.gateway.ledger.fates.refusals.add(moment)

    @rule(reason=st.sampled_from(("", "the cause is mended")))
    def replay(self, reason: str) -> None:
        """An operator sends again whatever may be sent again."""
        self.ask(self.gateway.ledger.replay(reason))

    # -- what must hold

    @invariant()
    def promises_hold(self) -> None:
        """After every step."""
        self._hold()

    def _hold(self) -> None:
        gateway, books = self.gateway, self.gateway.books
        self.whole = False
        assert not gateway.running.done(), gateway.running
        stored = books.by_key()
        lost = gateway.acknowledged - stored.keys()
        books.must(not lost, f"acknowledged and gone: {lost}")
        for key, entry in stored.items():
            hold_copies(key, entry, self.tiktok, books)
        for revision, wires in books.sent.items():
            books.must(len(wires) == 1, f"{revision} left as {wires}")
        hold_books(self.loop.run_until_complete(self._stats()), books)
        assert not books.broken, "\n".join(books.broken)
        self.whole = True

    async def _stats(self) -> Stats:
        with self.loop.working():
            return await self.gateway.store.archive.stats()

    def teardown(self) -> None:
        """Let everything come to its end, look at it, and tidy up."""
        try:
            if self.whole:
                self._end()
        finally:
            self.loop.run_until_complete(self._leave())
            self.loop.close()
            self.folder.cleanup()

    def _end(self) -> None:
        self.tiktok.turns.clear()
        self.gateway.ledger.fates.forget()
        self.clocks.step(0)
        for _ in range(16):
            self.do(self.clocks.skip(301))
            self.do(self.clocks.pass_time(6))
            if self._left() <= {State.HELD}:
                break
        assert self._left() <= {State.HELD}, self.gateway.books.entries.values()
        self.do(self.clocks.skip(210 * HOUR))
        self.do(self.clocks.pass_time(12))
        self._hold()
        for key in self.gateway.books.by_key():
            self._hold_story(key)
        assert not self.gateway.books.broken, "\n".join(self.gateway.books.broken)

    def _left(self) -> set[State]:
        return {entry.state for entry in self.gateway.books.entries.values()} - FINAL

    def _hold_story(self, key: EventKey) -> None:
        archive = self.gateway.store.archive
        found = self.loop.run_until_complete(archive.stories(key.event_id, key.pixel_id, key.event))
        (story,) = [it for it in found if it.entry.channel == key.channel]
        hold_story(key, story, self.tiktok, self.gateway.books)

    async def _leave(self) -> None:
        await self.gateway.die()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self.loop.shutdown_default_executor()


class MachineInMemory(Machine):
    """On the reference store."""

    def opener(self) -> Opener:
        return in_memory()


class MachineInAFile(Machine):
    """On the real store."""

    def opener(self) -> Opener:
        return in_a_file(Path(self.folder.name))


@pytest.mark.parametrize(
    ("machine", "share"), [(MachineInMemory, 1.0), (MachineInAFile, 0.4)], ids=["memory", "sqlite"]
)
def test_the_promises_hold(machine: type[Machine], share: float) -> None:
    """No example says what an arbitrary order of faults does; this looks for one that matters."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(EXAMPLES * share),
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
        ),
    )
