"""Who may hand in events, and who may look."""

import pytest

from tests.build import PIXEL, an_envelope, an_item
from tests.web.gateway import (
    ADMIN_KEY,
    BROWSER_KEY,
    ORIGIN,
    OTHER_PIXEL,
    READ_KEY,
    SERVER_KEY,
    SLOW_KEY,
    Gateway,
    ask,
)

ALIAS = "/api/tracklayer/tiktok-events-api"
ENVELOPE = an_envelope(an_item())
OTHERS = an_envelope(an_item(), event_source_id=OTHER_PIXEL)


@pytest.fixture
def open_gateway() -> Gateway:
    """A gateway as in the demo: listed pages may send without a key."""
    return Gateway(parts={"keyless_alias": True})


WRONG_KEYS = {
    "none": (None, (401, 40100, "key_missing")),
    "unknown": ("sk_guess", (401, 40100, "key_unknown")),
    "almost right": (SERVER_KEY[:-1], (401, 40100, "key_unknown")),
    "for reading": (READ_KEY, (403, 40101, "key_without_right")),
    "of a browser": (BROWSER_KEY, (403, 40101, "key_without_right")),
}


@pytest.mark.parametrize(("key", "refused"), WRONG_KEYS.values(), ids=list(WRONG_KEYS))
@pytest.mark.parametrize("path", ["/v1/events", ALIAS])
async def test_a_wrong_key_opens_nothing(
    gateway: Gateway, path: str, key: str | None, refused: tuple[int, int, str]
) -> None:
    """Who can send events can spend an advertiser's money."""
    reply = await gateway.post(ENVELOPE, key=key, path=path)
    problem = reply.first_problem
    assert (reply.status, problem["code"], problem["reason"]) == refused


@pytest.mark.parametrize("header", ["Basic c2s6", "Bearer", "Bearer ", SERVER_KEY])
async def test_only_a_bearer_key_is_a_key(gateway: Gateway, header: str) -> None:
    """A key in another place is one that the caller did not mean to send there."""
    reply = await gateway.post(ENVELOPE, key=None, headers={"authorization": header})
    assert (reply.status, reply.first_problem["reason"]) == (401, "key_missing")


async def test_a_refused_key_is_not_repeated(gateway: Gateway) -> None:
    """It may be the right key for another gateway, and answers are logged."""
    reply = await gateway.post(ENVELOPE, key="sk_live_of_somebody_else")
    assert b"somebody" not in reply.body


@pytest.mark.parametrize(("key", "status"), [(SERVER_KEY, 403), (ADMIN_KEY, 202)])
async def test_a_key_opens_its_own_pixels(gateway: Gateway, key: str, status: int) -> None:
    """One agency's gateway holds the pixels of several shops."""
    reply = await gateway.post(OTHERS, key=key)
    assert reply.status == status


async def test_an_unknown_pixel_looks_like_a_forbidden_one(gateway: Gateway) -> None:
    """Otherwise any key could find out which pixels are configured."""
    unknown = await gateway.post(an_envelope(event_source_id="C0UNKNOWN"))
    foreign = await gateway.post(an_envelope(event_source_id=OTHER_PIXEL))
    assert unknown.status == foreign.status == 403
    assert unknown.first_problem["reason"] == foreign.first_problem["reason"]


async def test_a_key_can_be_limited(gateway: Gateway) -> None:
    """One job that runs wild must not take the others' share."""
    statuses = [(await gateway.post(an_envelope(), key=SLOW_KEY)).status for _ in range(3)]
    refused = await gateway.post(an_envelope(), key=SLOW_KEY)
    gateway.clock.at += 1
    later = await gateway.post(an_envelope(), key=SLOW_KEY)
    assert statuses == [200, 200, 429]
    assert refused.headers["retry-after"] == "1"
    assert later.status == 200


async def test_the_guides_address_takes_a_key_like_any_other(gateway: Gateway) -> None:
    """A backend that follows the guide word for word is as trustworthy as any."""
    reply = await gateway.post(ENVELOPE, path=ALIAS)
    story = await gateway.get("/api/events/ord_10492_complete_payment")
    assert reply.status == 202
    assert (story.json["source"], story.json["verified"]) == ("backend", True)


