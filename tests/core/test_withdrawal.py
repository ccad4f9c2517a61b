"""Which events a withdrawal strikes: those whose consent is older than it and says more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.resolution import Replace, standing
from tandemgate.core.withdrawal import (
    EFFECTS,
    ERASED,
    WITHDRAWN,
    forgotten,
    joined,
    stated,
    strikes,
    struck,
)
from tandemgate.model.admission import Known
from tandemgate.model.consent import Flag
from tandemgate.model.rights import Statement, Withdrawal
from tandemgate.model.state import EDGES, State
from tests.build import EVENT_TIME, NOW, PIXEL, a_policy, an_event, some_rules

HOLDING = some_rules(policy=a_policy(hold_for_consent=3600))
MOMENTS = st.none() | st.floats(NOW - 1e6, NOW + 1e6)
WITHDRAWALS = st.builds(Withdrawal, MOMENTS, MOMENTS, MOMENTS)
FLAGS = st.sampled_from([None, *Flag])
STATES = st.sampled_from(list(State))


def consent(
    user_data: str = "GRANTED", personal: str = "GRANTED", **more: object
) -> dict[str, object]:
    """What an event states."""
    return {"ad_user_data": user_data, "ad_personalization": personal, "region": "DE", **more}


@pytest.mark.parametrize(
    ("withdrawal", "states", "reason"),
    [
        (Withdrawal(), consent(), None),
        (Withdrawal(ad_user_data=EVENT_TIME), consent(), WITHDRAWN),
        (Withdrawal(ad_user_data=EVENT_TIME - 1), consent(), None),
        (Withdrawal(ad_user_data=NOW), consent("DENIED"), None),
        (Withdrawal(ad_user_data=NOW), consent("DENIED", "DENIED"), None),
        (Withdrawal(ad_personalization=NOW), consent(personal="DENIED"), None),
        (Withdrawal(ad_personalization=NOW), consent(), WITHDRAWN),
        (Withdrawal(ad_user_data=NOW - 500), consent(collected_at=NOW - 900), WITHDRAWN),
        (Withdrawal(ad_user_data=NOW - 900), consent(collected_at=NOW - 500), None),
        (Withdrawal(ad_user_data=NOW), consent(collected_at=NOW + 9_999), WITHDRAWN),
        (Withdrawal(erased=NOW), consent("DENIED", "DENIED"), ERASED),
        (Withdrawal(erased=NOW, ad_user_data=NOW), consent(), ERASED),
        (Withdrawal(erased=EVENT_TIME - 1), consent(), None),
    ],
)
def test_what_is_struck(
    withdrawal: Withdrawal, states: dict[str, object], reason: str | None
) -> None:
    """A consent from the future is as old as the event that brought it."""
    assert strikes(withdrawal, an_event(consent=states)) == reason


@given(WITHDRAWALS, WITHDRAWALS)
def test_a_further_withdrawal_never_frees_anything(one: Withdrawal, other: Withdrawal) -> None:
    """They only add up, in any order."""
    event = an_event()
    both = joined(one, other)
    assert both == joined(other, one)
    assert bool(strikes(both, event)) == bool(strikes(one, event) or strikes(other, event))


def test_nothing_of_a_struck_event_can_leave() -> None:
    """It begins where a suppressed one does, and says why."""
    event = struck(an_event(session="s-1"), WITHDRAWN)
    assert (event.wire, event.traces) == (b"", ())
    assert standing(event).state is State.SUPPRESSED
    assert standing(event).reason == WITHDRAWN


@given(
    state=STATES,
    unknown=st.integers(0, 2),
    holds=st.booleans(),
    user_data=FLAGS,
    personal=FLAGS,
    at=st.floats(NOW - 1e5, NOW),
    remembered=WITHDRAWALS,
)
def test_a_statement_goes_along_edges_and_never_lets_go_what_is_final(
    *,
    state: State,
    unknown: int,
    holds: bool,
    user_data: Flag | None,
    personal: Flag | None,
    at: float,
    remembered: Withdrawal,
) -> None:
    """Whatever is stated about whatever stands: only a held event may leave because of it."""
    states = {"region": "DE"} if holds or state is State.HELD else consent()
    known = Known(1, state, 1, unknown, unknown > 0, an_event(HOLDING, consent=states))
    statement = Statement(frozenset(), {PIXEL: HOLDING.policy}, user_data, personal, at, NOW)
    word, resolution = stated(known, statement, remembered)
    assert word in EFFECTS
    goes_to = standing(resolution.event).state if isinstance(resolution, Replace) else None
    goes_to = goes_to or getattr(resolution, "state", None)
    assert goes_to in {None, state} or (state, goes_to) in EDGES
    assert not isinstance(resolution, Replace) or state is State.HELD
    assert goes_to is not State.QUEUED or user_data is not None


@given(state=STATES, unknown=st.integers(0, 2))
def test_an_erased_event_is_a_tombstone_in_every_state(state: State, unknown: int) -> None:
    """Nothing of the person is left, and what waited is cancelled."""
    known = Known(1, state, 1, unknown, unknown > 0, an_event(session="s-1"))
    _, resolution = forgotten(known)
    assert resolution is not None
    left = resolution.event
    assert (left.wire, left.traces, left.action, left.findings) == (b"", (), None, ())
    assert (left.key, left.order) == (known.event.key, known.event.order)
    assert (resolution.state is State.CANCELLED) == (  # type: ignore[union-attr]
        state in {State.QUEUED, State.RETRY, State.HELD}
    )
