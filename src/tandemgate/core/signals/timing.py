"""A consent is for what was done when it was given, and for little of what was done before."""

from typing import Final, TypeVar

from msgspec import structs

from tandemgate.model.consent import Flag, Policy, Said, Signals
from tandemgate.model.instant import Epoch, Seconds

S = TypeVar("S", Said, Signals)

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
    return without_grants(signals)


def without_grants(said: S) -> S:
    """Return *said* with nothing left of its two flags but denials."""
    return structs.replace(
        said,
        ad_user_data=_denied(said.ad_user_data),
        ad_personalization=_denied(said.ad_personalization),
    )


def _denied(flag: Flag | None) -> Flag | None:
    return flag if flag is Flag.DENIED else None
