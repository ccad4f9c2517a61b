"""A decision as it is told: to a privacy officer, in stories, exports and offline."""

from collections.abc import Mapping
from typing import Any, Final

from tandemgate.model.consent import Decision, Said
from tandemgate.model.instant import Epoch

SHOWN_SECONDS: Final = 1
"""event_time is in whole seconds, so a consent of the same second may have come before it."""


def tell(decision: Decision, event_time: int) -> dict[str, Any]:
    """Say what was stated, what was decided and what followed, without any identifier.

    ``ad_user_data`` and ``ad_personalization`` are what is sent; ``stated`` is what was said.
    ``decided_after_ms`` is how long after the action the consent was collected, or ``None`` where
    it was there in time.
    """
    return {
        "region": decision.region.code,
        "region_origin": decision.region.origin,
        "region_class": decision.region_class,
        "ad_user_data": decision.ad_user_data,
        "ad_personalization": decision.ad_personalization,
        "derived": decision.ad_personalization_derived,
        "stated": {
            "ad_user_data": decision.stated_ad_user_data,
            "ad_personalization": decision.stated_ad_personalization,
            "opt_out": decision.opt_out,
            "child": decision.child,
        },
        "sources": [_said(one) for one in decision.sources],
        "policy": decision.policy,
        "rule": decision.rule,
        "export": decision.export,
        "removed": sorted(decision.remove),
        "truncate_ip": decision.truncate_ip,
        "limited_data_use": decision.limited_data_use,
        "cmp": decision.cmp,
        "cmp_version": decision.cmp_version,
        "collected_at": decision.collected_at,
        "decided_after_ms": _after(decision.collected_at, event_time),
    }


def _said(one: Said) -> Mapping[str, Any]:
    return {
        "source": one.source,
        "ad_user_data": one.ad_user_data,
        "ad_personalization": one.ad_personalization,
        "opt_out": one.opt_out,
        "digest": None if one.digest is None else one.digest.hex(),
        "unreadable": one.unreadable,
    }


def _after(collected_at: Epoch | None, event_time: int) -> int | None:
    if collected_at is None or collected_at < event_time + SHOWN_SECONDS:
        return None
    return round((collected_at - event_time) * 1000)
