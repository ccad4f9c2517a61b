"""An interval instead of a score, levers in the guide's order, no fault where consent decided."""

from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.catalog.quality import LEVERS, THRESHOLDS, VOLUME
from tandemgate.core.quality import assess, margin, part, weighed
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.quality import (
    Breakdown,
    Cause,
    Coverage,
    Covered,
    EventQuality,
    Gap,
    Interval,
)
from tests.build import PIXEL

TODAY: Final = 20_566
SENT, MISSING = Presence.SENT, Presence.MISSING
SUPPRESSED, INVALID = Presence.SUPPRESSED, Presence.INVALID
EVERYTHING: Final = dict.fromkeys(MatchKey, SENT)
NOTHING: Final = dict.fromkeys(MatchKey, SUPPRESSED)

shares = st.lists(st.floats(0, 1), min_size=len(LEVERS), max_size=len(LEVERS))


def some(
    count: int, day: int = TODAY, event: str = "Purchase", *, paid: bool = False, **keys: Presence
) -> Covered:
    """So many events that carry everything but what is said."""
    presence = EVERYTHING | {MatchKey(name): was for name, was in keys.items()}
    return Covered(PIXEL, event, day, presence, paid, count)


def nothing(count: int) -> Covered:
    """So many events of which nothing left."""
    return Covered(PIXEL, "Purchase", TODAY, NOTHING, paid=False, count=count)


def judged(*covered: Covered, gaps: tuple[Gap, ...] = ()) -> EventQuality:
    """What is said of one event name."""
    [told] = assess(Coverage(covered, gaps))
    return told


# -- the index


@given(shares)
def test_the_interval_holds_whatever_the_weights_are(pulled: list[float]) -> None:
    """Its ends are those of all corners of the guide's ranges, found without trying them all."""
    corners = [
        sum(share * weight for share, weight in zip(pulled, weights, strict=True)) / sum(weights)
        for weights in product(*((lever.low, lever.high) for lever in LEVERS))
    ]
    told = weighed(pulled)
    assert told.low == pytest.approx(min(corners))
    assert told.high == pytest.approx(max(corners))
    assert told.low - 1e-12 <= told.mid <= told.high + 1e-12


@given(shares, st.integers(0, len(LEVERS) - 1))
def test_no_lever_lowers_the_index_when_it_is_pulled(pulled: list[float], at: int) -> None:
    """Advice that lowers the figure would be no advice."""
    more = [*pulled[:at], 1.0, *pulled[at + 1 :]]
    before, after = weighed(pulled), weighed(more)
    assert after.low >= before.low - 1e-12
    assert after.mid >= before.mid - 1e-12
    assert after.high >= before.high - 1e-12


def test_everything_is_one_and_nothing_is_zero() -> None:
    """The ends of the scale leave no doubt about any weight."""
    assert weighed([1.0] * 5) == Interval(1.0, 1.0, 1.0)
    assert weighed([0.0] * 5) == Interval(0.0, 0.0, 0.0)


def test_one_lever_alone_is_as_uncertain_as_its_weight() -> None:
    """16 of 16+18+15+14+8 at least, 26 of 26+10+8+6+3 at most."""
    told = weighed([1.0, 0.0, 0.0, 0.0, 0.0])
    assert told == Interval(16 / 71, 21 / 62, 26 / 53)


def test_the_index_is_of_what_left() -> None:
    """TikTok never sees the others, so they can't lower what it finds."""
    told = judged(some(10), nothing(90))
    assert (told.events, told.leaving, told.index) == (100, 10, Interval(1.0, 1.0, 1.0))
    assert told.keys[MatchKey.EMAIL] == Breakdown(sent=10, suppressed=90)
    assert told.levers[0].coverage == 1.0


def test_there_is_no_index_of_nothing() -> None:
    """Zero would be read as bad."""
    assert judged(nothing(5)).index is None


# -- levers


def test_levers_come_in_the_guides_order_with_the_heaviest_first() -> None:
    """Whoever works from the top does what helps most."""
    assert [lever.name for lever in LEVERS] == ["email", "phone", "external_id", "click", "device"]
    assert [lever.mid for lever in LEVERS] == sorted((one.mid for one in LEVERS), reverse=True)
    assert [one.name for one in judged(some(1)).levers] == [lever.name for lever in LEVERS]


CLICK, DEVICE = LEVERS[3], LEVERS[4]


