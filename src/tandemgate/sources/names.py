"""By which of TikTok's names an action of another system goes."""

from collections.abc import Mapping

from tandemgate.catalog.events import KNOWN
from tandemgate.model.rules import PixelRules


def tiktok_name(name: str, table: Mapping[str, str], rules: PixelRules) -> str | None:
    """Translate *name*; ``None`` where the action is none of TikTok's.

    The pixel's ``event_names`` come first ("" there keeps an action back), then the table of the
    other system. A name of TikTok's, or one that ``custom_events`` lists, stays as it is.
    """
    folded = name.casefold()
    for names in (rules.event_names, table):
        for theirs, ours in names.items():
            if theirs.casefold() == folded:
                return ours or None
    listed = rules.custom_events
    if name in KNOWN or (isinstance(listed, frozenset) and name in listed):
        return name
    return None
