"""Joining what a browser showed to the event that a server reports later.

Only what is missing is filled in: what the caller states wins, and nothing is invented. A click id
counts for 28 days, as long as TikTok attributes a conversion to a click at most (TikTok Business
Help Center, "Attribution windows"); an address and a browser for a day, as long as they are fresh.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from msgspec import structs

from tandemgate.catalog.reasons import finding
from tandemgate.core.landing import led_by_ad
from tandemgate.core.reading import stated
from tandemgate.model.consent import Flag, Said, SaidIn, Signals
from tandemgate.model.event import RawEvent, Reported
from tandemgate.model.finding import Finding
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.person import Identifiers
from tandemgate.model.visit import Agreed, Found, Lifetimes, Reference, Seen, Visit, Wanted

_LONGEST: Final = 256
"""Characters of a session or reference; longer ones are nobody's."""

BOUND_FOR_LONG: Final = frozenset({Reference.ORDER, Reference.CHECKOUT})
"""References whose payment may come days after the visit: ages count to when they were bound."""

S = TypeVar("S", Seen, Agreed)


class Enriched(NamedTuple):
    """An action with what its visit knew, and one finding for each field that came from there."""

    reported: Reported
    findings: tuple[Finding, ...] = ()


def wanted(raw: RawEvent) -> Wanted | None:
    """Say by what the visit of *raw* may be found, if by anything."""
    session, refs = stated(raw.item, "session"), stated(raw.item, "refs")
    if not (session or refs):
        return None
    named = references(refs if isinstance(refs, Mapping) else {})
    asked = Wanted(raw.lane.pixel_id, label(session), named)
    return asked if asked.session or asked.refs else None


def references(stated: Mapping[str, object]) -> tuple[tuple[Reference, str], ...]:
    """Read references in the order in which they are looked up; what can't be one is left out."""
    read = ((kind, label(stated.get(kind))) for kind in Reference)
    return tuple((kind, value) for kind, value in read if value)


def label(value: object) -> str | None:
    """Read an id; shops often have numbers where JSON wants text."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable():
        return value
    return None


def merge(known: Visit, newer: Visit) -> Visit:
    """Bring together what is known of a visit and what was seen now: the newest of each wins."""
    return Visit(
        _newest(known.ttclid, newer.ttclid),
        _newest(known.ttp, newer.ttp),
        _newest(known.ip, newer.ip),
        _newest(known.user_agent, newer.user_agent),
        _newest(known.url, newer.url),
        _newest(known.agreed, newer.agreed),
        _joined(known.trial, newer.trial),
        max((at for at in (known.ad_at, newer.ad_at) if at is not None), default=None),
        _newest(known.email, newer.email),
        _newest(known.phone, newer.phone),
        _newest(known.external_id, newer.external_id),
    )


def lost(
    reported: Reported, found: Found | None, lifetimes: Lifetimes, at: str
) -> Iterator[Finding]:
    """Say what the browser had, as far as anything tells, and *reported* lacks.

    Who denied ``ad_user_data`` has a browser that keeps nothing, so nothing is lost.
    """
    person = reported.person
    if reported.signals.ad_user_data is Flag.DENIED:
        return
    if person.ttclid is None and _came_from_an_ad(reported, found, lifetimes):
        yield finding("click_id_missing", f"{at}/user/ttclid")
    if found is None and (reported.session or reported.refs):
        shown = (person.ttp, person.ip, person.user_agent)
        if None in shown:
            yield finding("visit_unknown", f"{at}/session")


def _came_from_an_ad(reported: Reported, found: Found | None, lifetimes: Lifetimes) -> bool:
    page = reported.page
    if led_by_ad(page.url) or led_by_ad(page.referrer):
        return True
    ad_at = None if found is None else found.visit.ad_at
    return ad_at is not None and found is not None and found.as_of - ad_at <= lifetimes.click


def enrich(
    reported: Reported,
    found: Found | None,
    lifetimes: Lifetimes,
    at: str,
    *,
    same_person: bool = False,
) -> Enriched:
    """Fill in what *reported* lacks and its visit knew; *at* points to the event.

    *same_person* says that whom the event names is whom the visit knows.
    """
    if found is None:
        return Enriched(reported)
    person = {
        name: seen
        for name, lifetime in _LIFETIMES.items()
        if _lacks(reported.person, name, same_person=same_person)
        and (seen := _fresh(getattr(found.visit, name), lifetime(lifetimes), found.as_of))
    }
    url = None if reported.page.url else _fresh(found.visit.url, lifetimes.device, found.as_of)
    filled = {f"{at}/user/{name}": seen for name, seen in person.items()}
    if url is not None:
        filled[f"{at}/page/url"] = url
    values: dict[str, Any] = {
        name: (seen.value,) if name in _WHO else seen.value for name, seen in person.items()
    }
    return Enriched(
        structs.replace(
            reported,
            person=structs.replace(reported.person, **values),
            page=structs.replace(reported.page, url=url.value) if url else reported.page,
            signals=_inherited(reported.signals, found.visit.agreed),
        ),
        (
            *(_told(where, seen, found) for where, seen in filled.items()),
            *_contradicted(reported.signals, found.visit.agreed, f"{at}/consent"),
        ),
    )


_LIFETIMES: Final[Mapping[str, Callable[[Lifetimes], Seconds]]] = {
    "ttclid": lambda of: of.click,
    "ttp": lambda of: of.click,
    "ip": lambda of: of.device,
    "user_agent": lambda of: of.device,
    "email": lambda of: of.device,
    "phone": lambda of: of.device,
    "external_id": lambda of: of.device,
}
"""The fields of a person that a visit may fill in."""

_WHO: Final = ("email", "phone", "external_id")
"""What names somebody is filled in where nobody is named: two people may share a browser.

