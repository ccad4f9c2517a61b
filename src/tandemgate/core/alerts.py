"""What is worth an alert now, out of what was counted and how things stand."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from tandemgate.catalog.alerts import RULES
from tandemgate.core.attention import Attention
from tandemgate.core.beacon import CONTEXT
from tandemgate.core.histogram import percentile
from tandemgate.core.problems import severity_of, status_of
from tandemgate.model.admission import Cell
from tandemgate.model.alert import Family, Group, Trouble
from tandemgate.model.delivery import HoldCause, LaneStatus
from tandemgate.model.event import Channel, Lane
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.operation import Waiting
from tandemgate.model.pair import PairVerdict
from tandemgate.model.problem import ProblemGroup, Severity, Status
from tandemgate.model.rollup import HOUR, MINUTE, SENT, Hop, Rollup, minute_of
from tandemgate.model.state import State

WEEK: Final[Seconds] = 7 * 24 * HOUR

RECEIVED: Final = frozenset({"accepted", "held", "suppressed", "noted", "rejected", "conflict"})
"""Outcomes of what came for the first time; a copy of it is no news."""

FAILED: Final = ("retry_", "hold_")
"""How verdicts begin that TikTok gave no answer about the event for."""

OUTAGE_PATIENCE: Seconds = 2 * MINUTE
"""A network that is mended by then was worth no alert; what TikTok refuses is, at once."""

DAY: Final[Seconds] = 24 * HOUR
TOLD: Final = frozenset({Severity.URGENT, Severity.ERROR})
"""How severe a problem is that is worth an alert."""

TOGETHER: Final = frozenset({PairVerdict.PAIRED, PairVerdict.CONTENT_DIFFERS})
SETTLING: Final[Seconds] = 10 * MINUTE
"""Within it nearly all second copies come that come at all."""

TOLD_APART: Final = frozenset({"lane_held", "urgent_problem"})
"""What wants somebody at once, and is an alert of another kind."""

MOST_PROBLEMS: Final = 25
"""Problems that are told one by one; a shop that sends nothing right needs no hundred messages."""

Limits: TypeAlias = Mapping[Family, float]
"""The number of each kind of alert that is switched on."""


@dataclass(frozen=True, slots=True)
class Served:
    """Requests with events in some time, and those of them that were answered with 5xx."""

    requests: int = 0
    failed: int = 0


Verdicts: TypeAlias = Mapping[tuple[str, PairVerdict], int]
"""How many actions have which verdict, by pixel."""

NO_PAIRS: Final[tuple[Verdicts, Verdicts]] = ({}, {})


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything that it is read from. ``rollups`` are those that :func:`spans` asks for.

    ``pairs`` are the verdicts of the hours that :func:`pair_hours` asks for, the later first.
    ``blind`` says that the store could not be read.
    """

    now: Epoch
    rollups: Mapping[str, Rollup] = field(default_factory=dict)
    found: Sequence[Attention] = ()
    lanes: Sequence[LaneStatus] = ()
    waiting: Mapping[Lane, Waiting] = field(default_factory=dict)
    served: Served = Served()
    problems: Sequence[ProblemGroup] = ()
    pairs: tuple[Verdicts, Verdicts] = NO_PAIRS
    blind: bool = False

    def rollup(self, name: str) -> Rollup:
        """Return one of them; nothing happened as far as a store tells that can't be read."""
        return self.rollups.get(name, NOTHING)


NOTHING: Final = Rollup(0.0, 0.0)


def spans(limits: Limits, now: Epoch) -> dict[str, tuple[Epoch, Epoch]]:
    """Return from when to when the rollups are that :func:`troubles` reads."""
    soon, hour = now + MINUTE, minute_of(now) - HOUR
    then = (hour - WEEK) // HOUR * HOUR
    tested = limits.get(Family.TEST_CODE_ON, 0.0)
    return {
        "ten_minutes": (now - 9 * MINUTE, soon),
        "quarter": (now - 14 * MINUTE, soon),
        "hour": (hour, hour + HOUR),
        "before_then": (then - HOUR, then),
        "then": (then, then + HOUR),
        "after_then": (then + HOUR, then + 2 * HOUR),
        "tested": (now - tested - 15 * MINUTE, now - tested),
    }


def pair_hours(now: Epoch) -> tuple[tuple[Epoch, Epoch], tuple[Epoch, Epoch]]:
    """Return the hours whose pairs are compared, the later first, without what just came."""
    until = minute_of(now) - SETTLING
    return (until - HOUR, until), (until - 2 * HOUR, until - HOUR)


def troubles(sight: Sight, limits: Limits) -> tuple[Trouble, ...]:
    """Return what is the matter, by the kinds of alerts that are switched on."""
    return tuple(
        Trouble(Group(family, pixel_id, subject), said)
        for family, look in LOOKS.items()
        if family in limits
        for pixel_id, subject, said in look(sight, limits[family])
    )


