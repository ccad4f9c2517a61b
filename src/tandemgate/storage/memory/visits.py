"""Visits in memory: a part of the reference store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tandemgate.core.traces import traces as traces_of
from tandemgate.core.visit import BOUND_FOR_LONG, merge
from tandemgate.model.instant import Epoch
from tandemgate.model.person import MatchKeys
from tandemgate.model.visit import Binding, Found, Reference, Visit, Wanted


@dataclass(frozen=True, slots=True)
class _Bound:
    """Where a reference leads."""

    session: str
    at: Epoch


def _trace(session: str, key: bytes) -> frozenset[bytes]:
    return frozenset(traces_of(MatchKeys(), session, key))


class MemoryVisits:
    """Keeps the promises of :class:`tandemgate.ports.Visits`, until the process ends."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._visits: dict[str, Visit] = {}
        self._bound: dict[tuple[str, Reference, str], _Bound] = {}

    async def note(
        self, session: str, seen: Visit, bindings: Sequence[Binding], at: Epoch
    ) -> list[Binding]:
        self._visits[session] = merge(self._visits.get(session, Visit()), seen)
        return [one for one in bindings if not self._bind(one, session, at)]

    def forget(self, traces: Collection[bytes]) -> None:
        """Forget the sessions that left one of *traces*, and what leads to them."""
        gone = [one for one in self._visits if not _trace(one, self._key).isdisjoint(traces)]
        for session in gone:
            del self._visits[session]
        self._bound = {ref: to for ref, to in self._bound.items() if to.session not in gone}

    async def find(self, wanted: Sequence[Wanted], now: Epoch) -> list[Found | None]:
        return [self._find(one, now) for one in wanted]

    def _bind(self, binding: Binding, session: str, at: Epoch) -> bool:
        reference = (binding.pixel_id, binding.kind, binding.value)
        bound = self._bound.get(reference)
        if bound is not None and bound.session == session:
            return True
        if bound is not None and not binding.verified:
            return False
        self._bound[reference] = _Bound(session, at)
        return True

    def _find(self, wanted: Wanted, now: Epoch) -> Found | None:
        visit = self._visits.get(wanted.session or "")
        if visit is not None:
            return Found(visit, "session", now, self._trace(wanted.session or ""))
        for kind, value in wanted.refs:
            bound = self._bound.get((wanted.pixel_id, kind, value))
            if bound is not None and bound.session in self._visits:
                as_of = bound.at if kind in BOUND_FOR_LONG else now
                trace = self._trace(bound.session)
                return Found(self._visits[bound.session], kind, as_of, trace)
        return None

    def _trace(self, session: str) -> bytes | None:
        return next(iter(_trace(session, self._key)), None)
