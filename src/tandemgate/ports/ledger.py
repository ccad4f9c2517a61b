"""The record of every admitted event, and reading it."""

from collections.abc import Sequence
from typing import Protocol

from tandemgate.model.admission import Admission, Entry, Filter, Stats, Story, Tally
from tandemgate.model.delivery import Answer, Batch, Change, Due
from tandemgate.model.event import Event, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Waiting


class Admissions(Protocol):
    """Where events are handed in."""

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        """Store *events*, in order; one answer each. Of two equal keys the first wins."""
        ...

    def tally(self, tallies: Sequence[Tally]) -> None:
        """Count what never reached the ledger; becomes durable with one of the next commits."""
        ...


class Ledger(Admissions, Protocol):
    """Durable record of every admitted event. Admitting twice is the same as once.

    Every method that writes returns only when its effect would survive a power cut, and raises
    :class:`StoreUnavailable` when it did not take place.
    """

    async def lanes(self, now: Epoch) -> dict[Lane, Epoch]:
        """Lanes with events waiting (QUEUED, RETRY, HELD), and when the first of each is due."""
        ...

    async def claim(self, lane: Lane, limit: int, now: Epoch, *, newest: bool = False) -> list[Due]:
        """Up to *limit* due events of *lane*, oldest due first, without changing them.

        With *newest* the newest due come first, and no suspects. When nothing is due, what waits
        for longer than any wait of ours (STRANDED_AFTER) counts as due: the clock was set back.

        QUEUED, RETRY and HELD events (whose wait for consent is over) are due. When the first due
        event is a suspect, only events of the same suspicion are returned. An event whose payload
        can't be opened any more has an empty ``wire``: settle it, it can't be sent.
        """
        ...

    async def intend(self, batch: Batch, now: Epoch) -> None:
        """Write that *batch* is about to leave: its events go to SENDING, their bytes freeze.

        Raises :class:`OutOfStep` when one of them changed after it was claimed.
        """
        ...

    async def record(self, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
        """Close a batch: keep the answer as an attempt of each event and apply *changes*.

        An event that was withdrawn meanwhile goes to CANCELLED where it would have been sent again.
        Of a batch that is closed already nothing changes. Raises :class:`IllegalEdge`.
        """
        ...

    async def settle(self, changes: Sequence[Change], now: Epoch) -> None:
        """Apply *changes* that come from no answer: expiry, cancellation.

        Raises :class:`OutOfStep` when an event has no edge from where it stands by now.
        """
        ...

    async def unsettled(self) -> list[Batch]:
        """Batches with an intent and no answer: after a crash, each of them may have arrived.

        Their bodies are not kept; ``attempts`` of their events include the one without an answer.
        """
        ...


class Archive(Protocol):
    """Reads for everything that looks; never blocks a write. Cost does not grow with the ledger."""

    async def stories(self, event_id: str, pixel_id: str | None, event: str | None) -> list[Story]:
        """Every stored event with this event_id (it may have served several events or pixels)."""
        ...

    async def page(self, wanted: Filter, limit: int) -> list[Entry]:
        """Newest first, at most *limit*; go on with ``wanted.after`` = the last row's ``seq``."""
        ...

    async def wire(self, seq: int) -> bytes:
        """The stored bytes of an event's item; empty where they are gone or can't be opened."""
        ...

    async def told(self, wanted: Filter, limit: int) -> list[Story]:
        """Tell the story of each event of :meth:`page`, all of them as of one moment."""
        ...

    async def stats(self) -> Stats:
        """The counters as of the last commit."""
        ...

    async def waiting(self) -> dict[Lane, Waiting]:
        """What waits in each lane; a test lane's count stops at 10,000."""
        ...

    async def check(self) -> None:
        """Raise :class:`StoreUnavailable` where a new event could not be stored now."""
        ...
