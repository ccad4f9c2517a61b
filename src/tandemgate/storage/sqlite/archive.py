"""The archive's port on SQLite: stories, lists and counters, at a cost that does not grow."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from tandemgate.model.admission import Attempt, Cell, Entry, Filter, Remark, Stats, Story
from tandemgate.model.event import Channel, EventKey, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Waiting
from tandemgate.model.state import IN_FLIGHT, State
from tandemgate.storage.sqlite.lists import being_sent, find
from tandemgate.storage.sqlite.readers import Reader, Readers
from tandemgate.storage.sqlite.room import must_have_room
from tandemgate.storage.sqlite.rows import decision_of, findings_of, presence_of, worth_of
from tandemgate.storage.telling import tell_presence

MOST_COUNTED: Final = 10_000
"""Waiting events of a lane that are looked at: the oldest is among those that are due first."""


class SqliteArchive:
    """Keeps the promises of :class:`tandemgate.ports.Archive`."""

    def __init__(self, readers: Readers, folder: Path) -> None:
        self._readers = readers
        self._folder = folder

    async def stories(self, event_id: str, pixel_id: str | None, event: str | None) -> list[Story]:
        return await self._readers.run(partial(_stories, words=(event_id, pixel_id, event)))

    async def page(self, wanted: Filter, limit: int) -> list[Entry]:
        return await self._readers.run(partial(_page, wanted=wanted, limit=limit))

    async def wire(self, seq: int) -> bytes:
        return await self._readers.run(partial(_wire, seq=seq))

    async def told(self, wanted: Filter, limit: int) -> list[Story]:
        return await self._readers.run(partial(_told, wanted=wanted, limit=limit))

    async def stats(self) -> Stats:
        return await self._readers.run(_stats)

    async def waiting(self) -> dict[Lane, Waiting]:
        return await self._readers.run(_waiting)

    async def check(self) -> None:
        must_have_room(self._folder)
        await self._readers.run(_recorded)


def _stories(reader: Reader, words: Sequence[str | None]) -> list[Story]:
    found = reader.sql.rows("with_event_id", words)
    return [story(reader, seq) for (seq,) in found]


def story(reader: Reader, seq: int) -> Story:
    """Read one event with its whole history."""
    rows = reader.sql.rows("attempts", (seq,))
    last = reader.sql.row("last_attempt", (seq,))
    if last is not None and last[-1] not in {row[-1] for row in rows}:
        rows.append(last)
    attempts = tuple(Attempt(*row[:-1]) for row in rows)
    remarks = tuple(Remark(*row) for row in reader.sql.rows("remarks", (seq,)))
    return Story(_entry(reader, seq), attempts, remarks)


def _page(reader: Reader, wanted: Filter, limit: int) -> list[Entry]:
    return [_entry(reader, seq) for seq in find(reader, wanted, limit)]


def _told(reader: Reader, wanted: Filter, limit: int) -> list[Story]:
    return [story(reader, seq) for seq in find(reader, wanted, limit)]


def _entry(reader: Reader, seq: int) -> Entry:
    (
        _, pixel_id, event, event_id, channel, test_event_code,
        event_time, received_at, updated_at, source, verified,
        revision, state, reason, due_at, attempts, unknown,
        first_maybe, presence, facts, collected_at, decided_at, sources, findings,
        last_code, withdrawn, sent_at, has_payload,
        worth, currency,
    ) = reader.sql.only("entry", (seq,))  # fmt: skip
    return Entry(
        seq=seq,
        pixel_id=pixel_id,
        event=event,
        event_id=event_id,
        channel=Channel(channel),
        test_event_code=test_event_code,
        event_time=event_time,
        received_at=received_at,
        updated_at=updated_at,
        source=source,
        verified=bool(verified),
        revision=revision,
        state=State(state),
        reason=reason,
        due_at=due_at,
        attempts=attempts,
        unknown=unknown,
        first_maybe=first_maybe,
        match_keys=tell_presence(presence_of(presence)),
        decision=decision_of(facts, collected_at, sources),
        decided_at=received_at if decided_at is None else decided_at,
        findings=findings_of(findings),
        last_code=last_code,
        withdrawn=bool(withdrawn),
        sent_at=sent_at,
        has_payload=bool(has_payload),
        worth=worth_of(worth, currency),
    )


def _wire(reader: Reader, seq: int) -> bytes:
    found = reader.sql.row("payload_of", (seq,))
    if found is None:
        return b""
    event_id, pixel_id, event, channel, day, sealed = found
    return reader.open(EventKey(pixel_id, event, event_id, Channel(channel)), day, sealed)


def _stats(reader: Reader) -> Stats:
    states = tuple(Cell(*row) for row in reader.sql.rows("stock"))
    received = tuple(Cell(*row) for row in reader.sql.rows("received"))
    recorded, forgotten = _recorded(reader)
    return Stats(states, received, recorded, _oldest_pending(reader), forgotten)


def _recorded(reader: Reader) -> tuple[int, int]:
    recorded, forgotten = reader.sql.only("recorded")
    return int(recorded), int(forgotten)


def _waiting(reader: Reader) -> dict[Lane, Waiting]:
    live = dict(reader.operation.rows("stock_waiting"))
    found: dict[Lane, Waiting] = {}
    for number, pixel_id, code in reader.sql.rows("lanes"):
        lane = Lane(pixel_id, code)
        count, *oldest = reader.operation.only("first_of_lane", (number, MOST_COUNTED))
        if count:
            counted = live.get(pixel_id, count) if lane.channel is Channel.LIVE else count
            found[lane] = Waiting(counted, *oldest)
    return found


def _oldest_pending(reader: Reader) -> Epoch | None:
    waiting = [reader.sql.row("first_in_state", (state,)) for state in IN_FLIGHT]
    seqs = [*being_sent(reader), *(row[0] for row in waiting if row is not None)]
    return reader.sql.only("received_from", (min(seqs),))[0] if seqs else None
