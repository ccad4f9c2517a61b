"""``GET /api/…``: everything that is known about an event, and nothing that names a person."""

from typing import Any

import pytest

from tandemgate.model.delivery import Answer, Batch, Change, HoldCause, LaneStatus
from tandemgate.model.event import Lane
from tandemgate.model.state import State
from tandemgate.web.parts import PixelCard
from tests.build import EVENT_TIME, NOW, PIXEL, an_envelope, an_item
from tests.web.gateway import ADMIN_KEY, OTHER_PIXEL, Gateway

ID = "ord_10492_complete_payment"
STORY = f"/api/events/{ID}"
STATED = {
    "pixel_id": PIXEL,
    "event": "CompletePayment",
    "event_id": ID,
    "event_time": EVENT_TIME,
    "source": "backend",
    "verified": True,
    "channel": "live",
    "revision": 1,
    "advertiser_id": "",
    "state": "DELIVERED",
    "reason": None,
    "event_source": "web",
    "replayable": False,
    "replay_blockers": ["delivered"],
}
ATTEMPT = {
    "number": 1,
    "batch_id": "b41",
    "batch_events": 1,
    "sent_at": "2026-04-23T11:23:21.000Z",
    "answered_at": "2026-04-23T11:23:21.052Z",
    "http_status": 200,
    "code": 0,
    "message": "OK",
    "tiktok_request_id": "20260423112321",
    "verdict": "delivered",
    "latency_ms": 52,
    "next_attempt_at": None,
}


async def delivered(gateway: Gateway) -> None:
    """Hand in one event, and let TikTok take it a second later."""
    await gateway.sent()
    lane = Lane(PIXEL)
    due = await gateway.store.claim(lane, 1, NOW)
    await gateway.store.intend(Batch("b41", lane, tuple(due), b""), NOW + 1)
    answer = Answer(NOW + 1.052, "delivered", 0.052, 200, 0, "OK", "20260423112321")
    await gateway.store.record("b41", answer, [Change(due[0].seq, State.DELIVERED)])


async def test_the_story_tells_everything_that_is_known(gateway: Gateway) -> None:
    """Whoever asks where an order went gets one answer, complete."""
    await delivered(gateway)
    story = (await gateway.get(STORY)).json
    assert {name: story[name] for name in STATED} == STATED
    assert story["pair"]["verdict"] == "server_only"
    assert story["attempts"] == [ATTEMPT]
    assert {key: story["match_keys"][key] for key in ("email", "phone", "ttclid", "ip")} == {
        "email": "sent",
        "phone": "missing",
        "ttclid": "missing",
        "ip": "sent",
    }
    consent = story["consent"]
    assert (consent["region"], consent["ad_user_data"], consent["policy"]) == (
        "DE",
        "GRANTED",
        "guide@1",
    )
    assert (consent["removed"], consent["limited_data_use"]) == ([], False)


async def test_the_timeline_names_every_hop_in_order(gateway: Gateway) -> None:
    """The hop that took long, or that is missing, is where to look."""
    await delivered(gateway)
    timeline = (await gateway.get(STORY)).json["timeline"]
    assert [(moment["at"][14:], moment["stage"]) for moment in timeline] == [
        ("23:20.000Z", "received"),
        ("23:20.000Z", "decided"),
        ("23:20.000Z", "queued"),
        ("23:21.000Z", "sent"),
        ("23:21.052Z", "answered"),
        ("23:21.052Z", "delivered"),
    ]


async def test_a_suppressed_event_was_never_queued(gateway: Gateway) -> None:
    """The story is the proof that nothing left."""
    await gateway.sent(an_item(consent=...))
    gateway.clock.at += 1
    await gateway.sent(an_item(consent=...))
    story = (await gateway.get(STORY)).json
    stages = [moment["stage"] for moment in story["timeline"]]
    assert (story["state"], story["reason"]) == ("SUPPRESSED", "consent_missing")
    assert stages == ["received", "decided", "suppressed", "duplicate"]


async def test_an_unknown_event_says_how_to_look(gateway: Gateway) -> None:
    """A typo in an event_id is the usual case."""
    reply = await gateway.get("/api/events/ord_nowhere")
    assert (reply.status, reply.first_problem["received"]) == (404, "ord_nowhere")


async def test_one_id_for_several_events_asks_which(gateway: Gateway) -> None:
    """TikTok tells them apart by name, so both are right; a guess would show the wrong one."""
    await gateway.sent(an_item(), an_item(event="AddToCart"))
    asked = await gateway.get(STORY)
    chosen = await gateway.get(f"{STORY}?event=AddToCart&pixel={PIXEL}")
    assert (asked.status, asked.json["error"]) == (409, "ambiguous")
    assert [one["event"] for one in asked.json["candidates"]] == ["CompletePayment", "AddToCart"]
    assert (chosen.status, chosen.json["event"]) == (200, "AddToCart")


async def test_an_id_with_a_slash_is_found() -> None:
    """Shops number orders like 2026/10492."""
    gateway = Gateway()
    await gateway.sent(an_item(event_id="ord/2026/1"))
    assert (await gateway.get("/api/events/ord/2026/1")).status == 200


async def test_the_list_shows_stories_less_their_timeline(gateway: Gateway) -> None:
    """A list that knew less would make everybody ask for each event."""
    await delivered(gateway)
    (listed,) = (await gateway.get("/api/events")).json["events"]
    story = (await gateway.get(STORY)).json
    assert listed == {name: value for name, value in story.items() if name != "timeline"}


