"""Which events share a request, and what refused halves say together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.batching import about_the_lane, halves, take
from tests.core.sending import a_due


def taken(*sizes: int, events: int = 50, room: int = 1_000_000) -> int:
    """How many of events with wires of *sizes* bytes go together."""
    due = [a_due(seq, wire=b"x" * size) for seq, size in enumerate(sizes)]
    return len(take(due, events, room + 1_024))


@pytest.mark.parametrize(
    ("sizes", "events", "room", "count"),
    [
        ([], 50, 100, 0),
        ([9, 9, 9], 50, 100, 3),
        ([9, 9, 9], 2, 100, 2),
        ([49, 49], 50, 100, 2),
        ([49, 50], 50, 100, 1),
        ([500], 50, 100, 1),
        ([500, 1], 50, 100, 1),
        ([1, 500, 1], 50, 100, 1),
    ],
)
def test_a_batch_is_bounded_in_events_and_bytes(
    sizes: list[int], events: int, room: int, count: int
) -> None:
    """A request over TikTok's limit refuses every event in it; a lone giant still leaves."""
    assert taken(*sizes, events=events, room=room) == count


def test_no_setting_sends_more_than_a_thousand() -> None:
    """TikTok refuses the whole request above it."""
    assert taken(*[1] * 1200, events=5000) == 1000


@pytest.mark.parametrize(
    ("paths", "count"),
    [
        ([None, None, "b1/0"], 2),
        (["b1/0", "b1/0", "b1/1"], 2),
        (["b1/0", None], 1),
        (["b1/0", "b1/0/1"], 1),
    ],
)
def test_suspects_leave_among_themselves(paths: list[str | None], count: int) -> None:
    """A healthy event beside a suspect would be refused with it, again and again."""
    due = [a_due(seq, suspect=path) for seq, path in enumerate(paths)]
    assert len(take(due, 50, 1_000_000)) == count


@given(st.lists(st.integers(), min_size=2))
def test_halves_keep_everything_in_order(events: list[int]) -> None:
    """An event that falls out of a split would be stuck."""
    first, second = halves(events)
    assert [*first, *second] == events
    assert len(second) <= len(first) <= len(second) + 1
    assert second


SAME, OTHER = (40002, "bad"), (40002, "worse")

HISTORIES = {
    "nothing": ({}, False),
    "one half": ({"b/0": SAME}, False),
    "both halves": ({"b/0": SAME, "b/1": SAME}, False),
    "both halves of one half": ({"b/0": SAME, "b/0/0": SAME, "b/0/1": SAME}, False),
    "two levels, left": ({"b/0": SAME, "b/1": SAME, "b/0/0": SAME, "b/0/1": SAME}, True),
    "two levels, right": ({"b/0": SAME, "b/1": SAME, "b/1/0": SAME, "b/1/1": SAME}, True),
    "lower levels": (
        {"b/0/1/0": SAME, "b/0/1/1": SAME, "b/0/1/1/0": SAME, "b/0/1/1/1": SAME},
        True,
    ),
    "other halves": ({"b/0": SAME, "b/1": OTHER, "b/0/0": SAME, "b/0/1": SAME}, False),
    "other message below": ({"b/0": SAME, "b/1": SAME, "b/0/0": OTHER, "b/0/1": OTHER}, False),
    "one quarter": ({"b/0": SAME, "b/1": SAME, "b/0/0": SAME, "b/1/1": SAME}, False),
    "one bad quarter each": (
        {"b/0": SAME, "b/1": SAME, "b/0/0": SAME, "b/0/1": OTHER},
        False,
    ),
}


@pytest.mark.parametrize(("refusals", "lane"), HISTORIES.values(), ids=HISTORIES.keys())
def test_two_levels_refused_alike_are_about_the_lane(
    refusals: dict[str, tuple[int | None, str]], lane: bool
) -> None:
    """One bad event refuses one half only; what refuses all of them is a setting."""
    assert about_the_lane(refusals) is lane
