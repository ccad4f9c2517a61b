"""What the IAB's own libraries read in thousands of strings, and whether we read the same.

The files and the script that made them are in ``tests/golden/consent``.
"""

import gzip
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from tandemgate.core.signals.bits import Unreadable
from tandemgate.core.signals.gpp import (
    GppString,
    Section,
    UsPrivacy,
    UsSection,
    read_gpp_string,
)
from tandemgate.core.signals.tcf import TcString, read_tc_string
from tandemgate.core.signals.weigh import bring_together
from tandemgate.model.consent import Flag, Signals

_FOLDER = Path(__file__).parent.parent / "golden" / "consent"

Reading: TypeAlias = Any
"""What was read in a string, as JSON; ``None`` where nothing could be."""


@dataclass(slots=True)
class Tally:
    """How one decoder and its oracle compare. ``agree`` and the like count strings."""

    oracle: str
    strings: int = 0
    agree: int = 0
    refused: int = 0
    """What the library reads and the rules of TCF 2.2 and 2.3 call invalid."""
    truncated: int = 0
    lax: int = 0
    """Cut strings that the library reads and the gateway does not."""
    shorter: int = 0
    """Cut strings that are whole all the same: only padding or a whole segment is missing."""
    granted: int = 0
    """Cut strings that grant what the whole string does not."""
    damaged: int = 0
    differ: list[str] = field(default_factory=list)
    """Strings in which both read something, and not the same."""

    def __str__(self) -> str:
        return (
            f"{self.oracle}: {self.strings:,} strings, {self.agree:,} agree, "
            f"{self.refused:,} refused as invalid; truncations {self.truncated:,}: "
            f"{self.granted} granted, {self.shorter:,} whole without their padding or a segment, "
            f"{self.lax:,} read by the library only; "
            f"damaged {self.damaged:,}: {len(self.differ)} read differently"
        )


@dataclass(frozen=True, slots=True)
class Oracle:
    """One library's answers, and our reader in the library's words."""

    file: str
    field: str
    read: Callable[[str], Reading]
    invalid: Callable[[Reading], bool]


@cache
def answers(file: str) -> Any:  # noqa: ANN401 - JSON
    """Return the contents of one of the files."""
    return json.loads(gzip.decompress((_FOLDER / file).read_bytes()))


def compare(oracle: Oracle) -> Tally:
    """Hold our reader against all that the library said."""
    said = answers(oracle.file)
    tally = Tally(said["oracle"])
    for text, theirs in said["strings"]:
        tally.strings += 1
        ours = oracle.read(text)
        tally.agree += ours == theirs
        tally.refused += ours is None and oracle.invalid(theirs)
        tally.differ += [text] if ours not in (None, theirs) else []
    for text, lax in said["truncated"]:
        for size in range(1, len(text)):
            _cut(oracle, text, size, lax, tally)
    for text, theirs in said["damaged"]:
        tally.damaged += 1
        tally.differ += [text] if oracle.read(text) not in (None, theirs) else []
    return tally


def _cut(oracle: Oracle, text: str, size: int, lax: list[tuple[int, int]], tally: Tally) -> None:
    tally.truncated += 1
    read = oracle.read(text[:size]) is not None
    tally.shorter += read
    tally.lax += not read and any(first <= size <= last for first, last in lax)
    tally.granted += not grants(oracle.field, text[:size]) <= grants(oracle.field, text)


def grants(name: str, text: str) -> frozenset[str]:
    """Name the flags that a string grants when nothing else is said."""
    signals, _ = bring_together(Signals(), {name: text}, (), "")
    flags = {
        "ad_user_data": signals.ad_user_data,
        "ad_personalization": signals.ad_personalization,
    }
    return frozenset(name for name, flag in flags.items() if flag is Flag.GRANTED)


def _tcf(text: str) -> Reading:
    read = read_tc_string(text)
    if isinstance(read, Unreadable):
        return None
    restrictions: dict[tuple[int, int], list[range]] = {}
    for one in read.restrictions:
        restrictions.setdefault((one.purpose, one.restricts), []).extend(one.vendors)
    return [
        read.policy,
        True,
        read.created,
        read.updated,
        read.cmp_id,
        read.cmp_version,
        read.vendor_list,
        _ranges(read.purposes),
        _ranges(read.vendors),
        [[*about, _ranges(vendors)] for about, vendors in sorted(restrictions.items()) if vendors],
        None if read.disclosed is None else _ranges(read.disclosed),
    ]


def _tcf_invalid(theirs: Reading) -> bool:
    policy, service_specific, _, updated, *_, disclosed = theirs
    from_march_2026 = updated >= 1_772_323_200
    return policy not in {4, 5} or not service_specific or (from_march_2026 and disclosed is None)


def _gpp(text: str) -> Reading:
    read = read_gpp_string(text)
    if not isinstance(read, GppString) or read.fault:
        return None
    return [[number, *_section(section)] for number, section in read.sections]


def _section(section: Section) -> Iterable[object]:
    match section:
        case TcString():
            return [_ranges(section.purposes), _ranges(section.vendors)]
        case UsPrivacy():
            return [section.opt_out]
        case UsSection():
            choices = (str(choice) for _, said in section.fields for choice in said)
            return ["".join(choices), section.gpc]
        case _:
            return []


def _ranges(numbers: Iterable[range]) -> list[list[int]]:
    """Write numbers as the library's answers have them: sorted, and neighbours in one range."""
    found: list[list[int]] = []
    for number in sorted({number for some in numbers for number in some}):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


TCF = Oracle("tcf.json.gz", "tc_string", _tcf, _tcf_invalid)
GPP = Oracle("gpp.json.gz", "gpp_string", _gpp, lambda _theirs: False)
