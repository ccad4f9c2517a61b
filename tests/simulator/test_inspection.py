"""What a test can ask the simulator afterwards."""

import pytest

from tests.simulator.driver import NOW, a_driver, an_envelope, an_event
from tiktok_simulator.world import Access


async def test_a_copy_is_kept_byte_by_byte_with_its_request() -> None:
    """The proof of what left the building is what arrived, not what was meant."""
    driver = a_driver()
    wire = b'{ "event":"Lead","event_id":"l1","event_time":1776943380, "user":{"ttp":"2.x"} }'
    body = b'{"event_source":"web","event_source_id":"C9ABC1234567890","data":[' + wire + b"]}"
    request_id = (await driver.track(body)).json["request_id"]
    answered = await driver.call("GET", "/_sim/events")
    assert wire in answered.body
    row = answered.json["events"][0]
    assert (row["request_id"], row["received_at"], row["fate"]) == (request_id, NOW, "counted")


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", 4),
        ("?event=AddToCart", 3),
        ("?event_id=b", 1),
        ("?channel=pixel", 1),
        ("?test=1", 1),
        ("?test=0", 3),
        ("?pixel=other", 0),
    ],
)
async def test_copies_are_filtered(query: str, total: int) -> None:
    """Many tests share one simulator, each looking for its own events."""
    driver = a_driver()
    await driver.track(an_envelope(an_event(), an_event(event="Lead", event_id="b")))
    await driver.track(an_envelope(test_event_code="T1"))
    await driver.pixel("AddToCart", "cart_7_add_1")
    assert (await driver.get(f"/_sim/events{query}"))["total"] == total


async def test_a_request_is_listed_with_its_answer_and_without_its_token() -> None:
    """The list is printed in tests and reports; a token must not be in it."""
    driver = a_driver(access=Access({"long-secret-7890": frozenset({"C9ABC1234567890"})}))
    await driver.track(token="long-secret-7890")
    answered = await driver.call("GET", "/_sim/requests?bodies=1")
    assert b"secret" not in answered.body
    row = answered.json["requests"][0]
    assert (row["token"], row["code"], row["message"], row["events"]) == ("7890", 0, "OK", 1)
    assert (row["http_status"], row["pixel"]) == (200, "C9ABC1234567890")
    assert row["headers"] == ["access-token", "content-type"]
    assert '"event_id":"cart_7_add_1"' in row["body"]


async def test_bodies_are_left_out_unless_they_are_asked_for() -> None:
    """They hold digests of people."""
    driver = a_driver()
    await driver.track()
    assert "body" not in (await driver.get("/_sim/requests"))["requests"][0]


async def test_a_token_opens_only_its_own_pixels() -> None:
    """Permission is per pixel; a valid token for another one is a different refusal."""
    driver = a_driver(access=Access({"t1": frozenset({"P1"}), "t2": frozenset({"P1", "P2"})}))
    codes = [
        (await driver.track(an_envelope(event_source_id=pixel), token=token)).json["code"]
        for token, pixel in (("t1", "P1"), ("t1", "P2"), ("t2", "P2"), ("t2", "P3"))
    ]
    assert codes == [0, 40001, 0, 40002]


async def test_reset_forgets_everything_and_sets_the_clock_right() -> None:
    """The next test starts from nothing."""
    driver = a_driver()
    await driver.track()
    await driver.plan(fault="status")
    await driver.call("POST", "/_sim/clock", b'{"advance": 60}')
    await driver.call("POST", "/_sim/reset")
    assert (await driver.get("/_sim/events"))["total"] == 0
    assert (await driver.get("/_sim/requests"))["total"] == 0
    assert (await driver.get("/_sim/faults")) == {"faults": []}
    assert (await driver.get("/_sim/health"))["now"] == NOW


@pytest.mark.parametrize("body", [b"{}", b'{"advance": "1h"}', b'{"advance": 1e300}', b"{"])
async def test_a_clock_that_cannot_be_moved_so_says_how(body: bytes) -> None:
    """A test that believes the clock moved would prove nothing."""
    answered = await a_driver().call("POST", "/_sim/clock", body)
    assert (answered.status, answered.json["try"]) == (400, 'POST {"advance": 172801}')


async def test_the_first_page_names_every_endpoint() -> None:
    """Whoever opens the address in a browser learns what there is."""
    driver = a_driver()
    page = (await driver.call("GET", "/")).body.decode()
    paths = [route.path for route in driver.app.routes if hasattr(route, "path")]
    missing = {path for path in paths if path not in page}
    assert missing == {"/_sim/elsewhere"}


async def test_track_is_posted_to() -> None:
    """A browser that looks at the address is told what the address is for."""
    answered = await a_driver().call("GET", "/open_api/v1.3/event/track/")
    assert (answered.status, answered.headers["allow"]) == (405, "POST")


async def test_keys_name_an_event_once_for_each_time_that_it_is_counted() -> None:
    """A benchmark compares a million ids with what it sent; one too many must stand out."""
    driver = a_driver()
    await driver.track(an_envelope(an_event(), an_event(event="Lead", event_id="b")))
    await driver.track(an_envelope(an_event(event="Lead", event_id="b")))
    await driver.call("POST", "/_sim/clock", b'{"advance": 172801}')
    await driver.track(an_envelope(an_event(event="Lead", event_id="b")))
    assert (await driver.call("GET", "/_sim/keys?event=Lead")).body == b"b\nb\n"
