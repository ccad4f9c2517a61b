"""What was withdrawn, asked for every event that arrives: so it must cost nearly nothing."""

from collections.abc import Iterable
from functools import reduce

from tandemgate.core.withdrawal import joined
from tandemgate.model.rights import Withdrawal
from tandemgate.storage.sqlite.statements import Statements

_SIEVE_BYTES = 1 << 21


class Withdrawals:
    """The table of withdrawals behind a sieve: a bit for each three bytes that a trace begins with.

    Of a hundred thousand withdrawals it lets pass one in 170 of the traces that nobody withdrew,
    and all that somebody did. ``any`` tells whether there are any.
    """

    def __init__(self, sql: Statements) -> None:
        self._sql = sql
        self._sieve = bytearray(_SIEVE_BYTES)
        self.any = False
        for (trace,) in sql.rows("withdrawn_traces"):
            self._note(trace)

    def of(self, pixel_id: str, traces: Iterable[bytes]) -> Withdrawal | None:
        """Return what was withdrawn for a pixel by whoever left one of *traces*."""
        sieve = self._sieve
        rows: list[tuple[float | None, float | None, float | None]] = []
        for trace in traces:
            bit = int.from_bytes(trace[:3], "big")
            if sieve[bit >> 3] >> (bit & 7) & 1:
                rows += self._sql.rows("withdrawal", (trace, pixel_id))
        return reduce(joined, (Withdrawal(*row) for row in rows)) if rows else None

    def remember(self, pixel_id: str, traces: Iterable[bytes], said: Withdrawal) -> None:
        """Add *said*; ``""`` stands for every pixel."""
        columns = (pixel_id, said.ad_user_data, said.ad_personalization, said.erased)
        for trace in traces:
            self._sql.run("remember", (trace, *columns))
            self._note(trace)

    def _note(self, trace: bytes) -> None:
        bit = int.from_bytes(trace[:3], "big")
        self._sieve[bit >> 3] |= 1 << (bit & 7)
        self.any = True
