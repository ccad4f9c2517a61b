"""The two clocks that bound every send.

TikTok drops a copy that comes up to 48 hours after the first it has of an event; a later copy
counts as a second conversion [TikTok's help page "Event deduplication"]. So once TikTok may have a
copy, nothing leaves after that window; before that, an event may only be too old to be useful.
"""

from dataclasses import dataclass, replace

from tandemgate.model.delivery import Change, Due
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.rules import Clocks
from tandemgate.model.state import State

STEP_LIMIT: Seconds = 60.0
"""A wall clock that moves this far against the monotonic one was set, not just corrected."""

CALM_CHECKS = 2
CHECKS_APART: Seconds = 4.0
"""Checks that come sooner after one another see a step as well, but do not agree about its end."""

ASTRAY_LIMIT: Seconds = 3_600.0
"""A clock this far from TikTok's would end events that are in time: the margin of the window."""

HEARD_FOR: Seconds = 3_600.0
"""So long TikTok's date is reckoned on by the monotonic clock, which a sleeping machine stops."""


def window_end(first_maybe: Epoch, clocks: Clocks) -> Epoch:
    """Return the last moment at which a copy is certain to be recognized as one."""
    return first_maybe + clocks.dedup_window - clocks.margin


def screen(due: Due, clocks: Clocks, now: Epoch) -> Change | None:
    """Return how *due* ends if it may not be sent any more, else ``None``."""
    if due.first_maybe is not None and now > window_end(due.first_maybe, clocks):
        if due.unknown:
            return Change(due.seq, State.INDETERMINATE, "dedup_window_over")
        return Change(due.seq, State.EXPIRED, "pixel_window_over")
    if due.unknown and due.first_maybe is not None and due.first_maybe > now + clocks.margin:
        # The window began by a clock that was set back since: its end is as wrong.
        return Change(due.seq, State.INDETERMINATE, "clock_set_back")
    if due.first_maybe is None and now - due.event_time > clocks.event_age_limit:
        return Change(due.seq, State.EXPIRED, "event_too_old")
    if due.state is State.HELD:
        return Change(due.seq, State.SUPPRESSED, "consent_missing")
    if not due.wire:
        return Change(due.seq, State.REVIEW, "payload_unreadable")
    return None


@dataclass(frozen=True, slots=True)
class Heard:
    """TikTok's clock as an answer told it: ``date``, heard when ours ``monotonic`` stood there."""

    date: Epoch
    monotonic: Seconds


@dataclass(frozen=True, slots=True)
class Watch:
    """Where both clocks stood at the last check, and how many checks in a row agreed (``calm``)."""

    wall: Epoch
    monotonic: Seconds
    calm: int = CALM_CHECKS
    heard: Heard | None = None

    @property
    def apart(self) -> Seconds | None:
        """How far this clock is ahead of TikTok's; ``None`` while TikTok told nothing lately."""
        if self.heard is None or self.monotonic - self.heard.monotonic > HEARD_FOR:
            return None
        return self.wall - self.heard.date - (self.monotonic - self.heard.monotonic)

    @property
    def steady(self) -> bool:
        """Whether the time can be believed; nothing may expire while it can't.

        It can't after a step, until two checks in a row or TikTok agree, nor while TikTok's clock
        contradicts by more than the margin of both ends.
        """
        return self.calm >= CALM_CHECKS and abs(self.apart or 0.0) <= ASTRAY_LIMIT


def check(watch: Watch, wall: Epoch, monotonic: Seconds) -> Watch:
    """Compare both clocks with the last check; check before anything ends because of its age."""
    passed = monotonic - watch.monotonic
    step = (wall - watch.wall) - passed
    if abs(step) > STEP_LIMIT:
        return replace(watch, wall=wall, monotonic=monotonic, calm=0)
    if passed < CHECKS_APART:
        return watch
    calm = min(watch.calm + 1, CALM_CHECKS)
    return replace(watch, wall=wall, monotonic=monotonic, calm=calm)


def hear(watch: Watch, date: Epoch, wall: Epoch, monotonic: Seconds) -> Watch:
    """Hold the clock against the *date* of an answer (RFC 9110, 6.6.1: to the second)."""
    watch = check(watch, wall, monotonic)
    agrees = abs(wall - date) <= STEP_LIMIT
    return replace(watch, calm=CALM_CHECKS if agrees else watch.calm, heard=Heard(date, monotonic))
