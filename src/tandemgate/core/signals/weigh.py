"""What counts of everything that one record says about consent.

What the fields state comes first, then TC and GPP strings, which fill what was not stated; Google's
consent mode is asked only where all others are silent. An opt-out and a denial count wherever they
stand, so two sources that contradict each other end in the stricter.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final, TypeAlias

from msgspec import structs

from tandemgate.catalog.reasons import finding
from tandemgate.core.signals.bits import Unreadable
from tandemgate.core.signals.gcd import read_gcd
from tandemgate.core.signals.gpp import read_gpp_string, read_us_privacy
from tandemgate.core.signals.tcf import TcString, read_tc_string
from tandemgate.core.signals.timing import without_grants
from tandemgate.model.consent import Flag, Said, SaidIn, Signals
from tandemgate.model.event import Reported
from tandemgate.model.finding import Finding

USER_DATA: Final = (1, 7)
"""TCF purposes behind ad_user_data: to store on a device, and to measure advertising."""

PERSONALIZATION: Final = (3, 4)
"""TCF purposes behind ad_personalization: to make advertising profiles, and to use them."""

_DIGEST_BYTES: Final = 16

Vendors: TypeAlias = Collection[int]

_FLAGS: Final = ("ad_user_data", "ad_personalization")


def weigh(reported: Reported, vendors: Vendors, at: str) -> tuple[Reported, tuple[Finding, ...]]:
    """Bring together what the fields of an action state and what its strings say.

    A TC string must hold the consent for all of *vendors* as well.
    """
    if not reported.strings:
        return reported, ()
    signals, findings = bring_together(reported.signals, reported.strings, vendors, at)
    return structs.replace(reported, signals=signals), findings


def bring_together(
    stated: Signals, strings: Mapping[str, str], vendors: Vendors, at: str
) -> tuple[Signals, tuple[Finding, ...]]:
    """Do the same for signals alone; *strings* are named as their fields are."""
    fields = Said(
        SaidIn.FIELDS,
        stated.ad_user_data,
        stated.ad_personalization,
        opt_out=stated.opt_out,
        cmp=stated.cmp,
        cmp_version=stated.cmp_version,
    )
    sources = (
        fields,
        *(hear(source, strings[source], vendors) for source in _READERS if source in strings),
    )
    counted = [said for said in sources if said.source is not SaidIn.GCD or _silent(sources)]
    platform = next((said for said in sources if said.cmp), fields)
    signals = structs.replace(
        stated,
        ad_user_data=_strictest(said.ad_user_data for said in counted),
        ad_personalization=_strictest(said.ad_personalization for said in counted),
        opt_out=any(said.opt_out for said in counted),
        cmp=platform.cmp,
        cmp_version=platform.cmp_version,
        sources=sources,
    )
    return signals, tuple(_remarks(sources, counted, f"{at}/consent"))


def tcf_flags(said: TcString, vendors: Vendors) -> tuple[Flag, Flag]:
    """Read ad_user_data and ad_personalization off the purposes of a TC string."""
    user_data, personalization = (
        Flag.GRANTED if said.allows(purposes, vendors) else Flag.DENIED
        for purposes in (USER_DATA, PERSONALIZATION)
    )
    return user_data, personalization


def hear(source: SaidIn, text: str, vendors: Vendors) -> Said:
    """Read one string: what it says alone, with the digest by which it is known again."""
    digest = sha256(text.encode(errors="surrogatepass")).digest()[:_DIGEST_BYTES]
    return structs.replace(_READERS[source](text, vendors), digest=digest)


def _tc_string(text: str, vendors: Vendors) -> Said:
    read = read_tc_string(text)
    if isinstance(read, Unreadable):
        return Said(SaidIn.TC_STRING, unreadable=read.why)
    return _in_europe(SaidIn.TC_STRING, read, vendors)


def _gpp_string(text: str, vendors: Vendors) -> Said:
    read = read_gpp_string(text)
    if isinstance(read, Unreadable):
        return Said(SaidIn.GPP_STRING, unreadable=read.why)
    said = Said(SaidIn.GPP_STRING)
    if read.tcf is not None:
        said = _in_europe(SaidIn.GPP_STRING, read.tcf, vendors)
    said = structs.replace(said, opt_out=read.opt_out, unreadable=read.fault)
    return said if read.fault is None else without_grants(said)


def _in_europe(source: SaidIn, read: TcString, vendors: Vendors) -> Said:
    return Said(
        source,
        *tcf_flags(read, vendors),
        cmp=f"IAB CMP {read.cmp_id}",
        cmp_version=str(read.cmp_version),
    )


def _us_privacy(text: str, _vendors: Vendors) -> Said:
    read = read_us_privacy(text)
    if isinstance(read, Unreadable):
        return Said(SaidIn.US_PRIVACY, unreadable=read.why)
    return Said(SaidIn.US_PRIVACY, opt_out=read.opt_out)


def _gcd(text: str, _vendors: Vendors) -> Said:
    read = read_gcd(text)
    if isinstance(read, Unreadable):
        return Said(SaidIn.GCD, unreadable=read.why)
    return Said(SaidIn.GCD, read.ad_user_data, read.ad_personalization)


def _silent(sources: Iterable[Said]) -> bool:
    """Tell whether nothing but Google's consent mode says, or may have said, a word of consent."""
    return not any(
        said.ad_user_data or said.ad_personalization or said.unreadable
        for said in sources
        if said.source is not SaidIn.GCD
    )


def _strictest(flags: Iterable[Flag | None]) -> Flag | None:
    said = set(flags)
    return next((flag for flag in (Flag.DENIED, Flag.GRANTED) if flag in said), None)


def _remarks(sources: Iterable[Said], counted: Iterable[Said], at: str) -> Iterator[Finding]:
    for said in sources:
        if said.unreadable:
            note = f"it grants nothing: {said.unreadable}"
            yield finding("consent_string_unreadable", f"{at}/{said.source}", note)
    counted = tuple(counted)
    for name in _FLAGS:
        if {Flag.GRANTED, Flag.DENIED} <= {getattr(said, name) for said in counted}:
            yield finding("consent_contradiction", f"{at}/{name}")


_READERS: Final[Mapping[SaidIn, Callable[[str, Vendors], Said]]] = {
    SaidIn.TC_STRING: _tc_string,
    SaidIn.GPP_STRING: _gpp_string,
    SaidIn.US_PRIVACY: _us_privacy,
    SaidIn.GCD: _gcd,
}
"""How each string is read; those that count most come first."""
