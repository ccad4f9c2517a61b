"""Looks for what is worth an alert, and remembers what began and ended."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from tandemgate.core import alarm
from tandemgate.core.alerts import (
    NO_PAIRS,
    Limits,
    Served,
    Sight,
    Verdicts,
    pair_hours,
    spans,
    troubles,
)
from tandemgate.delivery.lookout import Lookout
from tandemgate.model.alert import Alert, Family, Group, Mute
from tandemgate.model.delivery import LaneStatus
from tandemgate.model.happening import AlertChanged
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.operation import Act
from tandemgate.model.pair import PairFilter
from tandemgate.model.problem import ProblemFilter
from tandemgate.model.rollup import MINUTE
from tandemgate.ports import (
    Alerts,
    Archive,
    Clock,
    Observer,
    Pairs,
    Problems,
    Rollups,
    StoreUnavailable,
)

PAIRS_EVERY: Final[Seconds] = 5 * MINUTE
MOST_PAIRS: Final = 2_000
"""Copies that are looked at to tell the rate of an hour."""

SERVED_OVER: Final[Seconds] = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Views:
    """Where a watch looks. ``served`` counts requests with events since the start."""

    archive: Archive
    rollups: Rollups
    problems: Problems
    pairs: Pairs
    lookout: Lookout
    lanes: Callable[[], Sequence[LaneStatus]]
    served: Callable[[], Served]


@dataclass(slots=True)
class Watch:
    """Looks every so many seconds. ``alerts`` are those that are open and that were lately.

    What the store can't keep is kept here, and written when it can: an alert about a full disk must
    not wait for room.
    """

    views: Views
    store: Alerts
    clock: Clock
    observer: Observer
    limits: Limits
    every: Seconds
    changed: Callable[[], None] = lambda: None
    alerts: dict[Group, Alert] = field(default_factory=dict)
    mutes: list[Mute] = field(default_factory=list)
    _stored: Mapping[Group, Alert] | None = None
    _pairs: tuple[Verdicts, Verdicts] = NO_PAIRS
    _paired_at: Epoch | None = None
    _served: deque[tuple[Epoch, Served]] = field(default_factory=deque)

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await self.clock.sleep(self.every)

    async def look(self) -> None:
        """Look once: notice what began and what is over, and remember it."""
        await self._take_up()
        sight = await self._sight()
        before = self.alerts
        found = [*troubles(sight, self.limits), *(alarm.still(before) if sight.blind else ())]
        after = alarm.advance(before, found, sight.now, self.every)
        self.alerts = alarm.hushed(after, self.mutes, sight.now)
        for group, alert in self.alerts.items():
            if (was := before.get(group)) is None or was.open != alert.open:
                self.observer.notice(AlertChanged(group.family, group.pixel_id, began=alert.open))
        await self.keep()
        self.changed()

    async def put(self, alert: Alert) -> None:
        """Remember what was told of an alert, unless it is another one by now."""
        now = self.alerts.get(alert.group)
        if now is not None and now.began_at == alert.began_at:
            self.alerts[alert.group] = alert
            await self.keep()

    async def mute(self, mute: Mute, act: Act) -> None:
        """Let nobody hear of what begins while *mute* lasts; it is watched and listed on."""
        await self.store.mute(mute, act)
        self.mutes = await self.store.mutes()

    async def unmute(self, family: Family, pixel_id: str, act: Act) -> bool:
        """End a mute, and tell what is open; ``False`` where there is none."""
        ended = await self.store.unmute(family, pixel_id, act)
        self.mutes = await self.store.mutes()
        self.changed()
        return ended

    async def keep(self) -> None:
        """Make durable what changed; when the store can't, the next look tries again."""
        stored = self._stored
        if stored is None:
            return
        changed = [one for one in self.alerts.values() if _news(one, stored.get(one.group))]
        gone = [group for group in stored if group not in self.alerts]
        if changed or gone:
            now = dict(self.alerts)
            with suppress(StoreUnavailable):
                await self.store.keep(changed, gone)
                self._stored = now

    async def _take_up(self) -> None:
        """Go on from what was told before a restart."""
        if self._stored is None:
            with suppress(StoreUnavailable):
                kept = {alert.group: alert for alert in await self.store.kept()}
                now = self.clock.now()
                # What is open was not over while nobody looked: calm begins anew.
                again = {group: replace(one, seen_at=now) for group, one in kept.items()}
                self.alerts = {**again, **self.alerts}
                self.mutes = await self.store.mutes()
                self._stored = kept

    async def _sight(self) -> Sight:
        now = self.clock.now()
        views, blind = self.views, False
        try:
            asked = spans(self.limits, now)
            read = [await views.rollups.between(*span) for span in asked.values()]
            rollups = dict(zip(asked, read, strict=True))
            waiting = await views.archive.waiting()
            groups = await views.problems.groups(ProblemFilter(), now)
            await self._pair(now)
        except StoreUnavailable:
            rollups, waiting, groups, blind = {}, {}, [], True
        found = await views.lookout.look()
        served = self._lately(now)
        return Sight(
            now, rollups, found, views.lanes(), waiting, served, groups, self._pairs, blind
        )

    async def _pair(self, now: Epoch) -> None:
        """Count pairs now and then: each count walks over as many copies as it may."""
        if self._paired_at is not None and 0 <= now - self._paired_at < PAIRS_EVERY:
            return
        if Family.PAIR_RATE in self.limits:
            later, earlier = (
                PairFilter(since=since, until=until) for since, until in pair_hours(now)
            )
            counts = self.views.pairs.counts
            self._pairs = (
                (await counts(later, MOST_PAIRS)).verdicts,
                (await counts(earlier, MOST_PAIRS)).verdicts,
            )
        self._paired_at = now

    def _lately(self, now: Epoch) -> Served:
        """Return what was served since SERVED_OVER, as far as this process saw it."""
        served = self.views.served()
        self._served.append((now, served))
        while len(self._served) > 1 and now - self._served[1][0] >= SERVED_OVER:
            self._served.popleft()
        first = self._served[0][1]
        return Served(served.requests - first.requests, served.failed - first.failed)


def _news(alert: Alert, stored: Alert | None) -> bool:
    """Whether more changed than what every look changes."""
    return stored is None or replace(alert, seen_at=stored.seen_at, said=stored.said) != stored
