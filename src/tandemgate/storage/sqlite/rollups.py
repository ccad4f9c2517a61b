"""What happened when, on SQLite: counted by the book in the commits that do it."""

from functools import partial
from typing import Final

from tandemgate.model.admission import Cell
from tandemgate.model.event import Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.rollup import HOUR, HOURS_KEPT, MINUTES_KEPT, Hop, Rollup, minute_of
from tandemgate.storage.sqlite.book import Book
from tandemgate.storage.sqlite.readers import Reader, Readers

BY_MINUTE: Final = 60
BY_HOUR: Final = 3600


class SqliteRollups:
    """Keeps the promises of :class:`tandemgate.ports.Rollups`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def between(self, since: Epoch, until: Epoch) -> Rollup:
        return await self._readers.run(partial(_between, since=since, until=until))


def _between(reader: Reader, since: Epoch, until: Epoch) -> Rollup:
    span = (minute_of(since), minute_of(until))
    cells = tuple(Cell(*row) for row in reader.rollups.rows("counted", span))
    latencies: dict[tuple[Lane, Hop], dict[int, int]] = {}
    for pixel_id, code, hop, bucket, count in reader.rollups.rows("timed", span):
        latencies.setdefault((Lane(pixel_id, code), Hop(hop)), {})[bucket] = count
    return Rollup(*span, cells, latencies)


def fold(book: Book, now: Epoch) -> None:
    """Know by the hour what is too old for minutes, and not at all what is too old for hours."""
    minutes_from = int((now - MINUTES_KEPT) // HOUR) * BY_HOUR
    hours_from = int((now - HOURS_KEPT) // HOUR) * BY_HOUR
    for what in ("counts", "times"):
        book.rollups.run(f"fold_{what}", (minutes_from,))
        book.rollups.run(f"drop_{what}", (BY_MINUTE, minutes_from))
        book.rollups.run(f"drop_{what}", (BY_HOUR, hours_from))
