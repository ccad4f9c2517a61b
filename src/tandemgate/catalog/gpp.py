"""The sections of the IAB's Global Privacy Platform that speak for the United States.

Source: IAB Tech Lab, Global Privacy Platform, "Section Information" and the technical specification
of each section. After the version every field is a number of two bits: 0 does not apply, 1 yes,
2 no; a field that is written ``SensitiveDataProcessing*8`` has eight of them. Sections 24 to 27 are
specified with a header that no library writes; here they are as the IAB's own library has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

OPT_OUTS: Final = frozenset({"SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"})
"""The fields in which a 1 says that the person opted out of what an advertiser does."""

TCF_EU: Final = 2
USP: Final = 6
ELSEWHERE: Final = frozenset({1, 3, 4, 5})
"""TCF's first version, the header itself, signal integrity, and Canada."""


Fields: TypeAlias = tuple[tuple[str, int], ...]
"""The names of fields, in their order, each with the number of its choices."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One section: its name, and the fields of its core by version, in one or more forms.

    ``sensitive`` tells of sections whose second part is a consent for sensitive data; the others
    have the browser's Global Privacy Control there.
    """

    name: str
    cores: Mapping[int, tuple[Fields, ...]]
    sensitive: bool = False


def _fields(text: str) -> Fields:
    named = (word.partition("*") for word in text.split())
    return tuple((name, int(times or 1)) for name, _, times in named)


_MSPA = "MspaCoveredTransaction MspaOptOutOptionMode MspaServiceProviderMode"
_NOTICES = "SaleOptOutNotice TargetedAdvertisingOptOutNotice"
_CHOICES = "SaleOptOut TargetedAdvertisingOptOut"


def _state(sensitive: int, children: int, *, first: str, also: str = "", more: str = "") -> str:
    return (
        f"{first} {_NOTICES} {also} {_CHOICES} SensitiveDataProcessing*{sensitive} "
        f"KnownChildSensitiveDataConsents*{children} {more} {_MSPA}"
    )


def _national(sensitive: int, children: int) -> str:
    return (
        "SharingNotice SaleOptOutNotice SharingOptOutNotice TargetedAdvertisingOptOutNotice "
        "SensitiveDataProcessingOptOutNotice SensitiveDataLimitUseNotice "
        f"SaleOptOut SharingOptOut TargetedAdvertisingOptOut SensitiveDataProcessing*{sensitive} "
        f"KnownChildSensitiveDataConsents*{children} PersonalDataConsents {_MSPA}"
    )


_NATIONAL_1 = _fields(_national(12, 2))
_NATIONAL_2 = _fields(_national(16, 3))  # for a while written with the number of version 1
_CALIFORNIA = (
    "SaleOptOutNotice SharingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut "
    "SensitiveDataProcessing*9 KnownChildSensitiveDataConsents*2 PersonalDataConsents " + _MSPA
)
_MARYLAND = (
    f"MspaCoveredTransaction MspaMode ProcessingNotice {_NOTICES} {_CHOICES} "
    "AdditionalDataProcessingConsent"
)
_WITH_CHILDREN = (
    f"MspaCoveredTransaction MspaMode ProcessingNotice {_NOTICES} {_CHOICES} "
    "KnownChildSensitiveDataConsents AdditionalDataProcessingConsent"
)
_SHARING = "SharingNotice"
_PROCESSING = "ProcessingNotice"
_ADDITIONAL = "AdditionalDataProcessingConsent"


def _layout(name: str, fields: str) -> Layout:
    return Layout(name, {1: (_fields(fields),)})


def _from_2026(name: str, fields: str, *, sensitive: bool = False) -> Layout:
    """Make a layout that begins with the version of the MSPA contract, which may be none."""
    return Layout(name, dict.fromkeys((0, 1), (_fields(fields),)), sensitive)


SECTIONS: Final[Mapping[int, Layout]] = {
    7: Layout("usnat", {1: (_NATIONAL_1, _NATIONAL_2), 2: (_NATIONAL_2,)}),
    8: _layout("usca", _CALIFORNIA),
    9: _layout("usva", _state(8, 1, first=_SHARING)),
    10: _layout("usco", _state(7, 1, first=_SHARING)),
    11: _layout("usut", _state(8, 1, first=_SHARING, also="SensitiveDataProcessingOptOutNotice")),
    12: _layout("usct", _state(8, 3, first=_SHARING)),
    13: _layout("usfl", _state(8, 3, first=_PROCESSING, more=_ADDITIONAL)),
    14: _layout("usmt", _state(8, 3, first=_SHARING, more=_ADDITIONAL)),
    15: _layout("usor", _state(11, 3, first=_PROCESSING, more=_ADDITIONAL)),
    16: _layout("ustx", _state(8, 1, first=_PROCESSING, more=_ADDITIONAL)),
    17: _layout("usde", _state(9, 5, first=_PROCESSING, more=_ADDITIONAL)),
    18: _layout("usia", _state(8, 1, first=_PROCESSING, also="SensitiveDataOptOutNotice")),
    19: _layout("usne", _state(8, 1, first=_PROCESSING, more=_ADDITIONAL)),
    20: _layout("usnh", _state(8, 3, first=_PROCESSING, more=_ADDITIONAL)),
    21: _layout("usnj", _state(10, 5, first=_PROCESSING, more=_ADDITIONAL)),
    22: _layout("ustn", _state(8, 1, first=_PROCESSING, more=_ADDITIONAL)),
    23: _layout("usmn", _state(8, 1, first=_PROCESSING, more=_ADDITIONAL)),
    24: _from_2026("usmd", _MARYLAND),
    25: _from_2026("usin", _WITH_CHILDREN, sensitive=True),
    26: _from_2026("usky", _WITH_CHILDREN, sensitive=True),
    27: _from_2026("usri", _WITH_CHILDREN, sensitive=True),
}
"""Section id -> layout."""
