"""What the coverage of match keys says about each event name, and what would raise it.

The index is an estimate of ours: TikTok tells that its Event Match Quality weighs the coverage of
match keys and keeps the weights to itself. The guide gives a range for the weight of each of five
levers, so the index is a range too: from what it is with the least favourable weights within those
ranges to what it is with the most favourable ones.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from operator import itemgetter
from typing import Final, TypeAlias

from tandemgate.catalog.quality import CLICKS, DAYS, LEVERS, VOLUME, Lever
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.quality import (
    Breakdown,
    Cause,
    Coverage,
    Covered,
    DayCoverage,
    EventQuality,
    Gap,
    Interval,
    LeverCoverage,
)

DECISIVE: Final = tuple(key for lever in LEVERS for key in lever.keys)
"""The match keys of the levers, in their order."""

_GRAVEST: Final = (Presence.SUPPRESSED, Presence.INVALID, Presence.MISSING)
"""What of several keys decides about their lever: where consent kept one back, nothing is amiss."""

_CERTAIN: Final = 1.96
"""Standard deviations on either side of 19 of 20 cases."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Events that are the same in all that is judged here."""

    presence: Mapping[MatchKey, Presence]
    paid: bool
    count: int

    @property
    def leaves(self) -> bool:
        """Whether anything of them left."""
        return Presence.SENT in self.presence.values()


Group: TypeAlias = Sequence[Alike]


def assess(coverage: Coverage) -> list[EventQuality]:
    """Judge each event name of each pixel by all that was counted of it, in their order."""
    rows: dict[tuple[str, str], list[Covered]] = {}
    for one in coverage.covered:
        rows.setdefault((one.pixel_id, one.event), []).append(one)
    gaps: dict[tuple[str, str], list[Gap]] = {}
    for gap in coverage.gaps:
        gaps.setdefault((gap.pixel_id, gap.event), []).append(gap)
    return [_assessed(*named, rows[named], gaps.get(named, ())) for named in sorted(rows)]


def index(group: Group) -> Interval | None:
    """Weigh how far each lever is pulled in the events that left; ``None`` if there are none."""
    leaving = sum(one.count for one in group if one.leaves)
    if not leaving:
        return None
    pulled = [_parts(group, lever).sent / leaving for lever in LEVERS]
    return weighed(pulled)


def weighed(pulled: Sequence[float]) -> Interval:
    """Weigh the share of each lever, in the order of the levers.

    A weighted mean is least, or most, when each weight is at one end of its range: those of the
    shares below some bound at one end, and all others at the other.
    """
    ranked = sorted(zip(pulled, LEVERS, strict=True), key=itemgetter(0))
    shares = [share for share, _ in ranked]
    lows, highs = [lever.low for _, lever in ranked], [lever.high for _, lever in ranked]
    bounds = range(len(ranked) + 1)
    return Interval(
        min(_mean(shares, [*highs[:bound], *lows[bound:]]) for bound in bounds),
        _mean(shares, [lever.mid for _, lever in ranked]),
        max(_mean(shares, [*lows[:bound], *highs[bound:]]) for bound in bounds),
    )


def margin(events: int) -> float:
    """Return by how much a share among *events* may be off (shares of 1), in 19 of 20 cases."""
    return _CERTAIN * sqrt(0.25 / events)


def part(presence: Mapping[MatchKey, Presence], lever: Lever, *, paid: bool) -> Presence:
    """Say what became of the keys of *lever* in one event; a ttclid is wanted of paid visits."""
    wanted = [key for key in lever.keys if paid or key is not MatchKey.TTCLID]
    found = {presence.get(key, Presence.MISSING) for key in wanted}
    return next((grave for grave in _GRAVEST if grave in found), Presence.SENT)


def _assessed(
    pixel_id: str, event: str, covered: Sequence[Covered], gaps: Sequence[Gap]
) -> EventQuality:
    whole, paid = _grouped(covered), [one for one in _grouped(covered) if one.paid]
    events = sum(one.count for one in whole)
    leaving = sum(one.count for one in whole if one.leaves)
    days = tuple(_of_day(day, covered) for day in sorted({one.day for one in covered}))
    causes = _causes(gaps)
    told = EventQuality(
        pixel_id=pixel_id,
        event=event,
        events=events,
        leaving=leaving,
        keys={key: _of_key(whole, key) for key in MatchKey},
        paid=_of_key(paid, MatchKey.TTCLID),
        levers=tuple(_lever(whole, lever, leaving, causes) for lever in LEVERS),
        index=index(whole),
        stayed=tuple(one for one in causes if one.key is None),
        days=days,
    )
    return replace(told, notes=tuple(_notes(told)))


def _grouped(covered: Iterable[Covered]) -> Group:
    """Bring together events of all days that are alike."""
    counts: Counter[tuple[tuple[tuple[MatchKey, Presence], ...], bool]] = Counter()
    for one in covered:
        counts[tuple(one.presence.items()), one.paid] += one.count
    return [Alike(dict(presence), paid, count) for (presence, paid), count in counts.items()]


def _of_day(day: int, covered: Iterable[Covered]) -> DayCoverage:
    group = [Alike(one.presence, one.paid, one.count) for one in covered if one.day == day]
    return DayCoverage(
        day,
        sum(one.count for one in group),
        sum(one.count for one in group if one.leaves),
        index(group),
        {key: _of_key(group, key) for key in DECISIVE},
    )


def _lever(group: Group, lever: Lever, leaving: int, causes: Sequence[Cause]) -> LeverCoverage:
    parts = _parts(group, lever)
    coverage = parts.sent / leaving if leaving else 0.0
    own = tuple(one for one in causes if one.key in lever.keys)
    return LeverCoverage(lever.name, parts, coverage, own)


def _causes(gaps: Iterable[Gap]) -> list[Cause]:
    """Sum up why keys are missing, the most frequent first."""
    counts: Counter[tuple[MatchKey | None, str]] = Counter()
    for gap in gaps:
        counts[gap.key, gap.reason] += gap.count
    causes = [Cause(key, reason, count) for (key, reason), count in counts.items()]
    return sorted(causes, key=lambda one: (-one.count, one.key or "", one.reason))


def _notes(told: EventQuality) -> Iterator[str]:
    days = len(told.days)
    if days < DAYS.least:
        yield DAYS.note.format(count=days)
    if 0 < told.leaving < VOLUME.least:
        points = f"{100 * margin(told.leaving):.0f}"
        yield VOLUME.note.format(count=told.leaving, margin=points)
    if told.paid.events < CLICKS.least:
        yield CLICKS.note


def _of_key(group: Group, key: MatchKey) -> Breakdown:
    return _broken_down((one.presence.get(key, Presence.MISSING), one.count) for one in group)


def _parts(group: Group, lever: Lever) -> Breakdown:
    return _broken_down((part(one.presence, lever, paid=one.paid), one.count) for one in group)


def _broken_down(found: Iterable[tuple[Presence, int]]) -> Breakdown:
    counts: Counter[str] = Counter()
    for presence, count in found:
        counts[presence.value] += count
    return Breakdown(**counts)


def _mean(shares: Sequence[float], weights: Sequence[float]) -> float:
    products = (share * weight for share, weight in zip(shares, weights, strict=True))
    return sum(products) / sum(weights)
