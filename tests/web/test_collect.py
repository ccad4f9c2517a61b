"""What pages may hand in through the public key."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tandemgate.web.visitor import MOST_ADDRESSES, Proxies, Shares
from tests.build import PIXEL, some_rules
from tests.web.gateway import BROWSER_KEY, ORIGIN, OTHER_PIXEL, SERVER_KEY, Gateway, Reply, ask

PATH = "/v1/collect"
BROWSER = {
    "origin": ORIGIN,
    "content-type": "text/plain;charset=UTF-8",
    "user-agent": "Mozilla/5.0 (X11)",
}


@pytest.fixture
def gateway() -> Gateway:
    """A gateway behind one proxy, whose server tells of purchases."""
    return Gateway(
        rules={PIXEL: some_rules(server_truth=frozenset({"CompletePayment"}))},
        pixels={},
        parts={"trusted_proxies": ("127.0.0.0/8",)},
    )


def a_call(**fields: object) -> dict[str, object]:
    """What the script tells of one AddToCart."""
    return {
        "type": "track",
        "event": "AddToCart",
        "event_id": "cart_7_add_1",
        "at": 1000,
        "properties": {"value": 9.5, "currency": "EUR"},
        "page": {"url": "https://shop.example/p"},
        "ttclid": "E.C.P.abc",
    } | fields


def a_beacon(*calls: object, **fields: object) -> dict[str, object]:
    """One request of the script."""
    return {
        "key": BROWSER_KEY,
        "session": None,
        "sent_at": 1500,
        "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"},
        "events": list(calls or [a_call()]),
    } | fields


async def collected(
    gateway: Gateway, beacon: object, headers: Mapping[str, str] = BROWSER
) -> Reply:
    """Send what a page would send."""
    return await gateway.post(beacon, key=None, path=PATH, headers=headers)


async def test_an_action_in_the_browser_becomes_the_servers_copy(gateway: Gateway) -> None:
    """With the Pixel's own event_id, so that TikTok counts the two once."""
    forwarded = BROWSER | {"x-forwarded-for": "203.0.113.9"}
    reply = await collected(gateway, a_beacon(a_call(), {"type": "page"}), forwarded)
    told = reply.json
    assert (reply.status, told["accepted"], told["noted"], told["rejected"]) == (202, 1, 1, 0)
    assert [one["outcome"] for one in told["results"]] == ["accepted", "noted"]
    [story] = await gateway.store.stories("cart_7_add_1", PIXEL, "AddToCart")
    assert (story.entry.source, story.entry.verified) == ("browser", False)
    sent = {name for name, presence in story.entry.match_keys.items() if presence == "sent"}
    assert sent == {"ttclid", "ip", "user_agent"}


async def test_a_page_may_read_the_answer(gateway: Gateway) -> None:
    """Without these headers the browser hides it, and the script would send again."""
    reply = await collected(gateway, a_beacon())
    assert reply.headers["access-control-allow-origin"] == ORIGIN
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert reply.headers["vary"] == "Origin"


async def test_a_purchase_is_told_by_the_server(gateway: Gateway) -> None:
    """A forged purchase would train the shop's campaigns on nonsense."""
    reply = await collected(gateway, a_beacon(a_call(event="CompletePayment", event_id="ord_1")))
    assert (reply.json["noted"], reply.json["results"][0]["reason"]) == (1, "server_is_truth")
    assert not await gateway.store.stories("ord_1", None, None)


async def test_one_bad_call_spoils_no_other(gateway: Gateway) -> None:
    """Ten calls share a beacon, and one page's mistake is not the other nine's."""
    bad = a_call(event_id="a@b.example")
    reply = await collected(gateway, a_beacon(bad, a_call()))
    assert [one["outcome"] for one in reply.json["results"]] == ["rejected", "accepted"]
    assert b"a@b.example" not in reply.body


async def test_consent_that_says_neither_counts_as_missing(gateway: Gateway) -> None:
    """Nobody reads the browser's answers, so a mistake must end on the careful side."""
    reply = await collected(gateway, a_beacon(consent={"ad_user_data": True, "region": "DE"}))
    assert reply.json["results"][0]["outcome"] == "suppressed"


