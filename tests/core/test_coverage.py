"""What is counted of an event: consent is no fault, and a fault has its reason."""

from typing import Any

import pytest

from tandemgate.core.coverage import Why, is_paid, judged, marks, reasons
from tandemgate.core.pipeline import process
from tandemgate.model.event import Event
from tandemgate.model.outcome import Accepted
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.visit import Found, Visit
from tests.build import NOW, a_policy, a_raw_event, an_event, an_item, some_rules

GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
DENIED = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
EMAIL, PHONE, IP, TTCLID = MatchKey.EMAIL, MatchKey.PHONE, MatchKey.IP, MatchKey.TTCLID
SENT, MISSING = Presence.SENT, Presence.MISSING
SUPPRESSED, INVALID = Presence.SUPPRESSED, Presence.INVALID


def counted(event: Event) -> dict[MatchKey, Presence]:
    """What is counted of *event*."""
    return judged(event.presence, event.decision)


def why(event: Event) -> frozenset[Why]:
    """Why it lacks what it lacks."""
    return reasons(counted(event), event.decision, marks(event.findings))


@pytest.mark.parametrize(
    ("consent", "email", "phone", "ttclid"),
    [
        (GRANTED, SENT, MISSING, MISSING),
        (DENIED, SUPPRESSED, SUPPRESSED, SUPPRESSED),
        ({"region": "DE"}, SUPPRESSED, MISSING, MISSING),
        (GRANTED | {"child": True}, SUPPRESSED, SUPPRESSED, SUPPRESSED),
        ({"region": "US", "opt_out": True}, SENT, MISSING, MISSING),
    ],
)
def test_what_consent_keeps_back_is_suppressed_whether_it_came_or_not(
    consent: dict[str, object], email: Presence, phone: Presence, ttclid: Presence
) -> None:
    """A phone that a denial keeps here is not to be collected; one that nobody was asked for is."""
    told = counted(an_event(consent=consent))
    assert (told[EMAIL], told[PHONE], told[TTCLID]) == (email, phone, ttclid)


def test_an_invalid_key_stays_a_fault_under_a_denial() -> None:
    """It would be as wrong with the next person, who grants."""
    user = {"email": "sha256(x)", "ip": "203.0.113.9"}
    assert counted(an_event(consent=DENIED, user=user))[EMAIL] is INVALID


def test_a_held_event_has_sent_nothing() -> None:
    """It waits, and may never go."""
    event = an_event(some_rules(policy=a_policy(hold_for_consent=60.0)), consent={"region": "DE"})
    assert SENT not in counted(event).values()
    assert why(event) == {Why(None, "consent_missing")}


def test_each_missing_key_has_its_reason() -> None:
    """Only keys that are open: what was filled in or kept back needs none."""
    user = {"email": ["sha256(x)", "a@b.example"], "phone": "12", "ip": "10.0.0.1"}
    event = an_event(user=user, session="s-1")
    assert why(event) == {
        Why(PHONE, "phone_invalid"),
        Why(IP, "ip_not_public"),
        Why(IP, "visit_unknown"),
        Why(MatchKey.TTP, "visit_unknown"),
        Why(MatchKey.USER_AGENT, "visit_unknown"),
        Why(MatchKey.USER_AGENT, "user_agent_missing"),
    }


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"consent": {"region": "DE"}}, "consent_missing"),
        ({"consent": GRANTED | {"child": True}}, "known_child"),
        ({"consent": DENIED, "user": {"email": "a@b.example"}}, "no_match_keys_left"),
    ],
)
def test_an_event_of_which_nothing_leaves_says_why(overrides: dict[str, Any], reason: str) -> None:
    """A banner that tells nobody would otherwise look like a lot of denials."""
    assert Why(None, reason) in why(an_event(**overrides))


@pytest.mark.parametrize(
    ("overrides", "paid"),
    [
        ({}, False),
        ({"user": {"ttclid": "E.C.P.abc"}}, True),
        ({"user": {"ttclid": "x" * 2_000, "ip": "203.0.113.9"}}, True),
        ({"page": {"url": "https://shop.example/?ttclid=E.C.P.abc"}}, True),
        ({"page": {"referrer": "https://shop.example/?utm_source=tiktok"}}, True),
        ({"page": {"url": "https://shop.example/?utm_source=tiktok"}, "consent": DENIED}, False),
    ],
)
def test_an_ads_visit_has_a_click_id_or_lost_one(overrides: dict[str, Any], *, paid: bool) -> None:
    """Of a browser that denied nobody expects a click id."""
    event = an_event(**overrides)
    assert is_paid(event.presence, marks(event.findings)) is paid


@pytest.mark.parametrize(("days", "lost"), [(3, True), (29, False)])
def test_a_visit_remembers_that_an_ad_led_to_it(days: float, *, lost: bool) -> None:
    """The landing page is long left when the order is placed; a click counts for 28 days."""
    found = Found(Visit(ad_at=NOW - days * 86_400), "session", NOW)
    outcome = process(a_raw_event(an_item(session="s-1")), some_rules(), NOW, found)
    assert isinstance(outcome, Accepted)
    told = [one.reason for one in outcome.event.findings]
    assert ("click_id_missing" in told) is lost
