"""Consent: what may leave about one event, decided once, with the row of the table that said so."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from msgspec import structs

from tandemgate.catalog.consent import CLICK_IDS, EVERYTHING, RULES, Rule
from tandemgate.catalog.regions import region_code
from tandemgate.core.address import cut_short
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
from tandemgate.model.person import MatchKey, MatchKeys, Presence

_LISTS = frozenset({MatchKey.EMAIL, MatchKey.PHONE, MatchKey.EXTERNAL_ID})


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something was said about consent, and it is neither GRANTED nor DENIED."""


def read_flag(value: object) -> Flag | Unreadable | None:
    """Read one stated consent: GRANTED or DENIED in any case; ``None`` when nothing was said.

    Booleans, numbers and other words are :class:`Unreadable`, since a guess could be a grant.
    """
    match value:
        case None:
            return None
        case str():
            return _FLAGS.get(value.strip().upper(), _UNREADABLE)
        case _:
            return _UNREADABLE


@lru_cache(maxsize=1024)  # by the time it is asked, what is stated is a code or a question mark
def locate(stated: str | None, default: str | None) -> Region:
    """Find out where the person is: what the caller states, else the pixel's default.

    A stated region that cannot be read is unknown, not the default: the default may be laxer than
    the place that was meant.
    """
    if stated is not None and stated.strip():
        return _region(stated, "stated")
    if default is not None and default.strip():
        return _region(default, "default_region")
    return _UNKNOWN


def region_unreadable(stated: str | None) -> bool:
    """Tell whether a region was stated that :func:`locate` had to take as unknown."""
    return stated is not None and bool(stated.strip()) and region_code(stated) is None


def decide(signals: Signals, region: Region, policy: Policy) -> Decision:
    """Decide what may leave. The same arguments give the same decision at any later time.

    An opt-out and a missing ``ad_personalization`` beside a stated ``ad_user_data`` both count as a
    denied ``ad_personalization``. ``Export.HOLD`` is only decided by policies that hold.
    """
    own = signals.collected_at is not None or signals.sources
    return _decide(signals, region, policy) if own else _shared(signals, region, policy)


def _decide(signals: Signals, region: Region, policy: Policy) -> Decision:
    where = classify(region, policy)
    personalization = _ad_personalization(signals)
    case = Case(
        signals.child,
        where,
        signals.ad_user_data,
        personalization,
        signals.opt_out,
        policy.profiles_with(signals.profile),
        policy.on_personalization_denied,
    )
    rule = rule_for(case)
    held = rule.export is Export.HOLD
    export = Export.NONE if held and policy.hold_for_consent <= 0 else rule.export
    sends = export is Export.SEND
    return Decision(
        export=export,
        rule=rule.name,
        policy=policy.name_with(signals.profile),
        region=region,
        region_class=where,
        stated_ad_user_data=signals.ad_user_data,
        stated_ad_personalization=signals.ad_personalization,
        ad_user_data=signals.ad_user_data if sends and rule.passes_ad_user_data else None,
        ad_personalization=personalization if sends else None,
        ad_personalization_derived=sends and personalization is not signals.ad_personalization,
        remove=_removed(rule, export, personalization, policy),
        truncate_ip=rule.truncate_ip,
        limited_data_use=sends and signals.opt_out and limits_use(region),
        opt_out=signals.opt_out,
        child=signals.child,
        on_personalization_denied=policy.on_personalization_denied,
        cmp=signals.cmp,
        cmp_version=signals.cmp_version,
        collected_at=signals.collected_at,
        sources=signals.sources,
    )


_shared = lru_cache(maxsize=1024)(_decide)
"""The same for the events that share their decision with many others: most of them."""


def classify(region: Region, policy: Policy) -> RegionClass:
    """Say how *policy* sees *region*; a governed country governs its subdivisions."""
    if region.code is None:
        return RegionClass.UNKNOWN
    country = region.code[:2]
    if country in policy.governed or region.code in policy.governed:
        return RegionClass.GOVERNED
    return RegionClass.US if country == "US" else RegionClass.OTHER


def restrict(match_keys: MatchKeys, decision: Decision) -> MatchKeys:
    """Take out of *match_keys* what *decision* removes, and cut the ip short where it says so."""
    changed: dict[str, Any] = {key.value: _nothing(key) for key in decision.remove}
    if decision.truncate_ip and match_keys.ip is not None:
        changed.setdefault(MatchKey.IP.value, cut_short(match_keys.ip))
    return structs.replace(match_keys, **changed) if changed else match_keys


def suppress(presence: Mapping[MatchKey, Presence], decision: Decision) -> dict[MatchKey, Presence]:
    """Say ``suppressed`` of each match key that *decision* keeps from being sent."""
    return {
        key: Presence.SUPPRESSED if was is Presence.SENT and key in decision.remove else was
        for key, was in presence.items()
    }


def withheld(presence: Mapping[MatchKey, Presence]) -> dict[MatchKey, Presence]:
    """Say ``suppressed`` of each match key that was to be sent, since nothing leaves."""
    return {
        key: Presence.SUPPRESSED if was is Presence.SENT else was for key, was in presence.items()
    }


class Case(NamedTuple):
    """What the rows of the table look at."""

    child: bool
    region: RegionClass
    ad_user_data: Flag | None
    ad_personalization: Flag | None
    opt_out: bool
    profiles: frozenset[Profile]
    on_personalization_denied: OnPersonalizationDenied


@cache  # there are 1,728 cases
def rule_for(case: Case) -> Rule:
    """Return the first row of the table that covers *case*."""
    return next(
        rule
        for rule in RULES
        if case.child in rule.child
        and case.region in rule.regions
        and case.ad_user_data in rule.ad_user_data
        and case.ad_personalization in rule.ad_personalization
        and case.opt_out in rule.opt_out
        and case.profiles & rule.profiles
        and case.on_personalization_denied in rule.on_personalization_denied
    )


def _ad_personalization(signals: Signals) -> Flag | None:
    """Work an opt-out and a derived denial into the stated flag."""
    if signals.opt_out:
        return Flag.DENIED
    if signals.ad_personalization is None and signals.ad_user_data is not None:
        return Flag.DENIED
    return signals.ad_personalization


def _removed(
    rule: Rule, export: Export, ad_personalization: Flag | None, policy: Policy
) -> frozenset[MatchKey]:
    """Gather what must not leave; what is held keeps all that a later grant could let go."""
    if export is Export.NONE:
        return EVERYTHING
    if (
        ad_personalization is Flag.DENIED
        and policy.on_personalization_denied is OnPersonalizationDenied.NO_CLICK_IDS
    ):
        return rule.remove | CLICK_IDS
    return rule.remove


def limits_use(region: Region) -> bool:
    """Tell whether an opt-out is passed on as TikTok's ``limited_data_use``.

    The field is for the laws of US states; an unknown region may be there.
    """
    return region.code is None or region.code.startswith("US")


def _region(text: str, origin: str) -> Region:
    code = region_code(text)
    return _UNKNOWN if code is None else Region(code, origin)


def _nothing(key: MatchKey) -> tuple[()] | None:
    return () if key in _LISTS else None


_UNKNOWN = Region(None, "unknown")
_UNREADABLE = Unreadable()
_FLAGS: Mapping[str, Flag] = {flag.value: flag for flag in Flag}
