"""One lane: claim, screen, batch, intend, send, judge, record; again and again.

A lane prepares one batch at a time and waits for several answers at once, so nothing is claimed
twice. Bytes leave only after the intent to send them is durable.
"""

import asyncio
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tandemgate.core import gate
from tandemgate.core.batching import behind, take
from tandemgate.core.clocks import screen
from tandemgate.core.echo import without_echo
from tandemgate.core.encode import request_body
from tandemgate.core.settle import Attempted, settle
from tandemgate.core.verdict import answer, judge
from tandemgate.delivery.bell import Bell
from tandemgate.delivery.clockwatch import ClockWatch
from tandemgate.delivery.limiter import Limiters
from tandemgate.delivery.notices import delivered_after, held, tell_batch, tell_ends
from tandemgate.delivery.suspicion import Suspicion
from tandemgate.model.delivery import (
    Answer,
    Batch,
    Change,
    Due,
    Judgement,
    LaneRules,
    LaneStatus,
    Retry,
    RetryCause,
    TrackRequest,
)
from tandemgate.model.event import Lane
from tandemgate.model.happening import LaneResumed, StoreRefused
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.operation import Pause
from tandemgate.model.state import State
from tandemgate.ports import Clock, Ledger, Observer, OutOfStep, Sender, StoreUnavailable

STORE_PAUSE: Seconds = 1.0
CLOCK_PAUSE: Seconds = 5.0
LONGEST_NAP: Seconds = 60.0
"""Due times are wall clock and naps are not: look again this often, in case the clock is set."""


_CHANCE = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Means:
    """What delivery works with.

    ``rules`` are looked up by pixel for each request: a token that is replaced in the mapping is
    used from the next request on. A pixel in ``paused`` begins no request. ``chance`` gives
    numbers from 0 up to 1, ``new_id`` the names of batches.
    """

    ledger: Ledger
    sender: Sender
    clock: Clock
    observer: Observer
    rules: Mapping[str, LaneRules]
    paused: Mapping[str, Pause] = field(default_factory=dict)
    chance: Callable[[], float] = _CHANCE.random
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Departure:
    """When a batch left: on both clocks, and by which rules."""

    rules: LaneRules
    at: Epoch
    monotonic: Seconds


