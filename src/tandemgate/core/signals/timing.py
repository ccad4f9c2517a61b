"""A consent is for what was done when it was given, and for little of what was done before."""

from dataclasses import replace
from typing import Final

from tandemgate.model.consent import Flag, Policy, Signals
from tandemgate.model.instant import Epoch, Seconds

LATE_CONSENT_UNTIL: Final[Seconds] = 86_400.0
"""How long after the action a consent may at least be collected for it."""

CLOCKS_DIFFER_BY: Final[Seconds] = 300.0
"""How far ahead the clock may be that told when a consent was collected."""


def in_time(signals: Signals, event_time: int, policy: Policy, now: Epoch) -> Signals:
    """Return *signals* without what was granted too long after the action, or in the future.

    Whoever waits with an action until the visitor has decided does so for a day at most, or as long
    as the policy holds events. A denial and an opt-out count whenever they were collected.
    Returns *signals* itself where nothing has to be taken back.
    """
    at = signals.collected_at
    if at is None or Flag.GRANTED not in {signals.ad_user_data, signals.ad_personalization}:
        return signals
    latest = event_time + max(policy.hold_for_consent, LATE_CONSENT_UNTIL)
    if at <= min(latest, now + CLOCKS_DIFFER_BY):
        return signals
    return replace(
        signals,
        ad_user_data=_not_granted(signals.ad_user_data),
        ad_personalization=_not_granted(signals.ad_personalization),
    )


def _not_granted(flag: Flag | None) -> Flag | None:
    return None if flag is Flag.GRANTED else flag
