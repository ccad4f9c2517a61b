"""An event may ask for a stricter consent profile than its pixel's, and never for a laxer one."""

import pytest

from tandemgate.model.consent import Profile
from tandemgate.model.event import Source
from tandemgate.model.outcome import Rejected
from tests.build import a_policy, an_event, an_item, processed, some_rules

DENIED = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}


@pytest.mark.parametrize(
    ("pixel", "asked", "policy", "rule"),
    [
        (Profile.GUIDE, "strict", "strict@1", "ad_user_data_denied_strict"),
        (Profile.GUIDE, " Drop ", "drop@1", "consent_denied"),
        (Profile.GUIDE, "guide", "guide@1", "ad_user_data_denied"),
        (Profile.STRICT, "guide", "strict@1", "ad_user_data_denied_strict"),
        (Profile.DROP, "guide", "drop@1", "consent_denied"),
        (Profile.STRICT, "drop", "drop+strict@1", "consent_denied"),
        (Profile.DROP, "strict", "drop+strict@1", "consent_denied"),
    ],
)
def test_the_stricter_of_both_profiles_decides(
    pixel: Profile, asked: str, policy: str, rule: str
) -> None:
    """Whoever reports an action may protect somebody more than the pixel's settings do."""
    rules = some_rules(policy=a_policy(profile=pixel))
    decision = an_event(rules, consent=DENIED | {"profile": asked}).decision
    assert (decision.policy, decision.rule) == (policy, rule)


def test_strict_and_drop_both_apply_where_consent_need_not_be_stated() -> None:
    """Drop sends what strict would cut there, so only both together keep back what either does."""
    rules = some_rules(policy=a_policy(profile=Profile.DROP))
    consent = {"ad_user_data": "DENIED", "region": "JP", "profile": "strict"}
    assert an_event(rules, consent=consent).decision.rule == "ad_user_data_denied_strict"


def test_a_laxer_profile_is_remarked_on() -> None:
    """The sender believes that more leaves than does."""
    rules = some_rules(policy=a_policy(profile=Profile.STRICT))
    event = an_event(rules, consent=DENIED | {"profile": "guide"})
    assert ("laxer_profile_ignored", "/data/0/consent/profile") in {
        (one.reason, one.field) for one in event.findings
    }


@pytest.mark.parametrize("source", [Source.BACKEND, Source.BROWSER])
@pytest.mark.parametrize("asked", ["stritc", "", 1, True, ["strict"], "none"])
def test_a_profile_that_is_none_refuses_the_event(asked: object, source: Source) -> None:
    """It was meant to keep more back; sending it under a guess would let that go."""
    outcome = processed(an_item(consent=DENIED | {"profile": asked}), source=source)
    assert isinstance(outcome, Rejected)
    assert [(one.code, one.reason) for one in outcome.problems] == [
        (40005, "consent_profile_invalid")
    ]
