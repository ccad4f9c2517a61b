"""Where reported actions are handed in, whatever door they came through."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from tandemgate.core.naming import nameless
from tandemgate.core.pipeline import process
from tandemgate.core.trial import by_order, placed
from tandemgate.core.visit import wanted
from tandemgate.model.event import RawEvent
from tandemgate.model.instant import Epoch
from tandemgate.model.outcome import Outcome, Processed
from tandemgate.model.pair import Name, Nameless
from tandemgate.model.rules import PixelRules
from tandemgate.model.visit import Found, Wanted
from tandemgate.web.errand import pause
from tandemgate.web.outcomes import STORED, UNSTORED, conclude, echoed_id, tally
from tandemgate.web.parts import IntakeParts
from tandemgate.web.turn import Turn

_NOT_FOUND: Final[Mapping[int, Found]] = MappingProxyType({})
_UNNAMED: Final[Mapping[int, Sequence[Name]]] = MappingProxyType({})
AT_A_STRETCH: Final = 32
"""After so many events others get a turn, so that a large batch delays nobody for long."""


class Desk:
    """Takes events: decides about each, stores what is to be stored, and says what became of it."""

    def __init__(self, parts: IntakeParts) -> None:
        self._parts = parts
        self._turn = Turn(parts.ledger)

    async def take(self, raws: Sequence[RawEvent], rules: PixelRules) -> list[Outcome]:
        """Return one outcome per event, in order, once everything kept is durable.

        Raises:
            StoreUnavailable: nothing was stored, and nothing of it is counted.

        """
        # Others come as far first: the same done for many in a row costs less of each.
        await pause()
        raws, processed = await self.decided(raws, rules)
        events = [one.event for one in processed if isinstance(one, STORED)]
        admissions = iter(await self._turn.admit(events) if events else ())
        outcomes: list[Outcome] = [
            conclude(one, next(admissions), raw.pointer) if isinstance(one, STORED) else one
            for raw, one in zip(raws, processed, strict=True)
        ]
        if len(events) < len(raws):
            self.count(raws, outcomes, rules)
        if self._parts.examiner.trials:
            await self._parts.examiner.hear(raws, outcomes, map(echoed_id, raws, outcomes))
        return outcomes

    def count(
        self, raws: Sequence[RawEvent], outcomes: Sequence[Outcome], rules: PixelRules | None
    ) -> None:
        """Count what never reached the ledger; *rules* are ``None`` where no pixel was named."""
        now = self._parts.clock.now()
        tallies = [
            tally(raw, outcome, rules, now)
            for raw, outcome in zip(raws, outcomes, strict=True)
            if isinstance(outcome, UNSTORED)
        ]
        if tallies:
            self._parts.ledger.tally(tallies)

    async def decided(
        self, raws: Sequence[RawEvent], rules: PixelRules
    ) -> tuple[Sequence[RawEvent], list[Processed]]:
        """Decide about each, in the lane where it belongs, by what is known besides.

        Few events need anything looked up; the others do not even wait to hear so.
        """
        now, found, names = self._parts.clock.now(), _NOT_FOUND, _UNNAMED
        if asked := {raw.index: one for raw in raws if (one := wanted(raw)) is not None}:
            found = await self._visits(asked, now)
        if found or self._parts.examiner.concerns(raws):
            raws = await self._placed(raws, found, now)
        if unnamed := _nameless(raws, found, rules):
            names = await self._names(unnamed)
        processed: list[Processed] = []
        for raw in raws:
            if processed and len(processed) % AT_A_STRETCH == 0:
                await pause()
            visit, named = found.get(raw.index), names.get(raw.index, ())
            processed.append(process(raw, rules, now, visit, named))
        return raws, processed

    async def _placed(
        self, raws: Sequence[RawEvent], found: Mapping[int, Found], now: Epoch
    ) -> Sequence[RawEvent]:
        """Lead into the lane of a test session what belongs to one."""
        examiner, visits = self._parts.examiner, found
        if examiner.concerns(raws):
            asked = {
                raw.index: one
                for raw in raws
                if raw.index not in found and (one := by_order(raw)) is not None
            }
            visits = {**found, **await self._visits(asked, now)}
        if not visits:
            return raws
        return [placed(raw, visits.get(raw.index), examiner.trials) for raw in raws]

    async def _visits(self, asked: Mapping[int, Wanted], now: Epoch) -> Mapping[int, Found]:
        """Find the visits of those events that name one, by their places."""
        if not asked:
            return _NOT_FOUND
        found = await self._parts.visits.find([*asked.values()], now)
        return {index: visit for index, visit in zip(asked, found, strict=True) if visit}

    async def _names(self, asked: Mapping[int, Nameless]) -> Mapping[int, Sequence[Name]]:
        """Find what those events may be called that come without an event_id, by their places."""
        return dict(zip(asked, await self._parts.pairs.names([*asked.values()]), strict=True))


def _nameless(
    raws: Sequence[RawEvent], found: Mapping[int, Found], rules: PixelRules
) -> dict[int, Nameless]:
    return {
        raw.index: one
        for raw in raws
        if (one := nameless(raw, found.get(raw.index), rules)) is not None
    }
