"""Groups of problems in memory: every sighting is kept, and counted when somebody asks."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from tandemgate.core import problems
from tandemgate.core.problems import fits, others, problem_id, seen_again
from tandemgate.model.event import EventKey
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.problem import (
    ProblemFilter,
    ProblemGroup,
    ProblemKey,
    Sample,
    Share,
    Sighting,
    Stand,
    Status,
)
from tandemgate.storage.gathering import Gathering, Seen, hour_of

_A_DAY: Final = 24


@dataclass(slots=True)
class _Group:
    """One problem, and when it was seen. ``before``: what had been received when it was new."""

    key: ProblemKey
    news: int
    before: int
    first: Epoch
    sample: Sample
    hours: Counter[int] = field(default_factory=Counter)
    stand: Stand = field(default_factory=Stand)


class MemoryProblems:
    """Keeps the promises of :class:`tandemgate.ports.Problems`. *acts* is the audit log."""

    def __init__(self, acts: list[Act]) -> None:
        self._acts = acts
        self._groups: dict[str, _Group] = {}
        self._gathering = Gathering()
        self._received: list[tuple[EventKey, Epoch]] = []
        self._news = 0

    # -- what the ledger tells

    def receive(self, event: EventKey, at: Epoch) -> None:
        """Count one event that was received, whatever became of it."""
        self._received.append((event, at))

    def see(self, sightings: Iterable[Sighting]) -> None:
        """Take what was seen; :meth:`commit` adds it to its groups."""
        for one in sightings:
            self._gathering.add(one.key, one.sample)

    def commit(self) -> None:
        """Add what was seen since the last time."""
        for named, key, seen in self._gathering.take():
            self._add(self._group(named, key, seen), seen)

    def _group(self, named: str, key: ProblemKey, seen: Seen) -> _Group:
        if found := self._groups.get(named):
            return found
        beyond = others(key)
        if key != beyond and not fits(*self._room(key)):
            return self._group(problem_id(beyond), beyond, seen)
        before = [at for at in self._received_of(key) if hour_of(at) < hour_of(seen.first)]
        made = _Group(key, self._next_news(), len(before), seen.first, seen.sample)
        self._groups[named] = made
        return made

    def _room(self, key: ProblemKey) -> tuple[int, int]:
        keys = [one.key for one in self._groups.values() if one.key.pixel_id == key.pixel_id]
        kind = (key.reason, key.source, key.channel)
        alike = [one for one in keys if (one.reason, one.source, one.channel) == kind]
        return len(alike), len(keys)

    def _add(self, group: _Group, seen: Seen) -> None:
        group.hours += seen.hours
        group.first = min(group.first, seen.first)
        if seen.sample.at >= group.sample.at:
            group.sample = seen.sample
        again = seen_again(group.stand, seen.sample.at)
        if again != group.stand:
            group.stand, group.news = again, self._next_news()

    def _received_of(self, key: ProblemKey) -> list[Epoch]:
        return [
            at
            for event, at in self._received
            if (event.pixel_id, event.channel) == (key.pixel_id, key.channel)
            and key.event in {"", event.event}
        ]

    def _next_news(self) -> int:
        self._news += 1
        return self._news

    # -- the port

    async def groups(self, wanted: ProblemFilter, now: Epoch) -> list[ProblemGroup]:
        return [
            self._told(group, now)
            for group in self._groups.values()
            if wanted.pixel_id in {None, group.key.pixel_id}
            and (wanted.pixels is None or group.key.pixel_id in wanted.pixels)
        ]

    async def find(self, problem_id: str, now: Epoch) -> ProblemGroup | None:
        found = self._groups.get(problem_id)
        return None if found is None else self._told(found, now)

    async def news(self, after: int, now: Epoch) -> list[ProblemGroup]:
        found = sorted(self._groups.values(), key=lambda group: group.news)
        return [
            self._told(group, now)
            for group in found
            if group.news > after and problems.status_of(group.stand, now) is Status.OPEN
        ]

    async def resolve(self, problem_id: str, act: Act) -> bool:
        return self._decide(
            problem_id, act, lambda stand: problems.resolved(stand, act.at, act.who, act.reason)
        )

    async def mute(self, problem_id: str, until: Epoch | None, act: Act) -> bool:
        return self._decide(
            problem_id, act, lambda stand: problems.muted(stand, act.at, until, act.who, act.reason)
        )

    async def unmute(self, problem_id: str, act: Act) -> bool:
        return self._decide(
            problem_id, act, lambda stand: problems.unmuted(stand, act.who, act.reason)
        )

    def _decide(self, named: str, act: Act, decide: Callable[[Stand], Stand]) -> bool:
        found = self._groups.get(named)
        if found is None:
            return False
        found.stand = decide(found.stand)
        self._acts.append(problems.told(act, named))
        return True

    def _told(self, group: _Group, now: Epoch) -> ProblemGroup:
        received = self._received_of(group.key)
        since = hour_of(now) - _A_DAY
        lately = sum(times for hour, times in group.hours.items() if hour > since)
        return ProblemGroup(
            problem_id(group.key),
            group.key,
            group.first,
            group.sample.at,
            group.sample,
            Share(lately, sum(hour_of(at) > since for at in received)),
            Share(group.hours.total(), len(received) - group.before),
            group.news,
            group.stand,
        )
