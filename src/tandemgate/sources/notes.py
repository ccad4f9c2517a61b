"""What a shop writes onto its orders for us: note attributes, metadata, meta data."""

from collections.abc import Iterable, Mapping
from typing import Final

BARE: Final = (
    "event_id",
    "session",
    "ttclid",
    "ttp",
    "external_id",
    "ad_user_data",
    "ad_personalization",
    "tc_string",
    "gpp_string",
    "us_privacy",
    "gcd",
    "cmp",
    "cmp_version",
)
"""Names that are read with or without :data:`PREFIX`."""

PREFIXED: Final = ("region", "collected_at", "opt_out", "gpc", "child", "order_id")
"""Names that shops use for other things as well, so these are read with :data:`PREFIX` alone."""

PREFIX: Final = "tandemgate_"
CONSENT: Final = (
    *BARE[5:],
    *PREFIXED[:5],
)
"""What is part of the event's consent."""

_YES_NO: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_SWITCHES: Final = ("opt_out", "gpc", "child")


def read_notes(
    pairs: Iterable[tuple[object, object]], *, also: Iterable[str] = ()
) -> Mapping[str, str]:
    """Read what is meant for us out of *pairs* of a name and a value.

    Themes hide attributes by underscores in front, which make no difference; a prefixed name wins.
    *also* are further names that are read without the prefix.
    """
    bare, prefixed = frozenset({*BARE, *also}), frozenset({*BARE, *PREFIXED})
    found: dict[str, str] = {}
    stated: dict[str, str] = {}
    for name, value in pairs:
        text = str(value).strip() if isinstance(value, str | int | float) else ""
        if not isinstance(name, str) or not text:
            continue
        plain = name.strip().casefold().lstrip("_")
        ours = plain.removeprefix(PREFIX)
        if ours != plain and ours in prefixed:
            stated[ours] = text
        elif plain in bare:
            found[plain] = text
    return found | stated


def consent_of(notes: Mapping[str, str]) -> dict[str, object]:
    """Tell the consent that was written onto the order."""
    said: dict[str, object] = {name: notes[name] for name in CONSENT if name in notes}
    for name in _SWITCHES:
        if name in said:
            said[name] = _YES_NO.get(notes[name].casefold(), notes[name])
    at = notes.get("collected_at", "")
    if at.isascii() and at.isdigit() and len(at) <= 12:  # noqa: PLR2004 - seconds, as text
        said["collected_at"] = int(at)
    return said
