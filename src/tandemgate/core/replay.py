"""Whether an event may be sent again, and what stands against it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tandemgate.core.clocks import window_end
from tandemgate.model.admission import Entry
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Again
from tandemgate.model.rules import Clocks, Wire
from tandemgate.model.state import FINAL, State

ABSORBING: Final = {
    State.DELIVERED: "delivered",
    State.CANCELLED: "cancelled",
    State.SUPPRESSED: "suppressed",
}
"""States that no replay leaves: TikTok has the event, or the person does not want it to."""

REPLAYABLE: Final = frozenset({State.REJECTED, State.EXPIRED, State.REVIEW, State.INDETERMINATE})
UNCERTAIN: Final = frozenset({State.REVIEW, State.INDETERMINATE})
"""TikTok may have a copy, so only a person who says why may add another."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What holds for a pixel now. ``changed_at`` is when its token or settings last changed."""

    clocks: Clocks = field(default_factory=Clocks)
    wire: Wire = Wire.LIVE
    changed_at: Epoch | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay would do: send ``again``, refuse so many for each reason.

    ``uncertain`` of those that are sent may be counted twice; ``pixel_unknown`` of them are so old
    that a copy of the Pixel, which nobody saw here, would not be recognized any more.
    """

    again: tuple[Again, ...]
    refused: Mapping[str, int]
    uncertain: int
    pixel_unknown: int


def replay_blockers(entry: Entry, clocks: Clocks, now: Epoch) -> tuple[str, ...]:
    """Name each condition of a replay that *entry* does not meet; an empty tuple allows it.

    A replay must not be counted twice, so it ends with TikTok's window after the first copy that
    may have arrived; and it must still be worth something, so it ends with the age limit.
    """
    first, absorbed = entry.first_maybe, entry.state in ABSORBING
    conditions = {
        ABSORBING.get(entry.state, ""): absorbed,
        "in_flight": entry.state not in FINAL,
        "too_old": now > entry.event_time + clocks.event_age_limit,
        "window_over": first is not None and now > window_end(first, clocks),
        "clock_set_back": entry.reason == "clock_set_back",
        "consent_withdrawn": entry.withdrawn and not absorbed,
        "payload_gone": not entry.has_payload and not absorbed,
    }
    return tuple(name for name, holds in conditions.items() if holds)


def wants_reason(entry: Entry, changed_at: Epoch | None) -> str | None:
    """Name why nobody should send *entry* again without saying why; ``None`` where anybody may.

    What TikTok refused it refuses again, unless a token or a setting changed since.
    """
    if entry.state in UNCERTAIN:
        return "reason_wanted"
    unchanged = changed_at is None or (entry.sent_at is not None and changed_at <= entry.sent_at)
    return "cause_unchanged" if entry.attempts and unchanged else None


def plan(
    entries: Iterable[Entry], grounds: Mapping[str, Ground], reason: str, who: str, now: Epoch
) -> Plan:
    """Decide about each of *entries*; *reason* is what a person stated, or ""."""
    again: list[Again] = []
    refused: Counter[str] = Counter()
    uncertain = pixel_unknown = 0
    for entry in entries:
        ground = grounds.get(entry.pixel_id)
        against = _against(entry, ground, reason, now)
        if ground is None or against:
            refused.update(against)
            continue
        late = entry.first_maybe is None and now > window_end(entry.event_time, ground.clocks)
        uncertain += entry.state in UNCERTAIN
        pixel_unknown += late
        again.append(_again(entry, ground, _remark(reason, who, late=late)))
    return Plan(tuple(again), dict(sorted(refused.items())), uncertain, pixel_unknown)


def _against(entry: Entry, ground: Ground | None, reason: str, now: Epoch) -> tuple[str, ...]:
    if ground is None:
        return ("pixel_not_configured",)
    if blockers := replay_blockers(entry, ground.clocks, now):
        return blockers
    wanted = None if reason else wants_reason(entry, ground.changed_at)
    return (wanted,) if wanted else ()


def _again(entry: Entry, ground: Ground, remark: str) -> Again:
    """A refused event becomes a new revision, unless a copy of it may have arrived after all."""
    revise = entry.state is State.REJECTED and not entry.unknown
    return Again(entry.seq, entry.state, revise, remark, ground.wire if revise else None)


def _remark(reason: str, who: str, *, late: bool) -> str:
    said = f"by {who}: {reason}" if reason else f"by {who}, since a token or setting changed"
    return f"{said}; pixel_copy_unknown" if late else said
