"""From decoded JSON to a typed action, with everything that is wrong named at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from tandemgate.core.fields import CONSENT_STRINGS, EVENT, FURTHER, LEAD, LEAVES_PLAIN, USER
from tandemgate.core.reading import Notes, note_unknown, read_known, read_object, shape
from tandemgate.core.scrub import holds_identifier, repeats
from tandemgate.model.consent import Flag, Signals
from tandemgate.model.event import Commerce, Fallback, Page, RawEvent, Reported, Source
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.person import Identifiers


class Parsed(Struct, frozen=True, gc=False):
    """What could be read. With problems the event goes no further, yet ``reported`` can be checked.

    ``reported`` is ``None`` when there was no object to read.
    """

    reported: Reported | None
    problems: list[Problem]
    findings: list[Finding]


def parse(raw: RawEvent) -> Parsed:
    """Read one event of an envelope, with care unless it proved to be ordinary."""
    if isinstance(raw.item, Reported):
        return Parsed(raw.item, list(raw.problems), list(raw.findings))
    notes = Notes([*raw.problems], [*raw.findings], unreadable_is_missing=_by_page(raw))
    item, at = raw.item, raw.pointer
    if not isinstance(item, dict):
        notes.refuse("event_not_object", at, shape(item))
        return Parsed(None, notes.problems, notes.findings)
    notes.person = _person(item.get("user"), f"{at}/user", notes)
    for where in raw.repeated_keys:
        shown_at = f"{at}/…" if repeats(where, notes.person) else where
        notes.refuse("key_repeated", shown_at, "the same key twice")
    fields = read_object(item, at, EVENT, notes)
    return Parsed(_reported(fields, raw.fallback, at, notes), notes.problems, notes.findings)


def _by_page(raw: RawEvent) -> bool:
    """Tell whether a page sent it with its public key, whose answer nobody reads."""
    unverified = not raw.verified and raw.source is not Source.ALIAS
    return raw.source is Source.BROWSER or unverified


def _person(user: object, at: str, notes: Notes) -> Identifiers:
    """Read who acted, before anything that could repeat it."""
    if user is None:
        return notes.person
    if not isinstance(user, dict):
        notes.refuse("wrong_type", at, shape(user), expected="an object", fix="send an object")
        return notes.person
    fields = read_known(user, at, USER, notes)
    fields["phone"] = fields.get("phone", ()) + fields.pop("phone_number", ())
    notes.person = Identifiers(**fields)
    strayed = _strays(fields, notes.person)
    for name in strayed:
        notes.remark("text_holds_identifier", f"{at}/{name}")
        del fields[name]
    if strayed:
        notes.person = Identifiers(**fields)
    note_unknown(user, at, USER, notes)
    return notes.person


def _strays(fields: Mapping[str, Any], person: Identifiers) -> list[str]:
    """Find what leaves unhashed and holds an identifier; mostly one look at all says none does."""
    plain = [name for name in LEAVES_PLAIN if name in fields]
    if not holds_identifier("\n".join(fields[name] for name in plain), person):
        return []
    return [name for name in plain if holds_identifier(fields[name], person)]


def _reported(
    fields: Mapping[str, Any], fallback: Fallback | None, at: str, notes: Notes
) -> Reported:
    properties = fields.get("properties", _NOTHING)
    consent = fields.get("consent", _NOTHING)
    return Reported(
        event=fields.get("event", ""),
        event_id=fields.get("event_id"),
        event_time=fields.get("event_time", 0),
        person=notes.person,
        commerce=_commerce(properties),
        page=Page(**fields.get("page", _NOTHING)),
        signals=_signals(consent, properties, at, notes),
        limited_data_use=fields.get("limited_data_use"),
        phone_region=fields.get("region"),
        session=fields.get("session"),
        refs=fields.get("refs", _NOTHING),
        lead=_in_order(fields.get("lead", _NOTHING), LEAD),
        strings=_in_order(consent, CONSENT_STRINGS),
        fallback=fallback,
    )


def _in_order(fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: fields[name] for name in names if fields.get(name, ()) != ()}


def _commerce(properties: Mapping[str, Any]) -> Commerce:
    return Commerce(
        value=properties.get("value"),
        currency=properties.get("currency"),
        order_id=properties.get("order_id"),
        contents=properties.get("contents", ()),
        other=_in_order(properties, FURTHER),
    )


def _signals(
    consent: Mapping[str, Any], properties: Mapping[str, Any], at: str, notes: Notes
) -> Signals:
    for name in _FLAGS:
        if _differ(consent.get(name), properties.get(name)):
            notes.remark("consent_contradiction", f"{at}/consent/{name}")
    return Signals(
        ad_user_data=_stricter(consent.get("ad_user_data"), properties.get("ad_user_data")),
        ad_personalization=_stricter(
            consent.get("ad_personalization"), properties.get("ad_personalization")
        ),
        opt_out=consent.get("opt_out", False) or consent.get("gpc", False),
        child=consent.get("child", False),
        region=consent.get("region"),
        cmp=consent.get("cmp"),
        cmp_version=consent.get("cmp_version"),
        collected_at=consent.get("collected_at"),
        profile=consent.get("profile"),
    )


def _differ(here: Flag | None, there: Flag | None) -> bool:
    return here is not None and there is not None and here is not there


def _stricter(here: Flag | None, there: Flag | None) -> Flag | None:
    """Bring the two places where a flag may stand together: a denial in either is a denial."""
    return Flag.DENIED if _differ(here, there) else here or there


_FLAGS = ("ad_user_data", "ad_personalization")
_NOTHING: Mapping[str, Any] = {}
