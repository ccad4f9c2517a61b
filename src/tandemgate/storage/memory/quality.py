"""Coverage of match keys, in memory: counted anew whenever somebody asks."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from tandemgate.core.coverage import Why, is_paid, judged, marks, reasons
from tandemgate.core.days import day_of
from tandemgate.model.operation import Act
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.quality import Coverage, CoverageFilter, Covered, Gap, Score
from tandemgate.storage.memory.rows import Row

_Where: TypeAlias = tuple[str, str, int]
"""pixel_id, event, UTC day"""

_Alike: TypeAlias = tuple[tuple[MatchKey, Presence], ...]


class MemoryQuality:
    """Keeps the promises of :class:`tandemgate.ports.Quality`, by the store's *rows* and *acts*."""

    def __init__(self, rows: Sequence[Row], acts: list[Act]) -> None:
        self._rows = rows
        self._acts = acts
        self._scores: dict[tuple[str, str, int], Score] = {}

    async def coverage(self, wanted: CoverageFilter) -> Coverage:
        alike: Counter[tuple[_Where, _Alike, bool]] = Counter()
        gaps: Counter[tuple[_Where, Why]] = Counter()
        for event in (row.event for row in self._rows):
            where = (event.key.pixel_id, event.key.event, day_of(event.received_at))
            if event.key.channel is wanted.channel and _shows(wanted, *where):
                presence = judged(event.presence, event.decision)
                told = marks(event.findings)
                alike[where, tuple(presence.items()), is_paid(event.presence, told)] += 1
                why = reasons(presence, event.decision, told)
                gaps.update((where, one) for one in why)
        return Coverage(
            tuple(
                Covered(*where, dict(presence), paid, count)
                for (where, presence, paid), count in alike.items()
            ),
            tuple(Gap(*where, why.key, why.reason, count) for (where, why), count in gaps.items()),
        )

    async def note(self, score: Score, act: Act) -> None:
        self._scores[score.pixel_id, score.event, score.day] = score
        self._acts.append(act)

    async def scores(self, wanted: CoverageFilter) -> list[Score]:
        return [self._scores[key] for key in sorted(self._scores) if _shows(wanted, *key)]


def _shows(wanted: CoverageFilter, pixel_id: str, event: str, day: int) -> bool:
    return (
        wanted.first <= day <= wanted.last
        and wanted.pixel_id in {None, pixel_id}
        and wanted.event in {None, event}
        and (wanted.pixels is None or pixel_id in wanted.pixels)
    )
