"""GPP strings of the IAB's Global Privacy Platform, and the US Privacy string that came before.

Source: IAB Tech Lab, Global Privacy Platform, "Consent String Specification" (header, sections) and
"US Privacy String". Read are sections 2 (TCF for Europe), 6 (US Privacy) and 7 to 27 (United
States, national and by state).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from tandemgate.catalog.gpp import ELSEWHERE, OPT_OUTS, SECTIONS, TCF_EU, USP, Fields, Layout
from tandemgate.core.signals.bits import Bits, Unreadable, bits
from tandemgate.core.signals.tcf import TcString, read_tc_string

_HEADER: Final = 3
_VERSION: Final = 1
_YES: Final = 1
_HIGHEST_CHOICE: Final = 2
_GPC: Final = 1
_USP: Final = re.compile(r"1[YN-]([YN-])[YN-]", re.ASCII | re.IGNORECASE)

Choices: TypeAlias = tuple[tuple[str, tuple[int, ...]], ...]
"""The names of fields, in their order, each with what was chosen."""


@dataclass(frozen=True, slots=True)
class UsPrivacy:
    """A US Privacy string, such as ``1YNN``."""

    opt_out: bool


@dataclass(frozen=True, slots=True)
class UsSection:
    """The section of a US state, or of all of them."""

    name: str
    version: int
    fields: Choices
    gpc: bool = False

    @property
    def opt_out(self) -> bool:
        """Whether the person, or their browser, opted out of sale, sharing or targeted ads."""
        return self.gpc or any(_YES in said for name, said in self.fields if name in OPT_OUTS)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A section that speaks neither for Europe nor for the United States."""


Section: TypeAlias = TcString | UsPrivacy | UsSection | LeftOut | Unreadable


@dataclass(frozen=True, slots=True)
class GppString:
    """The sections of a GPP string with their ids, in ascending order.

    A section that can't be read casts doubt on what the others grant, not on what they deny.
    """

    sections: tuple[tuple[int, Section], ...]

    @property
    def fault(self) -> str | None:
        """Why a section can't be read, if one can't."""
        faults = ((number, it) for number, it in self.sections if isinstance(it, Unreadable))
        return next((f"section {number}: {it.why}" for number, it in faults), None)

    @property
    def tcf(self) -> TcString | None:
        """What it says for Europe."""
        return next((it for _, it in self.sections if isinstance(it, TcString)), None)

    @property
    def opt_out(self) -> bool:
        """Whether any section for the United States is an opt-out."""
        return any(it.opt_out for _, it in self.sections if isinstance(it, UsPrivacy | UsSection))


def read_gpp_string(text: str) -> GppString | Unreadable:
    """Decode a GPP string. Without a sound header nobody knows what its sections are."""
    header, *parts = text.split("~")
    numbers = _header(header, len(parts))
    if isinstance(numbers, Unreadable):
        return numbers
    return GppString(
        tuple((number, _section(number, part)) for number, part in zip(numbers, parts, strict=True))
    )


def read_us_privacy(text: str) -> UsPrivacy | Unreadable:
    """Decode a US Privacy string (CCPA): version, notice, opt-out of sale, service agreement."""
    said = _USP.fullmatch(text)
    if said is None:
        return Unreadable("it is not a US Privacy string, such as 1YNN")
    return UsPrivacy(opt_out=said[1] in "Yy")


def _header(text: str, parts: int) -> tuple[int, ...] | Unreadable:
    """Read the ids of the *parts* that follow the header."""
    cursor = bits(text)
    if cursor.number(6) != _HEADER or cursor.number(6) != _VERSION:
        return Unreadable(cursor.fault or "it does not begin as a GPP string of version 1")
    numbers: list[int] = []
    for some in _groups(cursor):
        if len(numbers) + len(some) > parts:
            cursor.wrong("its header names more sections than it has")
            break
        numbers += some
    fault = cursor.ended()
    if fault is None and len(numbers) < parts:
        fault = "it has more sections than its header names"
    return tuple(numbers) if fault is None else Unreadable(fault)


def _groups(cursor: Bits) -> Iterator[range]:
    """Take ranges of section ids, each counted from the end of the one before."""
    last = 0
    for _ in range(cursor.number(12)):
        several = cursor.flag()
        first = last + cursor.fibonacci()
        last = first + cursor.fibonacci() if several else first
        if cursor.fault:
            return
        yield range(first, last + 1)


def _section(number: int, text: str) -> Section:
    if number == TCF_EU:
        return read_tc_string(text)
    if number == USP:
        return read_us_privacy(text)
    layout = SECTIONS.get(number)
    if layout is not None:
        return _us_section(layout, text)
    if number not in ELSEWHERE:
        return Unreadable("it is not known")
    return LeftOut() if text else Unreadable("it is empty")


def _us_section(layout: Layout, text: str) -> UsSection | Unreadable:
    core, *others = text.split(".")
    version = bits(core).number(6)
    if version not in layout.cores:
        return Unreadable(bits(core).fault or "its version is not known")
    forms = [_fields(core, form) for form in layout.cores[version]]
    fields = next((read for read in forms if not isinstance(read, Unreadable)), forms[0])
    if isinstance(fields, Unreadable):
        return fields
    if len(others) > 1:
        return Unreadable("it has too many parts")
    gpc = _second_part(layout, others[0]) if others else False
    if isinstance(gpc, Unreadable):
        return gpc
    return UsSection(layout.name, version, fields, gpc)


def _fields(core: str, form: Fields) -> Choices | Unreadable:
    cursor = bits(core)
    cursor.number(6)
    fields = tuple((name, _choices(cursor, times)) for name, times in form)
    fault = cursor.ended()
    return fields if fault is None else Unreadable(fault)


def _choices(cursor: Bits, times: int) -> tuple[int, ...]:
    choices = tuple(cursor.number(2) for _ in range(times))
    if max(choices) > _HIGHEST_CHOICE:
        cursor.wrong("a choice is neither yes nor no nor not applicable")
    return choices


def _second_part(layout: Layout, text: str) -> bool | Unreadable:
    """Read Global Privacy Control; a consent for sensitive data is checked and says nothing."""
    cursor = bits(text)
    if layout.sensitive:
        _choices(cursor, _SENSITIVE)
        gpc = False
    else:
        if cursor.number(2) != _GPC:
            cursor.wrong("its second part is of an unknown kind")
        gpc = cursor.flag()
    fault = cursor.ended()
    return gpc if fault is None else Unreadable(fault)


_SENSITIVE: Final = 8
