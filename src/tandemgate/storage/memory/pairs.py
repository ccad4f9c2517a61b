"""Evidence of the Pixel's copies, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from tandemgate.core.pairing import SAME_ACTION_WITHIN
from tandemgate.model.event import Channel, EventKey
from tandemgate.model.instant import Epoch
from tandemgate.model.pair import Copy, Evidence, PairFilter, Sides
from tandemgate.storage.memory.rows import Row


class MemoryPairs:
    """Keeps the promises of :class:`tandemgate.ports.Pairs`; *rows* are the ledger's."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._evidence: list[Evidence] = []

    async def note(self, seen: Sequence[Evidence]) -> None:
        for one in seen:
            row = self._ours(one)
            if row is not None:
                row.seen_at = min(row.seen_at or one.copy.at, one.copy.at)
            known = self._of_key(one.pixel_id, one.copy.event, one.copy.event_id, one.channel)
            if known is None:
                self._evidence.append(one)
            elif one.copy.at < known.copy.at:
                at = one.copy.at
                earlier = replace(known, copy=replace(known.copy, at=at, happened_at=at))
                self._evidence[self._evidence.index(known)] = earlier

    async def of(self, seqs: Sequence[int]) -> list[Sides]:
        return [self._of_ours(self._rows[seq - 1]) for seq in seqs]

    async def page(self, wanted: PairFilter, limit: int) -> list[Sides]:
        ours = [
            (row.event.received_at, "event", row.seq, self._of_ours(row))
            for row in self._rows
            if row.event.key.channel is wanted.channel and row.seq < (wanted.after.event or 1 << 62)
        ]
        theirs = [
            (one.arrived_at, "evidence", number, self._of_theirs(one))
            for number, one in enumerate(self._evidence, 1)
            if one.channel is wanted.channel
            and number < (wanted.after.evidence or 1 << 62)
            and self._ours(one) is None
        ]
        shown = [one for one in (*ours[::-1], *theirs[::-1]) if _shows(wanted, one[-1])]
        place, told = wanted.after, []
        for _, side, number, sides in sorted(shown, key=lambda one: -one[0])[:limit]:
            place = replace(place, **{side: number})
            told.append(replace(sides, place=place))
        return told

    def forget(self, traces: Collection[bytes]) -> None:
        """Keep of calls of these visits no more than the action."""
        for place, one in enumerate(self._evidence):
            if one.copy.session in traces:
                nobodys = replace(one.copy, session=None)
                self._evidence[place] = replace(one, copy=nobodys)

    def first_seen(self, key: EventKey) -> Epoch | None:
        """When the Pixel was seen to send this very event."""
        found = self._of_key(key.pixel_id, key.event, key.event_id, key.channel)
        return None if found is None else found.copy.at

    def _of_key(
        self, pixel_id: str, event: str, event_id: str | None, channel: Channel
    ) -> Evidence | None:
        named = (pixel_id, event, event_id, channel)
        return next(
            (
                one
                for one in self._evidence
                if event_id is not None
                and named == (one.pixel_id, one.copy.event, one.copy.event_id, one.channel)
            ),
            None,
        )

    def _ours(self, evidence: Evidence) -> Row | None:
        copy = evidence.copy
        named = (evidence.pixel_id, copy.event, copy.event_id, evidence.channel)
        return next((row for row in self._rows if _key(row) == named), None)

    def _of_ours(self, row: Row) -> Sides:
        key, copy = row.event.key, _our_copy(row)
        found = self._of_key(key.pixel_id, key.event, key.event_id, key.channel)
        if found is not None:
            return Sides(key.pixel_id, copy, found.copy)
        others = [
            one.copy
            for one in self._evidence
            if (one.pixel_id, one.channel) == (key.pixel_id, key.channel)
        ]
        folded = key.event_id.casefold()
        near = [one for one in others if one.event_id and one.event_id.casefold() == folded]
        for one in others:
            apart = abs(one.at - copy.happened_at)
            if one.session in row.event.traces and apart <= SAME_ACTION_WITHIN:
                copy = replace(copy, session=one.session)
                near += [one] if one.event_id != key.event_id else []
        return Sides(key.pixel_id, copy, None, tuple(near))

    def _of_theirs(self, evidence: Evidence) -> Sides:
        spelled = evidence.copy.event_id or ""
        near = tuple(
            _our_copy(row)
            for row in self._rows
            if row.event.key.channel is evidence.channel
            and row.event.key.pixel_id == evidence.pixel_id
            and row.event.key.event_id in {spelled, spelled.lower(), spelled.upper()} - {""}
        )
        return Sides(evidence.pixel_id, None, evidence.copy, near)


def _key(row: Row) -> tuple[str, str, str, Channel]:
    key = row.event.key
    return key.pixel_id, key.event, key.event_id, key.channel


def _our_copy(row: Row) -> Copy:
    event = row.event
    at = row.history[-1].sent_at if row.history else event.received_at
    told = event.fingerprint
    return Copy(event.key.event, event.key.event_id, at, float(event.event_time), told)


def _shows(wanted: PairFilter, sides: Sides) -> bool:
    copy = sides.server or sides.browser
    return (
        copy is not None
        and wanted.pixel_id in {None, sides.pixel_id}
        and wanted.event in {None, copy.event}
        and (wanted.pixels is None or sides.pixel_id in wanted.pixels)
    )
