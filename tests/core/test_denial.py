"""Two decisions about one event are joined so that nothing leaves which either keeps back."""

from hypothesis import given
from hypothesis import strategies as st

from tandemgate.catalog.consent import CLICK_IDS, EVERYTHING, TRACES
from tandemgate.catalog.regions import GOVERNED
from tandemgate.core.consent import decide
from tandemgate.core.denial import NOBODY_ASKED, denials, mismatch, stricter
from tandemgate.model.consent import (
    Decision,
    Export,
    Flag,
    OnPersonalizationDenied,
    Policy,
    Profile,
    Region,
    Signals,
)

GERMANY = Region("DE", "stated")
REGIONS = (GERMANY, Region("US-CA", "stated"), Region("JP", "stated"), Region(None, "unknown"))
flags = st.sampled_from([*Flag, None])
decisions = st.builds(
    decide,
    st.builds(
        Signals,
        ad_user_data=flags,
        ad_personalization=flags,
        opt_out=st.booleans(),
        child=st.booleans(),
        profile=st.none() | st.sampled_from(Profile),
    ),
    st.sampled_from(REGIONS),
    st.builds(
        Policy,
        st.sampled_from(Profile),
        st.just(GOVERNED),
        st.sampled_from(OnPersonalizationDenied),
        st.sampled_from([0, 3600]),
        st.integers(1, 3),
    ),
)


def leaving(decision: Decision) -> frozenset[str]:
    """Name all data that may leave, the end of the ip apart from its beginning."""
    kept = frozenset(EVERYTHING) - decision.remove | {"ip_end"}
    kept -= {"ip_end"} if decision.truncate_ip else set()
    return kept if decision.export is Export.SEND else frozenset()


@given(decisions, decisions)
def test_joining_never_adds_data(stands: Decision, other: Decision) -> None:
    """Whatever either keeps back stays back; silence alone keeps nothing of a stated consent."""
    joined = stricter(stands, other)
    assert leaving(joined) <= leaving(stands)
    assert other.rule == NOBODY_ASKED or leaving(joined) <= leaving(other)


@given(decisions, decisions)
def test_every_denial_of_either_is_in_both(stands: Decision, other: Decision) -> None:
    """The next copy is compared with what is known by now."""
    joined = stricter(stands, other)
    stated = {"ad_user_data", "ad_personalization", "child"}
    assert (denials(stands) | denials(other)) & stated <= denials(joined)
    assert joined.ad_user_data is not Flag.GRANTED or stands.ad_user_data is Flag.GRANTED


@given(decisions)
def test_joining_with_itself_changes_nothing(decision: Decision) -> None:
    """A copy that says the same must not look like a change."""
    assert stricter(decision, decision) == decision


@given(decisions, decisions, decisions)
def test_the_order_of_copies_does_not_matter_to_what_leaves(
    first: Decision, second: Decision, third: Decision
) -> None:
    """Copies come as the network brings them."""
    one = stricter(stricter(first, second), third)
    other = stricter(stricter(first, third), second)
    assert leaving(one) == leaving(other)


def test_a_later_denial_takes_the_click_ids_where_the_pixel_says_so() -> None:
    """Also when the copy that denies says nothing about ad_user_data."""
    policy = Policy(Profile.GUIDE, GOVERNED, OnPersonalizationDenied.NO_CLICK_IDS)
    granted = decide(Signals(Flag.GRANTED, Flag.GRANTED), GERMANY, policy)
    denied = decide(Signals(None, Flag.DENIED), GERMANY, policy)
    assert stricter(granted, denied).remove == CLICK_IDS


def test_a_denial_meets_the_profile_that_the_other_copy_asked_for() -> None:
    """Strictness that was asked for once holds for every copy."""
    policy = Policy(Profile.GUIDE, GOVERNED)
    strict = decide(Signals(Flag.GRANTED, profile=Profile.STRICT), GERMANY, policy)
    denied = decide(Signals(Flag.DENIED), GERMANY, policy)
    assert stricter(strict, denied).remove >= TRACES


def test_a_mismatch_is_about_what_both_state() -> None:
    """Silence contradicts nobody."""
    policy = Policy(Profile.GUIDE, GOVERNED)
    one, other, silent = (
        decide(signals, GERMANY, policy)
        for signals in (
            Signals(Flag.GRANTED, Flag.GRANTED),
            Signals(Flag.DENIED, Flag.GRANTED),
            Signals(),
        )
    )
    assert mismatch(one, other) == ("ad_user_data",)
    assert mismatch(one, one) == mismatch(one, silent) == ()
