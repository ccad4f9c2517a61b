from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.histogram import ERROR, LAST, bucket_of, middle, percentile, together, upper

times = st.floats(min_value=0.001, max_value=1_000_000)


@given(times)
def test_a_time_lies_in_its_bucket(took: float) -> None:
    """Between the bound of the bucket before and its own."""
    bucket = bucket_of(took)
    assert took <= upper(bucket) * (1 + 1e-12)
    assert bucket == 0 or took > upper(bucket - 1) * (1 - 1e-12)


@given(st.lists(times, min_size=1, max_size=300), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_misses_by_less_than_it_says(taken: list[float], share: float) -> None:
    """The documentation promises nine percent; this is what it stands on."""
    told = percentile(Counter(map(bucket_of, taken)), share)
    true = sorted(taken)[-int(-share * len(taken) // 1) - 1]
    assert told is not None
    assert true / (1 + ERROR + 1e-9) <= told <= true * (1 + ERROR + 1e-9)


@pytest.mark.parametrize(
    ("took", "bucket"), [(-5.0, 0), (0.0, 0), (0.001, 0), (0.0011, 1), (1.0, 40), (1e12, LAST)]
)
def test_every_time_has_a_bucket(took: float, bucket: int) -> None:
    """Also one that a clock which was set back made negative."""
    assert bucket_of(took) == bucket


def test_nothing_has_no_percentile() -> None:
    """0 ms would look like the best of all days."""
    assert percentile({}, 0.5) is None
    assert percentile({3: 0}, 0.5) is None


def test_histograms_add_up() -> None:
    """What lanes took is what the gateway took."""
    assert together([{1: 2, 5: 1}, {5: 3}]) == {1: 2, 5: 4}
    assert percentile(together([{0: 98}, {40: 2}]), 0.99) == middle(40)
