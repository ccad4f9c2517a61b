"""The shape of ordinary events: every field that is read, when nothing is odd about its value.

One table of types, which :mod:`tandemgate.core.ordinary` decodes by; the tables of
:mod:`tandemgate.core.fields` say what else is taken. A field that is missing here makes events that
state it slower to read, never different.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Raw, Struct

from tandemgate.core.amounts import TOO_MUCH
from tandemgate.core.fields import LATEST_INSTANT, MOST_CONTENT_IDS, MOST_IDENTIFIERS
from tandemgate.core.reading import LONGEST_TEXT
from tandemgate.model.consent import Flag

_Text: TypeAlias = Annotated[str, Meta(max_length=LONGEST_TEXT // 4)]  # 4 bytes a letter, at most
_Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT // 4)]
_Number: TypeAlias = Annotated[int, Meta(gt=-TOO_MUCH, lt=TOO_MUCH)]
_Label: TypeAlias = _Text | _Number
Several: TypeAlias = _Label | list[_Label] | list[_Text]
_Quantity: TypeAlias = Annotated[int, Meta(ge=1, lt=TOO_MUCH)]
_Whole: TypeAlias = Annotated[int, Meta(ge=0, lt=TOO_MUCH)]
_Amount: TypeAlias = _Whole | Annotated[float, Meta(ge=0, lt=TOO_MUCH)]
_Texts: TypeAlias = _Text | Annotated[list[_Text], Meta(max_length=MOST_IDENTIFIERS)]
_Labels: TypeAlias = _Label | Annotated[list[_Label], Meta(max_length=MOST_IDENTIFIERS)]
_ContentIds: TypeAlias = _Label | Annotated[list[_Label], Meta(max_length=MOST_CONTENT_IDS)]
_Instant: TypeAlias = Annotated[float, Meta(gt=0, lt=LATEST_INSTANT)]


class User(Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Who acted."""

    email: _Texts | None = None
    phone: _Texts | None = None
    phone_number: _Texts | None = None
    external_id: _Labels | None = None
    first_name: _Text | None = None
    last_name: _Text | None = None
    zip_code: _Text | None = None
    city: _Text | None = None
    state: _Text | None = None
    country: _Text | None = None
    ttclid: _Text | None = None
    ttp: _Text | None = None
    ip: _Text | None = None
    user_agent: _Text | None = None
    locale: _Text | None = None


class Line(Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One product line."""

    content_id: _Name | _Number
    quantity: _Quantity | None = None
    price: _Amount | None = None
    content_name: _Text | None = None
    content_category: _Text | None = None
    brand: _Text | None = None


class Properties(Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What the action was worth."""

    value: _Amount | None = None
    currency: _Text | None = None
    order_id: _Label | None = None
    contents: Line | list[Line] | None = None
    ad_user_data: Flag | None = None
    ad_personalization: Flag | None = None
    content_type: Literal["product", "product_group"] | None = None
    content_ids: _ContentIds | None = None
    num_items: _Quantity | None = None
    shop_id: _Text | None = None
    query: _Text | None = None
    search_string: _Text | None = None
    description: _Text | None = None
    status: _Text | None = None
    predicted_ltv: _Amount | None = None


class Page(Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Where it happened."""

    url: _Text | None = None
    referrer: _Text | None = None


class Consent(Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What was agreed to, stated in fields."""

    ad_user_data: Flag | None = None
    ad_personalization: Flag | None = None
    region: _Text | None = None
    cmp: _Text | None = None
    cmp_version: _Label | None = None
    opt_out: bool | None = None
    child: bool | None = None
    collected_at: _Instant | None = None
    tc_string: _Text | None = None
    gpp_string: _Text | None = None
    us_privacy: _Text | None = None
    gcd: _Text | None = None


class Lead(Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What is known of a lead."""

    lead_id: _Text | None = None
    lead_event_source: _Text | None = None


class Refs(Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Other names of the action."""

    cart: _Text | None = None
    checkout: _Text | None = None
    order: _Text | None = None
    lead: _Text | None = None


class Event(Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One reported action."""

    event: _Name
    event_time: Annotated[int, Meta(ge=1)]
    event_id: _Name | None = None
    user: User | None = None
    properties: Properties | None = None
    page: Page | None = None
    limited_data_use: bool | None = None
    lead: Lead | None = None
    consent: Consent | None = None
    session: _Text | None = None
    refs: Refs | None = None
    region: _Text | None = None


class Outline(Struct, omit_defaults=True, gc=False):
    """An envelope as it mostly comes; what it has besides shows in the number of its quotes."""

    data: list[Event]
    event_source: str | None = None
    event_source_id: str | None = None
    test_event_code: str | None = None


class Apart(Struct, gc=False):
    """An envelope whose events are still to be read, each by itself."""

    data: list[Raw]
