"""The two clocks that bound every send."""

import pytest

from tandemgate.core.clocks import HEARD_FOR, Watch, check, hear, screen, window_end
from tandemgate.model.rules import Clocks
from tandemgate.model.state import State
from tests.core.sending import HOUR, NOW, a_due

DAY = 24 * HOUR
WINDOW = 47 * HOUR


def ended(**fields: object) -> tuple[State, str | None] | None:
    """How an event with *fields* ends now, if it does."""
    change = screen(a_due(1, **fields), Clocks(), NOW)
    return (change.to, change.reason) if change else None


@pytest.mark.parametrize("state", [State.QUEUED, State.RETRY])
@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, None),
        (7 * DAY, None),
        (7 * DAY + 1, (State.EXPIRED, "event_too_old")),
        (-HOUR, None),
    ],
)
def test_an_event_without_a_copy_ends_at_the_age_limit(
    state: State, age: float, expected: tuple[State, str] | None
) -> None:
    """An old conversion is of no use to anybody, and TikTok may refuse it."""
    assert ended(state=state, event_time=int(NOW - age)) == expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [(WINDOW, None), (WINDOW + 0.1, (State.INDETERMINATE, "dedup_window_over"))],
)
def test_an_unknown_event_ends_with_its_window(
    since: float, expected: tuple[State, str] | None
) -> None:
    """Another copy would be counted twice, if the first one arrived."""
    assert ended(state=State.RETRY, unknown=1, first_maybe=NOW - since) == expected


@pytest.mark.parametrize(
    ("ahead", "expected"), [(HOUR, None), (HOUR + 1, (State.INDETERMINATE, "clock_set_back"))]
)
def test_a_window_that_begins_in_the_future_has_no_end_to_trust(
    ahead: float, expected: tuple[State, str] | None
) -> None:
    """By that clock it would stay open for too long, and the last copy would be counted again."""
    assert ended(state=State.RETRY, unknown=1, first_maybe=NOW + ahead) == expected
    assert ended(first_maybe=NOW + ahead) is None


@pytest.mark.parametrize(
    ("since", "expected"),
    [(WINDOW, None), (WINDOW + 0.1, (State.EXPIRED, "pixel_window_over"))],
)
def test_the_pixels_copy_bounds_the_servers(
    since: float, expected: tuple[State, str] | None
) -> None:
    """TikTok's window starts at the first copy that it has, whoever sent it."""
    assert ended(first_maybe=NOW - since) == expected


def test_inside_the_window_age_does_not_matter() -> None:
    """The age limit is for what has no earlier copy; a copy only completes one."""
    assert ended(first_maybe=NOW - HOUR, event_time=int(NOW - 30 * DAY)) is None


def test_a_wait_for_consent_that_is_over_sends_nothing() -> None:
    """No answer is not a yes."""
    assert ended(state=State.HELD) == (State.SUPPRESSED, "consent_missing")


def test_a_held_event_can_be_too_old() -> None:
    """Then a later consent could not help it either."""
    assert ended(state=State.HELD, event_time=int(NOW - 8 * DAY)) == (
        State.EXPIRED,
        "event_too_old",
    )


def test_an_event_whose_payload_is_gone_is_for_a_person() -> None:
    """There is nothing left to send, and saying that it expired would hide why."""
    assert ended(wire=b"") == (State.REVIEW, "payload_unreadable")
    assert ended(wire=b"", state=State.HELD) == (State.SUPPRESSED, "consent_missing")


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.HELD},
        {"wire": b""},
        {"event_time": 0},
        {"first_maybe": 0.0},
        {"first_maybe": 0.0, "unknown": 1},
    ],
)
def test_a_change_is_about_its_event(fields: dict[str, object]) -> None:
    """The ledger applies it by this number."""
    change = screen(a_due(7, **fields), Clocks(), NOW)
    assert change is not None
    assert change.seq == 7


def test_the_clocks_are_settings() -> None:
    """Shops may shorten them, and the margin belongs to the window."""
    assert window_end(100.0, Clocks(dedup_window=50, margin=20)) == 130.0
    short = Clocks(event_age_limit=10)
    assert screen(a_due(event_time=int(NOW - 11)), short, NOW) is not None


# -- believing the wall clock


def watched(*steps: float) -> list[bool]:
    """Whether the clock is believed after each check, 5 s apart, moving by *steps*."""
    watch, seen = Watch(NOW, 0.0), []
    for count, step in enumerate(steps, 1):
        watch = check(watch, watch.wall + step, 5.0 * count)
        seen.append(watch.steady)
    return seen


@pytest.mark.parametrize(
    ("steps", "steady"),
    [
        ([5, 5, 5], [True, True, True]),
        ([65, 5, 5], [True, True, True]),
        ([66, 5, 5], [False, False, True]),
        ([-55, 5], [True, True]),
        ([-56, 5, 5], [False, False, True]),
        ([90_000, 5, -90_000, 5, 5], [False, False, False, False, True]),
    ],
)
def test_a_step_is_believed_after_two_calm_checks(steps: list[float], steady: list[bool]) -> None:
    """A clock that jumps to next week and back must not expire a million events in between."""
    assert watched(*steps) == steady


def test_a_check_in_between_sees_a_step_but_does_not_end_one() -> None:
    """Lanes ask whenever something would end; two of them at once are not two calm checks."""
    after_step = check(Watch(NOW, 0.0), NOW + 90_000, 0.1)
    assert not after_step.steady
    at_once = check(check(after_step, NOW + 90_000, 0.1), NOW + 90_000, 0.1)
    assert not at_once.steady
    assert check(check(at_once, NOW + 90_005, 5.1), NOW + 90_010, 10.1).steady


def test_tiktoks_date_ends_a_step_at_once() -> None:
    """The clock was mended, and somebody else says so: what is too old need not wait."""
    stepped = check(Watch(NOW, 0.0), NOW + 90_000, 0.1)
    assert not hear(stepped, NOW, NOW + 90_000, 0.2).steady
    assert hear(stepped, NOW + 90_000 - 59, NOW + 90_000, 0.2).steady


@pytest.mark.parametrize(("ahead", "steady"), [(3_599, True), (3_601, False), (-3_601, False)])
def test_tiktoks_date_outweighs_two_calm_checks(ahead: float, steady: bool) -> None:
    """Both of our clocks go on calmly from a wrong time; TikTok measures its window by its own."""
    watch = hear(Watch(NOW, 0.0), NOW, NOW, 0.0)
    for at in (5.0, 10.0, 15.0):
        watch = check(watch, NOW + ahead + at, at)
    assert watch.steady == steady
    assert watch.apart == pytest.approx(ahead, abs=0.001)


def test_a_contradiction_is_forgotten_after_an_hour() -> None:
    """Our monotonic clock stands still while a machine sleeps, so the reckoning may be wrong."""
    watch = hear(Watch(NOW, 0.0), NOW - 90_000, NOW, 0.0)
    assert not check(watch, NOW + HEARD_FOR, HEARD_FOR).steady
    later = check(watch, NOW + HEARD_FOR + 5, HEARD_FOR + 5)
    assert later.steady
    assert later.apart is None
