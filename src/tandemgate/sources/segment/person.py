"""Who acted, and where: traits, the context of the browser, and what a TikTok click left."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tandemgate.catalog.regions import code_of
from tandemgate.sources.dialect import Asked
from tandemgate.sources.walk import click_in, first, inner, text, told, words

_TRAITS: Final[Mapping[str, Sequence[str]]] = {
    "email": ("email",),
    "phone": ("phone",),
    "first_name": ("firstName", "first_name"),
    "last_name": ("lastName", "last_name"),
}
_PLACES: Final[Mapping[str, Sequence[str]]] = {
    "city": ("city",),
    "state": ("state",),
    "zip_code": ("postalCode", "postal_code", "zip"),
    "country": ("country",),
}
DESTINATIONS: Final = ("TikTok Conversions", "Tiktok Conversions", "TikTok Ads", "TikTok Pixel")
"""How Segment and RudderStack call what they send to TikTok by, in ``integrations``."""


def person_of(call: Mapping[str, Any], asked: Asked) -> dict[str, object]:
    """Gather the match keys. Of a browser's own request its address and name are the truth.

    ``anonymousId`` is none of them: it names a browser, and no Pixel has it.
    """
    context, visitor = inner(call, "context"), asked.visitor
    said = _said_of_person(call)
    addresses = _addresses_in(said)
    return told(
        {
            **{ours: _said_by(said, theirs, words) for ours, theirs in _TRAITS.items()},
            **{ours: _said_by(addresses, theirs, text) for ours, theirs in _PLACES.items()},
            "country": country_in(addresses),
            "external_id": text(call.get("userId")),
            "ttclid": _left_by_click(call, "ttclid") or _clicked(call),
            "ttp": _left_by_click(call, "ttp"),
            "ip": visitor.ip if visitor else text(context.get("ip")),
            "user_agent": first(
                visitor.user_agent if visitor else None, text(context.get("userAgent"))
            ),
            "locale": first(text(context.get("locale")), visitor.language if visitor else None),
        }
    )


def page_of(call: Mapping[str, Any]) -> dict[str, object]:
    """Say on which page it happened; a page call may state it in its properties alone."""
    page, properties = inner(call, "context", "page"), inner(call, "properties")
    return told(
        {
            "url": first(text(page.get("url")), text(properties.get("url"))),
            "referrer": first(text(page.get("referrer")), text(properties.get("referrer"))),
        }
    )


def country_in(addresses: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the country of the first address that has one, as its code where it is known."""
    country = _said_by(addresses, _PLACES["country"], text)
    return code_of(country) or country if isinstance(country, str) else None


def addresses_of(call: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the addresses of who acted, the nearest first."""
    return _addresses_in(_said_of_person(call))


def _said_of_person(call: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    told = (inner(call, "properties"), inner(call, "context", "traits"), inner(call, "traits"))
    return [one for one in told if one]


def _addresses_in(said: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one["address"] for one in said if isinstance(one.get("address"), dict)]


def _said_by(
    tables: Sequence[Mapping[str, Any]], names: Sequence[str], read: Callable[[object], object]
) -> object:
    for one in tables:
        for name in names:
            if name in one and (said := read(one[name])) is not None:
                return said
    return None


def _left_by_click(call: Mapping[str, Any], name: str) -> str | None:
    """Find what a click on an ad left, in the call's own fields or in those of a destination."""
    context, integrations = inner(call, "context"), inner(call, "integrations")
    places = [inner(call, "properties"), context, inner(context, "campaign")]
    places += [inner(integrations, one) for one in DESTINATIONS if one in integrations]
    said = _said_by(places, (name,), text)
    return said if isinstance(said, str) else None


def _clicked(call: Mapping[str, Any]) -> str | None:
    """Find a click id in the addresses: the page's own is newer than that of the page before."""
    context = inner(call, "context")
    for place in (inner(context, "page"), inner(call, "properties"), inner(context, "referrer")):
        for name in ("url", "search", "referrer"):
            if name in place and (click := click_in(place[name])):
                return click
    return None
