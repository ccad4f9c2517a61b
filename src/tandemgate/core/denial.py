"""Denials that come after the event: what they are, and how they join with what was decided."""

from dataclasses import replace
from typing import Final

from msgspec import structs

from tandemgate.catalog.consent import RULES
from tandemgate.core.consent import limits_use
from tandemgate.model.consent import Decision, Export, Flag
from tandemgate.model.delivery import Change
from tandemgate.model.person import MatchKey
from tandemgate.model.state import State

NOBODY_ASKED: Final = "consent_missing"
"""The rule of a decision that lets nothing leave only because nothing was said."""

WITHDRAWN: Final = "consent_tightened"
"""Why an event is cancelled that a denial came too late to change."""

_STRICTEST_FIRST: Final = [
    *(rule.name for rule in RULES if rule.name != NOBODY_ASKED),
    NOBODY_ASKED,
]


def denials(decision: Decision) -> frozenset[str]:
    """Name what was denied. Saying nothing is not a denial, even where it lets nothing leave."""
    told = {
        "ad_user_data": decision.stated_ad_user_data is Flag.DENIED,
        "ad_personalization": decision.stated_ad_personalization is Flag.DENIED or decision.opt_out,
        "limited_data_use": decision.limited_data_use,
        "child": decision.child,
    }
    return frozenset(name for name, denied in told.items() if denied)


def stricter(stands: Decision, other: Decision) -> Decision:
    """Join two decisions about one event: whatever either keeps back stays back."""
    denied = denials(other)
    opt_out = stands.opt_out or other.opt_out
    joined = replace(
        stands,
        stated_ad_user_data=_denied_by(stands.stated_ad_user_data, other.stated_ad_user_data),
        stated_ad_personalization=_denied_by(
            stands.stated_ad_personalization, other.stated_ad_personalization
        ),
        ad_user_data=_denied_by(stands.ad_user_data, other.ad_user_data),
        ad_personalization=Flag.DENIED
        if "ad_personalization" in denied
        else stands.ad_personalization,
        limited_data_use=stands.limited_data_use
        or other.limited_data_use
        or (opt_out and stands.export is Export.SEND and limits_use(stands.region)),
        opt_out=opt_out,
        child=stands.child or other.child,
    )
    if other.rule == NOBODY_ASKED:
        # What is held keeps back what would stay back whatever is said; a suppression, everything.
        held = other.remove if other.export is Export.HOLD else frozenset[MatchKey]()
        return replace(joined, remove=joined.remove | held)
    return replace(
        joined,
        rule=stands.rule
        if denied <= denials(stands)
        else min(stands.rule, other.rule, key=_STRICTEST_FIRST.index),
        export=Export.NONE if other.export is Export.NONE else stands.export,
        remove=stands.remove | other.remove,
        truncate_ip=stands.truncate_ip or other.truncate_ip,
    )


def grants_more(stands: Decision, other: Decision) -> bool:
    """Tell whether *other* grants what *stands* keeps back."""
    granted = {
        "ad_user_data": other.stated_ad_user_data is Flag.GRANTED,
        "ad_personalization": other.stated_ad_personalization is Flag.GRANTED,
    }
    never_asked = stands.rule == NOBODY_ASKED and other.stated_ad_user_data is not None
    return never_asked or any(granted.get(name, False) for name in denials(stands))


def withdrawn(change: Change, unknown: int) -> Change:
    """Return what *change* becomes for an event that was withdrawn while an attempt was under way.

    *unknown* counts the earlier attempts that may have arrived.
    """
    if change.to not in {State.RETRY, State.QUEUED}:
        return change
    maybe = unknown > 0 or change.maybe_at is not None
    reason = "maybe_delivered" if maybe else WITHDRAWN
    return structs.replace(change, to=State.CANCELLED, reason=reason, due_at=None, suspect=None)


def _denied_by(stands: Flag | None, other: Flag | None) -> Flag | None:
    return Flag.DENIED if other is Flag.DENIED else stands