class LaneRunner:
    """Delivers what waits in one lane until it is stopped.

    While *watch* does not believe the clock, nothing ends because of its age.
    """

    def __init__(self, lane: Lane, means: Means, limiters: Limiters, watch: ClockWatch) -> None:
        self._lane = lane
        self._means = means
        self._limiters = limiters
        self._watch = watch
        self._bell = Bell(means.clock)
        self._gate = gate.Gate()
        self._held_at: Epoch = 0.0
        self._held_words = ""
        self._suspicion = Suspicion()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._next_due: Epoch | None = None
        self._newest_next = False
        self._wanted = 1
        self._resting = False
        self._stopping = False
        self._bug: BaseException | None = None

    # -- what others tell a lane

    def wake(self, events: int) -> None:
        """Say that *events* more are waiting; a lane that fills a batch sleeps until it is full."""
        self._wanted -= events
        if self._wanted <= 0:
            self._bell.ring()

    def expect(self, due: Epoch) -> None:
        """Say that an event is due at *due*."""
        self._next_due = due if self._next_due is None else min(due, self._next_due)
        self._bell.ring()

    def hasten(self) -> None:
        """Say that somebody mended something: look again now, and probe if the lane is held."""
        self._gate = gate.hasten(self._gate, self._means.clock.monotonic())
        self._wanted = 0
        self._bell.ring()

    def stop(self) -> None:
        """Start no further request."""
        self._stopping = True
        self._bell.ring()

    @property
    def in_flight(self) -> frozenset[asyncio.Task[None]]:
        """The requests whose outcome is not recorded yet."""
        return frozenset(self._in_flight)

    @property
    def idle(self) -> bool:
        """Whether nothing would be forgotten if the lane went away."""
        return self._resting and not self._in_flight and self._gate.cause is None

    @property
    def _paused(self) -> bool:
        return self._lane.pixel_id in self._means.paused

    def status(self) -> LaneStatus:
        """Return the lane as it stands now."""
        means, held = self._means, self._gate.cause is not None
        rules = means.rules.get(self._lane.pixel_id)
        limiter = self._limiters.of(rules) if rules else None
        width = rules.concurrency if rules else 0
        probe_in = max(0.0, self._gate.probe_at - means.clock.monotonic())
        return LaneStatus(
            self._lane,
            self._gate.cause,
            self._held_at if held else None,
            means.clock.now() + probe_in if held else None,
            len(self._in_flight),
            1 if held else min(self._gate.width, width),
            limiter.per_second if limiter else None,
            self._held_words if held else "",
            self._gate.probes,
            not held and self._gate.width < width,
            limiter.pause() if limiter else 0.0,
        )

    # -- the loop

    async def run(self) -> None:
        """Send what is due, and sleep while nothing may be sent."""
        while not self._stopping:
            try:
                pause = await self._step()
            except OutOfStep:
                pause = 0.0
            except StoreUnavailable as refusal:
                self._means.observer.notice(StoreRefused(self._lane, "intend", refusal.reason))
                pause = STORE_PAUSE
            if pause != 0:
                self._resting = True
                await self._bell.wait(pause)
                self._resting = False
            if self._bug is not None:
                raise self._bug

    async def _step(self) -> Seconds | None:
        """Let one batch leave and return 0, or return how long to sleep (``None``: until woken)."""
        self._wanted = 1
        rules = self._means.rules.get(self._lane.pixel_id)
        if rules is None or self._paused:
            return None
        pause = gate.wait(
            self._gate, len(self._in_flight), rules.concurrency, self._means.clock.monotonic()
        )
        if pause != 0:
            return pause
        # Asked before the claim, so that what is claimed leaves at once and cannot grow stale.
        return self._limiters.of(rules).pause() or await self._claim_and_send(rules)

    async def _claim_and_send(self, rules: LaneRules) -> Seconds | None:
        now = self._means.clock.now()
        limit = 1 if self._gate.cause else rules.max_batch_events
        newest = self._newest_next
        claimed = await self._means.ledger.claim(self._lane, limit, now, newest=newest)
        due = await self._screened(claimed, rules, now)
        if not due:
            self._newest_next = False
            return self._until_next(claimed, now)
        events = take(due, limit, rules.max_batch_bytes)
        full = len(events) >= limit or len(events) < len(due)
        if pause := 0.0 if full else _linger(events, rules, now):
            self._wanted = limit - len(events)
            return pause
        if self._paused:
            return None
        if pause := self._limiters.of(rules).leave():
            return pause
        self._newest_next = not newest and behind(events, now)
        await self._intend_and_send(events, rules, now)
        return 0.0

    async def _screened(self, due: Sequence[Due], rules: LaneRules, now: Epoch) -> list[Due]:
        ended = {end.seq: end for one in due if (end := screen(one, rules.clocks, now))}
        if ended and self._watch.steady():
            await self._means.ledger.settle(list(ended.values()), now)
            tell_ends(self._means.observer, self._lane, list(ended.values()))
        return [one for one in due if one.seq not in ended]

    def _until_next(self, claimed: Sequence[Due], now: Epoch) -> Seconds | None:
        if claimed:  # all of them ended here, unless the clock cannot be believed
            return 0.0 if self._watch.steady() else CLOCK_PAUSE
        if self._next_due is not None and self._next_due <= now:
            self._next_due = None
        return None if self._next_due is None else min(self._next_due - now, LONGEST_NAP)

    async def _intend_and_send(self, events: Sequence[Due], rules: LaneRules, now: Epoch) -> None:
        wires = [due.wire for due in events]
        body = request_body(self._lane, wires, partner_name=rules.partner_name)
        batch = Batch(self._means.new_id(), self._lane, tuple(events), body)
        await self._means.ledger.intend(batch, now)
        left = Departure(rules, now, self._means.clock.monotonic())
        task = asyncio.create_task(self._deliver(batch, left))
        self._in_flight.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        if not task.cancelled():
            self._bug = self._bug or task.exception()
        self._bell.ring()

    # -- one batch

    async def _deliver(self, batch: Batch, left: Departure) -> None:
        means = self._means
        request = TrackRequest(left.rules.access_token, batch.body)
        reply = without_echo(await means.sender.send(request), request)
        judgement = self._suspicion.weigh(judge(reply, len(batch.events)), batch.events)
        self._hear(judgement, left)
        now = means.clock.now()
        steady = self._watch.hear(reply)
        attempt = Attempted(batch, left.at, now, left.rules.clocks, means.chance(), steady)
        changes = settle(judgement, attempt)
        took = delivered_after(batch, now, changes)
        kept = replace(answer(reply, judgement, now), delivered_after=took)
        await self._record(batch.batch_id, kept, changes)
        for due_at in {change.due_at for change in changes if change.due_at is not None}:
            self.expect(due_at)
        tell_batch(means.observer, batch, kept, changes)

    def _hear(self, judgement: Judgement, left: Departure) -> None:
        """Let the answer decide about the lane before another request leaves."""
        means, before = self._means, self._gate
        now = means.clock.monotonic()
        self._gate = gate.heard(before, judgement, left.monotonic, now, means.chance())
        if isinstance(judgement.verdict, Retry) and judgement.verdict.cause is RetryCause.RATE:
            self._limiters.of(left.rules).refused(judgement.verdict.after)
        if self._gate.cause is None:
            self._suspicion.clear()
        if before.cause is None and self._gate.cause is not None:
            self._held_at = means.clock.now()
        if self._gate != before:
            self._held_words = judgement.message
        self._tell_gate(before, judgement, now)

    def _tell_gate(self, before: gate.Gate, judgement: Judgement, now: Seconds) -> None:
        notice = self._means.observer.notice
        if self._gate == before:
            return
        if told := held(self._lane, self._gate, judgement, self._held_at, now):
            notice(told)
        elif before.cause is not None:
            notice(LaneResumed(self._lane, before.cause, now - before.since))

    async def _record(self, batch_id: str, kept: Answer, changes: Sequence[Change]) -> None:
        """Keep the answer, however long the store takes: it is the only proof of what happened."""
        while True:
            try:
                await self._means.ledger.record(batch_id, kept, changes)
            except StoreUnavailable as refusal:
                self._means.observer.notice(StoreRefused(self._lane, "record", refusal.reason))
                await self._means.clock.sleep(STORE_PAUSE)
            else:
                return


def _linger(events: Sequence[Due], rules: LaneRules, now: Epoch) -> Seconds:
    """Return how long fresh events may still wait for others to share their request."""
    if any(due.state is not State.QUEUED or due.suspect for due in events):
        return 0.0
    waited = now - min(due.received_at for due in events)
    # Received in the future: the clock was set back, and this could go on for as long.
    return max(0.0, rules.max_batch_wait - waited) if waited >= 0 else 0.0
