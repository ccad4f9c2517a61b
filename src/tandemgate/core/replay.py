"""Whether an event may be sent again, and what stands against it."""

from typing import Final

from tandemgate.model.admission import Entry
from tandemgate.model.instant import Epoch
from tandemgate.model.rules import Clocks
from tandemgate.model.state import FINAL, State

ABSORBING: Final = {
    State.DELIVERED: "delivered",
    State.CANCELLED: "cancelled",
    State.SUPPRESSED: "suppressed",
}
"""States that no replay leaves: TikTok has the event, or the person does not want it to."""


def replay_blockers(entry: Entry, clocks: Clocks, now: Epoch) -> tuple[str, ...]:
    """Name each condition of a replay that *entry* does not meet; an empty tuple allows it.

    A replay must not be counted twice, so it ends with TikTok's window after the first copy that
    may have arrived; and it must still be worth something, so it ends with the age limit.
    """
    first = entry.first_maybe
    conditions = {
        ABSORBING.get(entry.state, ""): entry.state in ABSORBING,
        "in_flight": entry.state not in FINAL,
        "too_old": now > entry.event_time + clocks.event_age_limit,
        "window_over": first is not None and now > first + clocks.dedup_window - clocks.margin,
    }
    return tuple(name for name, holds in conditions.items() if holds)
