"""By what a person's events are found, and what stays when they must not be found any more."""

from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.traces import IDENTITY, TRACE_BYTES, emptied, erased, kept_back, traces
from tandemgate.model.event import Event
from tandemgate.model.person import MatchKey, MatchKeys, Sha256
from tests.build import an_event, some_rules

KEY = b"k" * 32
ONE, OTHER = Sha256("a" * 64), Sha256("b" * 64)


def test_each_identifier_and_the_session_leave_a_trace_of_their_own() -> None:
    """A person may come back with any one of them."""
    match_keys = MatchKeys(email=(ONE, OTHER), phone=(ONE,), external_id=(ONE,), ttclid="E.C.P.1")
    found = traces(match_keys, ONE, KEY)
    assert (len(found), len(set(found))) == (5, 5)
    assert {len(one) for one in found} == {TRACE_BYTES}
    assert found[:1] == traces(MatchKeys(email=(ONE,)), None, KEY)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_two_stores_have_no_trace_in_common(key: bytes, other: bytes) -> None:
    """A stolen store does not tell about another one."""
    alike = traces(MatchKeys(email=(ONE,)), None, key) == traces(
        MatchKeys(email=(ONE,)), None, other
    )
    assert alike == (key == other)


def test_a_raw_and_a_hashed_identifier_leave_the_same_trace() -> None:
    """Whoever asks has one of them; the events may have come with the other."""
    digest = "b98b3b4bff4ff76ea3ecbbd5c56dbbbb39d5a5b8ba20a1ef54c4e6fbb6fd5a35"
    raw = an_event(user={"email": "Jane@Example.com "})
    again = an_event(user={"email": "jane@example.com"})
    assert raw.traces == again.traces != an_event(user={"email": digest}).traces


def test_phones_of_a_region_and_international_ones_leave_the_same_trace() -> None:
    """They are one number."""
    rules = some_rules(phone_region="DE")
    national = an_event(rules, user={"phone": "0170 1234567"})
    assert national.traces == an_event(rules, user={"phone": "+491701234567"}).traces


def test_what_consent_withholds_from_tiktok_leaves_its_trace() -> None:
    """The rest of the event is the person's as well."""
    consent = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
    assert an_event(consent=consent).traces == an_event().traces


def test_a_suppressed_event_has_no_trace() -> None:
    """Nothing of the person is kept."""
    assert an_event(consent={"region": "DE"}, session="s-1").traces == ()


def test_an_emptied_event_names_nobody() -> None:
    """Its key, order and decision stay."""
    event = an_event(session="s-1", properties={"value": 1, "currency": "EUR", "order_id": "o1"})
    left = emptied(event)
    assert (left.wire, left.traces) == (b"", ())
    assert not IDENTITY & left.fingerprint.fields.keys()
    assert {"value", "order_id"} < left.fingerprint.fields.keys()
    assert (left.key, left.order, left.decision) == (event.key, event.order, event.decision)


def test_what_tiktok_may_have_can_still_be_found_by_the_person() -> None:
    """Whoever erases somebody must know what to ask TikTok about."""
    event = an_event()
    assert emptied(event, unknown=1).traces == event.traces


def test_an_erased_event_keeps_no_session_either() -> None:
    """Of a session and its action nothing is left to compare with."""
    event: Event = an_event(session="s-1", page=...)
    left = erased(event)
    assert event.action is not None
    assert event.findings
    assert (left.action, left.findings, left.order) == (None, (), event.order)


def test_only_what_is_removed_goes_from_a_fingerprint() -> None:
    """The same object comes back when there is nothing to take."""
    fingerprint = an_event(user={"email": "a@b.example", "external_id": "c1"}).fingerprint
    left = kept_back(fingerprint, frozenset({MatchKey.EMAIL}))
    assert fingerprint.fields.keys() - left.fields.keys() == {"email"}
    assert kept_back(left, frozenset({MatchKey.EMAIL, MatchKey.TTCLID})) is left


def test_traces_stay_those_that_ledgers_hold() -> None:
    """Whoever comes back years later is found by what was stored then."""
    email, phone, other, customer = (Sha256(letter * 64) for letter in "epqx")
    person = MatchKeys((email,), (phone, other), (customer,))
    assert [one.hex() for one in traces(person, "s-1", b"b" * 32)] == [
        "f89ffed30dae128b",
        "44f9156289ed0d8b",
        "78838972bb2d86f1",
        "444cd68e2c2e06a3",
        "e01e5b0aaf16d72b",
    ]
