"""Looks for what wants an operator's eye, and tells when it begins and when it ends."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from tandemgate.core.attention import Attention, Signs, View, attention
from tandemgate.model.admission import Stats
from tandemgate.model.delivery import LaneRules, LaneStatus
from tandemgate.model.happening import AttentionWanted
from tandemgate.model.instant import Seconds
from tandemgate.model.operation import Pause
from tandemgate.model.problem import ProblemFilter, ProblemGroup
from tandemgate.ports import Archive, Clock, Observer, Problems, StoreUnavailable

LOOK_EVERY: Seconds = 10.0
FIRST_LOOK: Seconds = 1.0
"""By then the lanes that were left waiting have heard from TikTok."""


@dataclass(slots=True)
class Lookout:
    """``pixels`` are the configured ones; ``rules`` and ``paused`` change while it looks."""

    archive: Archive
    problems: Problems
    clock: Clock
    observer: Observer
    pixels: Sequence[str]
    rules: Mapping[str, LaneRules]
    paused: Mapping[str, Pause]
    lanes: Callable[[], Sequence[LaneStatus]]
    signs: Callable[[], Signs]
    _told: frozenset[tuple[str, str]] = frozenset()

    async def look(self) -> tuple[Attention, ...]:
        """Return what is the matter now."""
        refusal, stats, groups = "", None, await self._groups()
        try:
            stats = await self.archive.stats()
            await self.archive.check()
        except StoreUnavailable as refused:
            refusal = refused.reason
        return self.judge(stats, groups, refusal)

    async def _groups(self) -> list[ProblemGroup]:
        try:
            return await self.problems.groups(ProblemFilter(), self.clock.now())
        except StoreUnavailable:  # which the archive tells by its name
            return []

    def judge(
        self, stats: Stats | None, groups: Sequence[ProblemGroup], refusal: str = ""
    ) -> tuple[Attention, ...]:
        """Return what is the matter, as *stats* and the *groups* of problems tell it."""
        without_token = [pixel_id for pixel_id in self.pixels if pixel_id not in self.rules]
        signs = self.signs()
        signs = replace(signs, store_refusal=refusal or signs.store_refusal)
        view = View(stats, self.lanes(), self.paused, without_token, signs, groups)
        return attention(view, self.clock.now())

    async def run(self) -> None:
        """Tell each change, until cancelled; a store that can't be read is tried again."""
        await self.clock.sleep(FIRST_LOOK)
        while True:
            with suppress(StoreUnavailable):
                self.tell(await self.look())
            await self.clock.sleep(LOOK_EVERY)

    def tell(self, found: Sequence[Attention]) -> None:
        """Notice what is new, and what is over."""
        now = frozenset((one.reason, one.pixel_id) for one in found)
        for reason, pixel_id in sorted(now - self._told):
            self.observer.notice(AttentionWanted(reason, pixel_id, wanted=True))
        for reason, pixel_id in sorted(self._told - now):
            self.observer.notice(AttentionWanted(reason, pixel_id, wanted=False))
        self._told = now
