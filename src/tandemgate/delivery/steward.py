"""What people ask about what is theirs, made durable and put into effect in the running flow."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from tandemgate.delivery.operator import Flow
from tandemgate.model.admission import Story
from tandemgate.model.happening import Acted
from tandemgate.model.operation import Act
from tandemgate.model.rights import Erased, Stated, Statement
from tandemgate.ports import Clock, Observer, Rights

MOST_AT_ONCE: Final = 1_000
"""Events that one request erases: some tens of milliseconds in which intake waits."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """The events of a person as they stood, and what became of them: ``None`` if only shown."""

    stories: tuple[Story, ...]
    done: Erased | None = None

    @property
    def more(self) -> bool:
        """Whether there are more events than were looked at; ask again."""
        return self.done.more if self.done else len(self.stories) == MOST_AT_ONCE


@dataclass(frozen=True, slots=True)
class Steward:
    """Honours withdrawals, consents stated later, and erasures."""

    rights: Rights
    clock: Clock
    observer: Observer
    flow: Flow

    async def state(self, statement: Statement, who: str) -> Stated:
        """Apply *statement*; what it released leaves at once."""
        named = tuple(statement.policies) if len(statement.policies) == 1 else ("",)
        act = Act(self.clock.now(), who, "consent_stated", named[0])
        told = await self.rights.state(statement, act)
        for lane, events in told.released.items():
            self.flow.wake(lane, events)
        self.observer.notice(Acted(replace(act, counts=told.counts)))
        return told

    async def erase(
        self, traces: Collection[bytes], who: str, reason: str, *, execute: bool
    ) -> Erasure:
        """Erase the events with any of *traces*, or show which those are."""
        stories = tuple(await self.rights.traced(traces, MOST_AT_ONCE))
        if not execute:
            return Erasure(stories)
        act = Act(self.clock.now(), who, "person_erased", reason=reason)
        done = await self.rights.erase(traces, MOST_AT_ONCE, act)
        self.observer.notice(Acted(act))
        return Erasure(stories, done)
