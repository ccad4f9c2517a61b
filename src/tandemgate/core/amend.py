"""Amending TikTok-ready bytes before their first attempt: filling gaps and taking away.

Both read and write the ``data[]`` item itself, so an event that nobody amends is encoded only once.
"""

from typing import Any, Final

import msgspec

from tandemgate.core.address import cut_short
from tandemgate.core.copies import take_copies, taken
from tandemgate.core.scrub import scrub_url
from tandemgate.model.consent import Decision
from tandemgate.model.person import MatchKey
from tandemgate.model.rules import Wire

_read = msgspec.json.Decoder(dict[str, Any]).decode
_write = msgspec.json.Encoder().encode

_PHONE: Final = ("phone", "phone_number")
"""One match key under the names of the two wire profiles."""


def fill(wire: bytes, newer: bytes) -> bytes:
    """Add to *wire* what only *newer* states, one level deep; what *wire* states stays as it is.

    Returns *wire* itself when there was nothing to add.
    """
    item, other = _read(wire), _read(newer)
    added = False
    for name, value in other.items():
        if name not in item:
            item[name] = value
            added = True
        elif isinstance(value, dict) and isinstance(item[name], dict):
            missing = {field: value[field] for field in value if not _states(item[name], field)}
            item[name].update(missing)
            added = added or bool(missing)
    return _write(item) if added else wire


def rename_fields(wire: bytes, profile: Wire) -> bytes:
    """Name the phone digest as *profile* does; returns *wire* itself where it is named so."""
    user = _read(wire).get("user", {}) if wire else {}
    old, new = _PHONE if profile is Wire.GUIDE else _PHONE[::-1]
    if old not in user:
        return wire
    item = _read(wire)
    item["user"] = {new if name == old else name: value for name, value in user.items()}
    return _write(item)


def tighten(wire: bytes, decision: Decision) -> bytes:
    """Take out of *wire* what *decision* removes, and make its consent flags those of *decision*.

    ``limited_data_use`` is only ever switched on: the caller may have asked for it as well.
    """
    item = _read(wire)
    user = item.get("user", {})
    take_copies(item, taken(user, decision))
    for name in _names(decision):
        user.pop(name, None)
    if decision.truncate_ip and "ip" in user:
        user["ip"] = cut_short(user["ip"])
    if MatchKey.TTCLID in decision.remove and "page" in item:
        item["page"] = {
            name: scrub_url(address, keep_ttclid=False)[0] for name, address in item["page"].items()
        }
    _set_flags(item, decision)
    if decision.limited_data_use:
        item["limited_data_use"] = True
    return _write(item)


def names_nobody(wire: bytes) -> bool:
    """Tell whether *wire* has nothing left by which anybody could be matched."""
    return not _read(wire).get("user")


def same_but_for_time(wire: bytes, newer: bytes) -> bool:
    """Tell whether two items say the same, whenever they say it happened."""
    return {**_read(wire), "event_time": 0} == {**_read(newer), "event_time": 0}


def _names(decision: Decision) -> list[str]:
    names = [str(key) for key in decision.remove]
    return [*names, *_PHONE] if MatchKey.PHONE in decision.remove else names


def _states(section: dict[str, Any], field: str) -> bool:
    return any(name in section for name in (_PHONE if field in _PHONE else (field,)))


def _set_flags(item: dict[str, Any], decision: Decision) -> None:
    flags = {
        "ad_user_data": decision.ad_user_data,
        "ad_personalization": decision.ad_personalization,
    }
    stated = {name: flag for name, flag in flags.items() if flag is not None}
    kept = {name: value for name, value in item.get("properties", {}).items() if name not in flags}
    if kept or stated:
        item["properties"] = {**kept, **stated}
    else:
        item.pop("properties", None)
