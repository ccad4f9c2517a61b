"""Which of the planned faults meets which request."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from tiktok_simulator.faults import (
    AnyFault,
    Latency,
    Partial,
    Poison,
    RateLimit,
    Reset,
    TokenExpired,
)

_BY_EVENT: Final = (Partial, Poison)


class _Planned(msgspec.Struct):
    fault: AnyFault
    seen: int = 0
    met: int = 0
    second: int = 0
    in_second: int = 0

    def meets(self, now: float, pixel: str, token: str, event_ids: Sequence[str | None]) -> bool:
        """Say whether this request is one of those the fault is for, and count it."""
        fault = self.fault
        if fault.pixel not in {None, pixel}:
            return False
        if isinstance(fault, TokenExpired) and not token.endswith(fault.tail or ""):
            return False
        if isinstance(fault, Partial | Poison) and set(fault.event_ids).isdisjoint(event_ids):
            return False
        if isinstance(fault, RateLimit) and not self._exceeds(fault.per_second, int(now)):
            return False
        self.seen += 1
        if self.seen <= fault.after:
            return False
        self.met += 1
        return True

    def _exceeds(self, per_second: int, second: int) -> bool:
        self.in_second = self.in_second + 1 if second == self.second else 1
        self.second = second
        return self.in_second > per_second

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.met >= self.fault.times


class Schedule:
    """The faults that are planned, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def __bool__(self) -> bool:
        return bool(self._planned)

    def plan(self, faults: Sequence[AnyFault]) -> None:
        """Add *faults* behind those that are there."""
        self._planned += map(_Planned, faults)

    def clear(self) -> None:
        """Drop all faults."""
        self._planned.clear()

    def listed(self) -> list[dict[str, object]]:
        """Describe what is planned, with how often each fault has been met."""
        return [{**msgspec.to_builtins(each.fault), "met": each.met} for each in self._planned]

    def blind_reset(self, now: float) -> Reset | None:
        """Return the fault that resets this connection unread, if it is its turn."""
        first = next((each for each in self._planned if not isinstance(each.fault, Latency)), None)
        if first is None or not isinstance(first.fault, Reset) or first.fault.pixel is not None:
            return None
        met = first.meets(now, "", "", ())
        self._drop_spent()
        return first.fault if met else None

    def meet(
        self,
        now: float,
        pixel: str,
        token: str,
        event_ids: Callable[[], Sequence[str | None]],
    ) -> tuple[float, AnyFault | None]:
        """Return the seconds to wait and the fault to play for one request."""
        ids = (
            event_ids() if any(isinstance(each.fault, _BY_EVENT) for each in self._planned) else ()
        )
        delay = 0.0
        for each in self._planned:
            blind = isinstance(each.fault, Reset) and each.fault.pixel is None
            if blind or not each.meets(now, pixel, token, ids):
                continue
            if not isinstance(each.fault, Latency):
                self._drop_spent()
                return delay, each.fault
            delay += each.fault.ms / 1_000
        self._drop_spent()
        return delay, None

    def _drop_spent(self) -> None:
        self._planned = [each for each in self._planned if not each.spent]
