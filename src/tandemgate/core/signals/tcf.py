"""TC strings of the IAB Europe Transparency and Consent Framework, versions 2.2 and 2.3.

Source: IAB Tech Lab, "Consent string and vendor list formats v2" (fields and widths), and IAB
Europe's transition to TCF 2.3: strings made from March 2026 on without the vendors that were
disclosed are invalid.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, TypeAlias

from tandemgate.core.signals.bits import Bits, Unreadable, bits
from tandemgate.model.instant import Epoch

Numbers: TypeAlias = tuple[range, ...]
"""Ids of vendors or purposes as ranges, since a short string may name 65,535 vendors."""

_VERSION: Final = 2
_POLICIES: Final = frozenset({4, 5})  # 4 came with TCF 2.2 and made all earlier strings invalid
_DISCLOSED_SINCE: Final = 1_772_323_200  # 2026-03-01T00:00:00Z
_TENTHS: Final = 10  # times are in tenths of a second
_LETTERS: Final = 26
_PURPOSES: Final = 24
_MOST_VENDORS: Final = 2**16 - 1


class Restricts(IntEnum):
    """What a publisher says of a purpose for some vendors."""

    NOT_ALLOWED = 0
    CONSENT_ONLY = 1
    LEGITIMATE_INTEREST_ONLY = 2


class _Segment(IntEnum):
    """The first three bits of every segment but the core, which has its version there."""

    DISCLOSED_VENDORS = 1
    ALLOWED_VENDORS = 2
    PUBLISHER = 3


@dataclass(frozen=True, slots=True)
class Restriction:
    """One publisher restriction."""

    purpose: int
    restricts: Restricts
    vendors: Numbers


@dataclass(frozen=True, slots=True)
class TcString:
    """What a TC string says, as far as it matters to an advertiser without a vendor of its own.

    ``created`` and ``updated`` are Unix seconds. ``disclosed`` is ``None`` when the string does not
    say which vendors the person was told about.
    """

    created: Epoch
    updated: Epoch
    cmp_id: int
    cmp_version: int
    vendor_list: int
    policy: int
    purposes: Numbers
    vendors: Numbers
    restrictions: tuple[Restriction, ...]
    disclosed: Numbers | None = None

    def allows(self, purposes: Iterable[int], vendors: Iterable[int] = ()) -> bool:
        """Tell whether the person consented to all of *purposes*, and to all of *vendors*.

        A vendor that was not disclosed has no consent; nor has one whom the publisher forbids a
        purpose, or allows it on another basis than consent only.
        """
        asked = frozenset(purposes)
        return all(within(self.purposes, purpose) for purpose in asked) and all(
            self._trusts(vendor, asked) for vendor in vendors
        )

    def _trusts(self, vendor: int, purposes: frozenset[int]) -> bool:
        disclosed = self.disclosed is None or within(self.disclosed, vendor)
        forbidden = any(
            restriction.purpose in purposes
            and restriction.restricts is not Restricts.CONSENT_ONLY
            and within(restriction.vendors, vendor)
            for restriction in self.restrictions
        )
        return disclosed and within(self.vendors, vendor) and not forbidden


def within(numbers: Numbers, number: int) -> bool:
    """Tell whether *number* is one of *numbers*."""
    return any(number in some for some in numbers)


def read_tc_string(text: str) -> TcString | Unreadable:
    """Decode a TC string whole: whatever is wrong in any of its segments makes it unreadable."""
    core, *others = text.split(".")
    read = _core(core)
    if isinstance(read, Unreadable):
        return read
    segments: dict[int, Numbers] = {}
    for other in others:
        cursor = _whole_octets(other)
        kind = cursor.number(3)
        if kind not in _SEGMENTS or kind in segments:
            return Unreadable(cursor.fault or "it has a segment of an unknown kind, or one twice")
        segments[kind] = _SEGMENTS[kind](cursor)
        if fault := cursor.ended():
            return Unreadable(fault)
    disclosed = segments.get(_Segment.DISCLOSED_VENDORS)
    if disclosed is None and read.updated >= _DISCLOSED_SINCE:
        return Unreadable("it does not say which vendors were disclosed, as TCF 2.3 asks for")
    return replace(read, disclosed=disclosed)


def _core(text: str) -> TcString | Unreadable:
    cursor = _whole_octets(text)
    version = cursor.number(6)
    if version != _VERSION:
        return Unreadable(cursor.fault or "its version is not 2")
    created, updated = cursor.number(36), cursor.number(36)
    cmp_id, cmp_version = cursor.number(12), cursor.number(12)
    cursor.number(6)  # the screen on which consent was given
    _two_letters(cursor)  # the language of that screen
    vendor_list, policy = cursor.number(12), cursor.number(6)
    if not cursor.flag():
        cursor.wrong("it is not specific to one service, which TCF 2.2 demands")
    cursor.number(1 + 12)  # non-standard texts, special features
    purposes = _positions(cursor.row(_PURPOSES))
    cursor.number(_PURPOSES + 1)  # legitimate interests, treatment of purpose 1
    _two_letters(cursor)  # the publisher's country
    vendors = _vendors(cursor)
    _vendors(cursor)  # legitimate interests
    restrictions = _restrictions(cursor)
    if policy not in _POLICIES:
        cursor.wrong("its policy version is not that of TCF 2.2 or 2.3")
    if fault := cursor.ended():
        return Unreadable(fault)
    return TcString(
        created=created / _TENTHS,
        updated=updated / _TENTHS,
        cmp_id=cmp_id,
        cmp_version=cmp_version,
        vendor_list=vendor_list,
        policy=policy,
        purposes=purposes,
        vendors=vendors,
        restrictions=restrictions,
    )


def _whole_octets(text: str) -> Bits:
    """Return the bits of a segment, which is written from octets."""
    cursor = bits(text)
    if len(text) % 4 == 1:
        cursor.wrong("it is cut short")
    return cursor


def _two_letters(cursor: Bits) -> None:
    if max(cursor.number(6), cursor.number(6)) >= _LETTERS:
        cursor.wrong("a language or country is not two letters")


def _vendors(cursor: Bits) -> Numbers:
    """Take vendors, written as one bit each or as ranges, whichever is shorter."""
    highest = cursor.number(16)
    if not cursor.flag():
        return _positions(cursor.row(highest))
    return _ranges(cursor, highest)


def _positions(row: str) -> Numbers:
    """Say where the ones stand, counted from 1."""
    return tuple(range(ones.start() + 1, ones.end() + 1) for ones in re.finditer("1+", row))


def _ranges(cursor: Bits, highest: int) -> Numbers:
    found: list[range] = []
    for _ in range(cursor.number(12)):
        several = cursor.flag()
        first = cursor.number(16)
        last = cursor.number(16) if several else first
        if cursor.fault:
            break
        if not 1 <= first <= last <= highest:
            cursor.wrong("a range of vendors ends before it begins, or out of bounds")
        found.append(range(first, last + 1))
    return tuple(found)


def _restrictions(cursor: Bits) -> tuple[Restriction, ...]:
    found: list[Restriction] = []
    for _ in range(cursor.number(12)):
        purpose, kind = cursor.number(6), cursor.number(2)
        vendors = _ranges(cursor, _MOST_VENDORS)
        if not 1 <= purpose <= _PURPOSES or kind not in _RESTRICTS:
            cursor.wrong("a publisher restriction is of an unknown purpose or kind")
        if cursor.fault:
            break
        found.append(Restriction(purpose, Restricts(kind), vendors))
    return tuple(found)


def _publisher(cursor: Bits) -> Numbers:
    """Take the publisher's own purposes, which say nothing about anybody else."""
    cursor.number(2 * _PURPOSES)
    custom = cursor.number(6)
    cursor.number(2 * custom)
    return ()


_RESTRICTS: Final = frozenset(Restricts)
_SEGMENTS: Final[Mapping[int, Callable[[Bits], Numbers]]] = {
    _Segment.DISCLOSED_VENDORS: _vendors,
    _Segment.ALLOWED_VENDORS: _vendors,
    _Segment.PUBLISHER: _publisher,
}
