"""How stored decisions look from outside, the same for every store."""

from collections.abc import Mapping

from tandemgate.model.consent import Decision
from tandemgate.model.person import MatchKey, Presence

SETTLED_BY_HAND = "settled_by_hand"
"""The reason of an event that a person settled: a word of the reasons' catalog."""

MOST_REMARKS = 50
"""Per event: a page that fires in a loop must not fill the disk. All copies are counted anyway."""


def tell_consent(decision: Decision) -> dict[str, object]:
    """Say what was decided, in the shape of an event's JSON story."""
    return {
        "region": decision.region.code,
        "region_origin": decision.region.origin,
        "ad_user_data": decision.ad_user_data,
        "ad_personalization": decision.ad_personalization,
        "derived": decision.ad_personalization_derived,
        "policy": decision.policy,
        "rule": decision.rule,
        "removed": sorted(decision.remove),
        "truncate_ip": decision.truncate_ip,
        "limited_data_use": decision.limited_data_use,
        "cmp": decision.cmp,
        "cmp_version": decision.cmp_version,
        "collected_at": decision.collected_at,
    }


def tell_presence(presence: Mapping[MatchKey, Presence]) -> dict[str, str]:
    """Say what became of each match key, in the order of the wire."""
    return {key.value: presence[key].value for key in MatchKey if key in presence}
