"""What the dispatcher reads: lanes, what is due, and what a crash left open."""

from typing import Any

from tandemgate.model.delivery import Batch, Due
from tandemgate.model.event import Channel, EventKey, Lane
from tandemgate.model.instant import Epoch
from tandemgate.model.state import State
from tandemgate.storage.sqlite.readers import Reader


def lanes(reader: Reader) -> dict[Lane, Epoch]:
    """Return the lanes with something waiting, and when the first of it is due."""
    first = {
        Lane(pixel_id, code): [due_at for due_at in due if due_at is not None]
        for pixel_id, code, *due in reader.sql.rows("lanes")
    }
    return {lane: min(due) for lane, due in first.items() if due}


def claim(reader: Reader, lane: Lane, limit: int, now: Epoch) -> list[Due]:
    """Return what is due first, and with it only what shares its suspicion."""
    found = reader.sql.row("find_lane", (lane.pixel_id, lane.test_event_code))
    if found is None:
        return []
    number = found[0]
    firsts = [reader.sql.row(name, (number, now)) for name in ("first_waiting", "first_suspected")]
    first = min((row for row in firsts if row is not None), key=lambda row: row[:2], default=None)
    if first is None:
        return []
    _, _, suspect = first
    if suspect is None:
        rows = reader.sql.rows("due + waiting", (number, now, limit))
    else:
        rows = reader.sql.rows("due + of_suspicion", (number, now, limit, suspect))
    return [_due(reader, lane, row) for row in rows]


def unsettled(reader: Reader) -> list[Batch]:
    """Return the batches without an answer."""
    batches = []
    for number, batch_id, pixel_id, code, sent_at in reader.sql.rows("open_batches"):
        lane = Lane(pixel_id, code)
        rows = reader.sql.rows("due + of_batch", (number,))
        events = tuple(_due(reader, lane, row) for row in rows)
        batches.append(Batch(batch_id, lane, events, b"", sent_at))
    return batches


def _due(reader: Reader, lane: Lane, row: tuple[Any, ...]) -> Due:
    (
        seq, state, event_time, received_at, attempts, unknown,
        first_maybe, suspect, version, event_id,
        pixel_id, event, channel, day, sealed,
    ) = row  # fmt: skip
    key = EventKey(pixel_id, event, event_id, Channel(channel))
    return Due(
        seq=seq,
        key=key,
        lane=lane,
        state=State(state),
        event_time=event_time,
        received_at=received_at,
        attempts=attempts,
        unknown=unknown,
        first_maybe=first_maybe,
        suspect=suspect,
        wire=reader.open(key, day, sealed),
        version=version,
    )
