"""A day with planted faults: the receiver's log is the promise, to the second and the word."""

from pathlib import Path

from tandemgate.core.alarm import GIVE_UP
from tandemgate.model.alert import Phase
from tandemgate.model.happening import AlertTold
from tests.flow.day import Day, Log, a_day, watched
from tests.flow.world import FakeClock

GOLDEN = Path(__file__).parents[1] / "golden" / "alerts_day.txt"


async def lived(day: Day, minutes: range) -> None:
    """Let the minutes pass, with what is planted in them."""
    for minute in minutes:
        await day.minute(minute)


async def test_each_fault_is_told_when_it_begins_and_when_it_ends() -> None:
    """Exactly once each, within a minute where something stands, and nothing in between."""
    async with a_day() as (day, _, log):
        await lived(day, range(25 * 60))
    assert log.lines() == GOLDEN.read_text("utf-8")


async def test_a_restart_in_the_middle_tells_nothing_twice() -> None:
    """The token expires, the gateway is restarted, the token is mended: two messages."""
    async with a_day() as (day, _, log):
        await lived(day, range(60, 70))
        day.watch_by()
        await day.world.pass_time(600)
        day.watch_by(*watched(day.world, day, log))
        await lived(day, range(70, 100))
    assert [message.phase for _, message in log.messages] == [Phase.BEGAN, Phase.ENDED]


async def test_a_receiver_that_is_away_hears_of_it_later_and_is_named() -> None:
    """No event waits for it, and doctor says that nobody is told, and why."""
    log = Log(FakeClock().now, away="the receiver answered 500")
    async with a_day(log) as (day, _, log):
        log.clock = day.world.clock.now
        await lived(day, range(60, 80))
        assert log.messages == []
        unheard = day.unheard()
        assert unheard is not None
        assert (unheard.count, unheard.why) == (1, "the receiver answered 500")
        assert log.tries < 20
        log.away = ""
        await lived(day, range(80, 86))
        assert day.unheard() is None
    assert [message.phase for _, message in log.messages] == [Phase.BEGAN]
    assert [told.result for told in day.world.notes.of(AlertTold)][-2:] == ["failed", "told"]


async def test_what_nobody_takes_for_a_day_is_given_up() -> None:
    """A message about yesterday wakes somebody for nothing."""
    log = Log(FakeClock().now, away="the receiver answered 500")
    async with a_day(log) as (day, watch, log):
        await lived(day, range(60, 65))
        day.world.clock.wall += GIVE_UP
        await lived(day, range(65, 75))
        (alert,) = [one for one in watch.alerts.values() if one.given_up_at is not None]
        assert alert.open
    assert AlertTold("began", "given_up", "the receiver answered 500") in day.world.notes.happenings
