"""Whether a lane may send."""

import pytest

from tandemgate.core.gate import Gate, heard, wait
from tandemgate.model.delivery import (
    Delivered,
    Hold,
    HoldCause,
    Judgement,
    Partial,
    Refused,
    Retry,
    RetryCause,
    Review,
    SettledDuplicate,
    Split,
    Verdict,
)

TOKEN = Hold(HoldCause.TOKEN)
LOST, RATE = Retry(RetryCause.UNKNOWN), Retry(RetryCause.RATE)


def after(*verdicts: Verdict, gate: Gate | None = None, every: float = 10.0) -> Gate:
    """The gate after *verdicts*, *every* seconds apart, each sent a second before its answer."""
    gate, now = gate or Gate(), 0.0
    for verdict in verdicts:
        now += every
        gate = heard(gate, Judgement(verdict), now - 1, now, 0.0)
    return gate


def test_a_hold_closes_the_lane_and_plans_a_probe() -> None:
    """Every event would only be refused for the same reason."""
    gate = after(TOKEN)
    assert (gate.cause, gate.since, gate.probe_at) == (HoldCause.TOKEN, 10.0, 12.5)


def test_a_failed_probe_waits_longer_and_keeps_the_beginning() -> None:
    """One probe per backoff step; the alert tells since when."""
    gate = after(TOKEN, TOKEN)
    assert (gate.since, gate.probes, gate.probe_at) == (10.0, 2, 25.0)


@pytest.mark.parametrize(
    "verdict",
    [Delivered(), Partial({0: ""}), Split(), Refused(0), Review(0), SettledDuplicate(0)],
)
def test_any_answer_about_events_opens_the_lane_slowly(verdict: Verdict) -> None:
    """TikTok was reached and took the token; the backlog must not fall on it at once."""
    assert after(TOKEN, verdict) == Gate(width=1)


def test_each_success_doubles_the_width() -> None:
    """Full speed again within a few answers."""
    widths = [after(TOKEN, *[Delivered()] * count).width for count in range(1, 5)]
    assert widths == [1, 2, 4, 8]


def test_unreachable_after_five_failures_in_a_row() -> None:
    """The breaker: a dead TikTok is asked by one probe at a time."""
    assert after(*[LOST] * 4).cause is None
    assert after(*[LOST] * 5).cause is HoldCause.UNREACHABLE
    assert after(*[Retry(RetryCause.NOT_SENT)] * 5).cause is HoldCause.UNREACHABLE


@pytest.mark.parametrize("between", [Delivered(), Refused(0), RATE])
def test_an_answer_in_between_begins_the_row_anew(between: Verdict) -> None:
    """An unreliable network is not a dead one."""
    assert after(*[LOST] * 4, between, *[LOST] * 4).cause is None


def test_a_lost_probe_does_not_change_the_cause() -> None:
    """The token is as bad as before."""
    gate = after(TOKEN, LOST)
    assert (gate.cause, gate.probes) == (HoldCause.TOKEN, 2)


def test_another_cause_is_told() -> None:
    """A renewed token that lacks a permission is news."""
    assert after(TOKEN, Hold(HoldCause.PERMISSION)).cause is HoldCause.PERMISSION


def test_a_rate_limit_that_stays_for_a_quarter_of_an_hour_holds_the_lane() -> None:
    """Then 40100 may mean the other thing: a token that is not valid."""
    assert after(*[RATE] * 16, every=60.0).cause is HoldCause.RATE
    assert after(*[RATE] * 15, every=60.0).cause is None


def test_a_success_ends_the_row_of_rate_limits() -> None:
    """Limits that come and go are ordinary."""
    assert after(*[RATE] * 10, Delivered(), *[RATE] * 10, every=60.0).cause is None


@pytest.mark.parametrize(
    ("retry", "cause"),
    [(RetryCause.RATE, HoldCause.RATE), (RetryCause.UNKNOWN, HoldCause.UNREACHABLE)],
)
def test_a_very_long_retry_after_holds_the_lane_until_then(
    retry: RetryCause, cause: HoldCause
) -> None:
    """TikTok asked for it; a person should know."""
    gate = after(Retry(retry, after=3600.0))
    assert (gate.cause, gate.probe_at) == (cause, 3610.0)
    assert after(Retry(retry, after=900.0)).cause is None


def test_what_left_before_the_hold_says_nothing_about_it() -> None:
    """A late success would open a lane whose token is dead; a late failure would slow its probe."""
    held = heard(Gate(), Judgement(TOKEN), 5.0, 10.0, 0.0)
    assert heard(held, Judgement(Delivered()), 9.0, 11.0, 0.0) == held
    assert heard(held, Judgement(TOKEN), 10.0, 11.0, 0.0) == held
    assert heard(held, Judgement(Delivered()), 10.1, 11.0, 0.0).cause is None


@pytest.mark.parametrize(
    ("gate", "in_flight", "expected"),
    [
        (Gate(), 0, 0.0),
        (Gate(), 3, 0.0),
        (Gate(), 4, None),
        (Gate(width=1), 0, 0.0),
        (Gate(width=1), 1, None),
        (Gate(width=2), 1, 0.0),
        (Gate(cause=HoldCause.TOKEN, probe_at=107.0), 0, 7.0),
        (Gate(cause=HoldCause.TOKEN, probe_at=99.0), 0, 0.0),
        (Gate(cause=HoldCause.TOKEN, probe_at=99.0), 1, None),
    ],
)
def test_how_long_to_wait(gate: Gate, in_flight: int, expected: float | None) -> None:
    """Four requests at once, one after a hold, and one probe at a time."""
    assert wait(gate, in_flight, limit=4, now=100.0) == expected