async def test_pages_continue_where_the_last_one_ended(gateway: Gateway) -> None:
    """New events arrive while somebody pages; none may be shown twice or left out."""
    await gateway.sent(*(an_item(event="AddToCart", event_id=f"cart_{n}") for n in range(5)))
    first = (await gateway.get("/api/events?limit=2")).json
    await gateway.sent(an_item(event="AddToCart", event_id="cart_new"))
    second = (await gateway.get(f"/api/events?limit=2&after={first['next']}")).json
    third = (await gateway.get(f"/api/events?limit=2&after={second['next']}")).json
    shown = [[event["event_id"] for event in page["events"]] for page in (first, second, third)]
    assert shown == [["cart_4", "cart_3"], ["cart_2", "cart_1"], ["cart_0"]]
    assert third["next"] is None


FILTERS: dict[str, tuple[str, set[str]]] = {
    "pixel": (f"pixel={PIXEL}", {"cart", "order", "late"}),
    "another pixel": (f"pixel={OTHER_PIXEL}", {"other"}),
    "event": ("event=AddToCart", {"cart"}),
    "state": ("state=suppressed", {"late"}),
    "beginning of the id": ("q=or", {"order"}),
    "since, in seconds": (f"since={NOW + 1}", {"late"}),
    "since, as text": ("since=2026-04-23T11:23:21Z", {"late"}),
    "until": (f"until={NOW + 1}", {"cart", "order", "other"}),
    "a code that nobody gave": ("code=40002", set()),
}


@pytest.mark.parametrize(("query", "found"), FILTERS.values(), ids=list(FILTERS))
async def test_filters_narrow_the_list(gateway: Gateway, query: str, found: set[str]) -> None:
    """The same filters serve the CLI, the pages and a replay."""
    items = [an_item(event="AddToCart", event_id="cart"), an_item(event_id="order")]
    await gateway.sent(*items)
    others = an_envelope(an_item(event_id="other"), event_source_id=OTHER_PIXEL)
    await gateway.post(others, key=ADMIN_KEY)
    gateway.clock.at += 10
    await gateway.sent(an_item(event_id="late", consent=...))
    listed = (await gateway.get(f"/api/events?{query}", ADMIN_KEY)).json["events"]
    assert {event["event_id"] for event in listed} == found


@pytest.mark.parametrize(
    "query", ["stat=QUEUED", "state=GONE", "limit=0", "limit=x", "since=yesterday", "after=x"]
)
async def test_an_unreadable_filter_is_refused(gateway: Gateway, query: str) -> None:
    """A filter that is silently ignored shows the wrong events."""
    reply = await gateway.get(f"/api/events?{query}")
    assert (reply.status, reply.first_problem["reason"]) == (400, "parameter_invalid")


async def test_stats_count_by_pixel_event_and_state(gateway: Gateway) -> None:
    """Numbers that add up are what a shop compares with its own books."""
    await gateway.sent(an_item(), an_item(event_id="b"), an_item(event_id="c", consent=...))
    await gateway.sent()
    stats = (await gateway.get("/api/stats")).json
    assert (stats["ledger_imbalance"], stats["recorded"]) == (0, 3)
    assert {(cell["state"], cell["count"]) for cell in stats["states"]} == {
        ("QUEUED", 2),
        ("SUPPRESSED", 1),
    }
    assert {(cell["outcome"], cell["count"]) for cell in stats["received"]} == {
        ("accepted", 2),
        ("duplicate", 1),
        ("suppressed", 1),
    }


async def test_delivery_says_why_a_lane_stands() -> None:
    """An expired token must be found before the campaign manager asks."""
    held = LaneStatus(Lane(PIXEL), HoldCause.TOKEN, NOW, NOW + 60, 0, 1, 10.0, "expired")
    told = await Gateway(parts={"lanes": lambda: [held]}).get("/api/delivery")
    (lane,) = told.json["lanes"]
    assert (lane["held"], lane["cause"], lane["message"]) == (True, "token", "expired")
    assert lane["next_probe_at"] == "2026-04-23T11:24:20.000Z"


async def test_a_pixel_without_a_token_stands_for_that_reason() -> None:
    """Events pile up quietly; the reason must be one that somebody can mend."""
    standing = LaneStatus(Lane(PIXEL), None, None, None, 0, 0, None)
    gateway = Gateway(pixels={PIXEL: PixelCard()}, tokens={}, parts={"lanes": lambda: [standing]})
    told = (await gateway.get("/api/delivery")).json
    assert told["pixels_without_token"] == [PIXEL]
    assert (told["lanes"][0]["held"], told["lanes"][0]["cause"]) == (True, "token")


CANARY: dict[str, Any] = {
    "email": "Jane.Canary@Mail.example",
    "phone": "+49 170 9876543",
    "external_id": "customer-canary-77",
}


async def test_no_identifier_is_ever_told(gateway: Gateway) -> None:
    """What the API shows ends up in tickets and chats."""
    item = an_item(user=CANARY | {"ip": "203.0.113.42", "user_agent": "Canary/1.0"})
    replies = [
        await gateway.sent(item),
        await gateway.sent(item, an_item(user=CANARY, properties=CANARY)),
        await gateway.get(STORY),
        await gateway.get("/api/events"),
        await gateway.get("/metrics"),
    ]
    told = b"".join(reply.body for reply in replies).lower().decode() + gateway.log.getvalue()
    assert PIXEL.lower() in told
    assert [word for word in ("canary", "9876543", "203.0.113.42") if word in told] == []
