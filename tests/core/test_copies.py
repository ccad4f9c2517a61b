"""A denial removes the data wherever it stands, not only where it is expected."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.amend import tighten
from tandemgate.core.proof import leaving
from tandemgate.model.consent import OnPersonalizationDenied, Policy, Profile
from tandemgate.model.rules import PixelRules
from tests.build import a_policy, an_event, an_item, processed, some_rules

DENIED = {"ad_user_data": "DENIED", "ad_personalization": "DENIED", "region": "DE"}
GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
EMAIL, PHONE = "jane.canary@mail.example", "+491709876543"
PERSON = {
    "email": [EMAIL, sha256(b"jane.second@mail.example").hexdigest()],
    "phone": [PHONE, "+491700000001"],
    "external_id": "Cust_34982",
    "first_name": "Janeth",
    "last_name": "van Canary",
    "zip_code": "10115",
    "ip": "203.0.113.42",
    "user_agent": "Mozilla/5.0 (CanaryPhone)",
    "ttclid": "E.C.P.canaryclick",
    "ttp": "2.canarybrowser",
}
IDENTIFIERS = {
    "email": EMAIL,
    "phone": PHONE,
    "external_id": "Cust_34982",
    "first name": "Janeth",
    "last name": "van Canary",
    "zip": "10115",
}
TRACES = {
    "ip": "203.0.113.42",
    "user agent": "Mozilla/5.0 (CanaryPhone)",
    "ttclid": "E.C.P.canaryclick",
    "ttp": "2.canarybrowser",
}
STRICT = some_rules(policy=a_policy(profile=Profile.STRICT))


def digest(text: str) -> str:
    """The SHA-256 of *text*, as shops compute it."""
    return sha256(text.strip().lower().encode()).hexdigest()


FORMS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "upper case": str.upper,
    "in a sentence": "For {}, with love".format,
    "encoded": lambda text: quote(text, safe=""),
    "encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "digest": digest,
    "digest in capitals": lambda text: digest(text).upper(),
    "with dashes": lambda text: text.replace(" ", "-").replace("_", "-"),
}
SPELLINGS = frozenset({"upper case", "with dashes"})
"""Forms that are another external_id: shops tell them apart by case and signs."""

COPIES = [
    (key, form) for key in IDENTIFIERS for form in FORMS
    if key != "external_id" or form not in SPELLINGS
]  # fmt: skip
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "path": lambda text: {"page": {"url": f"https://shop.example/thanks/{quote(text)}/done"}},
    "parameter": lambda text: {
        "page": {"url": f"https://shop.example/?utm_content={quote(text)}&utm_source=x"}
    },
    "referrer": lambda text: {"page": {"referrer": f"https://shop.example/u/{quote(text)}"}},
    "description": lambda text: {"properties": money(description=text)},
    "query": lambda text: {"properties": money(query=text)},
    "search": lambda text: {"properties": money(search_string=text)},
    "order": lambda text: {"properties": money(order_id=text)},
    "product": lambda text: {
        "properties": money(contents=[{"content_id": "sku", "content_name": f"Mug {text}"}])
    },
    "lead": lambda text: {"lead": {"lead_id": text}},
}


def money(**fields: object) -> dict[str, object]:
    """Properties of a purchase."""
    return {"value": 129.95, "currency": "EUR", **fields}


def sent(rules: PixelRules | None = None, consent: object = None, **fields: Any) -> str:  # noqa: ANN401
    """What leaves of an event of somebody who denied."""
    wire = an_event(rules, user=PERSON, consent=consent or DENIED, **fields).wire
    assert wire
    return wire.decode()


def everywhere(text: str) -> list[str]:
    """The forms in which *text* must not be found: plain, encoded, as a digest, in base64."""
    plain = [text, quote(text, safe=""), b64encode(text.encode()).decode(), digest(text)]
    return [*plain, *(one.lower() for one in plain)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("key", "form"), COPIES)
def test_no_copy_of_a_removed_identifier_leaves(key: str, form: str, place: str) -> None:
    """Whoever says no says no to the copy in the address as well."""
    text = IDENTIFIERS[key]
    left = sent(**PLACES[place](FORMS[form](text))).lower()
    words = left.replace("%20", " ").replace("-", " ").replace("_", " ")
    for trace in (*everywhere(text), FORMS[form](text).lower()):
        assert trace.lower() not in left
    assert text.lower().replace("_", " ") not in words


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("key", TRACES)
def test_no_copy_of_a_removed_trace_leaves(key: str, place: str) -> None:
    """Under the strict profile click id, browser and the whole address are personal as well."""
    assert TRACES[key] not in sent(STRICT, **PLACES[place](TRACES[key]))


def test_a_click_id_alone_is_removed_with_its_copies() -> None:
    """``no_click_ids`` means the id, not the field."""
    policy = a_policy(on_personalization_denied=OnPersonalizationDenied.NO_CLICK_IDS)
    consent = GRANTED | {"ad_personalization": "DENIED"}
    copy = PLACES["description"]("landed with E.C.P.canaryclick")
    left = sent(some_rules(policy=policy), consent, **copy)
    assert "canaryclick" not in left
    assert '"email"' in left


def test_what_is_nobodys_stays() -> None:
    """A denial must not empty the report: value, products, page and a shop's own words stay."""
    fields: dict[str, Any] = {
        "page": {"url": "https://shop.example/thanks/berlin?utm_source=mail"},
        "properties": money(
            description="A mug from Berlin",
            order_id="10492",
            contents=[{"content_id": "mug-1", "content_name": "Mug 10116", "quantity": 2}],
        ),
    }
    item = msgspec.json.decode(sent(**fields))
    assert item["page"]["url"] == "https://shop.example/thanks/berlin?utm_source=mail"
    assert item["properties"]["description"] == "A mug from Berlin"
    assert item["properties"]["order_id"] == "10492"
    assert item["properties"]["contents"][0]["content_name"] == "Mug 10116"


