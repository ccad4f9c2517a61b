"""One line in the log when something wants an operator's eye, and one when it is over."""

import asyncio

from tandemgate.core.attention import Signs
from tandemgate.delivery.lookout import Lookout
from tandemgate.model.admission import Stats
from tandemgate.model.happening import AttentionWanted
from tandemgate.model.operation import Pause
from tandemgate.ports import StoreFull, StoreUnavailable
from tests.flow.world import LANE, FakeClock, Notes, WatchedStore, rules

PIXEL = LANE.pixel_id


class FullStore(WatchedStore):
    """A store whose disk is full for as long as the test says."""

    full = False

    async def check(self) -> None:
        if self.full:
            raise StoreFull


def a_lookout(clock: FakeClock, store: FullStore, notes: Notes) -> Lookout:
    """A lookout over one pixel with a token."""
    return Lookout(store, store.problems, clock, notes, [PIXEL], {PIXEL: rules()}, {}, list, Signs)


async def test_each_trouble_is_told_once_and_its_end_once() -> None:
    """A line every ten seconds is read by nobody."""
    clock, notes = FakeClock(), Notes()
    store = FullStore(clock)
    lookout = a_lookout(clock, store, notes)
    watching = asyncio.create_task(lookout.run())
    await clock.pass_time(60)
    assert notes.happenings == []
    store.full = True
    await clock.pass_time(60)
    store.full = False
    await clock.pass_time(60)
    watching.cancel()
    assert notes.of(AttentionWanted) == [
        AttentionWanted("store_full", "", wanted=True),
        AttentionWanted("store_full", "", wanted=False),
    ]


async def test_an_old_queue_and_a_pause_are_seen() -> None:
    """Whether or not anybody looks at a dashboard."""
    clock, notes = FakeClock(), Notes()
    store = FullStore(clock)
    await store.add()
    paused = {PIXEL: Pause(clock.wall)}
    lookout = Lookout(
        store, store.problems, clock, notes, [PIXEL], {PIXEL: rules()}, paused, list, Signs
    )
    assert [one.reason for one in await lookout.look()] == ["pixel_paused"]
    clock.wall += 901
    assert {one.reason for one in await lookout.look()} == {"pixel_paused", "queue_old"}


async def test_a_store_that_can_not_be_read_is_itself_the_trouble() -> None:
    """Looking must not fail because of what it looks for."""

    class Unreadable(WatchedStore):
        async def stats(self) -> Stats:
            raise StoreUnavailable

    clock = FakeClock()
    store = Unreadable(clock)
    lookout = Lookout(store, store.problems, clock, Notes(), [PIXEL], {}, {}, list, Signs)
    assert [one.reason for one in await lookout.look()] == ["store_unavailable", "token_missing"]
