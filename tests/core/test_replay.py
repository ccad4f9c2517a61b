"""What stands against sending an event again; a wrong yes is a conversion counted twice."""

from dataclasses import replace

import pytest

from tandemgate.catalog.reasons import REASONS
from tandemgate.core.replay import Ground, plan, replay_blockers, wants_reason
from tandemgate.model.admission import Entry
from tandemgate.model.event import Channel
from tandemgate.model.operation import Again
from tandemgate.model.rules import Clocks, Wire
from tandemgate.model.state import State
from tests.build import EVENT_TIME, PIXEL, an_event

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
    decision=an_event().decision,
    decided_at=AT,
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
    "denied since": (replace(ENTRY, withdrawn=True), AT, ("consent_withdrawn",)),
    "its payload is gone": (replace(ENTRY, has_payload=False), AT, ("payload_gone",)),
    "a copy may have arrived at a time that nobody knows": (
        replace(ENTRY, state=State.INDETERMINATE, reason="clock_set_back", first_maybe=AT + HOUR),
        AT,
        ("clock_set_back",),
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


SENT = replace(ENTRY, sent_at=AT)
WANTS: dict[str, tuple[Entry, float | None, str | None]] = {
    "nothing changed since": (SENT, AT - 1, "cause_unchanged"),
    "nothing ever changed": (SENT, None, "cause_unchanged"),
    "a new token since": (SENT, AT + 1, None),
    "never tried": (replace(ENTRY, state=State.EXPIRED, attempts=0), None, None),
    "in review": (replace(SENT, state=State.REVIEW), AT + 1, "reason_wanted"),
    "indeterminate": (replace(SENT, state=State.INDETERMINATE), AT + 1, "reason_wanted"),
}


@pytest.mark.parametrize(("entry", "changed_at", "wants"), WANTS.values(), ids=list(WANTS))
def test_without_a_change_or_a_reason_nothing_is_tried_again(
    entry: Entry, changed_at: float | None, wants: str | None
) -> None:
    """TikTok would answer the same; and what it may have needs somebody who looked."""
    assert wants_reason(entry, changed_at) == wants
    planned = plan([entry], {PIXEL: Ground(changed_at=changed_at)}, "", "root", AT + HOUR)
    assert planned.refused == ({wants: 1} if wants else {})


def test_a_stated_reason_lifts_what_wants_one_and_no_other_condition() -> None:
    """Being sure does not make an event younger, or a delivered one undelivered."""
    entries = [
        SENT,
        replace(SENT, state=State.REVIEW),
        replace(SENT, state=State.DELIVERED),
        replace(SENT, state=State.INDETERMINATE, first_maybe=AT - 48 * HOUR),
        replace(SENT, pixel_id="gone"),
    ]
    planned = plan(entries, {PIXEL: Ground()}, "TikTok mended it", "root", AT + HOUR)
    assert [again.state for again in planned.again] == [State.REJECTED, State.REVIEW]
    assert planned.refused == {"delivered": 1, "pixel_not_configured": 1, "window_over": 1}
    assert planned.uncertain == 1


def test_only_a_copy_that_never_arrived_is_written_anew() -> None:
    """A refused event of unknown fate must stay recognizable as itself."""
    entries = [SENT, replace(SENT, unknown=1, first_maybe=AT)]
    planned = plan(entries, {PIXEL: Ground(wire=Wire.GUIDE)}, "why", "root", AT + HOUR)
    said = "by root: why"
    assert planned.again == (
        Again(1, State.REJECTED, revise=True, remark=said, wire=Wire.GUIDE),
        Again(1, State.REJECTED, revise=False, remark=said, wire=None),
    )


def test_after_the_window_nobody_can_tell_the_pixels_copy() -> None:
    """The age limit is longer than TikTok's memory; the operator must know."""
    planned = plan([SENT], {PIXEL: Ground(changed_at=AT + 1)}, "", "root", AT + 48 * HOUR)
    (again,) = planned.again
    assert planned.pixel_unknown == 1
    assert again.remark == "by root, since a token or setting changed; pixel_copy_unknown"


def test_every_refusal_can_be_explained() -> None:
    """The dry run names reasons, and tandemgate explain knows them all."""
    named = {name for _, _, blockers in CASES.values() for name in blockers}
    named |= {wants for _, _, wants in WANTS.values() if wants}
    assert named <= REASONS.keys()
