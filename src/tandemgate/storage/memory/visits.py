"""Visits in memory: a part of the reference store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tandemgate.core.following import found_by, whole
from tandemgate.core.traces import TRACE_BYTES, session_digest
from tandemgate.core.visit import BOUND_FOR_LONG, merge
from tandemgate.model.instant import Epoch
from tandemgate.model.link import Crossing
from tandemgate.model.visit import Binding, Found, Reference, Visit, Wanted


@dataclass(frozen=True, slots=True)
class _Bound:
    """Where a reference leads."""

    session: str
    at: Epoch


class MemoryVisits:
    """Keeps the promises of :class:`tandemgate.ports.Visits`, until the process ends.

    *key* is the blind index's: by it a link token tells of a session.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._visits: dict[str, Visit] = {}
        self._bound: dict[tuple[str, Reference, str], _Bound] = {}
        self._crossed: dict[bytes, tuple[str, bytes]] = {}

    async def note(
        self, session: str, seen: Visit, bindings: Sequence[Binding], at: Epoch
    ) -> list[Binding]:
        self._visits[session] = merge(self._visits.get(session, Visit()), seen)
        return [one for one in bindings if not self._bind(one, session, at)]

    async def follow(self, session: str, crossing: Crossing, at: Epoch) -> bool:
        del at  # nothing is forgotten before the process ends
        who, _ = self._crossed.setdefault(crossing.mark, (session, crossing.visit))
        return who == session

    def forget(self, traces: Collection[bytes]) -> None:
        """Forget the sessions that left one of *traces*, and what leads to them."""
        gone = [one for one in self._visits if self._trace(one) in traces]
        for session in gone:
            del self._visits[session]
        self._bound = {ref: to for ref, to in self._bound.items() if to.session not in gone}
        self._crossed = {
            mark: (session, visit)
            for mark, (session, visit) in self._crossed.items()
            if self._trace(session) not in traces and visit[:TRACE_BYTES] not in traces
        }

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
        visit, linked = whole(wanted.session or "", self._visits.get, self._followed_by)
        if visit is not None:
            return Found(
                visit, found_by("session", linked=linked), now, self._trace(wanted.session or "")
            )
        for kind, value in wanted.refs:
            bound = self._bound.get((wanted.pixel_id, kind, value))
            if bound is None:
                continue
            visit, linked = whole(bound.session, self._visits.get, self._followed_by)
            if visit is not None:
                as_of = bound.at if kind in BOUND_FOR_LONG else now
                trace = self._trace(bound.session)
                return Found(visit, found_by(kind, linked=linked), as_of, trace)
        return None

    def _followed_by(self, session: str) -> str | None:
        """Return whose visit was the last other one that *session* came from."""
        own = session_digest(session, self._key)
        came_from = [visit for who, visit in self._crossed.values() if who == session]
        visits = [visit for visit in came_from if visit != own]
        found = [one for one in self._visits if session_digest(one, self._key) in visits[-1:]]
        return next(iter(found), None)

    def _trace(self, session: str) -> bytes:
        return session_digest(session, self._key)[:TRACE_BYTES]
