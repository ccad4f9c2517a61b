"""Ordinary events, read in one step: from bytes to typed actions.

An event is ordinary when there is nothing to say about it: every field is known, given once and of
the right shape, and no text holds an identifier. Of such an event this module makes exactly what
:mod:`tandemgate.core.parse` would. Whatever else comes, and whatever there could be a doubt about,
is left to that careful reader, which alone words problems and findings.
"""

import re
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final, TypeVar

from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType, ValidationError
from msgspec.json import Decoder, Encoder

from tandemgate.catalog.currencies import MINOR_DIGITS
from tandemgate.catalog.regions import COUNTRIES, region_code
from tandemgate.core import wellformed
from tandemgate.core.fields import CONSENT_STRINGS, FURTHER, LEAD, WHOLE_ADDRESS
from tandemgate.core.neatness import eased, has_all, is_neat
from tandemgate.core.scrub import scrub_url
from tandemgate.core.telltale import is_unremarkable
from tandemgate.core.wellformed import Stated
from tandemgate.model.consent import Signals
from tandemgate.model.event import Commerce, Content, Envelope, Page, Reported
from tandemgate.model.person import Identifiers

_T = TypeVar("_T")


def read_ordinary(body: bytes, most: int) -> Envelope | list[Reported | None]:
    """Read *body* as an envelope of at most so many ordinary events.

    Returns:
        The envelope, when all of it is proven to be ordinary. Else the actions that are, with
        ``None`` for the others, on condition that no key is given twice; empty when not even the
        places of the events are known, or when there are too many.

    """
    body = eased(body)
    neat = is_neat(body)
    try:
        outline = _outline(body)
    except ValidationError:
        return [] if _NUL in body else _apart(body, most, neat=neat)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return []
    if len(outline.data) > most:
        return []
    actions = [_action(event, neat=neat) for event in outline.data]
    again = bytearray(len(body))  # at once as much room as it will need
    _encode(outline, again)
    if not neat and _NUL in again:
        return []
    if all(actions) and has_all(again, body, neat=neat):
        return Envelope(
            outline.event_source,
            outline.event_source_id,
            _stated(outline.test_event_code),
            tuple(actions),
        )
    return actions


def _apart(body: bytes, most: int, *, neat: bool) -> list[Reported | None]:
    """Read the events of *body* one by one, so that an odd one leaves its neighbours ordinary."""
    try:
        written = _list(body).data
        return [_read_one(one, neat=neat) for one in written] if len(written) <= most else []
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return []


def _read_one(written: Raw, *, neat: bool) -> Reported | None:
    try:
        event = _event(written)
    except ValidationError:
        return None
    return _action(event, neat=neat)


def _action(given: wellformed.Event, *, neat: bool) -> Reported | None:
    """Make of *given* what a careful reader would, or ``None`` where there is something to say."""
    properties, consent = given.properties or _NO_PROPERTIES, given.consent or _NO_CONSENT
    signals = _signals(consent, properties)
    page = _page(given.page) if given.page else _NO_PAGE
    if (
        signals is None
        or page is None
        or (properties.currency and properties.currency not in MINOR_DIGITS)
    ):
        return None
    said = Reported(
        event=given.event,
        event_id=given.event_id or None,
        event_time=given.event_time,
        person=_person(given.user) if given.user else _NOBODY,
        commerce=_commerce(properties),
        page=page,
        signals=signals,
        limited_data_use=_stated(given.limited_data_use),
        phone_region=given.region or None,
        session=given.session or None,
        refs=_refs(given.refs) if given.refs else _EMPTY,
        lead=_lead(given.lead) if given.lead else _EMPTY,
        strings=_strings(consent),
    )
    return said if is_unremarkable(said, none_blank=neat) else None


