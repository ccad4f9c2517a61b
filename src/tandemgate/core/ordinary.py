"""Ordinary events, read in one step: from bytes to typed actions.

An event is ordinary when there is nothing to say about it: every field is known, given once and of
the right shape, and no text holds an identifier. Of such an event this module makes exactly what
:mod:`tandemgate.core.parse` would. Whatever else comes, and whatever there could be a doubt about,
is left to that careful reader, which alone words problems and findings.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from operator import attrgetter
from typing import Any, Final

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, Encoder

from tandemgate.catalog.currencies import MINOR_DIGITS
from tandemgate.catalog.events import KNOWN
from tandemgate.catalog.regions import COUNTRIES, region_code
from tandemgate.core import wellformed
from tandemgate.core.fields import CONSENT_STRINGS, FURTHER, LEAD, LEAVES_PLAIN, WHOLE_ADDRESS
from tandemgate.core.identify import LONGEST_EVENT_ID
from tandemgate.core.scrub import holds_identifier, repeats, scrub_url
from tandemgate.model.consent import Signals
from tandemgate.model.event import Commerce, Content, Envelope, Page, Reported
from tandemgate.model.person import Identifiers


def read_ordinary(body: bytes, most: int) -> Envelope | list[Reported | None]:
    """Read *body* as an envelope of at most so many ordinary events.

    Returns:
        The envelope, when all of it is proven to be ordinary. Else the actions that are, with
        ``None`` for the others, on condition that no key is given twice; empty when not even the
        places of the events are known, or when there are too many.

    """
    try:
        outline = _outline(body)
    except ValidationError:
        return [] if _NUL in body else _apart(body, most)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return []
    if len(outline.data) > most:
        return []
    actions = [_action(event) for event in outline.data]
    again = _encode(outline)
    # Without an escape, each quote is one of a pair around a name or a text. The number of pairs
    # is that of *body* only where nothing was left out: no null, unknown field or repeated key.
    if all(actions) and b"\\" not in again and again.count(b'"') == body.count(b'"'):
        head = (outline.event_source, outline.event_source_id, outline.test_event_code)
        return Envelope(*head, tuple(actions))
    return [] if _NUL in again else actions


def _apart(body: bytes, most: int) -> list[Reported | None]:
    """Read the events of *body* one by one, so that an odd one leaves its neighbours ordinary."""
    try:
        written = _list(body).data
        return [_read_one(one) for one in written] if len(written) <= most else []
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return []


def _read_one(written: Raw) -> Reported | None:
    try:
        event = _event(written)
    except ValidationError:
        return None
    return _action(event)


def _action(given: wellformed.Event) -> Reported | None:
    """Make of *given* what a careful reader would, or ``None`` where there is something to say."""
    properties, page = given.properties or _NO_PROPERTIES, given.page or _NO_PAGE
    signals = _signals(given.consent or _NO_CONSENT, properties)
    url = _address(page.url)
    if (
        signals is None
        or not (not properties.currency or properties.currency in MINOR_DIGITS)
        or not (url is None or WHOLE_ADDRESS.fullmatch(url))
    ):
        return None
    said = Reported(
        event=given.event,
        event_id=given.event_id,
        event_time=given.event_time,
        person=_person(given.user) if given.user else _NOBODY,
        commerce=_commerce(properties),
        page=Page(url, _address(page.referrer)),
        signals=signals,
        limited_data_use=given.limited_data_use,
        phone_region=given.region or None,
        session=given.session or None,
        refs=_told(wellformed.Refs.__struct_fields__, given.refs) if given.refs else _EMPTY,
        lead=_told(LEAD, given.lead) if given.lead else _EMPTY,
        strings=_told(CONSENT_STRINGS, given.consent) if given.consent else _EMPTY,
    )
    return said if _is_ordinary(said) else None


def _person(user: wellformed.User) -> Identifiers:
    return Identifiers(
        email=_several(user.email),
        phone=_several(user.phone) + _several(user.phone_number),
        external_id=_several(user.external_id),
        first_name=user.first_name or None,
        last_name=user.last_name or None,
        zip_code=user.zip_code or None,
        city=user.city or None,
        state=user.state or None,
        country=user.country or None,
        ttclid=user.ttclid or None,
        ttp=user.ttp or None,
        ip=user.ip or None,
        user_agent=user.user_agent or None,
        locale=user.locale or None,
    )


def _commerce(given: wellformed.Properties) -> Commerce:
    contents = given.contents or ()
    lines = [contents] if isinstance(contents, wellformed.Line) else contents
    other = _told(FURTHER, given)
    if "predicted_ltv" in other:
        other["predicted_ltv"] = _amount(given.predicted_ltv)
    if "content_ids" in other:
        other["content_ids"] = _several(given.content_ids)
        if not other["content_ids"]:
            del other["content_ids"]
    return Commerce(
        value=_amount(given.value),
        currency=given.currency or None,
        order_id=_label(given.order_id),
        contents=tuple(map(_content, lines)),
        other=other,
    )


def _content(line: wellformed.Line) -> Content:
    return Content(
        content_id=str(line.content_id),
        quantity=line.quantity,
        price=_amount(line.price),
        content_name=line.content_name or None,
        content_category=line.content_category or None,
        brand=line.brand or None,
    )


def _signals(given: wellformed.Consent, properties: wellformed.Properties) -> Signals | None:
    """Bring the two places where a flag may stand together; ``None`` where they contradict."""
    if given.region and given.region not in COUNTRIES and region_code(given.region) is None:
        return None
    data, personalization = given.ad_user_data, given.ad_personalization
    if properties.ad_user_data or properties.ad_personalization:
        if data or personalization:
            return None
        data, personalization = properties.ad_user_data, properties.ad_personalization
    return Signals(
        ad_user_data=data,
        ad_personalization=personalization,
        opt_out=given.opt_out or False,
        child=given.child or False,
        region=given.region or None,
        cmp=given.cmp or None,
        cmp_version=_label(given.cmp_version),
        collected_at=None if given.collected_at is None else float(given.collected_at),
    )


def _label(value: str | int | None) -> str | None:
    return str(value) if isinstance(value, int) else value or None


def _several(values: wellformed.Several | None) -> tuple[str, ...]:
    if isinstance(values, list):
        return tuple(filter(None, map(_label, values)))
    only = _label(values)
    return () if only is None else (only,)


def _amount(value: float | None) -> float | None:
    return None if value is None else abs(value)  # -0.0 is 0


def _address(given: str | None) -> str | None:
    if not given or _CLEAN_ADDRESS.fullmatch(given):
        return given or None
    return scrub_url(given)[0] or None


def _told(names: Iterable[str], given: Struct) -> dict[str, Any]:
    """Take the fields of *given* that say something, in the order of *names*."""
    return {name: told for name in names if (told := getattr(given, name)) not in _NOTHING}


def _is_ordinary(said: Reported) -> bool:
    """Tell whether no reader of single fields would have anything to say about a text."""
    event_id, person = said.event_id or "", said.person
    if len(event_id) > LONGEST_EVENT_ID or not event_id.isprintable():
        return False
    labels, texts = [*filter(None, _labels(said))], [*filter(None, _texts(said))]
    kept = [*filter(None, (said.signals.cmp, said.signals.cmp_version))]
    if any(map(str.isspace, chain(labels, texts, kept, filter(None, _unseen(said))))):
        return False
    if kept and repeats("\n".join(kept), person):
        return False
    seen = "\n".join(chain(labels, texts))
    # With a plus a text may begin a phone, which shows only where each is looked at by itself.
    if "+" in seen or holds_identifier(seen, person):
        return False
    return not texts or not holds_identifier("\n".join(texts), person, external_id=True)


def _labels(said: Reported) -> Iterable[Any]:
    """What leaves as it is, and may be named after the person's external_id."""
    person, commerce, other = said.person, said.commerce, said.commerce.other
    ids: Any = other.get("content_ids", ())
    return (
        None if said.event in KNOWN else said.event,
        said.event_id,
        said.lead.get("lead_id"),
        *_leaves_plain(person),
        commerce.order_id,
        other.get("shop_id"),
        *ids,
        *[line.content_id for line in commerce.contents],
    )


