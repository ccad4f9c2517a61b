"""Evidence of the Pixel's copies, in memory."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from tandemgate.core.pairing import SAME_ACTION_WITHIN, count
from tandemgate.model.event import Channel, EventKey, Fingerprint
from tandemgate.model.instant import Epoch
from tandemgate.model.pair import (
    Copy,
    Evidence,
    FoundBy,
    Name,
    Nameless,
    PairCounts,
    PairFilter,
    PairPage,
    Sides,
    Stance,
)
from tandemgate.model.state import STAYS_HERE
from tandemgate.model.taxonomy import NameSeen
from tandemgate.storage.memory.rows import Row


class MemoryPairs:
    """Keeps the promises of :class:`tandemgate.ports.Pairs`; *rows* are the ledger's."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._evidence: list[Evidence] = []

    async def note(self, seen: Sequence[Evidence]) -> None:
        for one in seen:
            row = self._ours(one, one.copy.event_id)
            if row is not None:
                row.seen_at = min(row.seen_at or one.copy.at, one.copy.at)
            known = self._of_key(one.pixel_id, one.copy.event, one.copy.event_id, one.channel)
            if known is None:
                self._evidence.append(one)
            elif one.copy.at < known.copy.at:
                at = one.copy.at
                earlier = replace(known, copy=replace(known.copy, at=at, happened_at=at))
                self._evidence[self._evidence.index(known)] = earlier

    async def names(self, nameless: Sequence[Nameless]) -> list[list[Name]]:
        return [list(self._names(one)) for one in nameless]

    async def of(self, seqs: Sequence[int]) -> list[Sides]:
        return [self._of_ours(self._rows[seq - 1]) for seq in seqs]

    async def spoken(self) -> list[NameSeen]:
        seen: dict[tuple[str, str], NameSeen] = {}
        for row in self._rows:
            key = row.event.key
            if key.channel is Channel.LIVE:
                seen[key.pixel_id, key.event] = NameSeen(
                    key.pixel_id, key.event, row.event.received_at, source=row.event.source
                )
        for one in self._evidence:
            if one.channel is Channel.LIVE:
                named = (one.pixel_id, one.copy.event)
                ours = seen.get(named, NameSeen(*named))
                seen[named] = replace(ours, pixel_at=one.arrived_at)
        return [seen[named] for named in sorted(seen)]

    async def page(self, wanted: PairFilter, limit: int) -> PairPage:
        place, told = wanted.after, []
        for _, side, number, sides in self._walk(wanted):
            place = replace(place, **{side: number})
            told.append(replace(sides, place=place))
            if len(told) == limit:
                return PairPage(tuple(told), place)
        return PairPage(tuple(told), None)

    async def counts(self, wanted: PairFilter, most: int) -> PairCounts:
        looked = [sides for _, _, _, sides in self._walk(wanted)]
        return count(looked[:most], complete=len(looked) <= most)

    def forget(self, traces: Collection[bytes]) -> None:
        """Keep of calls of these visits no more than the action."""
        for place, one in enumerate(self._evidence):
            if one.copy.session in traces:
                nobodys = replace(one.copy, session=None)
                self._evidence[place] = replace(one, copy=nobodys, action=None)

    def first_seen(self, key: EventKey) -> Epoch | None:
        """When the Pixel was seen to send this very event."""
        found = self._of_key(key.pixel_id, key.event, key.event_id, key.channel)
        return None if found is None else found.copy.at

    def _walk(self, wanted: PairFilter) -> list[tuple[Epoch, str, int, Sides]]:
        ours = [
            (row.event.received_at, "event", row.seq, self._of_ours(row))
            for row in self._rows
            if row.event.key.channel is wanted.channel and row.seq < (wanted.after.event or 1 << 62)
        ]
        theirs = [
            (one.arrived_at, "evidence", number, self._of_theirs(number, one))
            for number, one in enumerate(self._evidence, 1)
            if one.channel is wanted.channel
            and number < (wanted.after.evidence or 1 << 62)
            and self._ours(one, one.copy.event_id) is None
        ]
        shown = [one for one in (*ours[::-1], *theirs[::-1]) if _shows(wanted, one[0], one[-1])]
        return sorted(shown, key=lambda one: -one[0])

    def _names(self, asked: Nameless) -> Iterator[Name]:
        derived = self._row(asked.pixel_id, asked.event, asked.derived, asked.channel)
        if asked.derived is not None and derived is not None:
            known = Name(asked.derived, FoundBy.LEDGER, asked.happened_at, Fingerprint({}))
            yield replace(known, stored=derived.event.event_time)
        for one in sorted(self._evidence, key=lambda one: one.copy.at):
            copy = one.copy
            asked_for = (asked.pixel_id, asked.event, asked.channel)
            if (one.pixel_id, copy.event, one.channel) != asked_for or not copy.event_id:
                continue
            ours = self._ours(one, copy.event_id)
            stored = ours.event.event_time if ours and ours.event.verified else None
            apart = abs(copy.at - asked.happened_at)
            for by, found in (
                (FoundBy.ORDER, asked.order is not None and one.order == asked.order),
                (FoundBy.SESSION, _of_visit(copy, asked.session) and apart <= SAME_ACTION_WITHIN),
            ):
                if found:
                    yield Name(copy.event_id, by, copy.at, copy.fingerprint, stored)

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

    def _ours(self, evidence: Evidence, event_id: str | None) -> Row | None:
        return self._row(evidence.pixel_id, evidence.copy.event, event_id, evidence.channel)

    def _row(self, pixel_id: str, event: str, event_id: str | None, channel: Channel) -> Row | None:
        named = (pixel_id, event, event_id, channel)
        return next((row for row in self._rows if _key(row) == named), None)

    def _of_ours(self, row: Row) -> Sides:
        key = row.event.key
        copy, earlier = self._earlier_of_ours(row)
        found = self._of_key(key.pixel_id, key.event, key.event_id, key.channel)
        if found is not None:
            has_order = "order_id" in copy.fingerprint.fields
            again = self._earlier_of_theirs(found) if has_order else ()
            return Sides(key.pixel_id, copy, found.copy, (), (*earlier, *again))
        whose = (key.pixel_id, key.channel)
        others = [one for one in self._evidence if (one.pixel_id, one.channel) == whose]
        folded = key.event_id.casefold()
        near = [
            one.copy
            for one in others
            if one.copy.event_id is not None
            and (
                one.copy.event_id.casefold() == folded
                or (row.event.order is not None and one.order == row.event.order)
            )
        ]
        for one in others:
            apart = abs(one.copy.at - copy.happened_at)
            if one.copy.session in row.event.traces and apart <= SAME_ACTION_WITHIN:
                copy = replace(copy, session=one.copy.session)
                near += [one.copy] if one.copy.event_id != key.event_id else []
        return Sides(key.pixel_id, copy, None, tuple(near), earlier)

    def _of_theirs(self, number: int, evidence: Evidence) -> Sides:
        spelled, session = evidence.copy.event_id or "", evidence.copy.session
        ids = {spelled, spelled.lower(), spelled.upper()} - {""}
        near = tuple(
            _our_copy(row, session if session in row.event.traces else None)
            for row in self._rows
            if row.event.key.channel is evidence.channel
            and row.event.key.pixel_id == evidence.pixel_id
            and (
                row.event.key.event_id in ids
                or (evidence.order is not None and row.event.order == evidence.order)
                or (evidence.action is not None and row.event.action == evidence.action)
            )
        )
        earlier = self._earlier_of_theirs(evidence, number)
        return Sides(evidence.pixel_id, None, evidence.copy, near, earlier)

    def _earlier_of_ours(self, row: Row) -> tuple[Copy, tuple[Copy, ...]]:
        event, copy = row.event, _our_copy(row)
        before = [
            one
            for one in self._rows[: row.seq - 1][::-1]
            if event.action is not None and one.event.action == event.action
        ]
        for trace in reversed(event.traces):
            again = [_our_copy(one, trace) for one in before if trace in one.event.traces]
            if again:
                return replace(copy, session=trace), tuple(again)
        return copy, ()

    def _earlier_of_theirs(self, evidence: Evidence, number: int = 0) -> tuple[Copy, ...]:
        number = number or self._evidence.index(evidence) + 1
        return tuple(
            one.copy
            for one in self._evidence[: number - 1]
            if (one.pixel_id, one.copy.event, one.channel)
            == (evidence.pixel_id, evidence.copy.event, evidence.channel)
            and _of_visit(one.copy, evidence.copy.session)
            and abs(one.copy.at - evidence.copy.at) <= SAME_ACTION_WITHIN
        )


def _key(row: Row) -> tuple[str, str, str, Channel]:
    key = row.event.key
    return key.pixel_id, key.event, key.event_id, key.channel


def _of_visit(copy: Copy, session: bytes | None) -> bool:
    return session is not None and copy.session == session


def _our_copy(row: Row, session: bytes | None = None) -> Copy:
    event, decision = row.event, row.event.decision
    at = row.history[-1].sent_at if row.history else event.received_at
    flags = (decision.stated_ad_user_data, decision.stated_ad_personalization)
    said = Stance(*flags, opt_out=decision.opt_out)
    name, happened_at = event.key, float(event.event_time)
    kept = row.state in STAYS_HERE and not row.unknown
    return Copy(name.event, name.event_id, at, happened_at, event.fingerprint, session, said, kept)


def _shows(wanted: PairFilter, at: Epoch, sides: Sides) -> bool:
    copy = sides.server or sides.browser
    return (
        copy is not None
        and wanted.pixel_id in {None, sides.pixel_id}
        and wanted.event in {None, copy.event}
        and (wanted.pixels is None or sides.pixel_id in wanted.pixels)
        and (wanted.since is None or at >= wanted.since)
        and (wanted.until is None or at < wanted.until)
    )
