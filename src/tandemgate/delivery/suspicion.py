"""What a lane remembers of refused halves, to tell a bad event from a bad lane.

The memory is lost with the process; that costs some requests, never an event.
"""

from collections.abc import Sequence
from dataclasses import replace

from tandemgate.core.batching import Refusal, about_the_lane
from tandemgate.model.delivery import (
    Due,
    Hold,
    HoldCause,
    Judgement,
    Refused,
    Review,
    SettledDuplicate,
    Split,
)

MOST_BATCHES = 64
"""Refused batches that are remembered; the oldest is forgotten first."""


class Suspicion:
    """The refusals of halves, by the batch that they were cut from."""

    def __init__(self) -> None:
        self._refusals: dict[str, dict[str, Refusal]] = {}
        self._of_the_lane: Refusal | None = None

    def weigh(self, judgement: Judgement, events: Sequence[Due]) -> Judgement:
        """Turn a refusal that cannot be about an event into a hold of the lane."""
        if not _refuses(judgement, events):
            return judgement
        refusal = (judgement.code, judgement.message)
        if refusal != self._of_the_lane and not self._proven(events[0].suspect, refusal):
            return judgement
        self._refusals.clear()
        self._of_the_lane = refusal
        return replace(judgement, verdict=Hold(HoldCause.CONFIGURATION))

    def clear(self) -> None:
        """Forget that a refusal was about the lane: another answer came."""
        self._of_the_lane = None

    def _proven(self, path: str | None, refusal: Refusal) -> bool:
        if path is None:
            return False
        batch_id = path.partition("/")[0]
        refusals = self._refusals.setdefault(batch_id, {})
        refusals[path] = refusal
        while len(self._refusals) > MOST_BATCHES:
            del self._refusals[next(iter(self._refusals))]
        return about_the_lane(refusals)


def _refuses(judgement: Judgement, events: Sequence[Due]) -> bool:
    match judgement.verdict:
        case Split(maybe_arrived=False):
            return True
        case Refused() | Review() | SettledDuplicate():
            return len(events) == 1
        case _:
            return False
