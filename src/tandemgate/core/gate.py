"""Whether a lane may send: open, held until a probe succeeds, or starting again slowly.

A hold burns no attempt of any event. One request probes at a time, with growing pauses between.
Times are monotonic.
"""

from dataclasses import dataclass, replace

from tandemgate.core.backoff import RETRY_AFTER_LIMIT, probe_wait
from tandemgate.model.delivery import Hold, HoldCause, Judgement, Retry, RetryCause
from tandemgate.model.instant import Seconds

UNREACHABLE_AFTER = 5
"""Attempts without an answer in a row after which TikTok counts as unreachable."""

RATE_PATIENCE: Seconds = 900.0
"""A rate limit that lasts this long may be the other meaning of 40100: an invalid token."""

WIDEST = 1 << 16


@dataclass(frozen=True, slots=True)
class Gate:
    """``width`` requests may be in flight: 1 after a hold, then twice as many per success."""

    width: int = WIDEST
    cause: HoldCause | None = None
    since: Seconds = 0.0
    probe_at: Seconds = 0.0
    probes: int = 0
    failures: int = 0
    limited_since: Seconds | None = None


def wait(gate: Gate, in_flight: int, limit: int, now: Seconds) -> Seconds | None:
    """Return how long until a request may leave: 0 for now, ``None`` for not before an answer."""
    if gate.cause is None:
        return 0.0 if in_flight < min(gate.width, limit) else None
    return None if in_flight else max(0.0, gate.probe_at - now)


def hasten(gate: Gate, now: Seconds) -> Gate:
    """Return the gate after somebody mended something: it probes now, and soon again."""
    return replace(gate, probe_at=min(gate.probe_at, now), probes=0)


def heard(gate: Gate, judgement: Judgement, sent: Seconds, now: Seconds, chance: float) -> Gate:
    """Return the gate after the answer to a request that left at *sent*."""
    if gate.cause is not None and sent <= gate.since:
        return gate  # it left before the hold and tells nothing about what has happened since
    match judgement.verdict:
        case Hold(cause=cause):
            return _held(gate, cause, now, chance, None)
        case Retry(cause=RetryCause.RATE, after=after):
            return _limited(gate, after, now, chance)
        case Retry(after=after):
            return _failed(gate, after, now, chance)
        case _:
            return _opened(gate)


def _held(gate: Gate, cause: HoldCause, now: Seconds, chance: float, after: Seconds | None) -> Gate:
    pause = max(probe_wait(gate.probes, chance), after or 0.0)
    since = now if gate.cause is None else gate.since
    return replace(
        gate, cause=cause, since=since, probe_at=now + pause, probes=gate.probes + 1, failures=0
    )


def _limited(gate: Gate, after: Seconds | None, now: Seconds, chance: float) -> Gate:
    since = now if gate.limited_since is None else gate.limited_since
    gate = replace(gate, limited_since=since, failures=0)
    too_long = (after or 0.0) > RETRY_AFTER_LIMIT or now - since >= RATE_PATIENCE
    if gate.cause is None and not too_long:
        return gate
    return _held(gate, gate.cause or HoldCause.RATE, now, chance, after)


def _failed(gate: Gate, after: Seconds | None, now: Seconds, chance: float) -> Gate:
    gate = replace(gate, failures=gate.failures + 1)
    too_long = (after or 0.0) > RETRY_AFTER_LIMIT
    if gate.cause is None and not too_long and gate.failures < UNREACHABLE_AFTER:
        return gate
    return _held(gate, gate.cause or HoldCause.UNREACHABLE, now, chance, after)


def _opened(gate: Gate) -> Gate:
    if gate.cause is not None:
        return Gate(width=1)
    return Gate(width=min(gate.width * 2, WIDEST))
