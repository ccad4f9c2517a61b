"""What the coverage of match keys says about each event name, and what would raise it.

The index is an estimate of ours: TikTok tells that its Event Match Quality weighs the coverage of
match keys and keeps the weights to itself. The guide gives a range for the weight of each of five
levers, so the index is a range too: from what it is with the least favourable weights within those
ranges to what it is with the most favourable ones.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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


Cell: TypeAlias = tuple[str, Presence]
"""A match key, a lever or one of the words below, and what became of it."""

_EVENT: Final = "event"
_OF_ADS: Final = "ttclid of ads"
_LEVER: Final = "lever "


def assess(coverage: Coverage) -> list[EventQuality]:
    """Judge each event name of each pixel by all that was counted of it, in their order."""
    days: dict[tuple[str, str], dict[int, Counter[Cell]]] = {}
    known: dict[tuple[int, bool], tuple[Cell, ...]] = {}
    for one in coverage.covered:
        alike = (id(one.presence), one.paid)  # most rows share theirs with others
        cells = known.get(alike)
        if cells is None:
            cells = known[alike] = _cells(one)
        named = days.setdefault((one.pixel_id, one.event), {})
        counts = named.setdefault(one.day, Counter())
        for cell in cells:
            counts[cell] += one.count
    gaps: dict[tuple[str, str], list[Gap]] = {}
    for gap in coverage.gaps:
        gaps.setdefault((gap.pixel_id, gap.event), []).append(gap)
    return [_assessed(*named, days[named], gaps.get(named, ())) for named in sorted(days)]


def _cells(one: Covered) -> tuple[Cell, ...]:
    """Return everything that an event like *one* counts for."""
    presence = one.presence
    sent = Presence.SENT in presence.values()
    cells = [(key.value, presence.get(key, Presence.MISSING)) for key in MatchKey]
    cells += [(_LEVER + lever.name, part(presence, lever, paid=one.paid)) for lever in LEVERS]
    cells += [(_OF_ADS, presence.get(MatchKey.TTCLID, Presence.MISSING))] if one.paid else []
    return (*cells, (_EVENT, Presence.SENT if sent else Presence.SUPPRESSED))


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
    pixel_id: str, event: str, days: Mapping[int, Counter[Cell]], gaps: Sequence[Gap]
) -> EventQuality:
    whole: Counter[Cell] = Counter()
    for counts in days.values():
        whole.update(counts)
    causes = _causes(gaps)
    told = EventQuality(
        pixel_id=pixel_id,
        event=event,
        events=_parts(whole, _EVENT).events,
        leaving=_parts(whole, _EVENT).sent,
        keys={key: _parts(whole, key) for key in MatchKey},
        paid=_parts(whole, _OF_ADS),
        levers=tuple(_lever(whole, lever, causes) for lever in LEVERS),
        index=_index(whole),
        stayed=tuple(one for one in causes if one.key is None),
        days=tuple(_of_day(day, days[day]) for day in sorted(days)),
    )
    return replace(told, notes=tuple(_notes(told)))


def _of_day(day: int, counts: Counter[Cell]) -> DayCoverage:
    events = _parts(counts, _EVENT)
    keys = {key: _parts(counts, key) for key in DECISIVE}
    return DayCoverage(day, events.events, events.sent, _index(counts), keys)


def _lever(counts: Counter[Cell], lever: Lever, causes: Sequence[Cause]) -> LeverCoverage:
    own = tuple(one for one in causes if one.key in lever.keys)
    return LeverCoverage(
        lever.name, _parts(counts, _LEVER + lever.name), _pulled(counts, lever), own
    )


def _index(counts: Counter[Cell]) -> Interval | None:
    """Weigh how far each lever is pulled; ``None`` where nothing left."""
    if not _parts(counts, _EVENT).sent:
        return None
    return weighed([_pulled(counts, lever) for lever in LEVERS])


def _pulled(counts: Counter[Cell], lever: Lever) -> float:
    """Return the share of *lever* among the events that left."""
    leaving = _parts(counts, _EVENT).sent
    return _parts(counts, _LEVER + lever.name).sent / leaving if leaving else 0.0


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


def _parts(counts: Counter[Cell], what: str) -> Breakdown:
    return Breakdown(**{presence.value: counts[what, presence] for presence in Presence})


def _mean(shares: Sequence[float], weights: Sequence[float]) -> float:
    products = (share * weight for share, weight in zip(shares, weights, strict=True))
    return sum(products) / sum(weights)
