from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.amend import fill, names_nobody, same_but_for_time, tighten
from tandemgate.core.consent import decide
from tandemgate.model.consent import Decision, Flag, Profile, Region, Signals
from tests.build import a_policy, an_event

GERMANY = Region("DE", "stated")
decode = msgspec.json.decode
encode = msgspec.json.encode


def an_amended(first: dict[str, Any], second: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """*first* filled from *second*, decoded."""
    return decode(fill(encode(first), encode(second)))


def a_denial(profile: Profile = Profile.GUIDE, **signals: Any) -> Decision:  # noqa: ANN401
    """A decision about somebody in Germany who denied ad_user_data."""
    said = Signals(**({"ad_user_data": Flag.DENIED} | signals))
    return decide(said, GERMANY, a_policy(profile=profile))


@pytest.mark.parametrize(
    ("first", "second", "filled"),
    [
        ({"user": {}}, {"user": {"ip": "a"}}, {"user": {"ip": "a"}}),
        ({"user": {"ip": "a"}}, {"user": {"ip": "b"}}, {"user": {"ip": "a"}}),
        ({}, {"page": {"url": "u"}}, {"page": {"url": "u"}}),
        (
            {"page": {"url": "u"}},
            {"page": {"url": "v", "referrer": "r"}},
            {"page": {"url": "u", "referrer": "r"}},
        ),
        (
            {"properties": {"value": 1}},
            {"properties": {"value": 2, "order_id": "o"}},
            {"properties": {"value": 1, "order_id": "o"}},
        ),
        ({"event_time": 1}, {"event_time": 2}, {"event_time": 1}),
        ({}, {"limited_data_use": True}, {"limited_data_use": True}),
        # The two wire profiles name one match key differently; a second phone is not more context.
        ({"user": {"phone": "a"}}, {"user": {"phone_number": "b"}}, {"user": {"phone": "a"}}),
    ],
)
def test_only_what_is_missing_is_filled_in(
    first: dict[str, Any], second: dict[str, Any], filled: dict[str, Any]
) -> None:
    """What the first copy said stands, whoever comes later."""
    assert an_amended(first, second) == filled


def test_a_copy_without_news_leaves_the_bytes_alone() -> None:
    """Bytes that were not amended need not be stored again."""
    wire = an_event().wire
    assert fill(wire, wire) is wire


sections = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), max_size=3)
items = st.fixed_dictionaries(
    {"event": st.just("Lead")},
    optional={"user": sections, "page": sections, "properties": sections, "event_time": st.just(7)},
)


@given(items, items)
def test_filling_never_changes_and_never_forgets(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    """The result says everything that the first said, and nothing that neither said."""
    filled = an_amended(first, second)
    for name, section in first.items():
        assert filled[name] == section or section.items() <= filled[name].items()
    for name, section in filled.items():
        told = (first.get(name), second.get(name))
        assert section in told or section == {**second[name], **first[name]}


@given(items, items)
def test_filling_twice_is_the_same_as_once(first: dict[str, Any], second: dict[str, Any]) -> None:
    """A copy that comes three times adds what it adds once."""
    once = fill(encode(first), encode(second))
    assert fill(once, encode(second)) is once


FULL_USER = {
    "email": "customer@example.com",
    "phone": "+491701234567",
    "external_id": "c1",
    "ttclid": "E.C.P.abc",
    "ip": "203.0.113.42",
    "user_agent": "Mozilla/5.0",
    "city": "Berlin",
}


@pytest.mark.parametrize(
    ("profile", "left"),
    [
        (Profile.GUIDE, {"ttclid", "ip", "user_agent", "city"}),
        (Profile.STRICT, {"ip"}),
    ],
)
def test_a_denial_takes_away_what_its_profile_removes(profile: Profile, left: set[str]) -> None:
    """Tightening later removes what deciding at once would have removed."""
    wire = an_event(user=FULL_USER, page={"url": "https://shop.example/?ttclid=E.C.P.abc"}).wire
    item = decode(tighten(wire, a_denial(profile)))
    assert set(item["user"]) == left
    assert item["properties"]["ad_user_data"] == "DENIED"
    assert item["properties"]["ad_personalization"] == "DENIED"
    assert ("ttclid" in item["page"]["url"]) is (profile is Profile.GUIDE)
    assert (item["user"]["ip"] == "203.0.113.0") is (profile is Profile.STRICT)


def test_both_names_of_the_phone_are_taken_away() -> None:
    """A pixel on the guide's wire profile must not keep its phones."""
    wire = encode({"user": {"phone_number": "d" * 64, "ip": "203.0.113.42"}})
    assert decode(tighten(wire, a_denial()))["user"] == {"ip": "203.0.113.42"}


def test_tightening_is_what_deciding_at_once_would_have_made() -> None:
    """The order in which consent and event arrive must not show on the wire."""
    consent = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
    at_once = an_event(user=FULL_USER, consent=consent)
    later = tighten(an_event(user=FULL_USER).wire, at_once.decision)
    assert decode(later) == decode(at_once.wire)


def test_an_opt_out_switches_limited_data_use_on_and_nothing_switches_it_off() -> None:
    """The caller may have asked for it for reasons of its own."""
    granted = decide(Signals(ad_user_data=Flag.GRANTED), GERMANY, a_policy())
    opted_out = decide(Signals(opt_out=True), Region("US-CA", "stated"), a_policy())
    assert decode(tighten(b'{"event":"Lead"}', opted_out))["limited_data_use"] is True
    assert decode(tighten(b'{"limited_data_use":true}', granted))["limited_data_use"] is True


@pytest.mark.parametrize(
    ("wire", "nobody"),
    [(b"{}", True), (b'{"user":{}}', True), (b'{"user":{"ip":"a"}}', False)],
)
def test_an_item_without_a_user_names_nobody(wire: bytes, nobody: bool) -> None:
    """TikTok can match nothing with it, so it need not be sent."""
    assert names_nobody(wire) is nobody


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"event_time": 1, "a": 1}, {"event_time": 2, "a": 1}, True),
        ({"event_time": 1, "a": 1}, {"event_time": 1, "a": 2}, False),
        ({"a": 1}, {"event_time": 2, "a": 1}, True),
    ],
)
def test_the_time_alone_makes_no_other_event(
    first: dict[str, Any], second: dict[str, Any], same: bool
) -> None:
    """A page that is opened again says the same thing later."""
    assert same_but_for_time(encode(first), encode(second)) is same
