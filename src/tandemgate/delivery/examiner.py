"""Test sessions as people run them: begun, watched, given another window, ended."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from tandemgate.catalog.events import PURCHASES
from tandemgate.catalog.reasons import problem
from tandemgate.core.examine import examine, worth
from tandemgate.core.promotion import Claim, obstacles
from tandemgate.core.trial import LED_FOR, WINDOW, joined_at, lane_of, refusals, sightings
from tandemgate.model.admission import Filter
from tandemgate.model.event import Channel, RawEvent
from tandemgate.model.finding import Problem
from tandemgate.model.happening import Acted
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.outcome import Outcome
from tandemgate.model.pair import PairFilter, Sides
from tandemgate.model.trial import (
    Ended,
    Ending,
    Line,
    Mark,
    Sighting,
    Traffic,
    Trial,
    Window,
)
from tandemgate.model.visit import Seen, Visit
from tandemgate.ports import Archive, Clock, Observer, Pairs, StoreUnavailable, Trials, Visits

MOST_LOOKED_AT: Final = 300
"""Events of one window: one person clicks through one shop."""

MOST_NOTED: Final = 200
"""Sightings of one window; one of each kind is enough."""

REMEMBERED: Final = 200
"""Test sessions that are looked up while events arrive: those of months."""


async def _tell_nobody(_led: Mapping[str, Epoch]) -> None:
    """There are no other doors."""


@dataclass(slots=True)
class Examiner:
    """``trials`` are test sessions by their ids, as of the last change.

    Of every pixel it is known until when something may belong to one, so that an event costs no
    more however many tests there were. ``led_until`` tells the other doors whenever that changes.
    """

    store: Trials
    visits: Visits
    archive: Archive
    pairs: Pairs
    clock: Clock
    observer: Observer
    led_until: Callable[[Mapping[str, Epoch]], Awaitable[None]] = _tell_nobody
    trials: dict[str, Trial] = field(default_factory=dict)
    _led: dict[str, Epoch] = field(default_factory=dict)
    _noted: set[tuple[object, ...]] = field(default_factory=set)

    async def begin(self) -> None:
        """Take up what was begun before."""
        for one in reversed(await self.store.newest(REMEMBERED)):
            self._learn(one)
        await self.led_until(self._led)

    # -- while events arrive

    def open_of(self, pixel_id: str) -> Trial | None:
        """Return the test session that *pixel_id* is in now."""
        return next((one for one in self.opened() if one.pixel_id == pixel_id), None)

    def opened(self) -> list[Trial]:
        """Return the test sessions that are open."""
        return [one for one in self.trials.values() if one.ended is None]

    def concerns(self, raws: Sequence[RawEvent]) -> bool:
        """Tell whether any of *raws*, all of one pixel, may belong to a test session."""
        until = self._led.get(raws[0].lane.pixel_id) if raws and self._led else None
        return until is not None and self.clock.now() < until

    def joined(self, trial_id: str, stated_at: Epoch, pixels: Iterable[str]) -> Visit:
        """Return what a visit shows of a browser that says which test it joined, and when."""
        trial = self.trials.get(trial_id)
        if trial is None or trial.pixel_id not in pixels:
            return Visit()
        since = joined_at(stated_at, trial, self.clock.now())
        return Visit() if since is None else Visit(trial=Seen(trial.trial_id, since))

    async def watch(self, raws: Sequence[RawEvent]) -> None:
        """Note which ids of the browser the calls of a page had."""
        trial = self._trial_of(raws)
        if trial is not None:
            await self._note(trial, sightings(raws, lane_of(trial), self.clock.now()))

    async def hear(
        self,
        raws: Sequence[RawEvent],
        outcomes: Sequence[Outcome],
        event_ids: Iterable[str | None],
    ) -> None:
        """Note what was refused of a test."""
        trial = self._trial_of(raws)
        if trial is not None:
            lane, now = lane_of(trial), self.clock.now()
            await self._note(trial, refusals(raws, outcomes, event_ids, lane, now))

    def _trial_of(self, raws: Sequence[RawEvent]) -> Trial | None:
        return self.open_of(raws[0].lane.pixel_id) if raws and self.trials else None

    async def _note(self, trial: Trial, seen: Iterable[Sighting]) -> None:
        """Keep what is news in this window; a note is not worth an event, so it may fail."""
        kinds = {_kind(trial, one): one for one in seen}
        news = [one for kind, one in kinds.items() if kind not in self._noted]
        if news and len(self._noted) < MOST_NOTED:
            with suppress(StoreUnavailable):
                await self.store.note(trial.trial_id, news)
                self._noted.update(kinds)

    # -- what people ask and decide

    async def lines(self, trial: Trial) -> tuple[Line, ...]:
        """Return the checklist of the newest window; of a test that ended, as it stood then."""
        if trial.ended is not None:
            return trial.window.lines
        return examine(trial, await self._traffic(trial), self.clock.now())

    async def _traffic(self, trial: Trial) -> Traffic:
        """Gather what the newest window showed."""
        window = trial.window
        wanted = Filter(
            trial.pixel_id, since=window.opened_at, until=window.until, channel=Channel.TEST
        )
        told = await self.archive.told(wanted, MOST_LOOKED_AT)
        stories = [one for one in told if one.entry.test_event_code == trial.test_event_code]
        ours = await self.pairs.of([one.entry.seq for one in stories])
        alone = await self._alone(trial)
        bought = [one.entry.seq for one in stories if one.entry.event in PURCHASES]
        stated = {seq: worth(await self.archive.wire(seq)) for seq in bought}
        seen = await self.store.seen(trial.trial_id, window.opened_at)
        return Traffic(
            stories=tuple(reversed(stories)),
            sides=(*ours, *alone),
            sightings=tuple(one for one in seen if one.at <= window.until),
            worth={seq: one for seq, one in stated.items() if one is not None},
            strays=frozenset([one async for one in self._strays(alone)]),
        )

    async def _alone(self, trial: Trial) -> list[Sides]:
        """Return the window's calls of the Pixel that have no copy of ours."""
        since, until = trial.window.opened_at, trial.window.until
        wanted = PairFilter(trial.pixel_id, since=since, until=until, channel=Channel.TEST)
        page = await self.pairs.page(wanted, MOST_LOOKED_AT)
        return [one for one in page.sides if one.server is None]

    async def _strays(self, alone: Iterable[Sides]) -> AsyncIterator[str]:
        """Name those of which the server's copy is there, and is live."""
        for sides in alone:
            copy = sides.browser
            if copy is not None and copy.event_id is not None:
                stories = await self.archive.stories(copy.event_id, sides.pixel_id, copy.event)
                if any(one.entry.channel is Channel.LIVE for one in stories):
                    yield copy.event_id

    async def newest(self, limit: int) -> list[Trial]:
        """Test sessions, the one that was begun last first."""
        return await self.store.newest(limit)

    async def start(self, trial: Trial, sessions: Sequence[str], who: str) -> bool:
        """Begin *trial*, with the visits *sessions* in it; false where the pixel is in another."""
        at = trial.window.opened_at
        act = Act(at, who, "test_started", trial.pixel_id, trial.name)
        if not await self._keep(trial, act):
            return False
        for session in sessions:
            await self.visits.note(session, Visit(trial=Seen(trial.trial_id, at)), (), at)
        return True

    async def open_window(self, trial: Trial, fixed: str, who: str) -> bool:
        """Let only what comes from now on count; false where somebody was quicker."""
        now = self.clock.now()
        window = Window(now, now + WINDOW, who, fixed)
        act = Act(now, who, "test_window", trial.pixel_id, fixed)
        closed = await self._closed(trial)
        return await self._follow(trial, (*closed, window), None, act)

    async def promote(self, trial: Trial, claim: Claim, who: str) -> tuple[Problem, ...]:
        """End *trial* with its report, or return what stands in the way."""
        now, lines = self.clock.now(), await self.lines(trial)
        against = obstacles(trial, lines, claim, now)
        if against:
            return against
        unmet = tuple(line.check for line in lines if line.mark is not Mark.GREEN)
        counts = {mark.value: sum(line.mark is mark for line in lines) for mark in Mark}
        act = Act(now, who, "test_promoted", trial.pixel_id, claim.reason, counts)
        ended = Ended(Ending.PROMOTED, now, who, claim.reason, claim.confirmed, unmet)
        windows = (*trial.windows[:-1], replace(trial.window, lines=lines))
        if await self._follow(trial, windows, ended, act):
            return ()
        return (problem("test_changed", "test", trial.trial_id),)

    async def stop(self, trial: Trial, reason: str, who: str) -> bool:
        """End *trial* without a result; false where somebody was quicker."""
        now = self.clock.now()
        act = Act(now, who, "test_stopped", trial.pixel_id, reason)
        ended = Ended(Ending.STOPPED, now, who, reason)
        return await self._follow(trial, await self._closed(trial), ended, act)

    async def _closed(self, trial: Trial) -> tuple[Window, ...]:
        """Keep how the newest window stands."""
        return (*trial.windows[:-1], replace(trial.window, lines=await self.lines(trial)))

    def _learn(self, trial: Trial) -> None:
        self.trials[trial.trial_id] = trial
        self._led[trial.pixel_id] = math.inf if trial.ended is None else trial.ended.at + LED_FOR

    async def _follow(
        self, trial: Trial, windows: tuple[Window, ...], ended: Ended | None, act: Act
    ) -> bool:
        following = replace(trial, windows=windows, ended=ended, revision=trial.revision + 1)
        return await self._keep(following, act)

    async def _keep(self, trial: Trial, act: Act) -> bool:
        if not await self.store.keep(trial, act):
            return False
        self._learn(trial)
        await self.led_until(self._led)
        self._noted.clear()
        self.observer.notice(Acted(act))
        return True


def _kind(trial: Trial, one: Sighting) -> tuple[object, ...]:
    """Tell what makes a sighting no news: that the like of it was seen in this window."""
    return (trial.trial_id, one.sight, one.ttclid, one.ttp, one.reason, one.field)
