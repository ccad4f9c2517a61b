"""The shape of ordinary events: every field that is read, when nothing is odd about its value.

One table of types, which :mod:`tandemgate.core.ordinary` decodes by; the tables of
:mod:`tandemgate.core.fields` say what else is taken. A field that is missing here makes events that
state it slower to read, never different.
"""

from typing import Annotated, Literal, TypeAlias, TypeVar

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from tandemgate.core.amounts import TOO_MUCH
from tandemgate.core.fields import LATEST_INSTANT, MOST_CONTENT_IDS, MOST_IDENTIFIERS
from tandemgate.core.reading import LONGEST_TEXT
from tandemgate.model.consent import Flag

_T = TypeVar("_T")
Stated: TypeAlias = _T | UnsetType | None
"""A field that may be missing. Null says no more, but is kept, so that its name can be counted."""

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


class User(Struct, forbid_unknown_fields=True, gc=False):
    """Who acted."""

    email: Stated[_Texts] = UNSET
    phone: Stated[_Texts] = UNSET
    phone_number: Stated[_Texts] = UNSET
    external_id: Stated[_Labels] = UNSET
    first_name: Stated[_Text] = UNSET
    last_name: Stated[_Text] = UNSET
    zip_code: Stated[_Text] = UNSET
    city: Stated[_Text] = UNSET
    state: Stated[_Text] = UNSET
    country: Stated[_Text] = UNSET
    ttclid: Stated[_Text] = UNSET
    ttp: Stated[_Text] = UNSET
    ip: Stated[_Text] = UNSET
    user_agent: Stated[_Text] = UNSET
    locale: Stated[_Text] = UNSET


class Line(Struct, forbid_unknown_fields=True, gc=False):
    """One product line."""

    content_id: _Name | _Number
    quantity: Stated[_Quantity] = UNSET
    price: Stated[_Amount] = UNSET
    content_name: Stated[_Text] = UNSET
    content_category: Stated[_Text] = UNSET
    brand: Stated[_Text] = UNSET


class Properties(Struct, forbid_unknown_fields=True, gc=False):
    """What the action was worth."""

    value: Stated[_Amount] = UNSET
    currency: Stated[_Text] = UNSET
    order_id: Stated[_Label] = UNSET
    contents: Stated[Line | list[Line]] = UNSET
    ad_user_data: Stated[Flag] = UNSET
    ad_personalization: Stated[Flag] = UNSET
    content_type: Stated[Literal["product", "product_group"]] = UNSET
    content_ids: Stated[_ContentIds] = UNSET
    num_items: Stated[_Quantity] = UNSET
    shop_id: Stated[_Text] = UNSET
    query: Stated[_Text] = UNSET
    search_string: Stated[_Text] = UNSET
    description: Stated[_Text] = UNSET
    status: Stated[_Text] = UNSET
    predicted_ltv: Stated[_Amount] = UNSET


class Page(Struct, forbid_unknown_fields=True, gc=False):
    """Where it happened."""

    url: Stated[_Text] = UNSET
    referrer: Stated[_Text] = UNSET


class Consent(Struct, forbid_unknown_fields=True, gc=False):
    """What was agreed to, stated in fields."""

    ad_user_data: Stated[Flag] = UNSET
    ad_personalization: Stated[Flag] = UNSET
    region: Stated[_Text] = UNSET
    cmp: Stated[_Text] = UNSET
    cmp_version: Stated[_Label] = UNSET
    opt_out: Stated[bool] = UNSET
    child: Stated[bool] = UNSET
    collected_at: Stated[_Instant] = UNSET
    tc_string: Stated[_Text] = UNSET
    gpp_string: Stated[_Text] = UNSET
    us_privacy: Stated[_Text] = UNSET
    gcd: Stated[_Text] = UNSET


class Lead(Struct, forbid_unknown_fields=True, gc=False):
    """What is known of a lead."""

    lead_id: Stated[_Text] = UNSET
    lead_event_source: Stated[_Text] = UNSET


class Refs(Struct, forbid_unknown_fields=True, gc=False):
    """Other names of the action."""

    cart: Stated[_Text] = UNSET
    checkout: Stated[_Text] = UNSET
    order: Stated[_Text] = UNSET
    lead: Stated[_Text] = UNSET


class Event(Struct, forbid_unknown_fields=True, gc=False):
    """One reported action."""

    event: _Name
    event_time: Annotated[int, Meta(ge=1)]
    event_id: Stated[_Name] = UNSET
    user: Stated[User] = UNSET
    properties: Stated[Properties] = UNSET
    page: Stated[Page] = UNSET
    limited_data_use: Stated[bool] = UNSET
    lead: Stated[Lead] = UNSET
    consent: Stated[Consent] = UNSET
    session: Stated[_Text] = UNSET
    refs: Stated[Refs] = UNSET
    region: Stated[_Text] = UNSET


class Outline(Struct, gc=False):
    """An envelope as it mostly comes; what it has besides shows in the number of its names."""

    data: list[Event]
    event_source: str | None
    event_source_id: str | None
    test_event_code: Stated[str] = UNSET


class Apart(Struct, gc=False):
    """An envelope whose events are still to be read, each by itself."""

    data: list[Raw]
