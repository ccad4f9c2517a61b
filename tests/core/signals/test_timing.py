import pytest
from msgspec import structs

from tandemgate.core.signals.timing import in_time
from tandemgate.model.consent import Flag, Policy, Signals
from tests.build import EVENT_TIME, NOW, a_policy

G, D = Flag.GRANTED, Flag.DENIED
HOUR, DAY = 3600, 86_400
PROMPT = a_policy()
PATIENT = a_policy(hold_for_consent=3 * DAY)


def heard(at: float | None, policy: Policy = PROMPT, now: float = NOW + 30 * DAY) -> Signals:
    """What counts of a full consent that was collected at *at*."""
    return in_time(Signals(G, G, opt_out=True, collected_at=at), EVENT_TIME, policy, now)


@pytest.mark.parametrize(
    ("after", "policy", "counts"),
    [
        (-365 * DAY, PROMPT, True),
        (0, PROMPT, True),
        (HOUR, PROMPT, True),
        (DAY, PROMPT, True),
        (DAY + 1, PROMPT, False),
        (DAY + 1, PATIENT, True),
        (3 * DAY + 1, PATIENT, False),
    ],
)
def test_a_grant_counts_for_what_was_done_before_it_for_a_day_or_as_long_as_events_are_held(
    after: float, policy: Policy, counts: bool
) -> None:
    """A banner that is answered late may still count; one that is answered next week may not."""
    seen = heard(EVENT_TIME + after, policy)
    assert (seen.ad_user_data, seen.ad_personalization) == ((G, G) if counts else (None, None))
    assert seen.opt_out


def test_a_consent_without_a_time_is_that_of_the_action() -> None:
    """Whoever states no time states the consent that stood when the action happened."""
    assert heard(None).ad_user_data is G


def test_no_grant_comes_from_the_future() -> None:
    """A wrong unit or clock must not make a consent of next year valid today."""
    assert heard(NOW + 300, now=NOW).ad_user_data is G
    assert heard(NOW + 301, now=NOW).ad_user_data is None


@pytest.mark.parametrize(
    "said", [Signals(D, D), Signals(D, None), Signals(), Signals(opt_out=True)]
)
def test_what_grants_nothing_counts_whenever_it_was_collected(said: Signals) -> None:
    """Nobody has to object in time."""
    late = structs.replace(said, collected_at=EVENT_TIME + 9 * DAY)
    assert in_time(late, EVENT_TIME, PROMPT, NOW) is late


def test_of_a_late_consent_only_the_grants_are_taken_back() -> None:
    """The denial beside a late grant was said as well."""
    late = Signals(G, D, collected_at=EVENT_TIME + 9 * DAY)
    assert in_time(late, EVENT_TIME, PROMPT, NOW) == structs.replace(late, ad_user_data=None)
