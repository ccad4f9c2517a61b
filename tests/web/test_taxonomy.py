"""What things are called, by the Pixel and by what is reported, and what does not agree."""

import pytest

from tests.build import PIXEL, an_item, some_rules
from tests.web.gateway import BROWSER_KEY, ORIGIN, OTHER_PIXEL, SERVER_KEY, Gateway
from tests.web.test_sources import a_call

DAY = 86_400.0


@pytest.fixture
def gateway() -> Gateway:
    """A gateway whose server tells of purchases."""
    return Gateway(
        rules={PIXEL: some_rules(server_truth=frozenset({"CompletePayment", "Purchase"}))},
        pixels={},
    )


async def page_says(gateway: Gateway, event: str) -> None:
    """Let a page report a call of the Pixel."""
    call = {"type": "pixel", "event": event, "event_id": "ord_1", "at": 1000}
    consent = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
    beacon: dict[str, object] = {"key": BROWSER_KEY, "session": None, "sent_at": 1500}
    beacon |= {"consent": consent, "events": [call]}
    reply = await gateway.post(beacon, key=None, path="/v1/collect", headers={"origin": ORIGIN})
    assert reply.status == 202


async def test_two_generations_of_one_name_are_told(gateway: Gateway) -> None:
    """The most frequent reason why a shop counts twice."""
    await gateway.sent(an_item(event="CompletePayment"))
    await page_says(gateway, "Purchase")
    told = (await gateway.get("/api/taxonomy")).json["names"]
    assert [(one["event"], one["verdict"], one["other"]) for one in told] == [
        ("CompletePayment", "generation_mismatch", "Purchase"),
        ("Purchase", "generation_mismatch", "CompletePayment"),
    ]
    assert told[0]["source"] == "backend"
    assert told[0]["gateway_at"] is not None


async def test_a_name_by_which_another_system_reports_is_told_with_it(gateway: Gateway) -> None:
    """Whose table or event_names to change is the first question."""
    await gateway.post({"batch": [a_call()]}, path="/v1/batch")
    await page_says(gateway, "Purchase")
    told = (await gateway.get("/api/taxonomy")).json["names"]
    assert [(one["event"], one["source"]) for one in told] == [
        ("CompletePayment", "segment"),
        ("Purchase", None),
    ]
    assert told[0]["pixel_at"] is None
    assert told[0]["fix"].startswith("use one name")


async def test_what_nobody_uses_any_more_is_left_out(gateway: Gateway) -> None:
    """A name that was mended last year is not held against today's; who asks still sees it."""
    await gateway.sent(an_item(event="CompletePayment"))
    gateway.clock.at += 31 * DAY
    assert (await gateway.get("/api/taxonomy")).json["names"] == []
    assert len((await gateway.get("/api/taxonomy?since=0")).json["names"]) == 1


async def test_a_key_sees_the_names_of_its_pixels() -> None:
    """An agency's shops are strangers to each other."""
    gateway = Gateway()
    reply = await gateway.get(f"/api/taxonomy?pixel={OTHER_PIXEL}", SERVER_KEY)
    assert (reply.status, reply.first_problem["reason"]) == (403, "pixel_not_allowed")


@pytest.mark.parametrize("query", ["since=yesterday", "verdict=agrees", "since=1e999"])
async def test_a_wrong_question_is_said_to_be_one(gateway: Gateway, query: str) -> None:
    """With what is expected instead."""
    reply = await gateway.get(f"/api/taxonomy?{query}")
    assert (reply.status, reply.first_problem["reason"]) == (400, "parameter_invalid")
