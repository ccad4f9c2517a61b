"""What becomes of each event of a batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.settle import Attempted, settle
from tandemgate.model.delivery import (
    Change,
    Delivered,
    Due,
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
from tandemgate.model.state import EDGES, State
from tests.core.sending import HOUR, NOW, a_due, an_attempt


def settled(verdict: Verdict, *events: Due, reason: str | None = None) -> list[Change]:
    """The changes after *verdict* about *events*."""
    return settle(Judgement(verdict, reason=reason), an_attempt(*events))


def test_delivered_events_are_done() -> None:
    """Code 0 speaks for the whole batch."""
    assert settled(Delivered(), a_due(1), a_due(2)) == [
        Change(1, State.DELIVERED),
        Change(2, State.DELIVERED),
    ]


def test_a_partial_success_refuses_only_the_named() -> None:
    """The named are corrected; the others would be sent twice if they were taken for refused."""
    changes = settled(Partial({1: "too old"}), a_due(1), a_due(2), a_due(3))
    assert changes == [
        Change(1, State.DELIVERED),
        Change(2, State.REJECTED, "refused_by_tiktok", message="too old"),
        Change(3, State.DELIVERED),
    ]


@pytest.mark.parametrize("cause", [RetryCause.NOT_SENT, RetryCause.RATE])
def test_what_was_not_processed_waits_with_jitter(cause: RetryCause) -> None:
    """No copy can be at TikTok, so neither U nor the window moves."""
    first, third = settled(Retry(cause), a_due(1), a_due(2, attempts=2))
    assert first == Change(1, State.RETRY, due_at=NOW + 0.5)
    assert third == Change(2, State.RETRY, due_at=NOW + 2.0)


def test_an_unknown_outcome_is_counted_from_the_moment_of_sending() -> None:
    """TikTok may have had the copy since then, and its window began."""
    assert settled(Retry(RetryCause.UNKNOWN), a_due()) == [
        Change(1, State.RETRY, due_at=NOW + 0.5, maybe_at=NOW - 1)
    ]


def test_after_a_crash_an_attempt_may_be_as_old_as_the_event() -> None:
    """Nobody knows when it left; a later guess could send a copy after TikTok's window."""
    due = a_due(received_at=NOW - 7 * HOUR)
    attempt = an_attempt(due, sent_at=None)
    (change,) = settle(Judgement(Retry(RetryCause.UNKNOWN)), attempt)
    assert change.maybe_at == NOW - 7 * HOUR


@pytest.mark.parametrize(
    ("first_maybe", "state"),
    [
        (NOW - 47 * HOUR + 1, State.RETRY),
        (NOW - 47 * HOUR + 0.5, State.RETRY),
        (NOW - 47 * HOUR, State.INDETERMINATE),
        (NOW - 90 * HOUR, State.INDETERMINATE),
    ],
)
def test_an_unknown_outcome_ends_with_the_window(first_maybe: float, state: State) -> None:
    """A copy after 48 hours would be counted as a second conversion."""
    due = a_due(unknown=1, first_maybe=first_maybe)
    (change,) = settled(Retry(RetryCause.UNKNOWN), due)
    assert (change.to, change.maybe_at) == (state, NOW - 1)


def test_an_unknown_past_stays_unknown_when_the_last_attempt_did_not_leave() -> None:
    """Calling it expired would say that TikTok has no copy."""
    due = a_due(unknown=1, first_maybe=NOW - 47 * HOUR)
    assert settled(Retry(RetryCause.NOT_SENT), due) == [
        Change(1, State.INDETERMINATE, "dedup_window_over")
    ]


def test_nothing_ends_of_age_while_the_clock_is_not_believed() -> None:
    """It was set while the request was under way; whether the window is over shows later."""
    due = a_due(unknown=1, first_maybe=NOW - 200 * HOUR)
    attempt = an_attempt(due, steady=False)
    (change,) = settle(Judgement(Retry(RetryCause.UNKNOWN)), attempt)
    assert (change.to, change.maybe_at) == (State.RETRY, NOW - 1)


