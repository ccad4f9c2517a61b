"""Test sessions are kept for good, one at a time for each pixel; the same in each store."""

from typing import TypeAlias

import pytest
from msgspec.structs import replace

from tandemgate.model.operation import Act
from tandemgate.model.trial import Ended, Ending, Sight, Sighting, Trial, Window
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tests.build import NOW, PIXEL

Store: TypeAlias = MemoryStore | SqliteStore

STARTED = Act(NOW, "root", "test_started", PIXEL)
PROMOTED = Act(NOW + 60, "root", "test_promoted", PIXEL)
THE_END = Ended(Ending.PROMOTED, NOW + 60, "root")


def a_trial(trial_id: str = "t-1", pixel_id: str = PIXEL) -> Trial:
    """A test session that has just begun."""
    window = Window(NOW, NOW + 600, "root")
    return Trial(trial_id, pixel_id, "TEST12345", ("ViewContent",), (window,))


async def told(store: Store) -> list[str]:
    """What the audit log says was done, oldest first."""
    return [act.what for act in reversed(await store.controls.acts(10))]


async def test_what_was_kept_is_told_as_it_was(store: Store) -> None:
    """A report is looked up long after the gateway was restarted."""
    begun = a_trial()
    ended = replace(begun, ended=THE_END, revision=2)
    assert await store.trials.keep(begun, STARTED)
    assert await store.trials.newest(10) == [begun]
    assert await store.trials.keep(ended, PROMOTED)
    assert await store.trials.newest(10) == [ended]
    assert await told(store) == ["test_started", "test_promoted"]


async def test_a_pixel_has_one_at_a_time(store: Store) -> None:
    """Two of them could not tell whose traffic is whose."""
    assert await store.trials.keep(a_trial("t-1"), STARTED)
    assert not await store.trials.keep(a_trial("t-2"), STARTED)
    assert await store.trials.keep(a_trial("t-3", "D0OTHER12345"), STARTED)
    await store.trials.keep(replace(a_trial("t-1"), ended=THE_END, revision=2), PROMOTED)
    assert await store.trials.keep(a_trial("t-4"), STARTED)
    assert [one.trial_id for one in await store.trials.newest(2)] == ["t-4", "t-3"]


@pytest.mark.parametrize("revision", [1, 3])
async def test_of_two_changes_at_once_one_takes_place(store: Store, revision: int) -> None:
    """Whoever promotes must have seen the window that another has just opened."""
    await store.trials.keep(a_trial(), STARTED)
    late = replace(a_trial(), ended=THE_END, revision=revision)
    assert not await store.trials.keep(late, PROMOTED)
    assert await store.trials.newest(10) == [a_trial()]
    assert await told(store) == ["test_started"]


async def test_a_report_never_changes(store: Store) -> None:
    """It is the proof of what was known when the pixel went live."""
    await store.trials.keep(a_trial(), STARTED)
    report = replace(a_trial(), ended=THE_END, revision=2)
    await store.trials.keep(report, PROMOTED)
    assert not await store.trials.keep(replace(report, name="other", revision=3), PROMOTED)
    assert await store.trials.newest(10) == [report]


async def test_sightings_are_kept_until_the_end(store: Store) -> None:
    """After it the report holds what they proved."""
    await store.trials.keep(a_trial(), STARTED)
    early, late = (Sighting(Sight.PAGE, NOW + after, ttclid=True) for after in (1, 5))
    other = Sighting(Sight.REFUSED, NOW + 2, reason="value_missing")
    await store.trials.note("t-1", [late, early])
    await store.trials.note("t-2", [other])
    assert await store.trials.seen("t-1", NOW) == [early, late]
    assert await store.trials.seen("t-1", NOW + 5) == [late]
    await store.trials.keep(replace(a_trial(), ended=THE_END, revision=2), PROMOTED)
    assert await store.trials.seen("t-1", NOW) == []
    assert await store.trials.seen("t-2", NOW) == [other]
