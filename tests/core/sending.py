"""Builders of what is sent, naming only what a test is about."""

from dataclasses import replace

from msgspec import structs

from tandemgate.core.settle import Attempted
from tandemgate.model.delivery import Batch, Due
from tandemgate.model.event import EventKey, Lane
from tandemgate.model.rules import Clocks
from tandemgate.model.state import State

NOW = 1_776_943_380.0
LANE = Lane("C9ABC1234567890")
HOUR = 3600.0


def a_due(seq: int = 1, **fields: object) -> Due:
    """A fresh event, received just now."""
    due = Due(
        seq=seq,
        key=EventKey(LANE.pixel_id, "CompletePayment", f"ord_{seq}"),
        lane=LANE,
        state=State.QUEUED,
        event_time=int(NOW),
        received_at=NOW,
        attempts=0,
        unknown=0,
        first_maybe=None,
        suspect=None,
        wire=b"{}",
    )
    return structs.replace(due, **fields)


def an_attempt(*events: Due, **fields: object) -> Attempted:
    """A batch of *events* that was answered a second after it left."""
    attempt = Attempted(Batch("b1", LANE, events, b"{}"), NOW - 1, NOW, Clocks(), 0.5)
    return replace(attempt, **fields)  # type: ignore[arg-type]