async def test_every_call_is_counted(gateway: Gateway) -> None:
    """What was received is the sum of what became of it, here as everywhere."""
    await collected(gateway, a_beacon(a_call(), {"type": "page"}, a_call(event="Nothing")))
    counted = {
        (cell.name, cell.reason): cell.count for cell in (await gateway.store.stats()).received
    }
    assert counted == {
        ("accepted", ""): 1,
        ("noted", "page_seen"): 1,
        ("rejected", "event_unknown"): 1,
    }


REFUSED: dict[str, tuple[dict[str, Any], dict[str, str], tuple[int, str]]] = {
    "another origin": ({}, {"origin": "https://evil.example"}, (403, "origin_not_allowed")),
    "almost the origin": ({}, {"origin": f"{ORIGIN}.evil.example"}, (403, "origin_not_allowed")),
    "the origin in http": ({}, {"origin": "http://shop.example"}, (403, "origin_not_allowed")),
    "no origin": ({}, {"origin": ""}, (403, "origin_not_allowed")),
    "no such key": ({"key": "pk_guess"}, {}, (401, "key_unknown")),
    "a server's key": ({"key": SERVER_KEY}, {}, (401, "key_unknown")),
    "a key that is no text": ({"key": "\ud800"}, {}, (400, "not_json")),
    "too many calls": ({"events": [{"type": "page"}] * 51}, {}, (413, "too_many_events")),
    "64 KiB and more": ({"session": "x" * 65_536}, {}, (413, "body_too_large")),
    "two megabytes": ({"session": "x" * 2_000_000}, {}, (413, "body_too_large")),
}


@pytest.mark.parametrize(("fields", "headers", "refused"), REFUSED.values(), ids=list(REFUSED))
async def test_a_forged_beacon_stores_nothing(
    gateway: Gateway, fields: dict[str, Any], headers: dict[str, str], refused: tuple[int, str]
) -> None:
    """The public key opens browser events of its pixels from its origins, and nothing else."""
    reply = await collected(gateway, a_beacon(**fields), BROWSER | headers)
    assert (reply.status, reply.first_problem["reason"]) == refused
    assert SERVER_KEY.encode() not in reply.body
    assert (await gateway.store.stats()).recorded == 0


async def test_a_browser_key_opens_no_other_pixel(gateway: Gateway) -> None:
    """A beacon names no pixel at all: the key does."""
    reply = await collected(gateway, a_beacon(event_source_id=OTHER_PIXEL))
    assert reply.status == 202
    assert not await gateway.store.stories("cart_7_add_1", OTHER_PIXEL, None)


@pytest.mark.parametrize(
    ("method", "status"), [("OPTIONS", 204), ("GET", 405), ("PUT", 405), ("DELETE", 405)]
)
async def test_other_methods(gateway: Gateway, method: str, status: int) -> None:
    """A page that adds a header asks first, and is answered."""
    reply = await ask(gateway.app, method, PATH, [b""], BROWSER)
    assert reply.status == status


async def test_a_flood_from_one_address_is_slowed(gateway: Gateway) -> None:
    """One machine in a loop must not drown what a shop's customers send."""
    told = [await collected(gateway, a_beacon({"type": "page"})) for _ in range(41)]
    assert [reply.status for reply in told] == [202] * 40 + [429]
    assert int(told[-1].headers["retry-after"]) == 1
    elsewhere = BROWSER | {"x-forwarded-for": "203.0.113.10"}
    assert (await collected(gateway, a_beacon({"type": "page"}), elsewhere)).status == 202


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.1", "", "203.0.113.1"),
        ("203.0.113.1", "198.51.100.7", "203.0.113.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.7, nonsense", "nonsense"),
        ("2001:db8::1", "2001:db8:1::7", "2001:db8:1::7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "198.51.100.7", ""),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded: str, expected: str) -> None:
    """Everybody can write X-Forwarded-For; what the last trusted hop saw is true."""
    proxies = Proxies(["10.0.0.0/8", "2001:db8::/48"])
    assert proxies.address(peer, {b"x-forwarded-for": forwarded.encode()}) == expected


def test_addresses_are_remembered_in_bounded_memory() -> None:
    """A botnet has more addresses than a gateway has memory."""
    shares = Shares()
    for number in range(MOST_ADDRESSES + 10):
        shares.wait(str(number), 0.0)
    assert shares.wait("0", 0.0) == 0.0
    assert len(json.dumps(list(shares._buckets))) < 200_000  # noqa: SLF001 - its size is the point
