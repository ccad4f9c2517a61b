"""What the dispatcher reads: lanes, what is due, and what a crash left open."""

from typing import Any, Final

from tandemgate.core.backoff import STRANDED_AFTER
from tandemgate.model.delivery import Batch, Due
from tandemgate.model.event import Channel, EventKey, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.state import State
from tandemgate.storage.sqlite.readers import Reader
from tandemgate.storage.sqlite.rows import members_of

# Calling the class does the same, six times as slowly, and there is a call for each event.
_CHANNELS: Final = {channel.value: channel for channel in Channel}
_STATES: Final = {state.value: state for state in State}


def lanes(reader: Reader) -> dict[Lane, Epoch]:
    """Return the lanes with something waiting, and when the first of it is due."""
    found = reader.sql.rows("lanes")
    firsts = {Lane(pixel_id, code): _first(reader, number) for number, pixel_id, code in found}
    return {lane: first[0] for lane, first in firsts.items() if first is not None}


def claim(reader: Reader, lane: Lane, limit: int, now: Epoch) -> list[Due]:
    """Return what is due first, and with it only what shares its suspicion."""
    found = reader.sql.row("find_lane", (lane.pixel_id, lane.test_event_code))
    first = None if found is None else _first(reader, found[0])
    if found is None or first is None:
        return []
    _, _, suspect = first
    rows = reader.sql.rows("due + in_lane", (found[0], suspect, now, limit))
    rows = rows or _stranded(reader, found[0], limit, now + STRANDED_AFTER)
    return [_due(reader, lane, row) for row in rows]


def _stranded(reader: Reader, lane: int, limit: int, beyond: Epoch) -> list[tuple[Any, ...]]:
    """Return what waits for a time after *beyond*; suspects come last, each suspicion by itself."""
    rows = reader.sql.rows("due + stranded_in_lane", (lane, None, beyond, limit))
    if rows:
        return rows
    (suspect,) = reader.sql.only("stranded_suspicion", (lane, beyond))
    if suspect is None:
        return []
    return reader.sql.rows("due + stranded_in_lane", (lane, suspect, beyond, limit))


def claim_newest(reader: Reader, lane: Lane, limit: int, now: Epoch) -> list[Due]:
    """Return what became due last and is under no suspicion."""
    found = reader.sql.row("find_lane", (lane.pixel_id, lane.test_event_code))
    if found is None:
        return []
    rows = reader.sql.rows("due + newest_in_lane", (found[0], now, limit))
    return [_due(reader, lane, row) for row in rows]


def unsettled(reader: Reader) -> list[Batch]:
    """Return the batches without an answer."""
    return [
        Batch(batch_id, lane, _members(reader, lane, members), b"", sent_at)
        for batch_id, pixel_id, code, sent_at, members in reader.sql.rows("open_batches")
        for lane in [Lane(pixel_id, code)]
    ]


def _first(reader: Reader, lane: int) -> tuple[Epoch, int, str | None] | None:
    """Return when the first event of a lane is due, its seq, and its suspicion."""
    ways = ("first_waiting", "first_suspected")
    firsts = [row for way in ways if (row := reader.sql.row(way, (lane,))) is not None]
    due_at, seq, suspect = min(firsts, key=lambda row: row[:2], default=(None, 0, None))
    return None if due_at is None else (due_at, seq, suspect)


def _members(reader: Reader, lane: Lane, members: bytes) -> tuple[Due, ...]:
    rows = (reader.sql.only("due + by_seq", (seq,)) for seq in sorted(members_of(members)))
    return tuple(_due(reader, lane, row) for row in rows)


def _due(reader: Reader, lane: Lane, row: tuple[Any, ...]) -> Due:
    (
        seq, state, event_time, received_at, attempts, unknown,
        first_maybe, suspect, version, event_id,
        pixel_id, event, channel, day, sealed,
    ) = row  # fmt: skip
    key = EventKey(pixel_id, event, event_id, _CHANNELS[channel])
    return Due(
        seq=seq,
        key=key,
        lane=lane,
        state=_STATES[state],
        event_time=event_time,
        received_at=received_at,
        attempts=attempts,
        unknown=unknown,
        first_maybe=first_maybe,
        suspect=suspect,
        wire=reader.open(key, day, sealed),
        version=version,
    )
