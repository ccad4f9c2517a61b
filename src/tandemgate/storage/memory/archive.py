"""The archive's port in memory: stories, lists and counters, by walking over everything."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import TypeAlias

from tandemgate.model.admission import Cell, Entry, Filter, Stats, Story
from tandemgate.model.event import Channel, Lane
from tandemgate.model.operation import Waiting
from tandemgate.model.state import IN_FLIGHT, State
from tandemgate.storage.memory.rows import WAITING, Row, as_entry, as_story, matches

Counted: TypeAlias = tuple[str, str, Channel, str, str]
"""pixel_id, event, channel, state or outcome, reason: what a counter counts."""


class MemoryArchive:
    """Keeps the promises of :class:`tandemgate.ports.Archive`, beside the ledger."""

    _rows: list[Row]

    def __init__(self) -> None:
        super().__init__()
        self._received: Counter[Counted] = Counter()

    async def stories(self, event_id: str, pixel_id: str | None, event: str | None) -> list[Story]:
        return [
            as_story(row)
            for row in self._rows
            if row.event.key.event_id == event_id
            and pixel_id in {None, row.event.key.pixel_id}
            and event in {None, row.event.key.event}
        ]

    async def page(self, wanted: Filter, limit: int) -> list[Entry]:
        shown = (as_entry(row) for row in reversed(self._rows) if matches(row, wanted))
        return list(islice(shown, limit))

    async def wire(self, seq: int) -> bytes:
        return next((row.event.wire for row in self._rows if row.seq == seq), b"")

    async def told(self, wanted: Filter, limit: int) -> list[Story]:
        shown = (as_story(row) for row in reversed(self._rows) if matches(row, wanted))
        return list(islice(shown, limit))

    async def waiting(self) -> dict[Lane, Waiting]:
        lanes: dict[Lane, list[Row]] = {}
        for row in self._waiting():
            lanes.setdefault(row.event.lane, []).append(row)
        return {lane: _waiting_in(rows) for lane, rows in lanes.items()}

    async def check(self) -> None:
        """There is always room."""

    async def stats(self) -> Stats:
        states = Counter(_counted(row) for row in self._rows)
        pending = (row.event.received_at for row in self._rows if row.state in IN_FLIGHT)
        oldest = next(pending, None)
        return Stats(_cells(states), _cells(self._received), len(self._rows), oldest)

    def _waiting(self) -> list[Row]:
        return [row for row in self._rows if row.state in WAITING]


def _waiting_in(rows: Sequence[Row]) -> Waiting:
    unsent = [row.event.received_at for row in rows if row.state is not State.HELD]
    oldest = min(row.event.received_at for row in rows)
    return Waiting(len(rows), oldest, min(unsent, default=None))


def _counted(row: Row) -> Counted:
    key = row.event.key
    return key.pixel_id, key.event, key.channel, row.state.value, ""


def _cells(counter: Counter[Counted]) -> tuple[Cell, ...]:
    return tuple(
        Cell(pixel_id, event, channel.value, name, reason, count)
        for (pixel_id, event, channel, name, reason), count in sorted(counter.items())
    )
