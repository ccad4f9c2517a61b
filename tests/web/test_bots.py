"""A crawler's visit is counted and told of, and reaches TikTok only where the shop wants it to."""

from typing import Any

import pytest

from tandemgate.model.rules import Bots
from tests.build import PIXEL, an_item, some_rules
from tests.web.gateway import BROWSER_KEY, ORIGIN, Gateway, Reply

GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
VIEW = {"event": "ViewContent", "event_id": "view_7", "at": 1000}


def a_gateway(bots: Bots) -> Gateway:
    """A gateway for one shop."""
    truth = frozenset({"CompletePayment"})
    return Gateway(rules={PIXEL: some_rules(server_truth=truth, bots=bots)}, pixels={})


async def crawled(gateway: Gateway, *kinds: str) -> Reply:
    """Send what a crawler's page sends that runs scripts."""
    beacon = {
        "key": BROWSER_KEY,
        "session": "page-long-session-1",
        "sent_at": 1000,
        "consent": GRANTED,
        "events": [VIEW | {"type": kind} for kind in kinds],
    }
    headers = {"origin": ORIGIN, "user-agent": GOOGLE}
    return await gateway.post(beacon, key=None, path="/v1/collect", headers=headers)


async def counted(gateway: Gateway) -> Any:  # noqa: ANN401 - JSON
    """What was received, and what became of it."""
    received = (await gateway.get("/api/stats")).json["received"]
    return {(one["event"], one["outcome"], one["reason"]): one["count"] for one in received}


async def test_a_crawlers_page_is_counted_and_not_sent() -> None:
    """Its view would teach TikTok to look for people who never buy."""
    gateway = a_gateway(Bots.NOTE)
    [told] = (await crawled(gateway, "track")).json["results"]
    assert (told["outcome"], told["reason"]) == ("noted", "bot_user_agent")
    assert await counted(gateway) == {("ViewContent", "noted", "bot_user_agent"): 1}
    assert (await gateway.get(f"/api/events/view_7?pixel={PIXEL}")).status == 404


async def test_the_pixels_call_of_a_crawler_is_no_half_of_a_pair() -> None:
    """No server's copy will ever come; a list of broken pairs would be full of crawlers."""
    gateway = a_gateway(Bots.NOTE)
    await crawled(gateway, "pixel")
    assert (await gateway.get("/api/pairs")).json["pairs"] == []


async def test_a_shop_may_send_them() -> None:
    """The story says whose they are."""
    gateway = a_gateway(Bots.SEND)
    [told] = (await crawled(gateway, "track")).json["results"]
    assert told["outcome"] == "accepted"
    story = (await gateway.get(f"/api/events/view_7?pixel={PIXEL}")).json
    assert "bot_user_agent" in {one["reason"] for one in story["findings"]}


@pytest.mark.parametrize(
    ("event", "outcome"), [("ViewContent", "noted"), ("CompletePayment", "accepted")]
)
async def test_of_a_backend_an_order_goes_whatever_placed_it(event: str, outcome: str) -> None:
    """Shops report each page from the server too; an order is one, and says so."""
    gateway = a_gateway(Bots.NOTE)
    user = {"email": "customer@example.com", "user_agent": GOOGLE}
    [told] = (await gateway.sent(an_item(event=event, user=user))).json["results"]
    assert told["outcome"] == outcome
    said = {told.get("reason"), *(one["reason"] for one in told.get("findings", ()))}
    assert "bot_user_agent" in said
