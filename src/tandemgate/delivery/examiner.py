"""Test sessions as people run them: begun, watched, given another window, ended."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from tandemgate.core.trial import LED_FOR, WINDOW, joined_at, lane_of, refusals, sightings
from tandemgate.model.event import RawEvent
from tandemgate.model.happening import Acted
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.outcome import Outcome
from tandemgate.model.trial import Ended, Ending, Sighting, Trial, Window
from tandemgate.model.visit import Seen, Visit
from tandemgate.ports import Clock, Observer, StoreUnavailable, Trials, Visits

REMEMBERED: Final = 200
"""Test sessions that are looked up while events arrive: those of months."""


@dataclass(slots=True)
class Examiner:
    """``trials`` are test sessions by their ids, as of the last change."""

    store: Trials
    visits: Visits
    clock: Clock
    observer: Observer
    trials: dict[str, Trial] = field(default_factory=dict)
    _noted: set[tuple[object, ...]] = field(default_factory=set)

    async def begin(self) -> None:
        """Take up what was begun before."""
        self.trials = {one.trial_id: one for one in await self.store.newest(REMEMBERED)}

    # -- while events arrive

    def open_of(self, pixel_id: str) -> Trial | None:
        """Return the test session that *pixel_id* is in now."""
        of_pixel = (one for one in self.trials.values() if one.pixel_id == pixel_id)
        return next((one for one in of_pixel if one.ended is None), None)

    def concerns(self, raws: Sequence[RawEvent]) -> bool:
        """Tell whether any of *raws*, all of one pixel, may belong to a test session."""
        if not (raws and self.trials):
            return False
        now, pixel_id = self.clock.now(), raws[0].lane.pixel_id
        return any(
            one.pixel_id == pixel_id and (one.ended is None or now - one.ended.at < LED_FOR)
            for one in self.trials.values()
        )

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
        if news:
            with suppress(StoreUnavailable):
                await self.store.note(trial.trial_id, news)
                self._noted.update(kinds)

    # -- what people ask and decide

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
        return await self._follow(trial, (*trial.windows, window), None, act)

    async def stop(self, trial: Trial, reason: str, who: str) -> bool:
        """End *trial* without a result; false where somebody was quicker."""
        now = self.clock.now()
        act = Act(now, who, "test_stopped", trial.pixel_id, reason)
        ended = Ended(Ending.STOPPED, now, who, reason)
        return await self._follow(trial, trial.windows, ended, act)

    async def _follow(
        self, trial: Trial, windows: tuple[Window, ...], ended: Ended | None, act: Act
    ) -> bool:
        following = replace(trial, windows=windows, ended=ended, revision=trial.revision + 1)
        return await self._keep(following, act)

    async def _keep(self, trial: Trial, act: Act) -> bool:
        if not await self.store.keep(trial, act):
            return False
        self.trials[trial.trial_id] = trial
        self._noted.clear()
        self.observer.notice(Acted(act))
        return True


def _kind(trial: Trial, one: Sighting) -> tuple[object, ...]:
    """Tell what makes a sighting no news: that the like of it was seen in this window."""
    return (trial.trial_id, one.sight, one.ttclid, one.ttp, one.reason, one.field)
