"""What is handed in during one turn of the event loop goes to the ledger in one piece."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, TypeAlias

from tandemgate.model.admission import Admission
from tandemgate.model.event import Event
from tandemgate.ports import Admissions, StoreUnavailable

MOST_TOGETHER: Final = 1_000
"""Events after which the others of the turn go in another piece, so that nobody waits for all."""


@dataclass(frozen=True, slots=True, eq=False)
class _Share:
    """What one request hands in."""

    events: Sequence[Event]
    admitted: asyncio.Future[list[Admission]]


_Piece: TypeAlias = list[_Share]


class Turn:
    """Gathers the events of one turn. Its callers know nothing of each other."""

    def __init__(self, ledger: Admissions) -> None:
        self._ledger = ledger
        self._shares: _Piece = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        """Store *events* as :meth:`tandemgate.ports.Ledger.admit` does, with those of others."""
        loop = asyncio.get_running_loop()
        if not self._shares:
            loop.call_soon(self._end)
        admitted: asyncio.Future[list[Admission]] = loop.create_future()
        self._shares.append(_Share(events, admitted))
        return await admitted

    def _end(self) -> None:
        shares, self._shares = self._shares, []
        for piece in _pieces(shares):
            task = asyncio.get_running_loop().create_task(self._hand_in(piece))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _hand_in(self, piece: _Piece) -> None:
        try:
            admissions = iter(await self._ledger.admit([*_events(piece)]))
        except Exception as error:  # noqa: BLE001 - each share's caller hears it
            if len(piece) > 1 and not isinstance(error, StoreUnavailable):
                # A mistake of ours about one event; alone, it costs no other caller anything.
                for share in piece:
                    await self._hand_in([share])
                return
            for share in piece:
                if not share.admitted.done():
                    share.admitted.set_exception(error)
            return
        for share in piece:
            own = [*islice(admissions, len(share.events))]
            if not share.admitted.done():  # else its caller has gone; it is stored all the same
                share.admitted.set_result(own)


def _pieces(shares: Sequence[_Share]) -> Iterator[_Piece]:
    """Part *shares* where there are enough events together; a share is never parted."""
    piece: _Piece = []
    events = 0
    for share in shares:
        piece.append(share)
        events += len(share.events)
        if events >= MOST_TOGETHER:
            yield piece
            piece, events = [], 0
    if piece:
        yield piece


def _events(piece: _Piece) -> Iterator[Event]:
    return chain.from_iterable(share.events for share in piece)
