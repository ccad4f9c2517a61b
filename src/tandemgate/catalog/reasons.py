"""Every reason that a problem, a finding or a suppression can name, written once.

Answers, ``tandemgate explain`` and the documentation print these texts. The codes are those of the
guide that the gateway follows; what TikTok itself answers is in :mod:`tandemgate.catalog.codes`.
"""

from dataclasses import dataclass

from tandemgate.model.finding import Finding, Problem

DOCS_PATH = "/docs/codes/"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. ``code`` is set for problems (the event is refused) and ``None`` for findings."""

    code: int | None
    title: str
    meaning: str
    expected: str
    fix: str


REASONS: dict[str, Reason] = {}


def problem(
    reason: str, field: str, received: str, *, expected: str | None = None, fix: str | None = None
) -> Problem:
    """Make a problem from its table entry; *expected* and *fix* replace the general texts."""
    entry = REASONS[reason]
    if entry.code is None:
        msg = f"{reason} is a finding, not a problem"
        raise ValueError(msg)
    return Problem(
        entry.code, reason, field, received, expected or entry.expected, fix or entry.fix
    )


def finding(reason: str, field: str, note: str | None = None) -> Finding:
    """Make a finding from its table entry; *note* replaces the general meaning."""
    return Finding(reason, field, note or REASONS[reason].meaning)
