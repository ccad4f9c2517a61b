"""The ledger's port around a real store: sees every change, and lets the process die anywhere."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeVar

from tandemgate.core.denial import denials
from tandemgate.core.replay import Ground, plan
from tandemgate.model.admission import (
    Admission,
    Admitted,
    AlreadyKnown,
    Clash,
    Entry,
    Filter,
    Tally,
)
from tandemgate.model.consent import Flag
from tandemgate.model.delivery import Answer, Batch, Change, Due
from tandemgate.model.event import Event, EventKey, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.rights import Statement
from tandemgate.model.rules import Clocks as Limits
from tandemgate.model.state import EDGES, FINAL, State
from tandemgate.ports import StoreUnavailable
from tests.build import PIXEL
from tests.laws.copies import FREEING, KEPT, RULES, Copy, person_of, traces_of
from tests.laws.quiet import Clocks, QuietLoop
from tests.laws.stores import Store
from tests.laws.tiktok import Item

R = TypeVar("R")

EVERYTHING: Final = 1_000_000
LIMITS: Final = Limits()
WINDOW: Final = LIMITS.dedup_window - LIMITS.margin
OF_AGE: Final = {"dedup_window_over", "pixel_window_over", "event_too_old", "clock_set_back"}
ARRIVED: Final = {
    State.QUEUED: "accepted",
    State.HELD: "held",
    State.SUPPRESSED: "suppressed",
}
ABSORBING: Final = {State.DELIVERED, State.CANCELLED}


@dataclass
class Books:
    """What is known of the store from outside, over all lives of the process."""

    entries: dict[int, Entry] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    said: defaultdict[EventKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    broken: list[str] = field(default_factory=list)
    withdrawn: dict[int, Epoch] = field(default_factory=dict)
    erased: dict[int, Epoch] = field(default_factory=dict)
    tombstones: set[int] = field(default_factory=set)
    """When each person withdrew or was erased last, by the clock of then; and what that left."""
    sent: defaultdict[tuple[int, int], set[bytes]] = field(default_factory=lambda: defaultdict(set))
    """The bytes that left, by seq and revision."""

    def must(self, holds: bool, otherwise: str) -> None:
        """Note *otherwise* unless it *holds*."""
        if not holds:
            self.broken.append(otherwise)

    def by_key(self) -> dict[EventKey, Entry]:
        """Every stored event."""
        return {_key(entry): entry for entry in self.entries.values()}


@dataclass
class Fates:
    """What is to happen at the next moments of a name, e.g. ``before intend`` or ``after send``."""

    deaths: set[str] = field(default_factory=set)
    refusals: set[str] = field(default_factory=set)
    meanwhile: dict[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)
    dead: bool = False

    async def meet(self, moment: str) -> None:
        """Let what was planned for *moment* happen."""
        if moment in self.meanwhile:
            await self.meanwhile.pop(moment)()
        if moment in self.deaths:
            self.deaths.remove(moment)
            self.dead = True
        if self.dead:
            await _nevermore()
        if moment in self.refusals:
            self.refusals.remove(moment)
            raise StoreUnavailable(moment)

    def forget(self) -> None:
        """Nothing is planned any more, and whoever is dead is gone."""
        self.deaths.clear()
        self.refusals.clear()
        self.meanwhile.clear()
        self.dead = False


async def _nevermore() -> NoReturn:
    await asyncio.Future()
    raise AssertionError("unreachable")


class WatchedLedger:
    """One operation at a time, each held against the edges."""

    def __init__(self, store: Store, clocks: Clocks, loop: QuietLoop, books: Books) -> None:
        self.fates = Fates()
        self._store = store
        self._clocks = clocks
        self._loop = loop
        self._books = books
        self._lock = asyncio.Lock()
        self._born = clocks.mono
        self._open: dict[str, Batch] = {}
        self._known: dict[int, frozenset[str]] = {}

    # -- the port

    async def offer(self, arriving: Sequence[tuple[Copy, Event]]) -> list[Admission]:
        """Admit events, and note what their copies said as soon as it is durable."""
        return await self._do("admit", self._admit(arriving))

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        return await self._store.ledger.admit(events)

    def tally(self, tallies: Sequence[Tally]) -> None:
        self._store.ledger.tally(tallies)

    async def lanes(self, now: Epoch) -> dict[Lane, Epoch]:
        return await self._do("lanes", self._store.ledger.lanes(now))

    async def claim(self, lane: Lane, limit: int, now: Epoch, *, newest: bool = False) -> list[Due]:
        work = self._store.ledger.claim(lane, limit, now, newest=newest)
        return await self._do("claim", work)

    async def intend(self, batch: Batch, now: Epoch) -> None:
        await self._do("intend", self._store.ledger.intend(batch, now))
        for due in batch.events:
            self._must_be_agreed_to(due)
        self._open[batch.batch_id] = batch
        self._known |= {due.seq: frozenset(self._books.said[due.key]) for due in batch.events}

    async def record(self, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
        self._believe_the_clock(changes)
        await self._do("record", self._store.ledger.record(batch_id, answer, changes))
        self._open.pop(batch_id, None)

    async def settle(self, changes: Sequence[Change], now: Epoch) -> None:
        self._believe_the_clock(changes)
        await self._do("settle", self._store.ledger.settle(changes, now))

    async def unsettled(self) -> list[Batch]:
        return await self._do("unsettled", self._store.ledger.unsettled())

    async def replay(self, reason: str) -> None:
        """Let an operator replay whatever may be sent again."""
        ended = [it for it in self._books.entries.values() if it.state in FINAL]
        now = self._clocks.now()
        chosen = plan(ended, {PIXEL: Ground(LIMITS)}, reason, "operator", now)
        act = Act(now, "operator", "replay", reason=reason)
        await self._do("replay", self._store.controls.replay(chosen.again, act))

    async def withdraw(self, person: int) -> None:
        """Let a person withdraw everything; it counts from the answer on."""
        now = self._clocks.now()
        denied, policies = Flag.DENIED, {PIXEL: RULES[1].policy}
        statement = Statement(traces_of(person), policies, denied, denied, now, now)
        act = Act(now, "operator", "consent_stated")

        async def work() -> None:
            await self._store.rights.state(statement, act)
            for entry in self._books.entries.values():
                if entry.state is State.HELD and person_of(_key(entry)) == person:
                    self._books.said[_key(entry)].add("denied")
            self._books.withdrawn[person] = max(now, self._books.withdrawn.get(person, now))

        await self._do("withdraw", work())

    async def erase(self, person: int) -> None:
        """Let a person be erased."""
        now = self._clocks.now()
        whose = traces_of(person)

        async def work() -> None:
            done = await self._store.rights.erase(whose, EVERYTHING, Act(now, "operator", "erase"))
            self._books.tombstones |= done.met.keys()
            self._books.erased[person] = max(now, self._books.erased.get(person, now))
            self._books.must(
                await self._store.rights.traced(whose, 1) == [], f"{person} is still found"
            )

        await self._do("erase", work())

    # -- what leaves

    async def leaving(self, body: bytes, items: Sequence[Item]) -> None:
        """Hold a request against the promises about what leaves, as its first byte does."""
        await self.fates.meet("before send")
        must = self._books.must
        intended = next((batch for batch in self._open.values() if batch.body == body), None)
        must(intended is not None, f"bytes left without an intent: {body!r}")
        await self._look("send")
        for due, item in zip(intended.events if intended else (), items, strict=False):
            entry, name = self._books.entries[due.seq], due.key.event_id
            must(entry.state is State.SENDING, f"{name} left while it was {entry.state}")
            first = entry.first_maybe
            must(first is None or self._clocks.wall <= first + WINDOW, f"{name} left too late")
            said = self._known[due.seq]
            kept = not said & FREEING or all(KEPT[one](item.said) for one in said & KEPT.keys())
            must(bool(said & FREEING) and kept, f"{name} left although {said}: {item.said}")
            self._books.sent[due.seq, entry.revision].add(item.wire)

    def _must_be_agreed_to(self, due: Due) -> None:
        """Nothing begins to leave under a consent that is older than its withdrawal."""
        books, entry, person = self._books, self._books.entries[due.seq], person_of(due.key)
        books.must(due.seq not in books.tombstones, f"{due.key.event_id} left after its erasure")
        collected_at = entry.decision.collected_at
        # A later copy may have brought the consent: it counts from when that one was decided.
        given_at = min(entry.decided_at, entry.event_time if collected_at is None else collected_at)
        for moments, allowed in ((books.withdrawn, _denies_all(entry)), (books.erased, False)):
            old = person in moments and given_at <= moments[person]
            told = f"{due.key.event_id} left under a consent of {given_at}, withdrawn {moments}"
            books.must(allowed or not old, told)

    def _believe_the_clock(self, changes: Sequence[Change]) -> None:
        ends = [change.reason for change in changes if change.reason in OF_AGE]
        told = f"{ends} just after the clock was set to be wrong by {self._clocks.error} s"
        self._books.must(not (ends and self._clocks.in_doubt(self._born)), told)

    # -- one operation at a time

    async def _do(self, name: str, work: Coroutine[Any, Any, R]) -> R:
        try:
            return await self._done(name, work)
        finally:
            work.close()

    async def _done(self, name: str, work: Coroutine[Any, Any, R]) -> R:
        await self.fates.meet(f"before {name}")
        async with self._lock:
            await self.fates.meet("now")
            with self._loop.working():
                result = await work
            await self._look(name)
            await self.fates.meet(f"after {name}")
            return result

    async def _admit(self, arriving: Sequence[tuple[Copy, Event]]) -> list[Admission]:
        answers = await self._store.ledger.admit([event for _, event in arriving])
        for (copy, _), answer in zip(arriving, answers, strict=True):
            self._books.answers[_outcome(answer)] += 1
            if not isinstance(answer, Clash):
                self._books.said[copy.key].add(copy.statement)
        return answers

    async def _look(self, name: str) -> None:
        with self._loop.working():
            found = await self._store.archive.page(Filter(), EVERYTHING)
        before, after = self._books.entries, {entry.seq: entry for entry in found}
        for seq in before.keys() | after.keys():
            self._see(name, before.get(seq), after.get(seq))
        self._books.entries = after

    def _see(self, name: str, before: Entry | None, after: Entry | None) -> None:
        if after is None:
            self._books.broken.append(f"{before} is gone after {name}")
            return
        step = (before.state if before else None, after.state)
        told = f"{name} took {after.event_id} from {step[0]} to {step[1]}"
        kept = after.seq in self._books.tombstones and after.has_payload
        self._books.must(not kept, f"{name} left a payload of {after.event_id}, which was erased")
        absorbed = before is not None and before.state in ABSORBING
        legal = step[0] is step[1] or (not absorbed and _leads(name, *step))
        self._books.must(legal, told)
        if before is not None and before.revision == after.revision:
            self._books.must(before.unknown <= after.unknown, f"{name} forgot an unknown attempt")


def _denies_all(entry: Entry) -> bool:
    return {"ad_user_data", "ad_personalization"} <= denials(entry.decision)


def _leads(name: str, state: State | None, to: State) -> bool:
    """Tell whether one call of *name* may take an event from *state* to *to*.

    A RETRY passes through QUEUED when it is intended, and one request may bring several copies.
    """
    on_the_way = {"intend": {State.QUEUED}, "admit": set(ARRIVED)}.get(name, set())
    return (state, to) in EDGES or any(
        (state, between) in EDGES and _leads("", between, to) for between in on_the_way
    )


def _outcome(answer: Admission) -> str:
    match answer:
        case Admitted(state=state):
            return ARRIVED[state]
        case AlreadyKnown():
            return "duplicate"
        case Clash():
            return "conflict"


def _key(entry: Entry) -> EventKey:
    return EventKey(entry.pixel_id, entry.event, entry.event_id, entry.channel)