def _person(user: wellformed.User) -> Identifiers:
    phone = _several(user.phone)
    return Identifiers(
        email=_several(user.email),
        phone=phone + _several(user.phone_number) if user.phone_number else phone,
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
    contents = given.contents
    lines = contents if isinstance(contents, list) else [contents] if contents else ()
    return Commerce(
        value=_amount(given.value),
        currency=given.currency or None,
        order_id=_label(given.order_id),
        contents=tuple(map(_content, lines)),
        other=_other(given),
    )


def _content(line: wellformed.Line) -> Content:
    return Content(
        content_id=str(line.content_id),
        quantity=line.quantity or None,
        price=_amount(line.price),
        content_name=line.content_name or None,
        content_category=line.content_category or None,
        brand=line.brand or None,
    )


def _other(given: wellformed.Properties) -> Mapping[str, object]:
    """Take the further properties; of most events that is the type of the contents at most."""
    typed, further = _TYPED[given.content_type], _further(given)
    if not further:
        return typed
    if "predicted_ltv" in further:
        further["predicted_ltv"] = _amount(given.predicted_ltv)
    if "content_ids" in further:
        further["content_ids"] = _several(given.content_ids)
    return {**typed, **{name: told for name, told in further.items() if told != ()}}


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
        ad_user_data=data or None,
        ad_personalization=personalization or None,
        opt_out=given.opt_out or False,
        child=given.child or False,
        region=given.region or None,
        cmp=given.cmp or None,
        cmp_version=_label(given.cmp_version),
        collected_at=given.collected_at or None,
    )


def _page(given: wellformed.Page) -> Page | None:
    """Reduce both addresses to what may leave; ``None`` where the page's own is not a whole one."""
    url, referrer = given.url or None, given.referrer or None
    if url and not _CLEAN_ADDRESS.fullmatch(url):
        url = scrub_url(url)[0] or None
        if url and not WHOLE_ADDRESS.fullmatch(url):
            return None
    if referrer and not _CLEAN_ADDRESS.fullmatch(referrer):
        referrer = scrub_url(referrer)[0] or None
    return Page(url, referrer)


def _stated(value: Stated[_T]) -> _T | None:
    return None if value is UNSET else value


def _label(value: Stated[str | int]) -> str | None:
    return str(value) if isinstance(value, int) else value or None


def _several(values: Stated[wellformed.Several]) -> tuple[str, ...]:
    if isinstance(values, str):
        return (values,) if values else ()
    if isinstance(values, list):
        return tuple(filter(None, map(_label, values)))
    return (str(values),) if isinstance(values, int) else ()


def _amount(value: Stated[float]) -> float | None:
    return None if value is None or value is UNSET else abs(value)  # -0.0 is 0


def _telling(*names: str) -> Callable[[Struct], dict[str, Any]]:
    """Make what takes the fields that say something, in the order of *names*.

    Mostly none of them does, and one look at all is the quickest way to see it.
    """
    values_of, silent = attrgetter(*names), (UNSET,) * len(names)

    def told(given: Struct) -> dict[str, Any]:
        values = values_of(given)
        if values == silent:
            return {}
        pairs = zip(names, values, strict=True)
        return {name: value for name, value in pairs if value not in _NOTHING}

    return told


_outline = Decoder(wellformed.Outline).decode
_list = Decoder(wellformed.Apart).decode
_event = Decoder(wellformed.Event).decode
_encode = Encoder().encode_into
_further = _telling(*(name for name in FURTHER if name != "content_type"))
_refs = _telling(*wellformed.Refs.__struct_fields__)
_lead = _telling(*LEAD)
_strings = _telling(*CONSENT_STRINGS)
_NUL: Final = b"\\u0000"
_NO_PROPERTIES: Final = wellformed.Properties()
_NO_CONSENT: Final = wellformed.Consent()
_NO_PAGE: Final = Page()
_NOBODY: Final = Identifiers()
_EMPTY: Final[Mapping[str, str]] = {}
_NOTHING: Final = (None, "", UNSET)
_TYPED: Final[Mapping[str | UnsetType | None, Mapping[str, object]]] = {
    UNSET: {},
    None: {},
    **{name: {"content_type": name} for name in ("product", "product_group")},
}
# No part of it has room for a digest, and no letter in it could begin an email or a phone.
_PART: Final = r"[A-Za-z0-9._~-]{0,40}+"
_UTM: Final = rf"utm_[a-z]{{1,20}}+={_PART}"
_CLEAN_ADDRESS: Final = re.compile(
    rf"https?://[A-Za-z0-9.:-]{{1,60}}+(?:/{_PART})*+(?:\?{_UTM}(?:&{_UTM})*+)?+"
)
