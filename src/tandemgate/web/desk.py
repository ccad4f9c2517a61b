"""Where reported actions are handed in, whatever door they came through."""

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from tandemgate.core.naming import nameless
from tandemgate.core.pipeline import process
from tandemgate.core.trial import by_order, placed
from tandemgate.core.visit import wanted
from tandemgate.model.admission import Admission
from tandemgate.model.event import Event, RawEvent
from tandemgate.model.instant import Epoch
from tandemgate.model.outcome import Noted, Outcome, Processed, Rejected
from tandemgate.model.pair import Name
from tandemgate.model.rules import PixelRules
from tandemgate.model.visit import Found, Wanted
from tandemgate.web.outcomes import conclude, echoed_id, tally, to_store
from tandemgate.web.parts import IntakeParts
from tandemgate.web.turn import Turn

_NONE: Final[Mapping[int, Found]] = MappingProxyType({})
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
        now = self._parts.clock.now()
        found = await self._found(raws, now)
        raws = await self._placed(raws, found, now)
        processed = await self._process(raws, rules, found, now)
        events = [event for event in map(to_store, processed) if event is not None]
        admissions = iter(await self._admit(events))
        outcomes: list[Outcome] = [
            one
            if isinstance(one, Noted | Rejected)
            else conclude(one, next(admissions), raw.pointer)
            for raw, one in zip(raws, processed, strict=True)
        ]
        self.count(raws, outcomes, rules)
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
            if isinstance(outcome, Noted | Rejected)
        ]
        if tallies:
            self._parts.ledger.tally(tallies)

    async def _process(
        self,
        raws: Sequence[RawEvent],
        rules: PixelRules,
        found: Mapping[int, Found],
        now: Epoch,
    ) -> list[Processed]:
        names = await self._names(raws, found, rules)
        processed: list[Processed] = []
        for raw in raws:
            visit, named = found.get(raw.index), names.get(raw.index, ())
            processed.append(process(raw, rules, now, visit, named))
            if len(processed) % AT_A_STRETCH == 0:
                await asyncio.sleep(0)
        return processed

    async def _found(self, raws: Sequence[RawEvent], now: Epoch) -> Mapping[int, Found]:
        """Find the visits of those events that name one, by their places."""
        asked = {raw.index: one for raw in raws if (one := wanted(raw)) is not None}
        return await self._visits(asked, now)

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
        if not asked:
            return _NONE
        found = await self._parts.visits.find(list(asked.values()), now)
        return {index: visit for index, visit in zip(asked, found, strict=True) if visit}

    async def _names(
        self, raws: Sequence[RawEvent], found: Mapping[int, Found], rules: PixelRules
    ) -> dict[int, list[Name]]:
        """Find what those events may be called that come without an event_id, by their places."""
        asked = {
            raw.index: one
            for raw in raws
            if (one := nameless(raw, found.get(raw.index), rules)) is not None
        }
        if not asked:
            return {}
        return dict(zip(asked, await self._parts.pairs.names(list(asked.values())), strict=True))

    async def _admit(self, events: Sequence[Event]) -> list[Admission]:
        return await self._turn.admit(events) if events else []
