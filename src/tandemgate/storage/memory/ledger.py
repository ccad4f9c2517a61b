"""The ledger in memory: what every store must do, at its shortest.

Nothing outlives the process and every search walks over everything, so it is for tests and for
reading.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from msgspec import structs

from tandemgate.core import admission
from tandemgate.core import resolution as resolving
from tandemgate.core.amend import rename_fields
from tandemgate.core.backoff import STRANDED_AFTER
from tandemgate.core.beacon import CONTEXT
from tandemgate.core.denial import withdrawn
from tandemgate.core.problems import ENDS, PIXEL_FIRST, of_clash, of_end, of_findings, of_hold
from tandemgate.core.resolution import Insert, Refuse, Repeat, Replace, standing
from tandemgate.model.admission import Admission, Remark, Tally
from tandemgate.model.delivery import Answer, Batch, Change, Due
from tandemgate.model.event import Event, EventKey, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Again, Settlement
from tandemgate.model.rollup import SENT
from tandemgate.model.state import SETTLING, State
from tandemgate.ports import IllegalEdge, OutOfStep
from tandemgate.storage.memory.alerts import MemoryAlerts
from tandemgate.storage.memory.archive import MemoryArchive
from tandemgate.storage.memory.keys import MemoryKeys
from tandemgate.storage.memory.operation import MemoryOperation
from tandemgate.storage.memory.orders import MemoryOrders
from tandemgate.storage.memory.pairs import MemoryPairs
from tandemgate.storage.memory.problems import MemoryProblems
from tandemgate.storage.memory.quality import MemoryQuality
from tandemgate.storage.memory.rights import MemoryRights
from tandemgate.storage.memory.rollups import MemoryRollups
from tandemgate.storage.memory.rows import (
    Row,
    answered,
    apply,
    as_due,
    as_known,
    begun,
    step,
)
from tandemgate.storage.memory.setup import MemoryConfirmations
from tandemgate.storage.memory.trials import MemoryTrials
from tandemgate.storage.memory.visits import MemoryVisits
from tandemgate.storage.telling import MOST_REMARKS, SETTLED_BY_HAND

SENDABLE: Final = frozenset({State.QUEUED, State.RETRY})


class MemoryStore(MemoryArchive, MemoryOperation, MemoryRights):
    """Ledger and Archive, Controls, Policies, Vault and Rights at once."""

    def __init__(self) -> None:
        super().__init__()
        self.restored: int | None = None
        self.fingerprint_key = blake2b(b"nothing outlives this store", digest_size=32).digest()
        self.blind_index_key = blake2b(b"nor is anybody found in it", digest_size=32).digest()
        self.keys = MemoryKeys(self._acts)
        self.confirmations = MemoryConfirmations(self._acts)
        self.visits = MemoryVisits(self.blind_index_key)
        self.orders = MemoryOrders(self._rows)
        self.pairs = MemoryPairs(self._rows)
        self.rollups = MemoryRollups()
        self.trials = MemoryTrials(self._acts)
        self.problems = MemoryProblems(self._acts)
        self.quality = MemoryQuality(self._rows, self._acts)
        self.alerts = MemoryAlerts(self._acts)
        self._by_key: dict[EventKey, Row] = {}
        self._batches: dict[str, Batch] = {}
        self._answered: set[str] = set()

    @property
    def ledger(self) -> "MemoryStore":
        """The part that writes."""
        return self

    @property
    def archive(self) -> "MemoryStore":
        """The part that reads."""
        return self

    @property
    def controls(self) -> "MemoryStore":
        """What people decide."""
        return self

    @property
    def policies(self) -> "MemoryStore":
        """The consent policies."""
        return self

    @property
    def vault(self) -> "MemoryStore":
        """The access tokens."""
        return self

    @property
    def rights(self) -> "MemoryStore":
        """What people may ask about what is theirs."""
        return self

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""

    # -- what arrives

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        admissions = [self._admit(event) for event in events]
        self.problems.commit()
        return admissions

    def _admit(self, event: Event) -> Admission:
        event = self._screened(event)
        row = self._by_key.get(event.key)
        same_order = same_action = None
        if row is None and event.order is not None:
            same_order = next((one for one in self._rows if one.event.order == event.order), None)
        if row is None and event.action is not None:
            again = (one for one in reversed(self._rows) if one.event.action == event.action)
            same_action = next(again, None)
        known = as_known(row)
        resolution = admission.resolve(known, as_known(same_order), as_known(same_action), event)
        key = event.key
        outcome = resolving.outcome(resolution)
        self._received[key.pixel_id, key.event, key.channel, *outcome] += 1
        self.rollups.count(key, *outcome, event.received_at)
        found, at = resolving.findings(resolution, event), event.received_at
        self.problems.receive(key, at)
        self.problems.see(of_findings(key, event.source, found, at, key.event_id))
        match resolution:
            case Refuse():
                self.problems.see([of_clash(resolution, event)])
            case Insert(stored, findings=findings):
                self._insert(structs.replace(stored, findings=(*stored.findings, *findings)))
            case Replace() | Repeat() if row is not None:
                self._become(row, resolution, event.received_at)
        subject = row or same_order
        if subject is not None:
            room = MOST_REMARKS - len(subject.remarks)
            subject.remarks += resolving.remarks(resolution, event)[:room]
        return resolving.answer(resolution, known)

    def _insert(self, event: Event) -> None:
        begins = standing(event)
        row = Row(
            seq=len(self._rows) + 1,
            event=event,
            state=step(None, begins.state),
            reason=begins.reason,
            due_at=begins.due_at,
            updated_at=event.received_at,
            seen_at=self.pairs.first_seen(event.key),
        )
        self._rows.append(row)
        self._by_key[event.key] = row
        self.rollups.step(row, event.received_at)

    def _become(self, row: Row, resolution: Repeat | Replace, at: Epoch) -> None:
        match resolution:
            case Replace(stored):
                self._replace(row, stored, at)
            case Repeat():
                self._repeat(row, resolution, at)

    def _replace(self, row: Row, event: Event, at: Epoch) -> None:
        begins = standing(event)
        news = row.state is not begins.state
        row.state = step(row.state, begins.state) if news else row.state
        row.event, row.reason, row.due_at = event, begins.reason, begins.due_at
        if news:
            self.rollups.step(row, at)
        row.revision += 1
        row.version += 1
        row.suspect, row.frozen, row.withdrawn, row.updated_at = None, False, False, at

    def _repeat(self, row: Row, repeat: Repeat, at: Epoch) -> None:
        if repeat.event.wire != row.event.wire:
            row.version += 1
        if repeat.state is not None:
            row.state, row.due_at, row.suspect = step(row.state, repeat.state), None, None
        row.reason = repeat.reason or row.reason
        row.withdrawn = row.withdrawn or repeat.withdrawn
        row.event, row.updated_at = repeat.event, at
        if repeat.state is not None:
            self.rollups.step(row, at)

    def tally(self, tallies: Sequence[Tally]) -> None:
        for one in tallies:
            counted = (one.pixel_id, one.event, one.channel, one.outcome, one.reason)
            self._received[counted] += 1
            key = EventKey(one.pixel_id, one.event, "", one.channel)
            self.rollups.count(key, one.outcome, one.reason, one.at)
            if one.reason not in CONTEXT:
                self.problems.receive(key, one.at)
            self.problems.see(one.seen)
            if one.refusal is not None:
                self.orders.refuse(one.refusal)
        self.problems.commit()

    # -- what leaves

    async def lanes(self, now: Epoch) -> dict[Lane, Epoch]:
        del now  # a lane whose first event is due later waits as well
        first: dict[Lane, Epoch] = {}
        for row in self._waiting():
            due_at = row.due_at or 0.0
            first[row.event.lane] = min(first.get(row.event.lane, due_at), due_at)
        return first

    async def claim(self, lane: Lane, limit: int, now: Epoch, *, newest: bool = False) -> list[Due]:
        waiting = (row for row in self._waiting() if row.event.lane == lane)
        due = sorted(
            (row for row in waiting if (row.due_at or 0.0) <= now),
            key=lambda row: (row.due_at or 0.0, row.seq),
        )
        if newest:
            return [as_due(row) for row in reversed(due) if row.suspect is None][:limit]
        if not due:
            return [as_due(row) for row in self._stranded(lane, now)][:limit]
        return [as_due(row) for row in due if row.suspect == due[0].suspect][:limit]

    def _stranded(self, lane: Lane, now: Epoch) -> list[Row]:
        waiting = (row for row in self._waiting() if row.event.lane == lane)
        stranded = (
            row
            for row in waiting
            if row.state is not State.HELD and (row.due_at or 0.0) > now + STRANDED_AFTER
        )
        found = sorted(stranded, key=lambda row: (row.suspect or "", row.due_at or 0.0, row.seq))
        return [row for row in found if row.suspect == found[0].suspect]

    async def intend(self, batch: Batch, now: Epoch) -> None:
        if batch.batch_id in self._batches:
            raise IllegalEdge(f"batch {batch.batch_id} was intended before")
        rows = [self._rows[due.seq - 1] for due in batch.events]
        for row, due in zip(rows, batch.events, strict=True):
            if (row.state, row.version) != (due.state, due.version) or row.state not in SENDABLE:
                raise OutOfStep(f"event {row.seq} changed after it was claimed")
        for row in rows:
            if row.state is State.RETRY:
                row.state = step(row.state, State.QUEUED)
            row.state = step(row.state, State.SENDING)
            row.attempts += 1
            row.frozen, row.due_at, row.updated_at = True, None, now
            row.history.append(begun(row.attempts, batch, now))
        self._batches[batch.batch_id] = replace(batch, body=b"", intended_at=now)

    async def record(self, batch_id: str, answer: Answer, changes: Sequence[Change]) -> None:
        if batch_id in self._answered:
            return
        batch = self._batches.get(batch_id)
        if batch is None:
            raise IllegalEdge(f"batch {batch_id} was never intended")
        if sorted(change.seq for change in changes) != sorted(due.seq for due in batch.events):
            raise IllegalEdge(f"batch {batch_id} must be closed with one change for each event")
        for change in changes:
            step(State.SENDING, change.to)
        for change in changes:
            row = self._rows[change.seq - 1]
            actual = withdrawn(change, row.unknown) if row.withdrawn else change
            row.history[-1] = answered(row.history[-1], answer, actual)
            row.last_code = answer.code
            row.attempts -= not change.counted
            self._apply_change(row, actual, answer.at)
            self._see_end(row, actual, answer.at, answer)
            self.rollups.count(row.event.key, SENT, answer.verdict, answer.at)
        self.rollups.answered(batch.lane, answer)
        self._answered.add(batch_id)
        if sighting := of_hold(batch.lane, answer):
            self.problems.see([sighting])
        self.problems.commit()

    async def settle(self, changes: Sequence[Change], now: Epoch) -> None:
        rows = {row.seq: row for row in self._rows}
        for change in changes:
            row = rows.pop(change.seq, None)
            if row is None or (row.state, change.to) not in SETTLING:
                raise OutOfStep(f"event {change.seq} can't go to {change.to}")
        for change in changes:
            row = self._rows[change.seq - 1]
            self._apply_change(row, change, now)
            self._see_end(row, change, now)
        self.problems.commit()

    def _apply_change(self, row: Row, change: Change, at: Epoch) -> None:
        apply(row, change, at)
        self.rollups.step(row, at)

    def _see_end(self, row: Row, change: Change, at: Epoch, answer: Answer | None = None) -> None:
        pixel_first = row.seen_at is not None and change.reason == PIXEL_FIRST
        if change.to in ENDS and not pixel_first:
            event = row.event
            self.problems.see([of_end(event.key, event.source, change, at, answer)])

    def _queue_again(self, again: Again, at: Epoch) -> bool:
        row = self._rows[again.seq - 1]
        if row.state is not again.state or row.withdrawn:
            return False
        self._apply_change(row, Change(row.seq, State.QUEUED), at)
        row.version += 1
        row.revision += again.revise
        row.frozen = row.frozen and not again.revise
        row.remarks.append(Remark(at, "replayed", again.remark))
        if again.wire is not None:
            row.event = structs.replace(row.event, wire=rename_fields(row.event.wire, again.wire))
        return True

    def _settle_by_hand(self, settlement: Settlement, at: Epoch) -> bool:
        row = self._rows[settlement.seq - 1]
        if row.state is not settlement.state:
            return False
        self._apply_change(row, Change(row.seq, settlement.to, SETTLED_BY_HAND), at)
        row.remarks.append(Remark(at, "settled", settlement.remark))
        return True

    async def unsettled(self) -> list[Batch]:
        left = (batch for batch in self._batches.values() if batch.batch_id not in self._answered)
        return [replace(batch, events=self._now(batch.events)) for batch in left]

    def _now(self, events: Sequence[Due]) -> tuple[Due, ...]:
        return tuple(as_due(self._rows[seq - 1]) for seq in sorted(due.seq for due in events))
