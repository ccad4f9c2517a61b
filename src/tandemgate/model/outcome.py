"""What became of one received event. Every received event ends in exactly one of these.

``process`` yields the first five; the ledger turns an Accepted, Held or Suppressed event that it
has seen before into a Duplicate or a Conflict.
"""

from typing import TypeAlias

import msgspec

from tandemgate.model.event import Event
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """Durable and on its way to TikTok."""

    event: Event
    revision: int = 1


class Held(msgspec.Struct, frozen=True, gc=False):
    """Durable, waiting for a consent decision until ``event.held_until``."""

    event: Event


class Suppressed(msgspec.Struct, frozen=True, gc=False):
    """The policy lets nothing leave. Stored without a user object, as proof."""

    event: Event
    reason: str


class Noted(msgspec.Struct, frozen=True, gc=False):
    """Needs no sending (a page view, for one); counted beside the ledger, never stored in it."""

    reason: str
    findings: tuple[Finding, ...] = ()


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """Not stored, occupies no key: the caller may correct it and send it again."""

    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...] = ()


class Duplicate(msgspec.Struct, frozen=True, gc=False):
    """The same event again; the copy that came at ``first_received_at`` stands."""

    event_id: str
    first_received_at: Epoch
    findings: tuple[Finding, ...] = ()


class Conflict(msgspec.Struct, frozen=True, gc=False):
    """The same key with another content, or the same order under another event_id."""

    event_id: str
    problem: Problem


Processed: TypeAlias = Accepted | Held | Suppressed | Noted | Rejected
Outcome: TypeAlias = Processed | Duplicate | Conflict
