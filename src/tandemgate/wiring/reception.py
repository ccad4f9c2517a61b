"""Handing events to the ledger: delivery is woken, and a store in trouble is noticed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tandemgate.model.admission import Admission, Admitted, Tally
from tandemgate.model.event import Event, Lane
from tandemgate.model.happening import StoreRefused
from tandemgate.model.state import State
from tandemgate.ports import Admissions, Clock, Observer, StoreUnavailable
from tandemgate.web.parts import Readiness


@dataclass(frozen=True, slots=True)
class Reception:
    """The :class:`tandemgate.ports.Admissions` of all doors.

    ``stored`` hears how many events of a lane are ready to go.
    """

    ledger: Admissions
    readiness: Readiness
    clock: Clock
    observer: Observer
    stored: Callable[[Lane, int], None]

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        """Store *events*, and wake who sends them."""
        try:
            admissions = await self.ledger.admit(events)
        except StoreUnavailable as refusal:
            if self.readiness.refuse(refusal.reason, self.clock.now()):
                self.observer.notice(StoreRefused(None, "admit", refusal.reason))
            raise
        self.readiness.refused_at = None
        for lane, number in _ready(events, admissions).items():
            self.stored(lane, number)
        return admissions

    def tally(self, tallies: Sequence[Tally]) -> None:
        """Count what never reached the ledger."""
        self.ledger.tally(tallies)


def _ready(events: Sequence[Event], admissions: Sequence[Admission]) -> dict[Lane, int]:
    """How many events wait to be sent now, by lane."""
    ready: dict[Lane, int] = {}
    for event, said in zip(events, admissions, strict=True):
        if isinstance(said, Admitted) and said.state is State.QUEUED:
            ready[event.lane] = ready.get(event.lane, 0) + 1
    return ready