Found: TypeAlias = Iterator[tuple[str, str, str]]
"""pixel_id, subject, what is said."""


def _held(sight: Sight, _: float) -> Found:
    for status in sight.lanes:
        cause, since = status.cause, status.since
        if cause is None:
            continue
        if cause is HoldCause.UNREACHABLE and sight.now - (since or 0.0) < OUTAGE_PATIENCE:
            continue
        lane = status.lane
        subject = " ".join(filter(None, (cause, lane.test_event_code)))
        words = f": {status.message}" if status.message else ""
        yield lane.pixel_id, subject, f"the {lane.channel} lane stands, {cause}{words}"


def _urgent(sight: Sight, _: float) -> Found:
    for one in sight.found:
        if one.urgent and one.reason not in TOLD_APART:
            count = "" if one.count is None else _events(one.count)
            detail = ", ".join(filter(None, (one.detail, count)))
            yield one.pixel_id, one.reason, f"{one.reason}: {detail}" if detail else one.reason


def _standing(sight: Sight) -> frozenset[str]:
    """Return the pixels whose lane is held: what follows from it is not another trouble."""
    return frozenset(one.lane.pixel_id for one in sight.lanes if one.cause is not None)


def _oldest(sight: Sight, limit: float) -> Found:
    standing = _standing(sight)
    ages: dict[str, Seconds] = {}
    for lane, one in sight.waiting.items():
        if one.unsent_at is not None:
            age = sight.now - one.unsent_at
            ages[lane.pixel_id] = max(age, ages.get(lane.pixel_id, age))
    for pixel_id, age in ages.items():
        if age > limit and pixel_id not in standing:
            yield pixel_id, "", f"the oldest unsent event has waited for {_time(age)}"


def _downstream(sight: Sight, limit: float) -> Found:
    standing = _standing(sight)
    sent: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for cell in _live(sight.rollup("ten_minutes")):
        if cell.name == SENT:
            sent[cell.pixel_id] += cell.count
            failed[cell.pixel_id] += cell.count if cell.reason.startswith(FAILED) else 0
    for pixel_id, count in _enough(sent, Family.DOWNSTREAM_SUCCESS):
        share = 1 - failed[pixel_id] / count
        if share < limit and pixel_id not in standing:
            yield pixel_id, "", f"TikTok answered {_share(share)} of {count} sent events"


def _latency(sight: Sight, limit: float) -> Found:
    for (lane, hop), counts in sight.rollup("quarter").latencies.items():
        if hop is not Hop.DELIVERED or lane.channel is not Channel.LIVE:
            continue
        count = sum(counts.values())
        took = percentile(counts, 0.95)
        if count >= RULES[Family.LATENCY].events and took is not None and took > limit:
            said = f"5 of 100 events took more than {_time(took)} from receipt to delivery"
            yield lane.pixel_id, "", f"{said} ({count} events)"


def _availability(sight: Sight, limit: float) -> Found:
    requests, failed = sight.served.requests, sight.served.failed
    if requests < RULES[Family.AVAILABILITY].events:
        return
    share = 1 - failed / requests
    if share < limit:
        yield "", "", f"{failed} of {requests} requests with events were answered with 5xx"


def _rejected(sight: Sight, limit: float) -> Found:
    received: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for cell in _live(sight.rollup("quarter")):
        if _is_new(cell):
            received[cell.pixel_id] += cell.count
        if cell.name in {"rejected", State.REJECTED}:
            rejected[cell.pixel_id] += cell.count
    for pixel_id, count in _enough(received, Family.REJECTED_SHARE):
        share = rejected[pixel_id] / count
        if share > limit:
            yield pixel_id, "", f"{rejected[pixel_id]} of {count} events were rejected"


def _unknown_consent(sight: Sight, limit: float) -> Found:
    received: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for cell in _live(sight.rollup("hour")):
        if _is_new(cell):
            received[cell.pixel_id] += cell.count
        if cell.name == "held" or (cell.name, cell.reason) == ("suppressed", "consent_missing"):
            unknown[cell.pixel_id] += cell.count
    for pixel_id, count in _enough(received, Family.UNKNOWN_CONSENT):
        if unknown[pixel_id] / count > limit:
            yield pixel_id, "", f"{unknown[pixel_id]} of {count} events lack a consent they need"


def _volume(sight: Sight, limit: float) -> Found:
    """Compare with the hours of last week that the last hour overlaps, each by its part."""
    hour = sight.rollup("hour")
    part = hour.since % HOUR / HOUR
    now = _received(hour)
    began, then, after = (
        _received(sight.rollup(name)) for name in ("before_then", "then", "after_then")
    )
    expected = {
        pixel_id: (1 - part) * count + part * after[pixel_id]
        for pixel_id, count in then.items()
        if began[pixel_id]  # else the gateway may have been new then
    }
    for pixel_id, usual in expected.items():
        if usual >= RULES[Family.VOLUME].events and abs(now[pixel_id] / usual - 1) > limit:
            said = f"{now[pixel_id]} events in an hour, {round(usual)} in the same hour last week"
            yield pixel_id, "", said


