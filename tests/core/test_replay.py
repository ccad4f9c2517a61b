"""What stands against sending an event again; a wrong yes is a conversion counted twice."""

from dataclasses import replace

import pytest

from tandemgate.core.replay import replay_blockers
from tandemgate.model.admission import Entry
from tandemgate.model.event import Channel
from tandemgate.model.rules import Clocks
from tandemgate.model.state import State
from tests.build import EVENT_TIME, PIXEL

HOUR = 3600
AT = float(EVENT_TIME)
ENTRY = Entry(
    seq=1,
    pixel_id=PIXEL,
    event="CompletePayment",
    event_id="ord_1",
    channel=Channel.LIVE,
    test_event_code="",
    event_time=EVENT_TIME,
    received_at=AT,
    updated_at=AT,
    source="backend",
    verified=True,
    revision=1,
    state=State.REJECTED,
    reason=None,
    due_at=None,
    attempts=1,
    unknown=0,
    first_maybe=None,
    match_keys={},
    consent={},
    findings=(),
)
CASES: dict[str, tuple[Entry, float, tuple[str, ...]]] = {
    "refused, still fresh": (ENTRY, AT + HOUR, ()),
    "delivered": (replace(ENTRY, state=State.DELIVERED), AT, ("delivered",)),
    "cancelled": (replace(ENTRY, state=State.CANCELLED), AT, ("cancelled",)),
    "suppressed": (replace(ENTRY, state=State.SUPPRESSED), AT, ("suppressed",)),
    "on its way": (replace(ENTRY, state=State.RETRY), AT, ("in_flight",)),
    "a week old": (ENTRY, AT + 7 * 24 * HOUR + 1, ("too_old",)),
    "a copy may have arrived 46 hours ago": (
        replace(ENTRY, first_maybe=AT),
        AT + 46 * HOUR,
        (),
    ),
    "a copy may have arrived 47 hours ago": (
        replace(ENTRY, first_maybe=AT),
        AT + 47 * HOUR + 1,
        ("window_over",),
    ),
    "everything at once": (
        replace(ENTRY, state=State.DELIVERED, first_maybe=AT),
        AT + 30 * 24 * HOUR,
        ("delivered", "too_old", "window_over"),
    ),
}


@pytest.mark.parametrize(("entry", "now", "blockers"), CASES.values(), ids=list(CASES))
def test_each_condition_is_named(entry: Entry, now: float, blockers: tuple[str, ...]) -> None:
    """The operator reads which condition it is, not only that there is one."""
    assert replay_blockers(entry, Clocks(), now) == blockers
