"""The words of ``POST /v1/events`` as types, for editors and checkers; docs/http.md tells more.

Whatever is stated is passed on, and it is the gateway that judges it. ``None`` states nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias, TypedDict

Number: TypeAlias = int | float | Decimal
Texts: TypeAlias = str | Sequence[str] | None
Label: TypeAlias = str | int | None
Labels: TypeAlias = Label | Sequence[str | int]
Flag: TypeAlias = Literal["GRANTED", "DENIED"]


class User(TypedDict, total=False):
    """Who acted: identifiers raw or hashed, one or several."""

    email: Texts
    phone: Texts
    phone_number: Texts
    external_id: Labels
    first_name: str | None
    last_name: str | None
    zip_code: str | None
    city: str | None
    state: str | None
    country: str | None
    ttclid: str | None
    ttp: str | None
    ip: str | None
    user_agent: str | None
    locale: str | None


class Content(TypedDict, total=False):
    """One product line; ``price`` is of one piece."""

    content_id: str | int
    quantity: int | None
    price: Number | None
    content_name: str | None
    content_category: str | None
    brand: str | None


class Page(TypedDict, total=False):
    """Where it happened."""

    url: str | None
    referrer: str | None


class Consent(TypedDict, total=False):
    """What was agreed to, and how that is known. ``collected_at``: Unix seconds, or with offset."""

    ad_user_data: Flag | None
    ad_personalization: Flag | None
    region: str | None
    cmp: str | None
    cmp_version: Label
    opt_out: bool | None
    gpc: bool | None
    child: bool | None
    profile: str | None
    collected_at: float | str | datetime | None
    tc_string: str | None
    gpp_string: str | None
    us_privacy: str | None
    gcd: str | None


class Refs(TypedDict, total=False):
    """Other names of the action, by which its visit is found."""

    cart: Label
    checkout: Label
    order: Label
    lead: Label


class Lead(TypedDict, total=False):
    """What is known of a lead."""

    lead_id: Label
    lead_event_source: str | None


class Properties(TypedDict, total=False):
    """What the action was worth."""

    value: Number | None
    currency: str | None
    order_id: Label
    contents: Content | Sequence[Content] | None
    content_type: Literal["product", "product_group"] | None
    content_ids: Labels
    num_items: int | None
    shop_id: Label
    query: str | None
    search_string: str | None
    description: str | None
    status: str | None
    predicted_ltv: Number | None


class Fields(Properties, total=False):
    """All that an event can state beside its name. ``event_time``: Unix seconds, else now."""

    event_id: str | None
    event_time: float | datetime | None
    user: User | None
    page: Page | None
    limited_data_use: bool | None
    lead: Lead | None
    consent: Consent | None
    session: str | None
    refs: Refs | None
    region: str | None


class Person(TypedDict, total=False):
    """Whose events are meant by a decision: raw or hashed, one or several."""

    email: Texts
    phone: Texts
    phone_number: Texts
    external_id: Labels


class Decision(TypedDict, total=False):
    """What somebody decided after the event; a session or a user says who."""

    session: str | None
    user: Person | None
    region: str | None
    consent: Consent | None
    ad_user_data: Flag | None
    ad_personalization: Flag | None
    collected_at: float | str | datetime | None


PROPERTIES: Final = Properties.__annotations__.keys()
"""What the envelope has below ``properties``; everything else stands beside it."""