def _pair_rate(sight: Sight, limit: float) -> Found:
    (now, paired), (before, paired_before) = map(_paired, sight.pairs)
    for pixel_id, count in _enough(now, Family.PAIR_RATE):
        if before[pixel_id] < RULES[Family.PAIR_RATE].events:
            continue
        rate, was = paired[pixel_id] / count, paired_before[pixel_id] / before[pixel_id]
        if was - rate >= limit:
            said = f"{_share(rate)} of {count} actions are paired, {_share(was)} an hour before"
            yield pixel_id, "", said


def _paired(verdicts: Verdicts) -> tuple[Counter[str], Counter[str]]:
    """Count the actions of each pixel, and those of them that both sides told of as one."""
    actions: Counter[str] = Counter()
    paired: Counter[str] = Counter()
    for (pixel_id, verdict), count in verdicts.items():
        actions[pixel_id] += count
        paired[pixel_id] += count if verdict in TOGETHER else 0
    return actions, paired


def _problems(sight: Sight, _: float) -> Found:
    """Tell what is about events; what is about a whole lane is told as a lane that is held."""
    told = [
        group
        for group in sight.problems
        if group.key.source
        and group.key.channel is Channel.LIVE
        and sight.now - group.last_seen < DAY
        and severity_of(group.key) in TOLD
        and status_of(group.stand, sight.now) is Status.OPEN
    ]
    told.sort(key=lambda group: group.news)
    for group in told[:MOST_PROBLEMS]:
        yield group.key.pixel_id, group.problem_id, _problem(group)
    if (more := len(told) - MOST_PROBLEMS) > 0:
        yield "", "others", f"{more} further problems; tandemgate problems lists them"


def _problem(group: ProblemGroup) -> str:
    key, lately = group.key, group.lately
    what = key.reason if key.code is None else f"TikTok's {key.code}, {key.reason}"
    where = f" at {key.field}" if key.field else ""
    example = f", such as {group.sample.event_id}" if group.sample.event_id else ""
    return f"{what}{where}: {_events(lately.seen)} {key.event} from {key.source} in a day{example}"


def _undecided(sight: Sight, _: float) -> Found:
    for one in sight.found:
        if one.reason in {"events_in_review", "events_indeterminate"}:
            state = State.REVIEW if one.reason == "events_in_review" else State.INDETERMINATE
            yield one.pixel_id, state, f"{_events(one.count or 0)} in {state}"


def _test_code(sight: Sight, limit: float) -> Found:
    now, before = (
        {cell.pixel_id for cell in sight.rollup(name).cells if _is_test(cell)}
        for name in ("quarter", "tested")
    )
    for pixel_id in sorted(now & before):
        yield pixel_id, "", f"events with a test code have been coming for {_time(limit)}"


LOOKS: Final[Mapping[Family, Callable[[Sight, float], Found]]] = {
    Family.LANE_HELD: _held,
    Family.URGENT: _urgent,
    Family.OLDEST_UNSENT: _oldest,
    Family.DOWNSTREAM_SUCCESS: _downstream,
    Family.LATENCY: _latency,
    Family.AVAILABILITY: _availability,
    Family.REJECTED_SHARE: _rejected,
    Family.UNKNOWN_CONSENT: _unknown_consent,
    Family.VOLUME: _volume,
    Family.PAIR_RATE: _pair_rate,
    Family.PROBLEMS: _problems,
    Family.UNDECIDED: _undecided,
    Family.TEST_CODE_ON: _test_code,
}
"""How each kind is judged; those that others hide behind come first."""


def _live(rollup: Rollup) -> Iterator[Cell]:
    return (cell for cell in rollup.cells if cell.channel == Channel.LIVE)


def _is_test(cell: Cell) -> bool:
    return cell.channel == Channel.TEST and _is_new(cell)


def _is_new(cell: Cell) -> bool:
    """Tell whether events are counted that came for the first time."""
    return cell.name in RECEIVED and cell.reason not in CONTEXT


def _received(rollup: Rollup) -> Counter[str]:
    counted: Counter[str] = Counter()
    for cell in _live(rollup):
        counted[cell.pixel_id] += cell.count if _is_new(cell) else 0
    return counted


def _enough(counted: Counter[str], family: Family) -> Iterator[tuple[str, int]]:
    return ((pixel, count) for pixel, count in counted.items() if count >= RULES[family].events)


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _share(share: float) -> str:
    return f"{share * 100:.3g} %"


def _time(seconds: Seconds) -> str:
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.0f} h"
