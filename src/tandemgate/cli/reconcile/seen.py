"""What was seen already: orders in a file that goes by itself, events in a set of bits."""

from hashlib import blake2b
from types import TracebackType
from typing import Final, NamedTuple, Self

import apsw


class Before(NamedTuple):
    """Where an order stood first, and what it was worth there."""

    line: int
    total: str


class Seen:
    """Remembers orders by digests of their numbers."""

    def __init__(self) -> None:
        self._connection = apsw.Connection("")  # a temporary file without a name
        self._connection.execute(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;"
            "CREATE TABLE seen (digest INTEGER PRIMARY KEY, line INTEGER, total TEXT) STRICT;"
            "BEGIN"
        ).fetchall()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def note(self, order: str, line: int, total: str) -> Before | None:
        """Remember an order; return what was known of it."""
        digest = _digest(order)
        found = self._connection.execute(
            "SELECT line, total FROM seen WHERE digest = ?", (digest,)
        ).fetchone()
        if found is not None:
            return Before(*found)
        self._connection.execute("INSERT INTO seen VALUES (?, ?, ?)", (digest, line, total))
        return None


class Places:
    """A set of places in the ledger, a bit for each: a million lie in less than 200 kB."""

    def __init__(self) -> None:
        self._bits: dict[int, bytearray] = {}

    def add(self, place: int) -> None:
        """Put *place* into the set."""
        page, bit = divmod(place, _PAGE)
        bits = self._bits.setdefault(page, bytearray(_PAGE // 8))
        bits[bit // 8] |= 1 << bit % 8

    def __contains__(self, place: int) -> bool:
        """Tell whether *place* is in the set."""
        page, bit = divmod(place, _PAGE)
        bits = self._bits.get(page)
        return bits is not None and bool(bits[bit // 8] >> bit % 8 & 1)


_PAGE: Final = 1 << 16


def _digest(order: str) -> int:
    """Shopify's ``#1001`` is ``1001``, as it is for the ledger."""
    digest = blake2b(order.removeprefix("#").encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