def test_the_pixels_copy_alone_does_not_make_an_outcome_unknown() -> None:
    """Nothing of ours may have arrived, so the event waits and expires in its own time."""
    due = a_due(first_maybe=NOW - 47 * HOUR)
    assert [change.to for change in settled(Retry(RetryCause.RATE), due)] == [State.RETRY]


@pytest.mark.parametrize(
    ("after", "wait"), [(7.0, 7.0), (0.1, 0.5), (900.0, 900.0), (5000.0, 900.0)]
)
def test_retry_after_is_honoured_up_to_a_quarter_of_an_hour(after: float, wait: float) -> None:
    """Longer than that holds the lane, which has its own patience."""
    (change,) = settled(Retry(RetryCause.RATE, after), a_due())
    assert change.due_at == NOW + wait


def test_a_split_halves_the_batch_and_remembers_the_path() -> None:
    """The path keeps suspects among themselves, also after a restart."""
    changes = settled(Split(), a_due(1), a_due(2), a_due(3))
    assert [change.suspect for change in changes] == ["b1/0", "b1/0", "b1/1"]
    assert {(change.to, change.due_at, change.maybe_at) for change in changes} == {
        (State.RETRY, NOW + 0.1, None)
    }


def test_a_split_half_is_halved_along_its_path() -> None:
    """So every bad event ends alone."""
    events = [a_due(seq, suspect="b0/1") for seq in (1, 2)]
    changes = settled(Split(), *events)
    assert [change.suspect for change in changes] == ["b0/1/0", "b0/1/1"]
    assert {change.due_at for change in changes} == {NOW + 0.2}


def test_an_unreadable_partial_success_sends_each_alone_as_unknown() -> None:
    """Some of them arrived, nobody knows which."""
    changes = settled(Split(maybe_arrived=True), a_due(1), a_due(2), a_due(3))
    assert [change.suspect for change in changes] == ["b1/0", "b1/1", "b1/2"]
    assert {change.maybe_at for change in changes} == {NOW - 1}


def test_an_unreadable_partial_success_after_the_window_is_indeterminate() -> None:
    """Sending it alone would be a second conversion."""
    due = a_due(unknown=1, first_maybe=NOW - 48 * HOUR)
    (first, second) = settled(Split(maybe_arrived=True), due, a_due(2))
    assert (first.to, second.to) == (State.INDETERMINATE, State.RETRY)


@pytest.mark.parametrize(
    ("cause", "suspect"),
    [
        (HoldCause.TOKEN, "b0/1"),
        (HoldCause.PERMISSION, "b0/1"),
        (HoldCause.CONFIGURATION, None),
    ],
)
def test_a_hold_gives_the_attempt_back(cause: HoldCause, suspect: str | None) -> None:
    """The events did nothing wrong; a day with a bad token must not wear them out."""
    assert settled(Hold(cause), a_due(suspect="b0/1")) == [
        Change(1, State.QUEUED, due_at=NOW, counted=False, suspect=suspect)
    ]


def test_a_refusal_ends_one_event_and_frees_its_neighbours() -> None:
    """One bad event refused them all, so none of the others was processed."""
    changes = settled(Refused(1), a_due(1), a_due(2), a_due(3), reason="identifier_not_hashed")
    assert changes == [
        Change(1, State.RETRY, due_at=NOW),
        Change(2, State.REJECTED, "identifier_not_hashed"),
        Change(3, State.RETRY, due_at=NOW),
    ]


def test_a_retry_keeps_the_suspicion() -> None:
    """A rate limit in the middle of a search must not end it."""
    (change,) = settled(Retry(RetryCause.RATE), a_due(suspect="b0/1"))
    assert change.suspect == "b0/1"


def test_neighbours_that_are_suspects_stay_suspects() -> None:
    """Another bad one may still be among them."""
    first, second = settled(Refused(0), a_due(1, suspect="b0/1"), a_due(2, suspect="b0/1"))
    assert (first.suspect, second.suspect) == (None, "b0/1")


