"""The ledger, as an intake process sees it: across the channel."""

from collections.abc import Callable, Sequence
from itertools import count

from tandemgate.model.admission import Admission, Tally
from tandemgate.model.event import Event
from tandemgate.ports import StoreUnavailable
from tandemgate.web.errand import Promise
from tandemgate.wiring.intake.frames import Admit, Count, Failed, Stored, Unavailable, Word


class AdmissionFailed(Exception):  # noqa: N818 - as those of the ports are called
    """The gateway's process made a mistake, and has logged it."""


class RemoteAdmissions:
    """Keeps the promises of :class:`tandemgate.ports.Admissions`: what it answers is durable."""

    def __init__(self, say: Callable[[Word], None]) -> None:
        self._say = say
        self._numbers = count(1)
        self._waiting: dict[int, Promise[list[Admission]]] = {}

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        """Store *events*, in order."""
        number = next(self._numbers)
        answer = self._waiting[number] = Promise[list[Admission]]()
        self._say(Admit(number, list(events)))
        return await answer

    def tally(self, tallies: Sequence[Tally]) -> None:
        """Count what never reached the ledger."""
        self._say(Count(list(tallies)))

    def hear(self, answer: Stored | Unavailable | Failed) -> None:
        """Take the answer to one call of :meth:`admit`."""
        waiting = self._waiting.pop(answer.number)
        match answer:
            case Stored(_, admissions):
                waiting.keep(admissions)
            case Unavailable(_, reason):
                waiting.fail(StoreUnavailable(reason))
            case Failed():
                waiting.fail(AdmissionFailed())