@pytest.mark.parametrize(
    ("lever", "keys", "paid", "told"),
    [
        (CLICK, {"ttclid": SENT, "ttp": SENT}, True, SENT),
        (CLICK, {"ttclid": MISSING, "ttp": SENT}, True, MISSING),
        (CLICK, {"ttclid": MISSING, "ttp": SENT}, False, SENT),
        (CLICK, {"ttclid": MISSING, "ttp": MISSING}, False, MISSING),
        (CLICK, {"ttclid": INVALID, "ttp": MISSING}, True, INVALID),
        (CLICK, {"ttclid": SUPPRESSED, "ttp": MISSING}, True, SUPPRESSED),
        (DEVICE, {"ip": SENT, "user_agent": SENT}, False, SENT),
        (DEVICE, {"ip": SENT, "user_agent": MISSING}, False, MISSING),
        (DEVICE, {"ip": INVALID, "user_agent": SENT}, False, INVALID),
        (DEVICE, {"ip": SENT, "user_agent": SUPPRESSED}, False, SUPPRESSED),
    ],
)
def test_a_lever_of_two_keys_needs_both(
    lever: object, keys: dict[str, Presence], told: Presence, *, paid: bool
) -> None:
    """An ip without its browser matches nobody; a ttclid is wanted where an ad led to the visit."""
    presence = EVERYTHING | {MatchKey(name): was for name, was in keys.items()}
    assert part(presence, lever, paid=paid) is told  # type: ignore[arg-type]


def test_ttclid_is_judged_by_the_visits_that_came_from_ads() -> None:
    """Nine of ten visitors never clicked an ad: their missing click ids are no fault."""
    told = judged(some(90, ttclid=MISSING), some(8, paid=True), some(2, paid=True, ttclid=MISSING))
    assert told.keys[MatchKey.TTCLID] == Breakdown(sent=8, missing=92)
    assert told.paid == Breakdown(sent=8, missing=2)
    assert told.levers[3].parts == Breakdown(sent=98, missing=2)


def test_causes_stand_with_their_lever_the_most_frequent_first() -> None:
    """41 % of phones without a region are mended by one line."""
    gaps = (
        Gap(PIXEL, "Purchase", TODAY, MatchKey.PHONE, "phone_invalid", 3),
        Gap(PIXEL, "Purchase", TODAY, MatchKey.PHONE, "phone_region_unknown", 30),
        Gap(PIXEL, "Purchase", TODAY - 1, MatchKey.PHONE, "phone_region_unknown", 11),
        Gap(PIXEL, "Purchase", TODAY, None, "consent_missing", 5),
    )
    told = judged(some(100), gaps=gaps)
    assert told.levers[1].causes == (
        Cause(MatchKey.PHONE, "phone_region_unknown", 41),
        Cause(MatchKey.PHONE, "phone_invalid", 3),
    )
    assert told.stayed == (Cause(None, "consent_missing", 5),)


# -- by name and day


def test_no_figure_is_made_over_several_event_names() -> None:
    """An average of page views and purchases says nothing of either."""
    told = assess(Coverage((some(1), some(2, event="AddToCart"))))
    assert [(one.event, one.events) for one in told] == [("AddToCart", 2), ("Purchase", 1)]


def test_days_add_up_to_the_whole() -> None:
    """A chart and its total must not contradict each other."""
    told = judged(some(5), some(3, TODAY - 1, email=MISSING), some(2, TODAY - 1))
    assert [(day.day, day.events) for day in told.days] == [(TODAY - 1, 5), (TODAY, 5)]
    assert sum(day.keys[MatchKey.EMAIL].sent for day in told.days) == 7
    assert told.keys[MatchKey.EMAIL] == Breakdown(sent=7, missing=3)


# -- what to beware of


def test_few_events_and_few_days_are_said_to_be_few() -> None:
    """A share of 60 events may be off by 13 points."""
    told = judged(some(60, paid=True))
    assert told.notes == (
        "Judge after 24 to 48 hours of normal traffic: these are events of 1 day(s).",
        "Low volume: with 60 event(s) a share is uncertain by ± 13 points.",
    )


def test_enough_events_of_enough_days_need_no_note() -> None:
    """A warning that is always there is no warning."""
    assert judged(*(some(200, TODAY - ago, paid=True) for ago in range(3))).notes == ()


def test_without_ads_ttclid_is_not_judged() -> None:
    """100 % of nothing would look like praise."""
    assert "ttclid can't be judged" in judged(some(60)).notes[-1]


def test_the_threshold_of_volume_is_where_its_reason_says() -> None:
    """The table gives the reason, so it must be the true one."""
    assert margin(VOLUME.least) <= 0.05 < margin(VOLUME.least - 1)
    assert all(one.because for one in THRESHOLDS.values())