@pytest.mark.parametrize(
    ("unknown", "expected"),
    [
        (1, Change(1, State.DELIVERED)),
        (0, Change(1, State.REVIEW, "already_at_tiktok")),
    ],
)
def test_a_duplicate_is_ours_only_after_an_unanswered_attempt(
    unknown: int, expected: Change
) -> None:
    """Otherwise somebody else sent it, and calling it delivered would be a guess."""
    due = a_due(unknown=unknown, first_maybe=NOW - HOUR)
    assert settled(SettledDuplicate(0), due, a_due(2)) == [
        expected,
        Change(2, State.RETRY, due_at=NOW),
    ]


def test_a_review_ends_one_event_for_a_person_to_decide() -> None:
    """Neither sent again nor counted as delivered; it may have arrived, which bounds a replay."""
    assert settled(Review(0), a_due(1), a_due(2)) == [
        Change(1, State.REVIEW, "answer_unclear", maybe_at=NOW - 1),
        Change(2, State.RETRY, due_at=NOW),
    ]


# -- laws

verdicts = st.one_of(
    st.just(Delivered()),
    st.builds(Partial, st.dictionaries(st.integers(0, 2), st.text(max_size=5), min_size=1)),
    st.builds(Retry, st.sampled_from(RetryCause), st.none() | st.floats(0, 1e5)),
    st.builds(Split, st.booleans()),
    st.builds(Hold, st.sampled_from(HoldCause)),
    st.builds(Refused, st.integers(0, 2)),
    st.builds(SettledDuplicate, st.integers(0, 2)),
    st.builds(Review, st.integers(0, 2)),
)
ages = st.none() | st.floats(0, 100 * HOUR)
events = st.builds(
    lambda seq, unknown, age, attempts: a_due(
        seq,
        unknown=unknown if age is not None else 0,
        first_maybe=None if age is None else NOW - age,
        attempts=attempts + unknown,
    ),
    st.integers(1, 1000),
    st.integers(0, 3),
    ages,
    st.integers(0, 40),
)
attempts = st.builds(
    lambda three, chance, sent: an_attempt(*three, chance=chance, sent_at=sent),
    st.lists(events, min_size=3, max_size=3, unique_by=lambda due: due.seq),
    st.floats(0, 1, exclude_max=True),
    st.just(NOW - 1) | st.none(),
)


@given(verdicts, attempts)
def test_each_event_gets_one_change_along_an_edge(verdict: Verdict, attempt: Attempted) -> None:
    """The ledger knows no other ways, and an event without a change would be stuck in SENDING."""
    changes = settle(Judgement(verdict), attempt)
    assert [change.seq for change in changes] == [due.seq for due in attempt.batch.events]
    assert all((State.SENDING, change.to) in EDGES for change in changes)


@given(verdicts, attempts)
def test_only_a_reply_that_may_have_arrived_raises_u(verdict: Verdict, attempt: Attempted) -> None:
    """U bounds the copies: one too few hides a double count, one too many ends good events."""
    lost = getattr(verdict, "cause", None) is RetryCause.UNKNOWN
    unread = lost or verdict == Split(maybe_arrived=True)
    marked = [change.maybe_at is not None for change in settle(Judgement(verdict), attempt)]
    assert marked == [unread or verdict == Review(index) for index in range(3)]


@given(verdicts, attempts)
def test_nothing_unknown_is_planned_after_its_window(verdict: Verdict, attempt: Attempted) -> None:
    """After 48 hours, less a margin, a copy is a second conversion."""
    for due, change in zip(attempt.batch.events, settle(Judgement(verdict), attempt), strict=True):
        maybe = [at for at in (due.first_maybe, change.maybe_at) if at is not None]
        ends = max(NOW, min(maybe, default=NOW) + 47 * HOUR)
        known = not due.unknown and change.maybe_at is None
        assert known or (change.due_at or NOW) <= ends
