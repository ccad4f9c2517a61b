"""Naming an action that a server reported without an event_id after the Pixel's call of it.

TikTok counts two copies once when they carry one event_id, so the one that the Pixel sent is worth
more than one made anew. It is taken where it is sure which call is meant, and never guessed.
"""

from collections.abc import Sequence
from typing import Final

from tandemgate.catalog.reasons import finding, problem
from tandemgate.core.identify import (
    Named,
    derived_id,
    digest_of_order,
    event_id_fault,
    fingerprint,
    name_event,
    snake_case,
)
from tandemgate.core.parse import parse
from tandemgate.core.reading import stated
from tandemgate.core.traces import traces
from tandemgate.model.event import EventKey, RawEvent, Reported, Source
from tandemgate.model.finding import Problem
from tandemgate.model.pair import FoundBy, Name, Nameless
from tandemgate.model.person import MatchKeys
from tandemgate.model.rules import PixelRules
from tandemgate.model.visit import Found

_WORDS: Final = {
    FoundBy.ORDER: "from the Pixel's call of the same order",
    FoundBy.SESSION: "from the Pixel's call of the same visit",
}


def nameless(raw: RawEvent, found: Found | None, rules: PixelRules) -> Nameless | None:
    """Say by what the Pixel's call of *raw* may be found, if that is needed and possible.

    A page's own report names its action by itself.
    """
    if stated(raw.item, "event_id") is not None:
        return None
    reported = parse(raw).reported
    if raw.source is Source.BROWSER or reported is None:
        return None
    key = EventKey(raw.lane.pixel_id, reported.event, "", raw.lane.channel)
    order = digest_of_order(key, _order_id(reported), rules.fingerprint_key)
    visit = next(iter(traces(MatchKeys(), reported.session, rules.blind_index_key)), None)
    session = visit or (found.trace if found else None)
    if not reported.event or (order is None and session is None):
        return None
    at = float(reported.event_time)
    derived = derived_id(reported)
    return Nameless(key.pixel_id, key.event, at, order, session, derived, key.channel)


def name(reported: Reported, names: Sequence[Name], rules: PixelRules, at: str) -> Named | Problem:
    """Name an action without event_id after one of *names*, else after its order or lead.

    One that a copy of ours bears already is taken again, so that a report which is repeated stays
    the same event whatever a page told meanwhile. Calls of one order are all copies of its
    purchase, so of several the first is taken. Of a visit it must be the only one: then
    nothing may differ, and no other report of ours may have taken it.
    """
    where = f"{at}/event_id"
    sure = [one for one in names if one.by is not FoundBy.SESSION and _usable(one, reported)]
    known = [one for one in sure if one.stored is not None]
    if sure:
        return _named(min(known or sure, key=_rank), len(_ids(sure)), reported, at)
    alike = [one for one in names if _usable(one, reported) and _alike(one, reported, rules)]
    if len(_ids(alike)) == 1:
        return _named(alike[0], 1, reported, at)
    named = name_event(reported, at)
    if not alike:
        return named
    doubt = finding("event_id_ambiguous", where, f"one of {len(_ids(alike))} calls of the visit")
    if isinstance(named, Problem):
        came = f"nothing, and {len(_ids(alike))} calls of the Pixel that it could be"
        return problem("event_id_missing", where, came)
    return Named(named.event_id, (*named.findings, doubt))


def _named(one: Name, calls: int, reported: Reported, at: str) -> Named | Problem:
    if one.by is FoundBy.LEDGER:
        return name_event(reported, at)
    more = f", the first of {calls}" if calls > 1 else ""
    return Named(
        one.event_id,
        (finding("event_id_from_pixel", f"{at}/event_id", f"{_WORDS[one.by]}{more}"),),
    )


def _rank(one: Name) -> tuple[bool, float, str]:
    """Order names of one order: the derived one that is taken already, then the first call."""
    return one.by is not FoundBy.LEDGER, one.at, one.event_id


def _ids(names: Sequence[Name]) -> set[str]:
    return {one.event_id for one in names if one.by is not FoundBy.LEDGER}


def _usable(one: Name, reported: Reported) -> bool:
    """Tell whether *one* may be this action's.

    Everybody can report a call of any order. One that bears what the gateway would make for another
    order would take that one's place, so it is left alone.
    """
    if event_id_fault(one.event_id, reported.person) is not None:
        return False
    if one.by is not FoundBy.ORDER or one.event_id == derived_id(reported):
        return True
    made = one.event_id.startswith(("ord_", "lead_"))
    return not (made and one.event_id.endswith(f"_{snake_case(reported.event)}"))


def _alike(one: Name, reported: Reported, rules: PixelRules) -> bool:
    """Tell whether a call of the visit tells of nothing else, and no other report is it."""
    told = fingerprint(reported.commerce, MatchKeys(), rules.fingerprint_key)
    if one.by is not FoundBy.SESSION or told.differs_in(one.fingerprint):
        return False
    return one.stored in {None, reported.event_time}


def _order_id(reported: Reported) -> str | None:
    return reported.commerce.order_id or reported.refs.get("order")
