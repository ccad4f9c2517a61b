"""The ``gcd`` parameter of Google's consent mode, such as ``13r3r3r3r5l1``.

Google does not document it. What is known comes from those who watched it change: the letters at
offsets 2, 4, 6 and 8 stand for ad_storage, analytics_storage, ad_user_data and ad_personalization,
and say how each was set by default and updated later.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tandemgate.core.signals.bits import Unreadable
from tandemgate.model.consent import Flag

_SHAPE: Final = re.compile(r"1(?:[0-9][a-z]){4}[0-9][0-9A-Za-z]{0,6}", re.ASCII)
_MEANING: Final[Mapping[str, Flag | None]] = {
    "l": None,
    **dict.fromkeys("trnv", Flag.GRANTED),
    **dict.fromkeys("pqmu", Flag.DENIED),
}


@dataclass(frozen=True, slots=True)
class Gcd:
    """What Google's consent mode was told; ``None`` where it was told nothing."""

    ad_storage: Flag | None
    analytics_storage: Flag | None
    ad_user_data: Flag | None
    ad_personalization: Flag | None


def read_gcd(text: str) -> Gcd | Unreadable:
    """Decode a gcd parameter; a single unknown letter makes it unreadable."""
    if not _SHAPE.fullmatch(text):
        return Unreadable("it does not have the form of a gcd parameter")
    letters = text[2:9:2]
    if not all(letter in _MEANING for letter in letters):
        return Unreadable("it holds a letter whose meaning is not known")
    return Gcd(*(_MEANING[letter] for letter in letters))
