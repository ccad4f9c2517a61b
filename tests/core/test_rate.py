"""How many requests a second."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.rate import Bucket, Pace, leave, refused, start, take


def used_for(pace: Pace, seconds: float, begin: float, step: float = 0.001) -> tuple[Pace, int]:
    """Let requests leave as fast as they may for *seconds*; the pace and how many left."""
    count, now = 0, begin
    while now < begin + seconds:
        pace, wait = leave(pace, now)
        count += wait == 0
        now += max(wait, step)
    return pace, count


def test_a_bucket_gives_what_it_holds_and_then_tells_how_long() -> None:
    """The web part answers 429 with this wait."""
    bucket, wait = take(Bucket(1.0, 10.0), rate=2.0, size=5.0, now=10.0)
    assert (bucket, wait) == (Bucket(0.0, 10.0), 0.0)
    bucket, wait = take(bucket, rate=2.0, size=5.0, now=10.25)
    assert (bucket, wait) == (Bucket(0.5, 10.25), 0.25)
    assert take(bucket, rate=2.0, size=5.0, now=10.5) == (Bucket(0.0, 10.5), 0.0)


def test_a_bucket_holds_no_more_than_its_size() -> None:
    """A quiet night must not allow a flood in the morning."""
    assert take(Bucket(0.0, 0.0), rate=2.0, size=5.0, now=1e6)[0].level == 4.0


def test_a_bucket_survives_a_clock_that_stands_or_goes_back() -> None:
    """Permits come from time that passed, never from time that went back."""
    assert take(Bucket(3.0, 10.0), rate=2.0, size=5.0, now=9.0) == (Bucket(2.0, 10.0), 0.0)


def test_the_first_second_keeps_to_the_setting() -> None:
    """max_requests_per_second is where a token starts."""
    _, count = used_for(start(10.0, 0.0), 1.0, 0.0)
    assert 9 <= count <= 11


def test_a_fully_used_clean_second_doubles_the_rate() -> None:
    """TikTok's limit is found by itself, since its published ones contradict each other."""
    pace, _ = used_for(start(10.0, 0.0), 3.2, 0.0)
    assert pace.rate == 80.0


def test_the_rate_stops_at_the_highest_published_limit() -> None:
    """More than 1,000 a second is promised nowhere."""
    pace, _ = used_for(start(600.0, 0.0), 4.0, 0.0)
    assert pace.rate == 1000.0


def test_a_higher_setting_is_kept() -> None:
    """Whoever configures more knows something that we don't."""
    pace, _ = used_for(start(3000.0, 0.0), 2.0, 0.0, step=0.0001)
    assert pace.rate == 3000.0


def test_an_idle_second_proves_nothing() -> None:
    """A rate that was not used was not tried."""
    pace = start(10.0, 0.0)
    for second in range(20):
        pace, _ = leave(pace, float(second))
    assert pace.rate == 10.0


def test_a_rate_answer_halves_once_a_second() -> None:
    """Four answers to requests that left together are one piece of news."""
    pace = start(40.0, 0.0)
    for _ in range(4):
        pace = refused(pace, 0.5, None)
    assert pace.rate == 20.0
    pace = refused(pace, 1.6, None)
    assert pace.rate == 10.0


def test_a_second_with_a_rate_answer_is_not_clean() -> None:
    """Doubling right after a refusal would ask for the next one."""
    pace, _ = used_for(start(10.0, 0.0), 0.9, 0.0)
    pace, _ = used_for(refused(pace, 0.9, None), 0.15, 0.9)
    assert pace.rate == 5.0


@pytest.mark.parametrize(("rate", "slowest"), [(10.0, 1.0), (0.5, 0.5), (1.5, 1.0)])
def test_the_rate_never_falls_to_nothing(rate: float, slowest: float) -> None:
    """At least one request must go on to ask; a lower setting is respected."""
    pace = start(rate, 0.0)
    for second in range(1, 12):
        pace = refused(pace, second * 1.5, None)
    assert pace.rate == slowest


def test_retry_after_stops_every_request_of_the_token() -> None:
    """Other lanes of the token would only be refused as well."""
    pace = refused(start(10.0, 0.0), 5.0, 7.0)
    assert leave(pace, 6.0) == (pace, 6.0)
    assert leave(pace, 12.0)[1] == 0.0
    assert refused(pace, 6.0, 1.0).not_before == 12.0


def test_unlimited_is_unlimited_until_tiktok_asks_for_a_pause() -> None:
    """0 is for the bench and for those who have an agreement."""
    pace = start(0.0, 0.0)
    assert leave(pace, 0.0) == (pace, 0.0)
    assert leave(refused(pace, 0.0, 3.0), 1.0)[1] == 2.0


@given(st.lists(st.tuples(st.floats(0, 0.5), st.booleans()), max_size=60))
def test_a_wait_is_always_enough(steps: list[tuple[float, bool]]) -> None:
    """Who waits as long as he was told may leave then, if nobody else does."""
    pace, now = start(10.0, 0.0), 0.0
    for pause, slow in steps:
        now += pause
        pace = refused(pace, now, None) if slow else pace
        pace, wait = leave(pace, now)
        now += wait + 1e-9
        pace, wait = (pace, 0.0) if wait == 0 else leave(pace, now)
        assert wait < 1e-6


def test_a_fast_token_may_send_a_tenth_of_a_second_at_once() -> None:
    """Timers of an event loop are coarser than a thousandth of a second."""
    pace = start(100.0, 0.0)
    waits = []
    for _ in range(12):
        pace, wait = leave(pace, 0.9)
        waits.append(wait)
    assert waits[:10] == [0.0] * 10
    assert waits[10] == pytest.approx(0.01)


def test_a_slow_token_sends_one_by_one() -> None:
    """Ten a second is one every tenth, also at the start and after a pause."""
    pace, first = leave(start(10.0, 0.0), 0.0)
    pace, second = leave(pace, 0.0)
    assert (first, second) == (0.0, 0.1)
    pace, first = leave(pace, 0.9)
    assert first == 0.0
    assert leave(pace, 0.9)[1] == pytest.approx(0.1)


def test_asking_is_not_sending() -> None:
    """Lanes that ask and are told to wait must not make a rate look used."""
    pace = start(10.0, 0.0)
    for ask in range(500):
        pace, _ = leave(pace, ask / 1000)
    assert leave(pace, 1.0)[0].rate == 10.0


@pytest.mark.parametrize(("sent", "rate"), [(14, 20.0), (15, 40.0), (16, 40.0)])
def test_three_quarters_of_the_rate_count_as_all_of_it(sent: int, rate: float) -> None:
    """Timers are late, never early: a full second is never quite full."""
    pace = start(20.0, 0.0)
    for place in range(sent):
        pace, wait = leave(pace, place * 0.06)
        assert wait == 0.0
    assert leave(pace, 1.0)[0].rate == rate


def test_a_rate_answer_without_a_time_does_not_stop_the_token() -> None:
    """Half the rate is answer enough."""
    pace = refused(start(10.0, 0.0), 0.5, None)
    assert leave(pace, 0.5)[1] == 0.0
