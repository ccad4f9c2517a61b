"""What the ledger holds of a shop's orders, in memory."""

from collections.abc import Sequence
from operator import attrgetter

from tandemgate.model.event import Channel
from tandemgate.model.order import OrderMarks, Refusal, Sale
from tandemgate.storage.memory.rows import Row


class MemoryOrders:
    """Keeps the promises of :class:`tandemgate.ports.Orders`."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._refused: dict[bytes, Refusal] = {}

    def refuse(self, refusal: Refusal) -> None:
        """Remember why a purchase was refused."""
        self._refused[refusal.order] = refusal

    async def refusals(self, orders: Sequence[OrderMarks]) -> list[Refusal | None]:
        found = (
            [self._refused[digest] for digest in one.digests if digest in self._refused]
            for one in orders
        )
        return [max(each, key=attrgetter("at"), default=None) for each in found]

    async def sales(self, orders: Sequence[OrderMarks]) -> list[list[Sale]]:
        return [[_sale(row) for row in self._rows if _is_of(row, one)] for one in orders]


def _is_of(row: Row, one: OrderMarks) -> bool:
    key = row.event.key
    named = (
        key.event_id in one.event_ids
        and key.event in one.events
        and (key.pixel_id, key.channel) == (one.pixel_id, Channel.LIVE)
    )
    return named or row.event.order in one.digests


def _sale(row: Row) -> Sale:
    event = row.event
    return Sale(
        seq=row.seq,
        event=event.key.event,
        event_id=event.key.event_id,
        state=row.state,
        reason=row.reason,
        code=row.last_code,
        unknown=row.unknown,
        event_time=event.event_time,
        received_at=event.received_at,
        worth=event.worth,
        request_id=row.history[-1].request_id if row.history else None,
    )
