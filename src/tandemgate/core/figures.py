"""How delivery goes, in figures: what waits, what comes and goes, and how long it takes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tandemgate.core.histogram import percentile, together
from tandemgate.model.event import Channel, Lane
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.operation import Waiting
from tandemgate.model.rollup import MINUTE, Hop, Rollup
from tandemgate.model.state import State

WINDOW: Final[Seconds] = 15 * MINUTE
"""What rates and latencies are told of; the minute that is under way is part of it."""

COMING: Final = frozenset({"accepted", "held"})
"""Outcomes of events that are to be sent."""

SHARES: Final = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Latency:
    """How long *count* of something took; the percentiles are ``None`` where nothing did."""

    count: int = 0
    p50: Seconds | None = None
    p95: Seconds | None = None
    p99: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """One lane, or all together. Rates are events a minute over the window.

    Of a pixel's test lanes ``coming`` and ``going`` are those of all of them.
    """

    waiting: int = 0
    oldest_at: Epoch | None = None
    coming: float = 0.0
    going: float = 0.0
    answer: Latency = field(default_factory=Latency)
    delivered: Latency = field(default_factory=Latency)


def figures(
    rollup: Rollup, waiting: Mapping[Lane, Waiting], lanes: Iterable[Lane]
) -> tuple[dict[Lane, Figures], Figures]:
    """Return the figures of each of *lanes*, and of them together."""
    minutes = (rollup.until - rollup.since) / MINUTE
    coming: Counter[tuple[str, str]] = Counter()
    going: Counter[tuple[str, str]] = Counter()
    for cell in rollup.cells:
        flow = (cell.pixel_id, cell.channel)
        if cell.name in COMING:
            coming[flow] += cell.count
        elif cell.name == State.DELIVERED:
            going[flow] += cell.count
    of_lane = {
        lane: Figures(
            waiting[lane].count if lane in waiting else 0,
            waiting[lane].oldest_at if lane in waiting else None,
            coming[lane.pixel_id, lane.channel] / minutes,
            going[lane.pixel_id, lane.channel] / minutes,
            *(_latency([rollup.latencies.get((lane, hop), {})]) for hop in Hop),
        )
        for lane in lanes
    }
    flows = {(lane.pixel_id, lane.channel.value) for lane in of_lane}
    oldest = (one.oldest_at for one in of_lane.values() if one.oldest_at is not None)
    together_ = Figures(
        sum(one.waiting for one in of_lane.values()),
        min(oldest, default=None),
        sum(coming[flow] for flow in flows) / minutes,
        sum(going[flow] for flow in flows) / minutes,
        *(_latency(rollup.latencies.get((lane, hop), {}) for lane in of_lane) for hop in Hop),
    )
    return of_lane, together_


def lanes_of(rollup: Rollup, waiting: Mapping[Lane, Waiting]) -> set[Lane]:
    """Return the lanes in which something waits or happened."""
    live = {Lane(cell.pixel_id) for cell in rollup.cells if cell.channel == Channel.LIVE}
    return {*waiting, *live, *(lane for lane, _ in rollup.latencies)}


def _latency(histograms: Iterable[Mapping[int, int]]) -> Latency:
    counts = together(histograms)
    return Latency(sum(counts.values()), *(percentile(counts, share) for share in SHARES))
