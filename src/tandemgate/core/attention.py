"""What wants an operator's eye: one list for the doctor, the probes, the log and the pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tandemgate.core.problems import presses
from tandemgate.model.admission import Stats
from tandemgate.model.delivery import LaneStatus
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.operation import Pause
from tandemgate.model.problem import ProblemGroup
from tandemgate.model.shop import Refused
from tandemgate.model.state import State
from tandemgate.model.trial import Trial

QUEUE_OLD: Seconds = 900.0
"""An event that waits longer is not on its ordinary way any more."""

CLOCK_ASTRAY: Seconds = 60.0
"""A clock that NTP sets is not this far from TikTok's."""

URGENT: Final = frozenset(
    {
        "store_unavailable",
        "store_full",
        "store_damaged",
        "ledger_imbalance",
        "lane_held",
        "token_missing",
        "urgent_problem",
    }
)
"""Conversions are lost or stand because of it; the others want an answer, but not tonight."""

UNDECIDED: Final = {
    State.INDETERMINATE: "events_indeterminate",
    State.REVIEW: "events_in_review",
}


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing to look at. ``reason`` is a word of the reasons' catalog; ``count`` its events."""

    reason: str
    pixel_id: str = ""
    detail: str = ""
    count: int | None = None
    since: Epoch | None = None

    @property
    def urgent(self) -> bool:
        """Whether it should wake somebody."""
        return self.reason in URGENT


@dataclass(frozen=True, slots=True)
class Unheard:
    """Alerts that their receiver did not take: how many, why the last one, and since when."""

    count: int
    why: str
    since: Epoch


@dataclass(frozen=True, slots=True)
class Signs:
    """What a gateway notices of itself, beside its ledger.

    ``store_refusal`` is why the store refused something within the last seconds, ``clock_apart``
    how far this clock is ahead of TikTok's where that is known, ``log_lines_lost`` counts since the
    start. ``trials`` are the test sessions that are open, ``refused`` the shop systems whose last
    delivery was not believed.
    """

    store_refusal: str = ""
    clock_apart: Seconds | None = None
    log_lines_lost: int = 0
    trials: Sequence[Trial] = ()
    unheard: Unheard | None = None
    refused: Sequence[Refused] = ()


@dataclass(frozen=True, slots=True)
class View:
    """Everything that it is read from; ``stats`` are ``None`` where the store can't be read."""

    stats: Stats | None
    lanes: Sequence[LaneStatus] = ()
    paused: Mapping[str, Pause] = field(default_factory=dict)
    without_token: Iterable[str] = ()
    signs: Signs = Signs()
    problems: Sequence[ProblemGroup] = ()


def attention(view: View, now: Epoch) -> tuple[Attention, ...]:
    """List what is the matter, the urgent first."""
    found = [
        *_of_the_store(view, now),
        *_of_the_flow(view),
        *_of_problems(view.problems, now),
        *_of_the_machine(view.signs),
        *_of_sources(view.signs),
        *_of_tests(view.signs, now),
    ]
    return tuple(sorted(found, key=lambda one: not one.urgent))


def _of_the_store(view: View, now: Epoch) -> Iterator[Attention]:
    if view.signs.store_refusal:
        yield Attention(view.signs.store_refusal)
    stats = view.stats
    if stats is None:
        return
    if stats.imbalance:
        yield Attention("ledger_imbalance", count=stats.imbalance)
    oldest = stats.oldest_pending_at
    if oldest is not None and now - oldest > QUEUE_OLD:
        yield Attention("queue_old", since=oldest)
    undecided: dict[tuple[str, str], int] = {}
    for cell in stats.states:
        if reason := UNDECIDED.get(State(cell.name)):
            of_pixel = (reason, cell.pixel_id)
            undecided[of_pixel] = undecided.get(of_pixel, 0) + cell.count
    for (reason, pixel_id), count in undecided.items():
        if count:
            yield Attention(reason, pixel_id, count=count)


def _of_the_flow(view: View) -> Iterator[Attention]:
    without_token = frozenset(view.without_token)
    for pixel_id in sorted(without_token):
        yield Attention("token_missing", pixel_id)
    for pixel_id, pause in view.paused.items():
        yield Attention("pixel_paused", pixel_id, since=pause.since)
    for status in view.lanes:
        pixel_id = status.lane.pixel_id
        if status.cause is not None and pixel_id not in without_token:
            said = f": {status.message}" if status.message else ""
            detail = f"{status.lane.channel}, {status.cause}{said}"
            yield Attention("lane_held", pixel_id, detail, since=status.since)


def _of_problems(groups: Iterable[ProblemGroup], now: Epoch) -> Iterator[Attention]:
    pressing: dict[str, list[ProblemGroup]] = {}
    for group in groups:
        if presses(group, now):
            pressing.setdefault(group.key.pixel_id, []).append(group)
    for pixel_id, found in sorted(pressing.items()):
        last = max(found, key=lambda group: group.last_seen)
        others = f", and {len(found) - 1} more" if len(found) > 1 else ""
        since = min(group.stand.returned_at or group.first_seen for group in found)
        yield Attention("urgent_problem", pixel_id, f"{last.problem_id}{others}", since=since)


def _of_the_machine(signs: Signs) -> Iterator[Attention]:
    apart = signs.clock_apart
    if apart is not None and abs(apart) > CLOCK_ASTRAY:
        side = "ahead of" if apart > 0 else "behind"
        yield Attention("clock_astray", detail=f"{abs(apart):.0f} s {side} TikTok's")
    if signs.log_lines_lost:
        yield Attention("log_lines_lost", detail=f"{signs.log_lines_lost} lines since the start")
    if unheard := signs.unheard:
        messages = "1 message" if unheard.count == 1 else f"{unheard.count} messages"
        yield Attention("alerts_untold", detail=f"{messages}; {unheard.why}", since=unheard.since)


def _of_sources(signs: Signs) -> Iterator[Attention]:
    for one in signs.refused:
        yield Attention("source_refused", detail=f"{one.source}, {one.reason}", since=one.since)


def _of_tests(signs: Signs, now: Epoch) -> Iterator[Attention]:
    for trial in signs.trials:
        if trial.ended is None and now >= trial.window.until:
            named = f"{trial.test_event_code} {trial.name}".strip()
            yield Attention("test_left_open", trial.pixel_id, named, since=trial.window.until)
