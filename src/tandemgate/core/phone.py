"""Phone numbers in E.164, by the rules of Google's libphonenumber.

The Pixel and TikTok's own tools normalize phones that way, and two copies of one number match only
when both sides write every digit alike.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import phonenumbers
from msgspec import Struct
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    PhoneNumberFormat,
)


class PhoneResult(Struct, frozen=True, gc=False):
    """``number`` is E.164 with its ``+``, or ``None``; ``reason`` names a finding, if there is one.

    Reasons: ``phone_region_unknown`` and ``phone_invalid`` (no number), ``phone_not_possible`` (the
    number is kept: its owner may know a numbering plan better than the library does).
    """

    number: str | None
    reason: str | None = None


def e164(raw: str, region: str | None) -> PhoneResult:
    """Write *raw* in E.164. ``00`` is read as ``+``.

    A number in national form is read with the numbering plan of *region* (ISO 3166, ``"DE"``), and
    is never guessed: without a region there is no result.
    """
    if _is_settled(raw):
        return PhoneResult(raw)
    text = raw if raw.isascii() else unicodedata.normalize("NFKC", raw)
    compact = text.translate(_DROP_SEPARATORS)
    if compact.startswith("00"):
        text = compact = "+" + compact[2:]
    return PhoneResult(compact) if _is_settled(compact) else by_library(text, region)


def by_library(text: str, region: str | None) -> PhoneResult:
    """Ask the library, which knows prefixes to drop, zeros to keep, extensions and letters."""
    home = region.strip().upper().partition("-")[0] if region else None
    international = _INTERNATIONAL.match(text) is not None
    try:
        number = phonenumbers.parse(text, home)
    except NumberParseException as refusal:
        homeless = refusal.error_type == NumberParseException.INVALID_COUNTRY_CODE
        return _REGION_UNKNOWN if homeless and not international else _INVALID
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if not _E164.fullmatch(written):
        return _INVALID
    if phonenumbers.is_possible_number(number):
        return PhoneResult(written)
    return PhoneResult(written, "phone_not_possible") if international else _INVALID


def _is_settled(compact: str) -> bool:
    """Tell whether the library would give *compact* back as it is, and call it possible.

    The library takes ten times as long. This asks its tables the same questions, and says no as
    soon as there would be anything to change.
    """
    if not _E164.fullmatch(compact):
        return False
    plan = _plan(compact[1:4])
    if plan is None:
        return False
    national = compact[plan.national_from :]
    if len(national) not in plan.lengths:
        return False
    dropped = plan.prefix and plan.prefix.match(national)
    return not dropped or dropped.end() == 0  # some countries' prefix is optional


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the library checks of the digits after a calling code, which starts behind the ``+``."""

    national_from: int
    lengths: frozenset[int]
    prefix: re.Pattern[str] | None


@cache  # a thousand short keys at most, and none of them is anybody's number
def _plan(three_digits: str) -> _Plan | None:
    """Find the numbering plan of the calling code, which has one to three digits."""
    for width in range(1, len(three_digits) + 1):
        code = int(three_digits[:width])
        if code in COUNTRY_CODE_TO_REGION_CODE:
            region = COUNTRY_CODE_TO_REGION_CODE[code][0]
            metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
            if metadata is None or metadata.general_desc is None:
                return None
            prefix = metadata.national_prefix_for_parsing
            lengths = frozenset(metadata.general_desc.possible_length)
            return _Plan(1 + width, lengths, re.compile(prefix) if prefix else None)
    return None


_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_INTERNATIONAL: Final = re.compile(r"[^0-9+]*\+")
_DROP_SEPARATORS: Final = str.maketrans("", "", " -.()")
_REGION_UNKNOWN: Final = PhoneResult(None, "phone_region_unknown")
_INVALID: Final = PhoneResult(None, "phone_invalid")
