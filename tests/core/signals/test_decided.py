"""From a string in an event to what leaves about it."""

from typing import Any

import pytest

from tandemgate.model.consent import Flag
from tandemgate.model.event import Event, Source
from tandemgate.model.outcome import Accepted, Held, Processed, Rejected, Suppressed
from tandemgate.model.person import MatchKey
from tests.build import EVENT_TIME, NOW, an_item, processed, some_rules
from tests.core.signals.strings import a_gpp_string, a_tc_string, us

G, D = Flag.GRANTED, Flag.DENIED
TC, CUT = a_tc_string(), a_tc_string()[:-4]
DAY = 86_400


def said(vendors: frozenset[int] = frozenset(), /, **consent: object) -> Processed:
    """What becomes of a purchase whose consent is *consent*."""
    return processed(an_item(consent=consent), some_rules(tcf_vendors=vendors))


def event(outcome: Processed) -> Event:
    """The event of an outcome that has one."""
    assert isinstance(outcome, Accepted | Held | Suppressed), outcome
    return outcome.event


def reasons(outcome: Processed) -> set[str]:
    """What is remarked about consent."""
    return {one.reason for one in event(outcome).findings if "/consent" in one.field}


def test_a_tc_string_alone_lets_an_event_go() -> None:
    """A shop with a consent platform need not translate anything."""
    outcome = said(region="DE", tc_string=TC)
    decision = event(outcome).decision
    assert isinstance(outcome, Accepted)
    assert (decision.ad_user_data, decision.ad_personalization) == (G, G)
    assert b"tc_string" not in event(outcome).wire
    assert reasons(outcome) == set()


def test_a_cut_tc_string_lets_nothing_go() -> None:
    """Unreadable is missing, and the finding says that it was the string."""
    outcome = said(region="DE", tc_string=CUT)
    assert isinstance(outcome, Suppressed)
    assert reasons(outcome) == {"consent_string_unreadable", "consent_missing"}


def test_a_tc_string_that_denies_keeps_the_identifiers_here() -> None:
    """The denial is sent, the person is not."""
    outcome = said(region="DE", tc_string=a_tc_string([2, 9]))
    assert event(outcome).decision.ad_user_data is D
    assert MatchKey.EMAIL in event(outcome).decision.remove


def test_a_vendor_of_the_pixel_must_be_consented_to() -> None:
    """The setting reaches the decision."""
    decision = event(said(frozenset({9}), region="DE", tc_string=TC)).decision
    assert decision.stated_ad_user_data is D


def test_an_opt_out_in_a_gpp_string_limits_data_use() -> None:
    """As if the shop had said it itself."""
    outcome = said(region="US-CA", gpp_string=a_gpp_string({8: us(8, SharingOptOut=1)}))
    assert event(outcome).decision.limited_data_use
    assert event(outcome).decision.ad_personalization is D


@pytest.mark.parametrize("objection", [{"opt_out": True}, {"gpc": True}, {"us_privacy": "1YYN"}])
def test_every_objection_is_an_opt_out(objection: dict[str, Any]) -> None:
    """The shop's own, the browser's ``Sec-GPC: 1`` that a backend saw, and the old string."""
    silent = {"opt_out": False, "gpc": False}
    assert event(said(region="US-CA", **silent | objection)).decision.limited_data_use


def test_an_opt_out_that_is_not_one_changes_nothing() -> None:
    """Most Californians did not opt out."""
    outcome = said(region="US-CA", gpp_string=a_gpp_string({8: us(8)}))
    assert not event(outcome).decision.limited_data_use


def test_a_string_does_not_tell_where_the_person_is() -> None:
    """A TC string is also written for people for whom it was not needed."""
    assert event(said(tc_string=TC)).decision.region.code is None


def test_what_each_source_said_is_stored_with_the_decision() -> None:
    """The audit needs it, and needs no person for it."""
    sources = event(said(region="DE", ad_user_data="GRANTED", tc_string=CUT)).decision.sources
    assert [(one.source, one.ad_user_data, one.unreadable is None) for one in sources] == [
        ("fields", G, True),
        ("tc_string", None, False),
    ]
    assert all(TC[:20] not in repr(one) for one in sources)


BAD = [
    {"region": "DE", "tc_string": CUT},
    {"region": "DE", "tc_string": "x" * 8192},
    {"region": "DE", "gpp_string": "DBABMA~"},
    {"region": "DE", "gcd": "13r3r3r3r"},
    {"region": "DE", "us_privacy": "1YNN"},
    {"region": "DE", "tc_string": " "},
    {"region": "DE", "tc_string": None},
    {"region": "Germany", "gcd": "13r3r3l3r5"},
    {"region": "XX"},
    {"region": "DE", "ad_user_data": "GRANTED", "collected_at": EVENT_TIME + DAY + 1},
    {"region": "DE", "tc_string": TC, "collected_at": EVENT_TIME + DAY + 1},
]


@pytest.mark.parametrize("consent", BAD, ids=range(len(BAD)))
def test_bad_input_never_is_a_grant(consent: dict[str, Any]) -> None:
    """Whatever is broken, late or unknown, nothing leaves where consent is needed."""
    outcome = processed(an_item(consent=consent), now=NOW + 2 * DAY)
    assert isinstance(outcome, Suppressed), outcome
    assert outcome.event.decision.ad_user_data is None


@pytest.mark.parametrize("name", ["tc_string", "gpp_string", "us_privacy", "gcd"])
@pytest.mark.parametrize("value", [1, True, ["CPx"], {}])
def test_a_string_that_is_none_refuses_the_event_of_a_backend(name: str, value: object) -> None:
    """Its developer reads the answer."""
    outcome = said(region="DE", **{name: value})
    assert isinstance(outcome, Rejected)
    assert [(one.code, one.reason) for one in outcome.problems] == [(40005, "wrong_type")]


@pytest.mark.parametrize("name", ["tc_string", "gpp_string", "us_privacy", "gcd"])
def test_of_a_browser_it_is_missing(name: str) -> None:
    """There, nobody reads an answer."""
    consent = {"region": "DE", name: ["CPx"]}
    outcome = processed(an_item(consent=consent), source=Source.BROWSER)
    assert isinstance(outcome, Suppressed)
    assert reasons(outcome) == {"consent_ignored", "consent_missing"}


def test_a_consent_after_the_event_says_so() -> None:
    """A caller with a wrong clock must be able to find out why its events stay here."""
    late = {"ad_user_data": "GRANTED", "region": "DE", "collected_at": EVENT_TIME + DAY + 1}
    outcome = processed(an_item(consent=late), now=NOW + 2 * DAY)
    assert reasons(outcome) == {"consent_too_late", "consent_missing"}
