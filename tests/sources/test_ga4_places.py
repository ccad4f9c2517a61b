"""A problem of an event leads to the field of the report that it is about."""

import pytest

from tandemgate.catalog.reports import GA4_ITEM, GA4_PARAMS, GA4_REQUEST
from tandemgate.sources.ga4_places import field_path, in_their_words


@pytest.mark.parametrize(
    ("pointer", "path"),
    [
        ("", ""),
        ("/events", "events"),
        ("/events/3", "events[3]"),
        ("/events/0/event", "events[0].name"),
        ("/events/event", "events.name"),
        ("/events/event_id", "events.params.event_id"),
        ("/events/0/properties/contents/1/content_id", "events[0].params.items[1].item_id"),
        ("/events/0/params/event_id", "events[0].params.event_id"),
        ("/events/0/user", "user_data"),
        ("/events/0/user/email/1", "user_data.sha256_email_address[1]"),
        ("/events/0/user/ttclid", "events[0].params.ttclid"),
        ("/events/0/properties/ad_personalization", "non_personalized_ads"),
        ("/events/0/consent/ad_user_data", "consent.ad_user_data"),
        ("/events/0/consent/cmp", "consent.cmp"),
        ("/user_data/sha256_email_address", "user_data.sha256_email_address"),
        ("/app_instance_id", "app_instance_id"),
    ],
)
def test_a_pointer_becomes_the_reports_own_path(pointer: str, path: str) -> None:
    """A shop looks for params.value, not for TikTok's name of it."""
    assert field_path(pointer) == path


def test_every_field_that_is_read_has_its_place() -> None:
    """None is left with TikTok's name."""
    places = [*GA4_REQUEST, *GA4_PARAMS, *(f"properties.contents.0.{one}" for one in GA4_ITEM)]
    told = {field_path(f"/events/0/{one.replace('.', '/')}") for one in places}
    theirs = {f"events[0].params.{one}" for one in GA4_PARAMS.values()}
    items = {f"events[0].params.items[0].{one}" for one in GA4_ITEM.values()}
    assert told == theirs | items | set(GA4_REQUEST.values())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("add properties.value", "add params.value"),
        (
            "add event_id, or properties.order_id to derive it from",
            "add event_id, or params.transaction_id to derive it from",
        ),
        ("send EUR", "send EUR"),
    ],
)
def test_a_fix_names_the_reports_own_field(ours: str, theirs: str) -> None:
    """Whoever adds properties.value to a report has added nothing."""
    assert in_their_words(ours) == theirs
