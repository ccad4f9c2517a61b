"""Every reason that a problem, a finding or a suppression can name, written once.

Answers, ``tandemgate explain`` and the documentation print these texts. The codes are those of the
guide that the gateway follows; what TikTok itself answers is in :mod:`tandemgate.catalog.codes`.
"""

from tandemgate.catalog.reasons import (
    alert,
    delivery,
    door,
    event,
    operation,
    person,
    remark,
    request,
    shop,
    testing,
)
from tandemgate.catalog.reasons.entry import Reason
from tandemgate.model.finding import Finding, Problem

__all__ = ["DOCS_PATH", "REASONS", "REASONS_PATH", "Reason", "finding", "problem"]

DOCS_PATH = "/docs/codes/"
REASONS_PATH = "/docs/reasons/"

REASONS: dict[str, Reason] = {
    **request.REASONS,
    **event.REASONS,
    **remark.REASONS,
    **person.REASONS,
    **delivery.REASONS,
    **door.REASONS,
    **shop.REASONS,
    **operation.REASONS,
    **testing.REASONS,
    **alert.REASONS,
}


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
