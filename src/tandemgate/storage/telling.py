"""How stored events look from outside, the same for every store."""

from collections.abc import Mapping

from tandemgate.model.person import MatchKey, Presence

SETTLED_BY_HAND = "settled_by_hand"
"""The reason of an event that a person settled: a word of the reasons' catalog."""

MOST_REMARKS = 50
"""Per event: a page that fires in a loop must not fill the disk. All copies are counted anyway."""


def tell_presence(presence: Mapping[MatchKey, Presence]) -> dict[str, str]:
    """Say what became of each match key, in the order of the wire."""
    return {key.value: presence[key].value for key in MatchKey if key in presence}
