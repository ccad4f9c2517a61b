"""Decisions are proven: made again from what is stored, they come out the same."""

from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tandemgate.catalog.regions import GOVERNED
from tandemgate.core.consent import decide
from tandemgate.core.denial import stricter
from tandemgate.core.proof import Again, Verdict, decide_again, digest_of, leaving
from tandemgate.model.consent import (
    Decision,
    Export,
    Flag,
    OnPersonalizationDenied,
    Policy,
    Profile,
    Region,
    Said,
    SaidIn,
    Signals,
)
from tandemgate.model.person import MatchKey
from tests.build import an_event

GERMANY = Region("DE", "stated")
GUIDE = Policy(Profile.GUIDE, GOVERNED)
flags = st.sampled_from([*Flag, None])
signals = st.builds(
    Signals,
    ad_user_data=flags,
    ad_personalization=flags,
    opt_out=st.booleans(),
    child=st.booleans(),
    cmp=st.none() | st.just("usercentrics"),
    collected_at=st.none() | st.just(17.5),
    sources=st.just(()) | st.just((Said(SaidIn.GCD, digest=b"x" * 16),)),
    profile=st.none() | st.sampled_from(Profile),
)
regions = st.sampled_from(
    [GERMANY, Region("US-CA", "stated"), Region("JP", "default_region"), Region(None, "unknown")]
)
policies = st.builds(
    Policy,
    st.sampled_from(Profile),
    st.just(GOVERNED),
    st.sampled_from(OnPersonalizationDenied),
    st.sampled_from([0, 3600]),
    st.integers(1, 20),
)


@given(signals, regions, policies)
def test_every_decision_comes_out_the_same(said: Signals, region: Region, policy: Policy) -> None:
    """All that it was made of is kept with it, the profile that the event asked for included."""
    assert decide_again(decide(said, region, policy), policy) == Again(Verdict.SAME)


@given(signals, signals, regions, policies)
def test_a_tightened_decision_never_looks_forged(
    first: Signals, later: Signals, region: Region, policy: Policy
) -> None:
    """A denial that came later keeps back more, and that is what is said."""
    joined = stricter(decide(first, region, policy), decide(later, region, policy))
    assert decide_again(joined, policy).verdict is not Verdict.DIFFERS


@pytest.mark.parametrize(
    ("forged", "field"),
    [
        ({"remove": frozenset({MatchKey.EMAIL})}, "remove"),
        ({"ad_user_data": Flag.GRANTED}, "ad_user_data"),
        ({"limited_data_use": False}, "limited_data_use"),
    ],
)
def test_what_lets_more_go_is_found_out(forged: dict[str, object], field: str) -> None:
    """Whoever edits a row of the store cannot make it look decided."""
    stored = decide(
        Signals(ad_user_data=Flag.DENIED, opt_out=True), Region("US-CA", "stated"), GUIDE
    )
    made = decide_again(structs.replace(stored, **forged), GUIDE)
    assert made == Again(Verdict.DIFFERS, (field,))


def test_a_suppression_that_was_opened_is_found_out() -> None:
    """The export is the first thing to look at."""
    stored = structs.replace(decide(Signals(), GERMANY, GUIDE), export=Export.SEND)
    assert decide_again(stored, GUIDE).verdict is Verdict.DIFFERS


def test_another_policy_decides_otherwise() -> None:
    """The version matters: the same signals are another decision under another policy."""
    stored = decide(Signals(ad_user_data=Flag.DENIED), GERMANY, GUIDE)
    strict = structs.replace(GUIDE, profile=Profile.STRICT)
    assert decide_again(stored, strict).verdict is Verdict.DIFFERS


def test_what_left_is_read_from_the_bytes() -> None:
    """Not from what was decided: the bytes are the proof."""
    wire = an_event(properties={"value": 1, "currency": "EUR", "contents": [
        {"content_id": "a", "price": 1}, {"content_id": "b"}]}).wire  # fmt: skip
    assert leaving(wire) == [
        "event", "event_time", "event_id", "user.email", "user.ip", "user.user_agent",
        "properties.value", "properties.currency", "properties.contents[].content_id",
        "properties.contents[].price", "properties.ad_user_data",
        "properties.ad_personalization", "page.url",
    ]  # fmt: skip
    assert digest_of(wire) == sha256(wire).hexdigest()
    assert leaving(b"") == []
    assert leaving(msgspec.json.encode({"a": [1, 2], "b": {}})) == ["a"]


def test_nothing_that_a_decision_is_made_of_is_left_out() -> None:
    """A new kind of signal must be kept with the decision, or the proof would miss it."""
    not_kept_as_such = {"region", "profile"}  # Decision.region; the policy's name
    stated = {name: f"stated_{name}" for name in ("ad_user_data", "ad_personalization")}
    kept = set(Decision.__struct_fields__)
    made_of = {stated.get(name, name) for name in Signals.__struct_fields__} - not_kept_as_such
    assert made_of <= kept
