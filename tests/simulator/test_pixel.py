"""The browser's side."""

import msgspec
import pytest

from tests.simulator.driver import a_driver

METHODS = (
    "page track identify instances debug on off once ready alias group enableCookie"
    " disableCookie holdConsent revokeConsent grantConsent"
)


async def test_a_page_on_any_origin_may_report() -> None:
    """The shop and TikTok are different origins, so CORS has to be open."""
    driver = a_driver()
    preflight = await driver.call("OPTIONS", "/api/v2/pixel/act")
    reported = await driver.pixel("ViewContent", "v1")
    assert (preflight.status, reported.json["code"]) == (204, 0)
    assert {each.headers["access-control-allow-origin"] for each in (preflight, reported)} == {"*"}


async def test_a_report_is_kept_as_the_pixels_copy() -> None:
    """Pairing is judged by what the browser really said."""
    driver = a_driver()
    await driver.pixel("ViewContent", "v1", value=2.5, currency="EUR")
    row = (await driver.get("/_sim/events"))["events"][0]
    assert (row["channel"], row["event"], row["event_id"]) == ("pixel", "ViewContent", "v1")
    assert row["wire"]["properties"] == {"value": 2.5, "currency": "EUR"}


@pytest.mark.parametrize(
    "act",
    [
        {"event": "ViewContent"},
        {"pixel_code": "C0NOSUCHPIXEL00", "event": "ViewContent"},
        {"pixel_code": "C9ABC1234567890", "event": "ViewContent", "event_id": 7},
    ],
)
async def test_a_report_of_nobody_is_refused(act: dict[str, object]) -> None:
    """A mistyped pixel in a snippet must be seen in the first test."""
    driver = a_driver()
    answered = await driver.call("POST", "/api/v2/pixel/act", msgspec.json.encode(act))
    assert answered.json["code"] == 40002
    assert (await driver.get("/_sim/events"))["total"] == 0


async def test_the_script_never_reports_the_value_of_an_identifier() -> None:
    """The real Pixel hashes them; a stand-in that keeps what it hears must not hear them at all."""
    script = (await a_driver().call("GET", "/i18n/pixel/events.js")).body.decode()
    assert "identified = Object.keys(person" in script
    assert script.count("person") == 2


async def test_the_script_has_every_method_of_the_queue() -> None:
    """A page calls whatever TikTok's snippet declares; a missing one would break the page."""
    answered = await a_driver().call("GET", "/i18n/pixel/events.js?sdkid=C9ABC1234567890")
    assert answered.headers["content-type"].startswith("text/javascript")
    script = answered.body.decode()
    assert [name for name in METHODS.split() if f"{name}: function" not in script] == []
