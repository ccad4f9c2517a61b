"""Where a report to another system says what TikTok asks for.

Sources: Google, "Measurement Protocol reference" (what a request says), "Send user-provided data
with User-ID" (user_data), "GA4 recommended events" (params and items).
"""

from collections.abc import Mapping
from typing import Final

GA4_REQUEST: Final[Mapping[str, str]] = {
    "user.email": "user_data.sha256_email_address",
    "user.phone": "user_data.sha256_phone_number",
    "user.external_id": "user_id",
    "user.first_name": "user_data.address.sha256_first_name",
    "user.last_name": "user_data.address.sha256_last_name",
    "user.zip_code": "user_data.address.postal_code",
    "user.city": "user_data.address.city",
    "user.state": "user_data.address.region",
    "user.country": "user_data.address.country",
    "user.ip": "ip_override",
    "user.user_agent": "user_agent",
    "user.locale": "device.language",
    "consent.ad_user_data": "consent.ad_user_data",
    "consent.ad_personalization": "consent.ad_personalization",
    "consent.region": "user_location.region_id",
    "event_time": "timestamp_micros",
}
"""What holds for all events of a request to Google Analytics 4; of several addresses the first."""

GA4_PLAIN: Final[Mapping[str, str]] = {
    "user.email": "user_data.email",
    "user.phone": "user_data.phone_number",
    "user.first_name": "user_data.address.first_name",
    "user.last_name": "user_data.address.last_name",
}
"""What is not hashed yet, by gtag's names. It comes before the digests; Google takes no such thing.
"""

GA4_PARAMS: Final[Mapping[str, str]] = {
    "event_id": "event_id",
    "user.ttclid": "ttclid",
    "user.ttp": "ttp",
    "properties.value": "value",
    "properties.currency": "currency",
    "properties.order_id": "transaction_id",
    "properties.query": "search_term",
    "properties.contents": "items",
    "page.url": "page_location",
    "page.referrer": "page_referrer",
    "session": "tg_session",
    "refs.order": "transaction_id",
    "refs.lead": "lead_id",
}
"""What an event says in its ``params``."""

GA4_ITEM: Final[Mapping[str, str]] = {
    "content_id": "item_id",
    "content_name": "item_name",
    "content_category": "item_category",
    "brand": "item_brand",
    "price": "price",
    "quantity": "quantity",
}
"""What one of its ``items`` says."""
