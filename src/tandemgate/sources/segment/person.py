"""Who acted, and where: traits, the context of the browser, and what a TikTok click left."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from tandemgate.catalog.regions import code_of
from tandemgate.sources.dialect import Asked
from tandemgate.sources.walk import click_in, first, inner, named, text, told, words

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
    said = [*_said_of_person(call)]
    addresses = [inner(one, "address") for one in said]
    return told(
        {
            **{ours: _said_by(said, theirs, words) for ours, theirs in _TRAITS.items()},
            **{ours: _said_by(addresses, theirs, text) for ours, theirs in _PLACES.items()},
            "country": country_in(addresses),
            "external_id": text(call.get("userId")),
            "ttclid": first(_left_by_click(call, "ttclid"), *_clicks(call)),
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
    return [inner(one, "address") for one in _said_of_person(call)]


def _said_of_person(call: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield inner(call, "properties")
    yield inner(call, "context", "traits")
    yield inner(call, "traits")


def _said_by(
    tables: Sequence[Mapping[str, Any]], names: Sequence[str], read: Callable[[object], object]
) -> object:
    return first(*(read(named(one, *names)) for one in tables))


def _left_by_click(call: Mapping[str, Any], name: str) -> str | None:
    context = inner(call, "context")
    places = [inner(call, "properties"), context]
    places += [inner(call, "integrations", destination) for destination in DESTINATIONS]
    places.append(inner(context, "campaign"))
    return first(*(text(one.get(name)) for one in places))


def _clicks(call: Mapping[str, Any]) -> Iterator[str | None]:
    """Find click ids in the addresses: the page's own is newer than that of the page before."""
    page, properties = inner(call, "context", "page"), inner(call, "properties")
    for place in (page, properties):
        for name in ("url", "search", "referrer"):
            yield click_in(place.get(name))
