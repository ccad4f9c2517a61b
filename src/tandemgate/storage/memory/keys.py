"""Keys that were made while the gateway runs, in memory."""

from dataclasses import replace

from tandemgate.model.instant import Epoch
from tandemgate.model.key import MadeKey
from tandemgate.model.operation import Act


class MemoryKeys:
    """Keeps the promises of :class:`tandemgate.ports.Keys`. *acts* is the audit log."""

    def __init__(self, acts: list[Act]) -> None:
        self._acts = acts
        self._made: list[MadeKey] = []

    async def made(self) -> list[MadeKey]:
        return sorted(self._made, key=lambda one: (one.rights.name, -one.since))

    async def make(self, key: MadeKey, act: Act) -> bool:
        if self._counting(key.rights.name, act.at):
            return False
        self._made.append(key)
        self._acts.append(act)
        return True

    async def exchange(self, key: MadeKey, ends: Epoch, act: Act) -> bool:
        before = self._counting(key.rights.name, act.at)
        if not before:
            return False
        self._end(before, ends)
        self._made.append(key)
        self._acts.append(act)
        return True

    async def end(self, act: Act, name: str) -> int:
        meant = self._counting(name, act.at)
        if meant:
            self._end(meant, act.at)
            self._acts.append(act)
        return len(meant)

    def _counting(self, name: str, now: Epoch) -> list[MadeKey]:
        return [one for one in self._made if one.rights.name == name and one.counts(now)]

    def _end(self, meant: list[MadeKey], at: Epoch) -> None:
        for one in meant:
            until = at if one.until is None else min(at, one.until)
            self._made[self._made.index(one)] = replace(one, until=until)
