"""TikTok's bytes: one ``data[]`` item per event, made once, and requests joined from them.

Source of names and types: TikTok's Business API SDK and Events API 2.0 field reference. The wire
profile ``guide`` names phone digests ``phone_number``, as the guide prints them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from tandemgate.catalog.currencies import TIKTOK
from tandemgate.core.scrub import scrub_url
from tandemgate.model.consent import Decision, Flag
from tandemgate.model.event import Commerce, Content, Lane, Page, Reported
from tandemgate.model.person import MatchKey, MatchKeys
from tandemgate.model.rules import Wire

_json = msgspec.json.Encoder()


class _User(Struct, omit_defaults=True, gc=False):
    email: str | tuple[str, ...] | None = None
    phone: str | tuple[str, ...] | None = None
    phone_number: str | tuple[str, ...] | None = None
    external_id: str | tuple[str, ...] | None = None
    first_name: str | None = None
    last_name: str | None = None
    zip_code: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    ttclid: str | None = None
    ttp: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    locale: str | None = None


class _Properties(Struct, omit_defaults=True, gc=False):
    value: float | int | None = None
    currency: str | None = None
    order_id: str | None = None
    contents: tuple[Content, ...] = ()
    content_type: object = None
    content_ids: object = None
    num_items: object = None
    shop_id: object = None
    query: object = None
    search_string: object = None
    description: object = None
    status: object = None
    predicted_ltv: object = None
    ad_user_data: Flag | None = None
    ad_personalization: Flag | None = None


class _Item(Struct, omit_defaults=True, gc=False):
    """The order of fields here is the order on the wire; what is missing is left out."""

    event: str
    event_time: int
    event_id: str
    user: _User
    properties: _Properties | None = None
    page: Page | None = None
    lead: Mapping[str, str] | None = None
    limited_data_use: bool = False


_TTCLID: Final = MatchKey.TTCLID
_GUIDE: Final = Wire.GUIDE
_NO_PROPERTIES: Final = _Properties()
_NO_PAGE: Final = Page()


def encode_event(
    reported: Reported, event_id: str, match_keys: MatchKeys, decision: Decision, wire: Wire
) -> bytes:
    """Write the item that leaves, in a fixed order of fields; what is missing is left out.

    *match_keys* must be what the decision keeps.
    """
    properties, page = _properties(reported.commerce, decision), _page(reported.page, decision)
    item = _Item(
        reported.event,
        reported.event_time,
        event_id,
        _user(match_keys, wire),
        None if properties == _NO_PROPERTIES else properties,
        None if page == _NO_PAGE else page,
        reported.lead or None,
        bool(decision.limited_data_use or reported.limited_data_use),
    )
    return _json.encode(item)


def _user(keys: MatchKeys, wire: Wire) -> _User:
    phone, guides = _single(keys.phone), wire is _GUIDE
    return _User(
        _single(keys.email),
        None if guides else phone,
        phone if guides else None,
        _single(keys.external_id),
        keys.first_name,
        keys.last_name,
        keys.zip_code,
        keys.city,
        keys.state,
        keys.country,
        keys.ttclid,
        keys.ttp,
        keys.ip,
        keys.user_agent,
        keys.locale,
    )


def _single(values: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """One value goes as a string, as the guide's examples have it; several as a list."""
    return values[0] if len(values) == 1 else values or None


def _properties(commerce: Commerce, decision: Decision) -> _Properties:
    known = commerce.currency is None or commerce.currency in TIKTOK
    return _Properties(
        commerce.value if known else None,
        commerce.currency if known else None,
        commerce.order_id,
        commerce.contents,
        ad_user_data=decision.ad_user_data,
        ad_personalization=decision.ad_personalization,
        **commerce.other,
    )


def _page(page: Page, decision: Decision) -> Page:
    """Write the page; a click id that must not leave does not leave in an address either."""
    if _TTCLID not in decision.remove:
        return page
    return Page(_without_ttclid(page.url), _without_ttclid(page.referrer))


def _without_ttclid(address: str | None) -> str | None:
    return scrub_url(address, keep_ttclid=False)[0] if address else None


def request_body(
    lane: Lane, wires: Sequence[bytes], *, partner_name: str = "", event_source: str = "web"
) -> bytes:
    """Join the body of one request; the items are taken as they are, byte for byte."""
    head = {
        "event_source": event_source,
        "event_source_id": lane.pixel_id,
        "test_event_code": lane.test_event_code,
        "partner_name": partner_name,
    }
    envelope = _json.encode({name: value for name, value in head.items() if value})
    return b'%b,"data":[%b]}' % (envelope[:-1], b",".join(wires))
