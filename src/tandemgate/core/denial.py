"""Denials that come after the event: what they are, and how they join with what was decided."""

from typing import Final

from msgspec import structs

from tandemgate.catalog.reasons import finding
from tandemgate.core.consent import decide
from tandemgate.core.policy import profiles_of, version_of
from tandemgate.model.consent import (
    Decision,
    Export,
    Flag,
    OnPersonalizationDenied,
    Policy,
    Profile,
    Region,
    RegionClass,
    Signals,
)
from tandemgate.model.delivery import Change
from tandemgate.model.event import Event
from tandemgate.model.finding import Finding
from tandemgate.model.state import State

NOBODY_ASKED: Final = "consent_missing"
"""The rule of a decision that lets nothing leave only because nothing was said."""

WITHDRAWN: Final = "consent_tightened"
"""Why an event is cancelled that a denial came too late to change."""

_EXPORTS: Final = (Export.SEND, Export.HOLD, Export.NONE)
_DENIED_ADS: Final = tuple(OnPersonalizationDenied)
"""Both from the laxest to the strictest."""


def denials(decision: Decision) -> frozenset[str]:
    """Name what was denied. Saying nothing is not a denial, even where it lets nothing leave."""
    told = {
        "ad_user_data": decision.stated_ad_user_data is Flag.DENIED,
        "ad_personalization": decision.stated_ad_personalization is Flag.DENIED or decision.opt_out,
        "limited_data_use": decision.limited_data_use,
        "child": decision.child,
        **{
            f"profile_{profile}": decision.stated_ad_user_data is Flag.DENIED
            for profile in profiles_of(decision.policy)
        },
    }
    return frozenset(name for name, denied in told.items() if denied)


def stricter(stands: Decision, other: Decision) -> Decision:
    """Join two decisions about one event: decide by what both were told, and never let more go."""
    made = decide(*_both(stands, other))
    # What nobody was asked about keeps nothing back but itself: the other copy was asked.
    silent = other.rule == NOBODY_ASKED
    export = max(stands.export, made.export, key=_EXPORTS.index)
    if not silent:
        export = max(export, other.export, key=_EXPORTS.index)
    sends = export is Export.SEND
    return structs.replace(
        made,
        export=export,
        rule=made.rule if silent or export is not other.export else _why(made, other),
        ad_user_data=made.ad_user_data if sends else None,
        ad_personalization=made.ad_personalization if sends else None,
        ad_personalization_derived=sends and made.ad_personalization_derived,
        remove=made.remove | stands.remove | (frozenset() if silent else other.remove),
        truncate_ip=made.truncate_ip or stands.truncate_ip or other.truncate_ip,
        # Kept also while nothing leaves: what is held may be let go under another region's rules.
        limited_data_use=made.limited_data_use or stands.limited_data_use or other.limited_data_use,
    )


def _both(stands: Decision, other: Decision) -> tuple[Signals, Region, Policy]:
    """Return what both decisions were told, as if it had been said at once, where *stands* was."""
    first, *rest = sorted(profiles_of(stands.policy) | profiles_of(other.policy)) or [Profile.GUIDE]
    signals = Signals(
        ad_user_data=_denied_by(stands.stated_ad_user_data, other.stated_ad_user_data),
        ad_personalization=_denied_by(
            stands.stated_ad_personalization, other.stated_ad_personalization
        ),
        opt_out=stands.opt_out or other.opt_out,
        child=stands.child or other.child,
        cmp=stands.cmp,
        cmp_version=stands.cmp_version,
        collected_at=stands.collected_at,
        sources=stands.sources,
        profile=rest[0] if rest else None,
    )
    governed = stands.region_class is RegionClass.GOVERNED and stands.region.code
    policy = Policy(
        first,
        frozenset({governed} if governed else ()),
        max(
            stands.on_personalization_denied,
            other.on_personalization_denied,
            key=_DENIED_ADS.index,
        ),
        hold_for_consent=float(stands.export is Export.HOLD),
        version=version_of(stands.policy),
    )
    return signals, stands.region, policy


def _why(made: Decision, other: Decision) -> str:
    """Name the row that keeps an event here: another region's, where it is the stricter one."""
    return made.rule if made.export is other.export else other.rule


def grants_more(stands: Decision, other: Decision) -> bool:
    """Tell whether *other* grants what *stands* keeps back."""
    granted = {
        "ad_user_data": other.stated_ad_user_data is Flag.GRANTED,
        "ad_personalization": other.stated_ad_personalization is Flag.GRANTED,
    }
    never_asked = stands.rule == NOBODY_ASKED and other.stated_ad_user_data is not None
    return never_asked or any(granted.get(name, False) for name in denials(stands))


def mismatch(stands: Decision, other: Decision) -> tuple[str, ...]:
    """Name the flags that both were told, each otherwise; silence contradicts nobody."""
    told = {
        "ad_user_data": (stands.stated_ad_user_data, other.stated_ad_user_data),
        "ad_personalization": (stands.stated_ad_personalization, other.stated_ad_personalization),
    }
    return tuple(name for name, both in told.items() if None not in both and both[0] is not both[1])


def told_otherwise(one: Event, other: Event) -> Finding | None:
    """Remark that the browser and the server were told different things by one person."""
    if one.verified is other.verified:
        return None
    names = mismatch(one.decision, other.decision)
    if not names:
        return None
    server, browser = (one, other) if one.verified else (other, one)
    said = f"the server's copy ({server.source}) and the browser's ({browser.source}) differ in"
    return finding("consent_mismatch", "/consent", f"{said} {', '.join(names)}")


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