async def test_a_listed_page_needs_no_key(open_gateway: Gateway) -> None:
    """The guide's example runs in a browser as it is printed; what it says stays unverified."""
    page = {"origin": ORIGIN}
    asked = await ask(open_gateway.app, "OPTIONS", ALIAS, headers=page)
    reply = await open_gateway.post(ENVELOPE, key=None, path=ALIAS, headers=page)
    story = await open_gateway.get("/api/events/ord_10492_complete_payment")
    assert (asked.status, reply.status) == (204, 202)
    assert asked.headers["access-control-allow-headers"] == "content-type"
    assert reply.headers["access-control-allow-origin"] == ORIGIN
    assert (story.json["source"], story.json["verified"]) == ("alias", False)


STRANGERS = {
    "another page": ({"origin": "https://evil.example"}, 403, "origin_not_allowed"),
    "a page that looks like ours": (
        {"origin": f"{ORIGIN}.evil.example"},
        403,
        "origin_not_allowed",
    ),
    "no origin": ({"origin": "null"}, 403, "origin_not_allowed"),
    "a name that points here": (
        {"host": "evil.example", "origin": ORIGIN},
        403,
        "host_not_allowed",
    ),
    "no page, from elsewhere": ({"host": "gateway.example"}, 401, "key_missing"),
    "a wrong key": ({"authorization": "Bearer sk_guess"}, 401, "key_unknown"),
}


@pytest.mark.parametrize(("headers", "status", "reason"), STRANGERS.values(), ids=list(STRANGERS))
async def test_strangers_stay_out_of_the_keyless_door(
    open_gateway: Gateway, headers: dict[str, str], status: int, reason: str
) -> None:
    """Any page that the developer has open could otherwise write into the demo."""
    reply = await open_gateway.post(ENVELOPE, key=None, path=ALIAS, headers=headers)
    assert (reply.status, reply.first_problem["reason"]) == (status, reason)
    assert "access-control-allow-origin" not in reply.headers


async def test_this_machine_needs_no_key(open_gateway: Gateway) -> None:
    """A curl on the developer's own machine is the shortest way to a first event."""
    reply = await open_gateway.post(ENVELOPE, key=None, path=ALIAS)
    assert reply.status == 202


async def test_a_listed_page_sends_for_its_own_pixel(open_gateway: Gateway) -> None:
    """A browser key names the pixels of its pages."""
    reply = await open_gateway.post(OTHERS, key=None, path=ALIAS, headers={"origin": ORIGIN})
    assert (reply.status, reply.first_problem["reason"]) == (403, "pixel_not_allowed")


async def test_the_server_endpoint_answers_no_page(open_gateway: Gateway) -> None:
    """A server key in a page would be everybody's key."""
    asked = await ask(open_gateway.app, "OPTIONS", "/v1/events", headers={"origin": ORIGIN})
    reply = await open_gateway.post(ENVELOPE, headers={"origin": ORIGIN})
    assert asked.status == 405
    assert "access-control-allow-origin" not in reply.headers


async def test_readers_see_their_own_pixels(gateway: Gateway) -> None:
    """Events of one shop are none of the other's business."""
    await gateway.post(OTHERS, key=ADMIN_KEY)
    mine = await gateway.get("/api/events", READ_KEY)
    all_of_them = await gateway.get("/api/events", ADMIN_KEY)
    story = await gateway.get(f"/api/events/{an_item()['event_id']}", READ_KEY)
    stats = await gateway.get("/api/stats", READ_KEY)
    assert (mine.json["events"], story.status, stats.json["states"]) == ([], 404, [])
    assert [event["pixel_id"] for event in all_of_them.json["events"]] == [OTHER_PIXEL]


@pytest.mark.parametrize("path", ["events", "events/x", "stats", "delivery"])
async def test_questions_want_a_key(gateway: Gateway, path: str) -> None:
    """The ledger holds no identifiers, but it holds a shop's revenue."""
    assert (await gateway.get(f"/api/{path}", None)).status == 401
    assert (await gateway.get(f"/api/{path}", BROWSER_KEY)).status == 403
    assert PIXEL not in (await gateway.get(f"/api/{path}", None)).body.decode()
