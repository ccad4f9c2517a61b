"""What the HTTP side works with, gathered once at start."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tandemgate.delivery.examiner import Examiner
from tandemgate.delivery.keysmith import Keysmith
from tandemgate.delivery.lookout import Lookout
from tandemgate.delivery.operator import Operator
from tandemgate.delivery.steward import Steward
from tandemgate.delivery.teller import Teller
from tandemgate.delivery.watch import Watch
from tandemgate.model.delivery import LaneStatus
from tandemgate.model.event import RawEvent
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.order import ValueRule
from tandemgate.model.outcome import Outcome
from tandemgate.model.rules import Clocks, PixelRules
from tandemgate.model.trial import Trial
from tandemgate.ports import (
    Admissions,
    Archive,
    Clock,
    Confirmations,
    Naming,
    Orders,
    Pairs,
    Policies,
    Problems,
    Quality,
    Rollups,
    Visits,
    VisitSearch,
)
from tandemgate.settings import SourceSettings
from tandemgate.telemetry import Telemetry
from tandemgate.web.hearings import Hearings
from tandemgate.web.keys import KeyRing

STORE_GRACE: Seconds = 5.0
"""How long the gateway calls itself unready after the store refused something."""


@dataclass(slots=True)
class Readiness:
    """Whether traffic should come here."""

    stopping: bool = False
    refused_at: Epoch | None = None
    refusal: str = ""

    def reasons(self, now: Epoch) -> list[str]:
        """Why not; nothing when ready."""
        told = {"stopping": self.stopping, self.refusal: self._refused(now)}
        return [reason for reason, holds in told.items() if holds]

    def refused(self, now: Epoch) -> str:
        """Why the store refused something within the last seconds; "" when it did not."""
        return self.refusal if self._refused(now) else ""

    def refuse(self, reason: str, now: Epoch) -> bool:
        """Remember why the store refused something; tell whether that is news."""
        news = not self._refused(now) or reason != self.refusal
        self.refused_at, self.refusal = now, reason
        return news

    def _refused(self, now: Epoch) -> bool:
        return self.refused_at is not None and now - self.refused_at < STORE_GRACE


@dataclass(frozen=True, slots=True)
class PixelCard:
    """What the pages say about a pixel. ``at_least`` is the share of orders that has to arrive."""

    name: str = ""
    advertiser_id: str = ""
    clocks: Clocks = field(default_factory=Clocks)
    value_rule: ValueRule = field(default_factory=ValueRule)
    at_least: float = 0.98


def _no_lanes() -> Sequence[LaneStatus]:
    return ()


class Examination(Protocol):
    """What intake asks about test sessions."""

    @property
    def trials(self) -> Mapping[str, Trial]:
        """Test sessions by their ids."""
        ...

    def concerns(self, raws: Sequence[RawEvent]) -> bool:
        """Tell whether any of *raws*, all of one pixel, may belong to a test session."""
        ...

    async def hear(
        self,
        raws: Sequence[RawEvent],
        outcomes: Sequence[Outcome],
        event_ids: Iterable[str | None],
    ) -> None:
        """Note what was refused of a test."""
        ...


class IntakeParts(Protocol):
    """What taking events in works with; as much of :class:`Parts` as an intake process has."""

    @property
    def rules(self) -> Mapping[str, PixelRules]:
        """What decides about each pixel's events."""
        ...

    @property
    def ledger(self) -> Admissions:
        """Where events are handed in."""
        ...

    @property
    def visits(self) -> VisitSearch:
        """What browsers showed."""
        ...

    @property
    def pairs(self) -> Naming:
        """What the Pixel's copies are called."""
        ...

    @property
    def clock(self) -> Clock:
        """What time it is."""
        ...

    @property
    def keys(self) -> KeyRing:
        """Who may hand in what."""
        ...

    @property
    def examiner(self) -> Examination:
        """Test sessions."""
        ...

    @property
    def hosts(self) -> frozenset[str]:
        """The names by which the gateway may be called without a key."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that answers need.

    ``hosts`` are the names by which the gateway may be called without a key, ``trusted_proxies``
    the networks whose word about a browser's address is believed. ``https`` tells whether pages
    reach the gateway that way, ``public_url`` where.
    reach the gateway that way. Without a ``teller`` nobody is told of alerts.
    """

    rules: Mapping[str, PixelRules]
    pixels: Mapping[str, PixelCard]
    ledger: Admissions
    archive: Archive
    policies: Policies
    visits: Visits
    orders: Orders
    pairs: Pairs
    rollups: Rollups
    problems: Problems
    quality: Quality
    clock: Clock
    keys: KeyRing
    keysmith: Keysmith
    confirmations: Confirmations
    telemetry: Telemetry
    operator: Operator
    lookout: Lookout
    watch: Watch
    steward: Steward
    examiner: Examiner
    lanes: Callable[[], Sequence[LaneStatus]] = _no_lanes
    teller: Teller | None = None
    readiness: Readiness = field(default_factory=Readiness)
    hearings: Hearings = field(default_factory=Hearings)
    sources: Sequence[SourceSettings] = ()
    keyless_alias: bool = False
    hosts: frozenset[str] = frozenset()
    trusted_proxies: tuple[str, ...] = ()
    https: bool = False
    public_url: str = ""
    production: bool = False
    demo: bool = False
