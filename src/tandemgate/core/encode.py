"""TikTok's bytes: one ``data[]`` item per event, made once, and requests joined from them.

Source of names and types: TikTok's Business API SDK and Events API 2.0 field reference. The wire
profile ``guide`` names phone digests ``phone_number``, as the guide prints them.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from tandemgate.catalog.currencies import TIKTOK
from tandemgate.core.scrub import scrub_url
from tandemgate.model.consent import Decision
from tandemgate.model.event import Commerce, Content, Lane, Page, Reported
from tandemgate.model.person import MatchKey, MatchKeys
from tandemgate.model.rules import Wire

_json = msgspec.json.Encoder()


def encode_event(
    reported: Reported, event_id: str, match_keys: MatchKeys, decision: Decision, wire: Wire
) -> bytes:
    """Write the item that leaves, in a fixed order of fields; what is missing is left out.

    *match_keys* must be what the decision keeps.
    """
    item: dict[str, Any] = {
        "event": reported.event,
        "event_time": reported.event_time,
        "event_id": event_id,
        "user": _user(match_keys, wire),
    }
    parts = {
        "properties": _properties(reported.commerce, decision),
        "page": _page(reported.page, decision),
        "lead": dict(reported.lead),
    }
    item.update({name: part for name, part in parts.items() if part})
    if decision.limited_data_use or reported.limited_data_use:
        item["limited_data_use"] = True
    return _json.encode(item)


def _user(keys: MatchKeys, wire: Wire) -> dict[str, Any]:
    phone = "phone_number" if wire is Wire.GUIDE else "phone"
    user = {
        "email": _single(keys.email),
        phone: _single(keys.phone),
        "external_id": _single(keys.external_id),
        "first_name": keys.first_name,
        "last_name": keys.last_name,
        "zip_code": keys.zip_code,
        "city": keys.city,
        "state": keys.state,
        "country": keys.country,
        "ttclid": keys.ttclid,
        "ttp": keys.ttp,
        "ip": keys.ip,
        "user_agent": keys.user_agent,
        "locale": keys.locale,
    }
    return {name: value for name, value in user.items() if value}


def _single(values: tuple[str, ...]) -> str | tuple[str, ...]:
    """One value goes as a string, as the guide's examples have it; several as a list."""
    return values[0] if len(values) == 1 else values


def _properties(commerce: Commerce, decision: Decision) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if commerce.currency is None or commerce.currency in TIKTOK:
        properties = {"value": commerce.value, "currency": commerce.currency}
    properties["order_id"] = commerce.order_id
    properties["contents"] = [_content(line) for line in commerce.contents] or None
    properties.update(commerce.other)
    properties["ad_user_data"] = decision.ad_user_data
    properties["ad_personalization"] = decision.ad_personalization
    return {name: value for name, value in properties.items() if value is not None}


def _content(line: Content) -> dict[str, Any]:
    content = {
        "content_id": line.content_id,
        "quantity": line.quantity,
        "price": line.price,
        "content_name": line.content_name,
        "content_category": line.content_category,
        "brand": line.brand,
    }
    return {name: value for name, value in content.items() if value is not None}


def _page(page: Page, decision: Decision) -> dict[str, str]:
    """Write the page; a click id that must not leave does not leave in an address either."""
    stays = MatchKey.TTCLID not in decision.remove
    addresses = {"url": page.url, "referrer": page.referrer}
    return {
        name: address if stays else scrub_url(address, keep_ttclid=False)[0]
        for name, address in addresses.items()
        if address
    }


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
