"""A test's traffic goes to the test's lane, and nothing else ever does."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.trial import by_order, joined_at, placed
from tandemgate.core.visit import merge
from tandemgate.model.event import Channel, Lane
from tandemgate.model.trial import Ended, Ending, Trial, Window
from tandemgate.model.visit import Found, Reference, Seen, Visit, Wanted
from tests.build import NOW, PIXEL, a_raw_event, an_item

CODE = "TEST12345"
OTHER_PIXEL = "D0OTHER12345"
LIVE, TEST = Lane(PIXEL), Lane(PIXEL, CODE)
MOMENTS = st.integers(int(NOW) - 1000, int(NOW) + 1000)


def a_trial(**fields: Any) -> Trial:  # noqa: ANN401
    """A test of the pixel that began ten minutes ago."""
    stated = {"trial_id": "7e57", "pixel_id": PIXEL, "test_event_code": CODE, "events": ()} | fields
    return Trial(windows=(Window(NOW - 600, NOW, "root"),), **stated)


def in_trial(since: float = NOW - 300, as_of: float = NOW, trial_id: str = "7e57") -> Found:
    """A visit that joined the test at *since*."""
    return Found(Visit(trial=Seen(trial_id, since)), "session", as_of)


def lane(found: Found | None, at: float = NOW, trial: Trial | None = None, **raw: Any) -> Lane:  # noqa: ANN401
    """Where an event that took place at *at* belongs."""
    item = raw.pop("item", None) or an_item(event_time=int(at))
    known = trial or a_trial()
    return placed(a_raw_event(item, **raw), found, {known.trial_id: known}).lane


OVER = Ended(Ending.PROMOTED, NOW - 100, "root")


@pytest.mark.parametrize(
    ("found", "at", "trial", "expected"),
    [
        (in_trial(), NOW, None, TEST),
        (None, NOW, None, LIVE),
        (Found(Visit(), "session", NOW), NOW, None, LIVE),
        (in_trial(trial_id="forgotten"), NOW, None, LIVE),
        (in_trial(), NOW, a_trial(pixel_id=OTHER_PIXEL), LIVE),
        (in_trial(since=NOW - 300), NOW - 301, None, LIVE),
        (in_trial(since=NOW - 300), NOW - 300, None, TEST),
        (in_trial(as_of=NOW - 301), NOW, None, LIVE),
        (in_trial(), NOW, a_trial(ended=OVER), LIVE),
        (in_trial(), NOW - 101, a_trial(ended=OVER), TEST),
        (in_trial(), NOW - 100, a_trial(ended=OVER), LIVE),
        (in_trial(as_of=NOW - 200), NOW, a_trial(ended=OVER), TEST),
    ],
    ids=[
        "of a visit in the test",
        "of no visit",
        "of a visit in no test",
        "of a test nobody knows",
        "of another pixel's test",
        "before the visit joined",
        "as the visit joined",
        "of an order that was bound before it joined",
        "after the test ended",
        "told after the test ended",
        "in the second of its end",
        "paid after the test ended, ordered within",
    ],
)
def test_the_visit_decides(
    found: Found | None, at: float, trial: Trial | None, expected: Lane
) -> None:
    """A test order that arrives late is no purchase; a purchase from before is no test."""
    assert lane(found, at, trial) == expected


def test_a_code_that_is_stated_stands() -> None:
    """A backend that names a test_event_code means that one."""
    other = Lane(PIXEL, "TEST99999")
    assert lane(in_trial(), lane=other) == other


@given(joined=MOMENTS, happened=MOMENTS, bound=MOMENTS, ended=MOMENTS | st.none())
def test_what_lies_outside_of_the_test_is_never_swallowed(
    joined: int, happened: int, bound: int, ended: int | None
) -> None:
    """The lane holds what was ordered and happened between joining and the end, and no more."""
    over = None if ended is None else Ended(Ending.STOPPED, ended, "root")
    came = lane(in_trial(since=joined, as_of=bound), happened, a_trial(ended=over))
    within = joined <= min(happened, bound) < (math.inf if ended is None else ended)
    assert came.channel is (Channel.TEST if within else Channel.LIVE)


@pytest.mark.parametrize(
    ("event_time", "expected"),
    [
        (int(NOW) - 301, LIVE),
        (str(int(NOW) - 301), LIVE),
        (str(int(NOW)), TEST),
        (int(NOW) * 1000, TEST),
        ("yesterday", TEST),
        (True, TEST),
        (..., TEST),
    ],
)
def test_a_time_is_read_as_it_came(event_time: object, expected: Lane) -> None:
    """Those that can't be read are refused, and the test is to show it."""
    assert lane(in_trial(), item=an_item(event_time=event_time)) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (NOW - 10, NOW - 10),
        (NOW - 5000, NOW - 600),
        (NOW + 100, NOW),
        (NOW - 86_401, None),
    ],
)
def test_a_ticket_counts_for_a_day_and_not_from_before_the_test(
    stated: float, expected: float | None
) -> None:
    """It comes from a browser, which may say anything."""
    assert joined_at(stated, a_trial(), NOW) == expected


def test_a_ticket_for_a_test_that_ended_counts_for_nothing() -> None:
    """The browser keeps it for a day."""
    assert joined_at(NOW, a_trial(ended=OVER), NOW) is None


def test_who_joins_again_was_there_all_the_time() -> None:
    """Each request of the browser shows the ticket; what it did before it would be live again."""
    known, again = Visit(trial=Seen("7e57", NOW)), Visit(trial=Seen("7e57", NOW + 50))
    assert merge(known, again) == known
    other = Visit(trial=Seen("other", NOW + 50))
    assert merge(known, other) == other


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"order_id": "10492"}, "10492"),
        ({"order_id": 10492}, "10492"),
        ({}, None),
        ({"order_id": ""}, None),
        ("none", None),
    ],
)
def test_an_order_is_looked_for_by_what_names_it(properties: object, expected: str | None) -> None:
    """The guide's own example names neither a session nor a reference."""
    wanted = by_order(a_raw_event(an_item(properties=properties)))
    named = Wanted(PIXEL, None, ((Reference.ORDER, expected),)) if expected else None
    assert wanted == named
