"""What a person may ask for: that no more of theirs is sent, and that nothing of theirs is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tandemgate.model.consent import Flag, Policy
from tandemgate.model.event import Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.state import State


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says later about consent, for the events of the pixels that have ``policies``.

    ``traces`` tell whose events: those that have any of them. ``collected_at`` is when it was said.
    """

    traces: frozenset[bytes]
    policies: Mapping[str, Policy]
    ad_user_data: Flag | None
    ad_personalization: Flag | None
    collected_at: Epoch
    received_at: Epoch


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Until when somebody's earlier consent counts for nothing: the newest denial of each.

    ``erased`` is when the person had everything erased.
    """

    ad_user_data: Epoch | None = None
    ad_personalization: Epoch | None = None
    erased: Epoch | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What a statement did: how many events for each word of ``EFFECTS``, and what may leave now.

    ``released`` are the lanes of held events whose turn has come, and how many.
    """

    counts: Mapping[str, int]
    released: Mapping[Lane, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: the state in which it met each event (by seq).

    ``more`` says that it stopped at its limit: ask again. ``wiped`` is false while old bytes of it
    may stand in the store's log, because somebody read there for long: ask again.
    """

    met: Mapping[int, State]
    more: bool = False
    wiped: bool = True