Where the one who is named is known to be the same, the rest of what names them is.
"""


def _lacks(person: Identifiers, name: str, *, same_person: bool) -> bool:
    if name in _WHO and not same_person:
        return not (person.email or person.phone or person.external_id)
    return not getattr(person, name)


def _fresh(seen: Seen | None, lifetime: Seconds, as_of: Epoch) -> Seen | None:
    return seen if seen is not None and as_of - seen.at <= lifetime else None


def _inherited(stated: Signals, agreed: Agreed | None) -> Signals:
    """Take what the visitor said where the event says nothing; an objection counts anyway."""
    if agreed is None:
        return stated
    said = agreed.signals
    stricter = structs.replace(
        stated, opt_out=stated.opt_out or said.opt_out, child=stated.child or said.child
    )
    if _speaks(stated):
        return stricter
    flags = said if _speaks(said) else stated
    told = Said(SaidIn.SESSION, said.ad_user_data, said.ad_personalization, said.opt_out)
    return structs.replace(
        stricter,
        ad_user_data=flags.ad_user_data,
        ad_personalization=flags.ad_personalization,
        region=stated.region or said.region,
        cmp=stated.cmp or said.cmp,
        cmp_version=stated.cmp_version or said.cmp_version,
        collected_at=stated.collected_at or said.collected_at or agreed.at,
        sources=(*stated.sources, told),
    )


def _contradicted(stated: Signals, agreed: Agreed | None, at: str) -> Iterator[Finding]:
    """Say where the event states otherwise than the visitor's browser; what is stated stands."""
    if agreed is None:
        return
    said = agreed.signals
    both = {
        "ad_user_data": {stated.ad_user_data, said.ad_user_data},
        "ad_personalization": {stated.ad_personalization, said.ad_personalization},
    }
    names = [name for name, flags in both.items() if len(flags - {None}) > 1]
    if said.opt_out and not stated.opt_out and _speaks(stated):
        names.append("opt_out")
    if names:
        note = f"the visitor's browser said otherwise about {', '.join(names)}"
        yield finding("consent_mismatch", at, note)


def _speaks(signals: Signals) -> bool:
    """Tell whether anything but Google's consent mode says a word; that is only asked last."""
    asked_first = [one for one in signals.sources if one.source is not SaidIn.GCD]
    flags = [(one.ad_user_data, one.ad_personalization) for one in asked_first or (signals,)]
    return any(flag is not None for pair in flags for flag in pair)


def _newest(known: S | None, newer: S | None) -> S | None:
    if known is None or newer is None:
        return known or newer
    return newer if newer.at >= known.at else known


def _joined(known: Seen | None, newer: Seen | None) -> Seen | None:
    """Return the test session that was joined last, since it was first joined."""
    same = known is not None and newer is not None and known.value == newer.value
    return known if same else _newest(known, newer)


def _told(at: str, seen: Seen, found: Found) -> Finding:
    """Say where a field comes from, and how old it was when it counted."""
    note = f"from the visit, found by {found.by}; seen {_age(found.as_of - seen.at)} before"
    return finding("filled_from_visit", at, note)


def _age(seconds: Seconds) -> str:
    """Write an age as people say it: ``3 d 2 h``, ``5 min``, ``20 s``."""
    minutes = max(0, int(seconds // 60))
    if not minutes:
        return f"{max(0, int(seconds))} s"
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