def _texts(said: Reported) -> Iterable[Any]:
    """Addresses and free text that leave as they are."""
    commerce = said.commerce
    return (
        said.page.url,
        said.page.referrer,
        said.lead.get("lead_event_source"),
        *map(commerce.other.get, _FREE),
        *[line.content_name for line in commerce.contents],
        *[line.content_category for line in commerce.contents],
        *[line.brand for line in commerce.contents],
    )


def _unseen(said: Reported) -> Iterable[Any]:
    """What is hashed before it leaves, or stays here."""
    person = said.person
    return (
        *person.email,
        *person.phone,
        *person.external_id,
        person.first_name,
        person.last_name,
        person.zip_code,
        said.session,
        said.phone_region,
        said.signals.region,
        *said.refs.values(),
        *said.strings.values(),
    )


_leaves_plain = attrgetter(*LEAVES_PLAIN)
_outline = Decoder(wellformed.Outline).decode
_list = Decoder(wellformed.Apart).decode
_event = Decoder(wellformed.Event).decode
_encode = Encoder().encode
_NUL: Final = b"\\u0000"
_NO_PROPERTIES: Final = wellformed.Properties()
_NO_PAGE: Final = wellformed.Page()
_NO_CONSENT: Final = wellformed.Consent()
_NOBODY: Final = Identifiers()
_EMPTY: Final[Mapping[str, str]] = {}
_NOTHING: Final = (None, "")
_FREE: Final = ("query", "search_string", "description", "status")
# No part of it has room for a digest, and no letter in it could begin an email or a phone.
_PART: Final = r"[A-Za-z0-9._~-]{0,40}"
_UTM: Final = rf"utm_[a-z]{{1,20}}={_PART}"
_CLEAN_ADDRESS: Final = re.compile(
    rf"https?://[A-Za-z0-9.:-]{{1,60}}(?:/{_PART})*(?:\?{_UTM}(?:&{_UTM})*)?"
)