def test_every_copy_is_remarked_on_without_being_repeated() -> None:
    """The sender learns where to mend it."""
    event = an_event(
        user=PERSON,
        consent=DENIED,
        page={"url": "https://shop.example/thanks/Janeth"},
        properties=money(order_id="Cust_34982", contents=[{"content_id": "a", "brand": "Janeth"}]),
    )
    remarked = [one for one in event.findings if one.reason == "text_holds_identifier"]
    assert {one.field for one in remarked} >= {
        "/data/0/page/url",
        "/data/0/properties/contents/0/brand",
    }
    assert not any("janeth" in one.note.lower() for one in remarked)


def test_an_address_keeps_its_shape() -> None:
    """TikTok wants a whole address on web events; only the part that names somebody goes."""
    url = "https://shop.example/a/Janeth/b?utm_content=10115&ttclid=E.C.P.canaryclick"
    item = msgspec.json.decode(sent(page={"url": url}))
    assert item["page"]["url"] == ("https://shop.example/a/redacted/b?ttclid=E.C.P.canaryclick")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("key", IDENTIFIERS)
def test_a_later_denial_finds_the_copies_as_well(key: str, place: str) -> None:
    """What waits, or was held, has digests only; the copies are found by them."""
    fields = PLACES[place](IDENTIFIERS[key])
    granted = an_event(user=PERSON, consent=GRANTED, **fields)
    denied = an_event(user=PERSON, consent=DENIED, **fields)
    assert tighten(granted.wire, denied.decision) == denied.wire


def test_an_event_id_that_names_somebody_is_refused() -> None:
    """It can't be left out, since the Pixel's copy is told by it."""
    for event_id in (EMAIL, f"order_{PHONE}", "order_491709876543"):
        outcome = processed(an_item(user=PERSON, consent=DENIED, event_id=event_id))
        assert "event_id_holds_identifier" in str(outcome)


# The law: a stricter signal, setting or place never adds a byte of data.

texts = st.sampled_from(
    ["thanks", "Janeth", "Cust_34982", "van Canary", "10115", "E.C.P.canaryclick", "Mug 10115"]
)


def an_odd_item(keys: set[str], path: str, description: str, name: str) -> dict[str, Any]:
    """An event whose texts may name the person."""
    return {
        "user": {key: PERSON[key] for key in {*keys, "ip"}},
        "page": {"url": f"https://shop.example/{quote(path)}?utm_source={quote(name)}"},
        "properties": money(
            description=description, contents=[{"content_id": "a", "content_name": name}]
        ),
    }


items = st.builds(
    an_odd_item,
    st.sets(st.sampled_from(sorted(PERSON))),
    texts,
    texts,
    texts,
)
STEPS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "ad_user_data": ({"ad_user_data": "GRANTED"}, {"ad_user_data": "DENIED"}),
    "ad_personalization": ({"ad_personalization": "GRANTED"}, {"ad_personalization": "DENIED"}),
    "opt_out": ({}, {"opt_out": True}),
    "child": ({}, {"child": True}),
    "profile strict": ({}, {"profile": "strict"}),
    "profile drop": ({}, {"profile": "drop"}),
}
consents = st.fixed_dictionaries(
    {"region": st.sampled_from(["DE", "US-CA", "JP"])},
    optional={
        "ad_user_data": st.sampled_from(["GRANTED", "DENIED"]),
        "ad_personalization": st.sampled_from(["GRANTED", "DENIED"]),
        "opt_out": st.booleans(),
        "profile": st.sampled_from(Profile),
    },
)
policies = st.builds(
    Policy,
    st.sampled_from(Profile),
    st.just(frozenset({"DE"})),
    st.sampled_from(OnPersonalizationDenied),
)
SAID = ("ad_user_data", "ad_personalization", "limited_data_use")


def fields_of(wire: bytes) -> set[str]:
    """Every field of an item that is data: what a flag says about it is none."""
    return {path for path in leaving(wire) if path.rpartition(".")[2] not in SAID}


@given(items, consents, policies, st.sampled_from(sorted(STEPS)))
def test_a_stricter_signal_never_adds_a_byte_of_data(
    item: dict[str, Any], consent: dict[str, object], policy: Policy, step: str
) -> None:
    """Held against the bytes that leave, whatever stands in the event."""
    rules = some_rules(policy=policy)
    lax, strict = (an_event(rules, **item, consent=consent | one).wire for one in STEPS[step])
    assert fields_of(strict) <= fields_of(lax)
    assert len(_letters(strict)) <= len(_letters(lax))


def _letters(wire: bytes) -> bytes:
    """The bytes of an item's data, without its flags and what stands for something removed."""
    if not wire:
        return b""
    item = msgspec.json.decode(wire)
    item.pop("limited_data_use", None)
    for flag in SAID:
        item.get("properties", {}).pop(flag, None)
    return msgspec.json.encode(item).replace(b"redacted", b"")
