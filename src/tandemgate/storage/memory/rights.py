"""What a person may ask of the store, in memory."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from tandemgate.core.resolution import Repeat, Replace
from tandemgate.core.withdrawal import (
    ERASED,
    STATED,
    WITHDRAWN,
    erasure,
    forgotten,
    joined,
    stated,
    strikes,
    struck,
    withdrawal_of,
)
from tandemgate.model.admission import Known, Remark, Story
from tandemgate.model.event import Event, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.rights import Erased, Stated, Statement, Withdrawal
from tandemgate.model.state import State
from tandemgate.storage.memory.pairs import MemoryPairs
from tandemgate.storage.memory.rows import Row, as_known, as_story
from tandemgate.storage.memory.visits import MemoryVisits

EVERY_PIXEL = ""


class MemoryRights:
    """Keeps the promises of :class:`tandemgate.ports.Rights`, beside the ledger."""

    _acts: list[Act]
    pairs: MemoryPairs
    visits: MemoryVisits

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._withdrawals: dict[tuple[str, bytes], Withdrawal] = {}

    def _become(self, row: Row, resolution: Repeat | Replace, at: Epoch) -> None:
        """Let a stored event become what *resolution* says; the ledger's part."""
        raise NotImplementedError

    async def state(self, statement: Statement, act: Act) -> Stated:
        counts: Counter[str] = Counter()
        released: Counter[Lane] = Counter()
        for row, known in self._known(statement.traces):
            pixel_id = known.event.key.pixel_id
            if pixel_id not in statement.policies:
                continue
            remembered = self._remembered(pixel_id, known.event.traces)
            word, resolution = stated(known, statement, remembered)
            counts[word] += 1
            if word == "released":
                released[known.event.lane] += 1
            stage = STATED if isinstance(resolution, Replace) else WITHDRAWN
            self._apply(row, resolution, act, stage)
        for pixel_id in statement.policies:
            self._remember(pixel_id, statement.traces, withdrawal_of(statement))
        self._acts.append(replace(act, counts=counts))
        return Stated(counts, released)

    async def traced(self, traces: Collection[bytes], limit: int) -> list[Story]:
        return [as_story(row) for row, _ in self._known(traces)][:limit]

    async def erase(self, traces: Collection[bytes], limit: int, act: Act) -> Erased:
        found = self._known(traces)
        for row, known in found[:limit]:
            _, resolution = forgotten(known)
            self._apply(row, resolution, act, ERASED)
        sessions = {trace for _, known in found[:limit] for trace in known.event.traces}
        self.visits.forget({*traces, *sessions})
        self.pairs.forget({*traces, *sessions})
        keys = [key for key in self._withdrawals if key[1] in traces]
        before = [self._withdrawals.pop(key) for key in keys]
        self._remember(EVERY_PIXEL, traces, erasure(before, act.at))
        met: dict[int, State] = {row.seq: known.state for row, known in found[:limit]}
        self._acts.append(replace(act, counts=Counter(state.value for state in met.values())))
        return Erased(met, more=len(found) > limit)

    def _screened(self, event: Event) -> Event:
        reason = strikes(self._remembered(event.key.pixel_id, event.traces), event)
        return struck(event, reason) if reason else event

    def _known(self, traces: Collection[bytes]) -> list[tuple[Row, Known]]:
        wanted = set(traces)
        found = (row for row in self._rows if not wanted.isdisjoint(row.event.traces))
        return [(row, known) for row in found if (known := as_known(row)) is not None]

    def _remembered(self, pixel_id: str, traces: Collection[bytes]) -> Withdrawal:
        keys = [(where, trace) for where in (pixel_id, EVERY_PIXEL) for trace in traces]
        withdrawal = Withdrawal()
        for key in keys:
            withdrawal = joined(withdrawal, self._withdrawals.get(key, Withdrawal()))
        return withdrawal

    def _remember(self, pixel_id: str, traces: Collection[bytes], said: Withdrawal) -> None:
        for trace in traces:
            before = self._withdrawals.get((pixel_id, trace), Withdrawal())
            self._withdrawals[pixel_id, trace] = joined(before, said)

    def _apply(self, row: Row, resolution: Repeat | Replace | None, act: Act, stage: str) -> None:
        if resolution is None:
            return
        at: Epoch = act.at
        self._become(row, resolution, at)
        row.remarks.append(Remark(at, stage, f"by {act.who}"))
