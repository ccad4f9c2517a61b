"""Whether a typed action makes sense: names, times, money, and somebody who acted."""

from collections.abc import Iterator
from itertools import chain
from typing import TypeAlias

from tandemgate.catalog import currencies, events
from tandemgate.catalog.reasons import finding, problem
from tandemgate.core.reading import shown
from tandemgate.model.event import Reported
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.instant import Epoch
from tandemgate.model.person import Identifiers
from tandemgate.model.rules import PixelRules

_NOTHING = "nothing"
_NOBODY = Identifiers()

# Seconds since 1970 reach this in the year 5138; milliseconds reached it in 1973.
_MILLISECONDS_FROM = 10**11

_Remarks: TypeAlias = Iterator[Problem | Finding]


def validate(
    reported: Reported, rules: PixelRules, now: Epoch, at: str
) -> tuple[list[Problem], list[Finding]]:
    """Check everything that can be checked without asking anybody; *at* points to the event.

    Required fields are judged on what was sent, before normalization or consent removes any of it.
    """
    if _is_sound(reported, rules, now):
        return [], []
    remarks = list(remarks_on(reported, rules, now, at))
    return (
        [remark for remark in remarks if isinstance(remark, Problem)],
        [remark for remark in remarks if isinstance(remark, Finding)],
    )


def remarks_on(reported: Reported, rules: PixelRules, now: Epoch, at: str) -> _Remarks:
    """Say everything that there is to say about an action."""
    return chain(
        _name(reported, rules, f"{at}/event"),
        _time(reported, rules, now, f"{at}/event_time"),
        _person(reported.person, f"{at}/user"),
        _money(reported, f"{at}/properties"),
        _page(reported, rules, f"{at}/page/url"),
    )


def _is_sound(reported: Reported, rules: PixelRules, now: Epoch) -> bool:
    """Tell at one look that there is nothing to say, as of most actions of a shop.

    Whatever it has a doubt about may still turn out to be sound.
    """
    person, commerce, url = reported.person, reported.commerce, reported.page.url
    return (
        reported.event in events.KNOWN
        and -rules.event_age_limit <= reported.event_time - now <= rules.future_tolerance
        and reported.event_time != 0
        and person.ip is not None
        and person.user_agent is not None
        and bool(person.email or person.phone or person.external_id)
        and commerce.value is not None
        and commerce.currency in currencies.TIKTOK
        and url is not None
        and (not rules.domains or _within(url, rules.domains))
    )


def _name(reported: Reported, rules: PixelRules, where: str) -> _Remarks:
    name = reported.event
    if not name:
        yield problem("event_missing", where, _NOTHING)
        return
    listed = rules.custom_events
    if name in events.KNOWN or (isinstance(listed, frozenset) and name in listed):
        return
    near = events.nearest(name)
    if near is not None:
        yield problem("event_unknown", where, shown(name, reported.person), fix=f"send {near}")
    elif listed is not True:
        yield problem("event_unknown", where, shown(name, reported.person))


def _time(reported: Reported, rules: PixelRules, now: Epoch, where: str) -> _Remarks:
    time = reported.event_time
    ahead = time - now
    if not time:
        yield problem("event_time_missing", where, _NOTHING)
    elif ahead > rules.future_tolerance or -ahead > rules.event_age_limit:
        yield _off(time, ahead, rules, where, shown(time, reported.person))


def _off(time: int, ahead: float, rules: PixelRules, where: str, came: str) -> Problem:
    """Say what is wrong with a time that lies *ahead* of now by too many seconds, or behind."""
    if time >= _MILLISECONDS_FROM:
        return problem("event_time_in_milliseconds", where, came, fix=_in_seconds(time, came))
    if ahead > 0:
        skew = (
            f"the sending machine's clock is {_span(ahead)} ahead of the gateway's: set it by NTP"
        )
        return problem("event_time_in_future", where, came, fix=skew)
    limit = f"an event not older than {_span(rules.event_age_limit)}"
    return problem(
        "event_time_too_old", where, came, expected=f"{limit}; this one is {_span(-ahead)} old"
    )


def _in_seconds(time: int, shown_as: str) -> str | None:
    """Say by what to divide: milli-, micro- and nanoseconds all occur."""
    for unit in (10**3, 10**6, 10**9):
        if time // unit < _MILLISECONDS_FROM and shown_as == str(time):
            return f"divide by {unit}: {time // unit}"
    return None


def _span(seconds: float) -> str:
    """Write a length of time in the largest unit that leaves at least two of it."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _person(person: Identifiers, where: str) -> _Remarks:
    if person == _NOBODY:
        yield problem("user_context_missing", where, _NOTHING)
        return
    if not (person.email or person.phone or person.external_id):
        yield finding("no_strong_key", where)
    if person.ip is None:
        yield finding("ip_missing", f"{where}/ip")
    if person.user_agent is None:
        yield finding("user_agent_missing", f"{where}/user_agent")


def _money(reported: Reported, where: str) -> _Remarks:
    value, currency = reported.commerce.value, reported.commerce.currency
    purchase = reported.event in events.PURCHASES
    wanted = reported.event in events.VALUE_EXPECTED
    if value is None and purchase:
        yield problem("value_missing", f"{where}/value", _NOTHING)
    elif value is None and wanted:
        yield finding("value_recommended", f"{where}/value")
    if currency is not None:
        yield from _currency(currency, reported.person, f"{where}/currency")
    elif purchase:
        yield problem("currency_missing", f"{where}/currency", _NOTHING)
    elif wanted or value is not None:
        yield finding("currency_recommended", f"{where}/currency")


def _currency(code: str, person: Identifiers, where: str) -> _Remarks:
    if code in currencies.TIKTOK:
        return
    if code in currencies.MINOR_DIGITS:
        yield finding("currency_unlisted", where)
        return
    meant = currencies.suggest(code)
    yield problem("currency_invalid", where, shown(code, person), fix=meant and f"send {meant}")


def _page(reported: Reported, rules: PixelRules, where: str) -> _Remarks:
    url = reported.page.url
    if url is None:
        yield finding("page_url_missing", where)
    elif rules.domains and not _within(url, rules.domains):
        yield finding("domain_unlisted", where)


def _within(url: str, domains: tuple[str, ...]) -> bool:
    """Tell whether the host of *url* is one of *domains* or below one."""
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0]
    host = authority.partition(":")[0].lower().rstrip(".")
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
