"""Test sessions in memory: a part of the reference store."""

from collections.abc import Sequence

from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.trial import Sighting, Trial


class MemoryTrials:
    """Keeps the promises of :class:`tandemgate.ports.Trials`; *acts* is the audit log."""

    def __init__(self, acts: list[Act]) -> None:
        self._acts = acts
        self._trials: dict[str, Trial] = {}
        self._seen: list[tuple[str, Sighting]] = []

    async def keep(self, trial: Trial, act: Act) -> bool:
        known = self._trials.get(trial.trial_id)
        if not (self._begins(trial) if known is None else _follows(trial, known)):
            return False
        self._trials[trial.trial_id] = trial
        if trial.ended is not None:
            self._seen = [one for one in self._seen if one[0] != trial.trial_id]
        self._acts.append(act)
        return True

    async def newest(self, limit: int) -> list[Trial]:
        return [*reversed(self._trials.values())][:limit]

    async def note(self, trial_id: str, seen: Sequence[Sighting]) -> None:
        self._seen += [(trial_id, one) for one in seen]

    async def seen(self, trial_id: str, since: Epoch) -> list[Sighting]:
        found = [one for whose, one in self._seen if whose == trial_id and one.at >= since]
        return sorted(found, key=lambda one: one.at)

    def _begins(self, trial: Trial) -> bool:
        others = self._trials.values()
        taken = any(one.pixel_id == trial.pixel_id and one.ended is None for one in others)
        return trial.revision == 1 and not taken


def _follows(trial: Trial, known: Trial) -> bool:
    return known.ended is None and trial.revision == known.revision + 1
