"""What a call says about consent, in the gateway's own fields or in those of their systems."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tandemgate.catalog.regions import code_of
from tandemgate.model.consent import Flag
from tandemgate.sources.dialect import Asked
from tandemgate.sources.segment.person import addresses_of, country_in
from tandemgate.sources.walk import inner, text, told

_OWN: Final = (
    "ad_user_data", "ad_personalization", "cmp", "cmp_version", "opt_out", "gpc", "child",
    "profile", "collected_at", "tc_string", "gpp_string", "us_privacy", "gcd",
)  # fmt: skip
"""Fields of ``context.consent`` that are the gateway's; whatever else stands there is not read."""

_FLAGS: Final = ("ad_user_data", "ad_personalization")


def consent_of(call: Mapping[str, Any], asked: Asked) -> dict[str, object]:
    """Read the gateway's own fields, and where the person is."""
    said = inner(call, "context", "consent")
    opt_out = True if asked.visitor and asked.visitor.opt_out else None
    return told(
        {
            **{name: said.get(name) for name in _OWN},
            "region": _region(call, said),
            **({"opt_out": True} if opt_out else {}),
        }
    )


def flags_of(call: Mapping[str, Any], categories: frozenset[str]) -> dict[str, object]:
    """Say what the categories amount to that decide about advertising, beside the stated flags.

    One of them that was denied denies, whatever the others say: two statements that differ never
    end as a grant.
    """
    properties = inner(call, "properties")
    own = told({name: properties.get(name) for name in _FLAGS})
    said = {agreed for name, agreed in _categories(call) if name in categories}
    if False in said:
        return dict.fromkeys(_FLAGS, Flag.DENIED.value)
    return dict.fromkeys(_FLAGS, Flag.GRANTED.value) | own if said else own


def _categories(call: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """List the categories that were decided on, as Segment and as RudderStack write them."""
    context = inner(call, "context")
    preferences = inner(context, "consent", "categoryPreferences")
    yield from ((name, said) for name, said in preferences.items() if isinstance(said, bool))
    for place in ("consentManagement", "consent"):
        for name, agreed in (("allowedConsentIds", True), ("deniedConsentIds", False)):
            listed = inner(context, place).get(name)
            ids = listed if isinstance(listed, list) else []
            yield from ((one, agreed) for one in ids if isinstance(one, str))


def _region(call: Mapping[str, Any], said: Mapping[str, Any]) -> str | None:
    """Take the stated region, else where the browser was, else where the person lives."""
    if stated := text(said.get("region")):
        return stated
    location = text(inner(call, "context", "location").get("country"))
    return code_of(location) or location if location else country_in(addresses_of(call))
