"""Whether a test session may be promoted, and what stands in the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tandemgate.catalog.reasons import problem
from tandemgate.catalog.trials import CHECKS
from tandemgate.model.finding import Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.trial import Line, Mark, Trial


@dataclass(frozen=True, slots=True)
class Claim:
    """What a person says who wants a test promoted.

    ``confirmed``: TikTok's own page of the test shows no warning. ``override``: although lines are
    not green, for this ``reason``.
    """

    confirmed: bool = False
    override: bool = False
    reason: str = ""


def obstacles(trial: Trial, lines: Sequence[Line], claim: Claim, now: Epoch) -> tuple[Problem, ...]:
    """Return why *trial* can't be promoted as *claim* wants it; nothing where it can."""
    unmet = [line for line in lines if line.mark is not Mark.GREEN]
    if all(line.mark is Mark.WAITING for line in lines):
        return (
            problem("test_without_traffic", "window", f"nothing in window {len(trial.windows)}"),
        )
    if unmet and not claim.override:
        return tuple(_unmet(trial, unmet, now))
    if unmet and not claim.reason.strip():
        return (problem("test_reason_missing", "/reason", "no reason"),)
    if not claim.confirmed:
        return (problem("test_not_confirmed", "/confirmed", "no confirmation"),)
    return ()


def _unmet(trial: Trial, unmet: Sequence[Line], now: Epoch) -> Iterator[Problem]:
    for line in unmet:
        came = f"{line.mark}: {line.seen}"
        yield problem("test_not_passed", line.check, came, expected=title(line), fix=line.fix)
    if now >= trial.window.until:
        yield problem("test_window_over", "window", f"window {len(trial.windows)} is over")


def title(line: Line) -> str:
    """Name what a line is about, as people read it."""
    kind, _, event = line.check.partition(" ")
    return f"{CHECKS[kind].title} {event}".strip()
