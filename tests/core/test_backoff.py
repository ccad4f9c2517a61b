"""How long to wait before trying again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.backoff import ceiling, probe_wait, retry_wait

chances = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("attempts", "longest"),
    [(0, 1.0), (1, 2.0), (2, 4.0), (8, 256.0), (9, 300.0), (40, 300.0), (10**9, 300.0)],
)
def test_the_ceiling_doubles_up_to_five_minutes(attempts: int, longest: float) -> None:
    """A short trouble costs seconds, a long one does not make a flood; huge counts are harmless."""
    assert ceiling(attempts) == longest


@given(st.integers(0, 60), chances)
def test_the_wait_is_spread_over_the_whole_of_it(attempts: int, chance: float) -> None:
    """Full jitter: what failed together must not return together."""
    assert retry_wait(attempts, chance) == chance * ceiling(attempts)


@given(st.integers(0, 60), chances, st.floats(0, 1e6))
def test_nobody_returns_before_retry_after(attempts: int, chance: float, after: float) -> None:
    """Up to a quarter of an hour; beyond it the lane is held instead."""
    wait = retry_wait(attempts, chance, after)
    assert wait >= min(after, 900.0)
    assert wait <= max(300.0, min(after, 900.0))


@pytest.mark.parametrize(
    ("probes", "chance", "wait"),
    [
        (0, 0.0, 2.5),
        (0, 0.5, 3.75),
        (1, 0.0, 5.0),
        (3, 0.5, 30.0),
        (20, 0.0, 30.0),
        (20, 1.0, 60.0),
    ],
)
def test_probes_keep_a_distance(probes: int, chance: float, wait: float) -> None:
    """A probe is a real event; a held lane is asked rarely, and never at once."""
    assert probe_wait(probes, chance) == wait
