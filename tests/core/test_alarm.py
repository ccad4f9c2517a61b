"""One message when it begins and one when it ends, whatever the trouble does in between."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.alarm import (
    AFTERMATH,
    CALM,
    CALM_LOOKS,
    GIVE_UP,
    LONGEST_CALM,
    MOST,
    REMEMBERED,
    SOON,
    advance,
    given_up,
    hushed,
    message,
    phase,
    still,
    told,
    untold,
)
from tandemgate.model.alert import Alert, Family, Group, Mute, Phase, Trouble
from tests.build import NOW, PIXEL

EVERY = 20.0
SHARE = Group(Family.REJECTED_SHARE, PIXEL)
HELD = Group(Family.LANE_HELD, PIXEL, "token")
Alerts = dict[Group, Alert]


def a_trouble(group: Group = SHARE) -> Trouble:
    """Something that is the matter."""
    return Trouble(group, "2 of 100 events were rejected")


def watched(
    seen: Sequence[bool], group: Group = SHARE, every: float = EVERY
) -> list[tuple[float, Phase]]:
    """Look once for each of *seen*, tell at once what is to be told; return when what was told."""
    alerts: Alerts = {}
    messages = []
    for number, here in enumerate(seen):
        now = NOW + number * every
        alerts = advance(alerts, [a_trouble(group)] if here else [], now, every)
        for alert in untold(alerts, (), now):
            what = phase(alert)
            assert what is not None
            messages.append((now - NOW, what))
            alerts[alert.group] = told(alert, what, now)
    return messages


def looks(*spans: tuple[float, bool]) -> list[bool]:
    """So many seconds with the trouble, or without it."""
    return [here for seconds, here in spans for _ in range(round(seconds / EVERY))]


def test_it_is_told_when_it_begins_and_when_it_ends() -> None:
    """Once each."""
    assert watched(looks((600, True), (600, False))) == [
        (0, Phase.BEGAN),
        (580 + CALM, Phase.ENDED),
    ]


def test_what_stands_is_over_after_three_looks() -> None:
    """A lane that goes again went wrong for a reason that somebody mended."""
    assert watched(looks((600, True), (600, False)), HELD) == [
        (0, Phase.BEGAN),
        (580 + CALM_LOOKS * EVERY, Phase.ENDED),
    ]


def test_a_share_that_hovers_about_its_limit_is_one_alert() -> None:
    """Whoever gets a message every minute reads none."""
    restless = looks(*((100, True), (200, False)) * 20, (1000, False))
    assert [what for _, what in watched(restless)] == [Phase.BEGAN, Phase.ENDED]


def test_what_is_soon_back_takes_twice_as_long_to_end() -> None:
    """Each time; after an hour of quiet it is a new trouble."""
    times = looks((20, True), (400, False), (20, True), (1000, False), (20, True), (1240, False))
    ends = [at for at, what in watched(times) if what is Phase.ENDED]
    assert ends == [CALM, 420 + 2 * CALM, 1440 + 4 * CALM]
    later = looks((20, True), (SOON + CALM + 100, False), (20, True), (400, False))
    ends = [at for at, what in watched(later) if what is Phase.ENDED]
    assert ends == [CALM, 20 + SOON + CALM + 100 + CALM]


@given(st.lists(st.booleans(), max_size=400), st.sampled_from([SHARE, HELD]))
def test_ends_follow_beginnings(seen: list[bool], group: Group) -> None:
    """For any trouble: never two of a kind in a row, and the first is a beginning."""
    phases = [what for _, what in watched(seen, group)]
    assert phases == [(Phase.BEGAN, Phase.ENDED)[at % 2] for at in range(len(phases))]
    assert any(seen) is bool(phases)


@given(st.lists(st.booleans(), max_size=600))
def test_no_two_messages_come_closer_than_calm_is_long(seen: list[bool]) -> None:
    """An end is only told after as long without the trouble."""
    times = [at for at, what in watched(seen) if what is Phase.ENDED]
    assert all(b - a >= CALM for a, b in pairwise(times))


@given(st.lists(st.booleans(), max_size=100))
def test_calm_is_never_longer_than_an_hour(seen: list[bool]) -> None:
    """However restless a trouble was, its end is told the same day."""
    quiet = [False] * round(LONGEST_CALM / EVERY + 1)
    told_of = watched([*seen, *quiet])
    assert not told_of or told_of[-1][1] is Phase.ENDED


def test_what_follows_from_a_held_lane_is_not_told_beside_it() -> None:
    """TikTok is down: one message, not four."""
    behind = Group(Family.LATENCY, PIXEL)
    other = Group(Family.LATENCY, "D0OTHER")
    alerts = advance({}, [a_trouble(HELD)], NOW, EVERY)
    alerts = advance(alerts, [a_trouble(HELD), a_trouble(behind), a_trouble(other)], NOW + 1, EVERY)
    assert alerts.keys() == {HELD, other}
    over = NOW + 100
    alerts = advance(alerts, [a_trouble(behind)], over, EVERY)
    assert not alerts[HELD].open
    assert behind not in advance(alerts, [a_trouble(behind)], over + AFTERMATH - 1, EVERY)
    assert behind in advance(alerts, [a_trouble(behind)], over + AFTERMATH, EVERY)


def test_what_was_told_already_stays_told() -> None:
    """A lane that is held after latency was told does not take it back."""
    latency = Group(Family.LATENCY, PIXEL)
    alerts = advance({}, [a_trouble(latency)], NOW, EVERY)
    alerts = advance(alerts, [a_trouble(HELD), a_trouble(latency)], NOW + 1, EVERY)
    assert alerts[latency].open


def test_a_clock_that_is_set_back_keeps_no_alert_open() -> None:
    """Else it would be told as lasting for as long as the clock went back."""
    alerts = advance({}, [a_trouble()], NOW, EVERY)
    alerts = advance(alerts, [], NOW - 86_400, EVERY)
    assert not advance(alerts, [], NOW - 86_400 + CALM, EVERY)[SHARE].open


def test_an_end_that_nobody_heard_yet_is_taken_back() -> None:
    """The receiver was away: for them it began once and goes on."""
    began = advance({}, [a_trouble()], NOW, EVERY)
    heard = {SHARE: told(began[SHARE], Phase.BEGAN, NOW)}
    ended = advance(heard, [], NOW + CALM, EVERY)
    assert phase(ended[SHARE]) is Phase.ENDED
    again = advance(ended, [a_trouble()], NOW + CALM + 20, EVERY)
    assert (again[SHARE].open, phase(again[SHARE])) == (True, None)


def test_what_began_and_ended_unheard_is_told_once() -> None:
    """Two messages about something that is over are one too many."""
    ended = advance(advance({}, [a_trouble()], NOW, EVERY), [], NOW + CALM, EVERY)
    (alert,) = untold(ended, (), NOW)
    assert phase(alert) is Phase.ENDED
    assert untold({SHARE: told(alert, Phase.ENDED, NOW + CALM)}, (), NOW) == []


def test_old_news_is_given_up_and_the_end_is_news_again() -> None:
    """A receiver that is back after two days hears what is the matter now."""
    began = advance({}, [a_trouble()], NOW, EVERY)
    assert given_up(began[SHARE], NOW + GIVE_UP) is None
    dropped = given_up(began[SHARE], NOW + GIVE_UP + 1)
    assert dropped is not None
    assert phase(dropped) is None
    ended = advance({SHARE: dropped}, [], NOW + 2 * GIVE_UP, EVERY)
    assert phase(ended[SHARE]) is Phase.ENDED


def test_alerts_are_bounded_and_forgotten() -> None:
    """A hundred pixels that break at once must not fill a store, nor a chat."""
    many = [a_trouble(Group(Family.LANE_HELD, f"P{n}", "token")) for n in range(MOST + 50)]
    alerts = advance({}, many, NOW, EVERY)
    assert len(alerts) == MOST
    alerts = advance(alerts, [], NOW + 60, EVERY)
    assert advance(alerts, [], NOW + 60 + REMEMBERED + 1, EVERY) == {}


def test_a_store_that_is_away_ends_nothing_that_it_knew_of() -> None:
    """Its silence is not calm; what is known without it goes on its own way."""
    alerts = advance({}, [a_trouble(), a_trouble(HELD)], NOW, EVERY)
    assert still(alerts) == [a_trouble()]


@pytest.mark.parametrize(
    ("what", "fix", "ended"), [(Phase.BEGAN, True, None), (Phase.ENDED, False, NOW + CALM)]
)
def test_a_message_says_what_and_what_to_do(what: Phase, fix: bool, ended: float | None) -> None:
    """What is over needs no fix."""
    alert = advance(advance({}, [a_trouble()], NOW, EVERY), [], NOW + CALM, EVERY)[SHARE]
    it = message(alert, what)
    assert (it.title, it.said) == ("Events are rejected", "2 of 100 events were rejected")
    assert (bool(it.fix), it.ended_at, it.began_at) == (fix, ended, NOW)


def test_two_messages_about_one_alert_have_two_names() -> None:
    """By its name a receiver knows one that came twice."""
    alert = advance(advance({}, [a_trouble()], NOW, EVERY), [], NOW + CALM, EVERY)[SHARE]
    assert message(alert, Phase.BEGAN).name != message(alert, Phase.ENDED).name


def mute(family: Family = SHARE.family, pixel_id: str = PIXEL, until: float | None = None) -> Mute:
    """Somebody wants to hear nothing."""
    return Mute(family, pixel_id, NOW, until, "root")


@pytest.mark.parametrize(
    ("one", "hears"),
    [
        (mute(), False),
        (mute(pixel_id=""), False),
        (mute(until=NOW + 1), False),
        (mute(until=NOW), True),
        (mute(pixel_id="D0OTHER12345"), True),
        (mute(family=Family.VOLUME), True),
    ],
)
def test_a_mute_holds_for_what_it_names(one: Mute, hears: bool) -> None:
    """Planned work on one pixel must not hide what goes wrong at another."""
    alerts = advance({}, [a_trouble()], NOW, EVERY)
    assert bool(untold(alerts, [one], NOW)) is hears
    assert alerts[SHARE].open


def test_what_is_open_when_its_mute_ends_is_told_then() -> None:
    """It did not go with the planned work."""
    alerts = advance({}, [a_trouble()], NOW, EVERY)
    one = mute(until=NOW + 60)
    assert untold(hushed(alerts, [one], NOW), [one], NOW + 59) == []
    assert untold(hushed(alerts, [one], NOW + 60), [one], NOW + 60) == [alerts[SHARE]]


def test_what_began_and_ended_under_a_mute_is_never_told() -> None:
    """Its end would be the first that anybody hears of it."""
    one = mute(until=NOW + CALM + 60)
    alerts = advance({}, [a_trouble()], NOW, EVERY)
    ended = advance(alerts, [], NOW + CALM, EVERY)
    assert untold(hushed(ended, [one], NOW + CALM), [], NOW + CALM + 61) == []
    assert untold(ended, [], NOW + CALM + 61) != []


def test_an_end_is_told_to_whoever_heard_the_beginning() -> None:
    """An open line in a chat stays a worry."""
    alerts = advance({}, [a_trouble()], NOW, EVERY)
    heard = {SHARE: told(alerts[SHARE], Phase.BEGAN, NOW)}
    ended = hushed(advance(heard, [], NOW + CALM, EVERY), [mute()], NOW + CALM)
    assert [phase(alert) for alert in untold(ended, [mute()], NOW + CALM)] == [Phase.ENDED]
