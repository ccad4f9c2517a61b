"""An ad's landing page is known by its address alone, and other links from TikTok are not ads."""

import pytest

from tandemgate.core.landing import led_by_ad


@pytest.mark.parametrize(
    ("query", "ad"),
    [
        ("?ttclid=E.C.P.abc", True),
        ("?utm_source=tiktok", True),
        ("?utm_source=TikTok&utm_medium=paid&utm_campaign=spring", True),
        ("?a=1&utm_source=tiktok_ads&utm_medium=cpc", True),
        ("?utm_source=tiktok&utm_medium=social", True),
        ("?utm_source=%74iktok", True),
        ("?utm_source=tiktok&utm_medium=organic", False),
        ("?utm_source=tiktok&utm_medium=Bio-Link", False),
        ("?utm_source=tiktok&utm_medium=referral", False),
        ("?utm_source=google&utm_medium=cpc", False),
        ("?utm_campaign=tiktok", False),
        ("?ttclid=", False),
        ("?ttclid", False),
        ("#?ttclid", False),
        ("", False),
        ("?", False),
    ],
)
def test_an_address_tells_whether_an_ad_led_there(query: str, *, ad: bool) -> None:
    """A shop's link in its profile carries TikTok's name as well, and never a click id."""
    assert led_by_ad(f"https://shop.example/spring{query}") is ad


def test_no_address_tells_nothing() -> None:
    """A server often knows no page."""
    assert not led_by_ad(None)
