"""What is handed in during one turn of the event loop goes to the ledger in one piece."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final, TypeAlias

from tandemgate.model.admission import Admission
from tandemgate.model.event import Event
from tandemgate.ports import Admissions, StoreUnavailable
from tandemgate.web.errand import Errand, Promise

MOST_TOGETHER: Final = 1_000
"""Events after which the others of the turn go in another piece, so that nobody waits for all."""


class Share(Promise[list[Admission]]):
    """What one request hands in, and what the ledger will have said of it."""

    __slots__ = ("events",)

    def __init__(self, events: Sequence[Event]) -> None:
        super().__init__()
        self.events = events


_Piece: TypeAlias = list[Share]


class Turn:
    """Gathers the events of one turn. Its callers know nothing of each other."""

    def __init__(self, ledger: Admissions) -> None:
        self._ledger = ledger
        self._shares: _Piece = []
        self._under_way: set[Any] = set()

    def admit(self, events: Sequence[Event]) -> Share:
        """Store *events* as :meth:`tandemgate.ports.Ledger.admit` does, with those of others."""
        if not self._shares:
            asyncio.get_running_loop().call_soon(self._end)
        share = Share(events)
        self._shares.append(share)
        return share

    def _end(self) -> None:
        shares, self._shares = self._shares, []
        for piece in _pieces(shares):
            Errand(self._hand_in(piece), self._under_way).go()

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
                share.fail(error)
            return
        for share in piece:
            share.keep([*islice(admissions, len(share.events))])


def _pieces(shares: Sequence[Share]) -> Iterator[_Piece]:
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
