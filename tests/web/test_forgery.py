"""What strangers try at the browser's door, over real HTTP: refused in words, and nothing is kept.

The key is in every page. It opens browser events of its own pixels from its own origins.
"""

import copy
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp
import pytest

from tandemgate.core.link import LIFETIME
from tandemgate.model.secret import Secret
from tandemgate.settings import KeyKind, KeySettings
from tandemgate.storage.memory import MemoryStore
from tests.build import PIXEL, an_envelope, an_item, some_rules
from tests.web.gateway import BROWSER_KEY, KEYS, ORIGIN, OTHER_PIXEL, SERVER_KEY, Gateway
from tests.web.test_http import served

OTHER_KEY, OTHER_ORIGIN = "pk_other", "https://other.example"
GRANTED = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
DENIED = GRANTED | {"ad_user_data": "DENIED"}
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0"
VICTIM, STRANGER = "session-of-a-customer", "session-of-a-stranger"
CART = {"type": "track", "event": "AddToCart", "event_id": "cart_7", "at": 1000}
CLICK = {"type": "page", "at": 1000, "ttclid": "E.C.P.customer"}
FORGED = {"type": "page", "at": 1000, "ttclid": "E.C.P.forged"}
ORDER = {"type": "attach", "at": 1000, "refs": {"order": "10492"}}


def a_beacon(*calls: object, **fields: object) -> dict[str, object]:
    """What a stranger sends who has read the page."""
    return {
        "key": BROWSER_KEY,
        "session": STRANGER,
        "sent_at": 1000,
        "consent": GRANTED,
        "events": list(calls or [CART]),
    } | fields


class Kept(NamedTuple):
    """What a store holds: events, visits with what leads to them, evidence of the Pixel."""

    recorded: int
    visits: dict[str, Any]
    pairs: dict[str, Any]


@dataclass
class Door:
    """A gateway on a socket of its own, where a customer was already."""

    gateway: Gateway
    url: str
    http: aiohttp.ClientSession
    used: str = ""
    """A link token that the customer used."""
    fresh: str = ""

    async def post(
        self, content: object, headers: Mapping[str, str], path: str = "/v1/collect"
    ) -> tuple[int, Any]:
        """Make one request."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        async with self.http.post(
            self.url + path, data=io.BytesIO(body), headers=headers
        ) as answer:
            text = await answer.read()
            return answer.status, json.loads(text) if text.startswith(b"{") else text

    async def kept(self, *, aside: str = "") -> Kept:
        """Everything in the store but what is only counted, and what one visit showed anew."""
        store = self.gateway.store
        visits, pairs = copy.deepcopy(vars(store.visits)), copy.deepcopy(vars(store.pairs))
        visits["_visits"].pop(aside, None)
        del pairs["_rows"]
        return Kept((await store.stats()).recorded, visits, pairs)


PAGE = {"origin": ORIGIN, "user-agent": AGENT}


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """Let a customer click, bind an order, put something into the cart, and use a link."""
    store = MemoryStore()
    rules = {
        pixel: some_rules(
            pixel_id=pixel,
            blind_index_key=store.blind_index_key,
            server_truth=frozenset({"CompletePayment"}),
        )
        for pixel in (PIXEL, OTHER_PIXEL)
    }
    other = KeySettings(
        KeyKind.BROWSER, "other", Secret(OTHER_KEY), (OTHER_PIXEL,), origins=(OTHER_ORIGIN,)
    )
    gateway = Gateway(store=store, rules=rules, keys=[*KEYS, other])
    async with served(gateway) as port, aiohttp.ClientSession() as http:
        door = Door(gateway, f"http://127.0.0.1:{port}", http)
        asking = {"type": "link", "at": 1000}
        calls = [CLICK, ORDER, CART | {"event_id": "cart_1"}, asking]
        _, told = await door.post(a_beacon(*calls, session=VICTIM), PAGE)
        door.used = told["link"]
        arrived = {"type": "link", "at": 1000, "token": door.used}
        await door.post(a_beacon(arrived, session="customer-at-pay-page"), PAGE)
        _, told = await door.post(a_beacon(asking, session=VICTIM), PAGE)
        door.fresh = told["link"]
        yield door


FLOOD = "; ".join(f"cookie{number}={'x' * 200}" for number in range(2_000))
REFUSED: dict[str, tuple[object, dict[str, str], str, tuple[int, str]]] = {
    "from another origin": (
        a_beacon(), PAGE | {"origin": "https://evil.example"}, "/v1/collect",
        (403, "origin_not_allowed"),
    ),
    "from another shop's origin": (
        a_beacon(), PAGE | {"origin": OTHER_ORIGIN}, "/v1/collect", (403, "origin_not_allowed"),
    ),
    "with another shop's key": (
        a_beacon(key=OTHER_KEY), PAGE, "/v1/collect", (403, "origin_not_allowed"),
    ),
    "with no key": (a_beacon(key=""), PAGE, "/v1/collect", (401, "key_unknown")),
    "with a server's key": (a_beacon(key=SERVER_KEY), PAGE, "/v1/collect", (401, "key_unknown")),
    "as a server's event": (
        an_envelope(an_item()), PAGE | {"authorization": f"Bearer {BROWSER_KEY}"}, "/v1/events",
        (403, "key_without_right"),
    ),
    "as a server's event of another pixel": (
        an_envelope(an_item(), event_source_id=OTHER_PIXEL),
        {"authorization": f"Bearer {SERVER_KEY}"}, "/v1/events", (403, "pixel_not_allowed"),
    ),
    "as a server's reference": (
        {"session": STRANGER, "refs": {"order": "10492"}},
        PAGE | {"authorization": f"Bearer {BROWSER_KEY}"}, "/v1/attach",
        (403, "key_without_right"),
    ),
    "as a customer's withdrawal": (
        {"session": VICTIM, "ad_user_data": "DENIED"},
        PAGE | {"authorization": f"Bearer {BROWSER_KEY}"}, "/v1/consent",
        (403, "key_without_right"),
    ),
    "with two megabytes": (
        a_beacon(session="x" * 2_000_000), PAGE, "/v1/collect", (413, "body_too_large"),
    ),
    "with fifty-one events": (
        a_beacon(*[CART] * 51), PAGE, "/v1/collect", (413, "too_many_events"),
    ),
    "with a key given twice": (
        b'{"key": "pk_shop", "key": "pk_shop", "events": []}', PAGE, "/v1/collect",
        (400, "key_repeated"),
    ),
    "with an event that is none": (a_beacon("x"), PAGE, "/v1/collect", (400, "beacon_invalid")),
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "headers", "path", "refused"), REFUSED.values(), ids=list(REFUSED)
)
async def test_a_request_is_refused_as_a_whole(
    door: Door,
    content: object,
    headers: dict[str, str],
    path: str,
    refused: tuple[int, str],
) -> None:
    """The answer says what is wrong with it, and the store is as it was."""
    before = await door.kept()
    status, told = await door.post(content, headers, path)
    [problem, *_] = told.get("problems") or told["results"][0]["problems"]
    assert (status, problem["reason"]) == refused
    assert problem["fix"]
    assert await door.kept() == before


async def test_a_flood_of_cookies_is_refused(door: Door) -> None:
    """Before it is read: 400 kB of header are nobody's page."""
    before = await door.kept()
    try:
        status, _ = await door.post(a_beacon(), PAGE | {"cookie": FLOOD})
    except aiohttp.ClientError:  # the connection may be closed while the rest is on its way
        status = 431
    assert status in {400, 431}
    assert await door.kept() == before


async def test_many_cookies_are_no_sessions(door: Door) -> None:
    """What other scripts of the page leave in its cookies is not ours."""
    cookies = "; ".join(f"tg_session{number}={VICTIM}" for number in range(100))
    _, told = await door.post(a_beacon(), PAGE | {"cookie": cookies})
    assert told["session"] == STRANGER


CALLS: dict[str, tuple[dict[str, object], str]] = {
    "a forged purchase": (CART | {"event": "CompletePayment"}, "server_is_truth"),
    "a forged name": (CART | {"event": "Nothing"}, "event_unknown"),
    "a forged event_id": (CART | {"event_id": "a@b.example"}, "event_id_holds_identifier"),
    "a reused link token": ({"type": "link", "token": "{used}"}, "link_used"),
    "a forged link token": ({"type": "link", "token": "A" * 56}, "link_invalid"),
}


@pytest.mark.parametrize(("call", "reason"), CALLS.values(), ids=list(CALLS))
async def test_a_call_is_refused_by_itself(
    door: Door, call: dict[str, object], reason: str
) -> None:
    """Its neighbours are the page's own, and go."""
    await door.post(a_beacon({"type": "page"}), PAGE)
    before = await door.kept(aside=STRANGER)
    written = json.dumps(a_beacon(call)).replace("{used}", door.used)
    status, told = await door.post(written.encode(), PAGE)
    [result] = told["results"]
    said = result.get("reason") or result["problems"][0]["reason"]
    assert (status, said) == (202, reason)
    assert result["outcome"] != "accepted"
    assert await door.kept(aside=STRANGER) == before


async def test_a_late_link_token_is_refused(door: Door) -> None:
    """An address from yesterday's log."""
    door.gateway.clock.at += LIFETIME + 1
    before = await door.kept(aside=STRANGER)
    _, told = await door.post(a_beacon({"type": "link", "token": door.fresh}), PAGE)
    assert told["results"][0]["problems"][0]["reason"] == "link_expired"
    assert await door.kept(aside=STRANGER) == before


async def test_another_shops_link_token_is_refused(door: Door) -> None:
    """A click that was bought for one shop is nothing to the other's orders."""
    call = {"type": "link", "token": door.fresh}
    before = await door.kept(aside=STRANGER)
    headers = PAGE | {"origin": OTHER_ORIGIN}
    _, told = await door.post(a_beacon(call, key=OTHER_KEY), headers)
    assert told["results"][0]["problems"][0]["reason"] == "link_invalid"
    assert await door.kept(aside=STRANGER) == before


async def test_a_reference_that_is_bound_elsewhere_stays_there(door: Door) -> None:
    """Order numbers are in thank-you pages; nobody lends an order a click of his own."""
    before = await door.kept(aside=STRANGER)
    _, told = await door.post(a_beacon(FORGED, ORDER), PAGE)
    [problem] = told["problems"]
    assert (problem["reason"], problem["received"]) == ("reference_bound_elsewhere", "order")
    assert await door.kept(aside=STRANGER) == before


async def test_a_named_session_ends_nothing(door: Door) -> None:
    """Only the cookie, which no script can read, speaks for its visitor."""
    denial = a_beacon({"type": "consent", "at": 1000}, session=VICTIM, consent=DENIED)
    await door.post(denial, PAGE)
    [story] = await door.gateway.store.stories("cart_1", PIXEL, None)
    assert story.entry.state == "QUEUED"


async def test_a_cookie_counts_more_than_a_named_session(door: Door) -> None:
    """A page that names another visitor's session still speaks for its own browser."""
    before = await door.kept(aside=STRANGER)
    headers = PAGE | {"cookie": f"tg_session={STRANGER}"}
    _, told = await door.post(a_beacon(FORGED, session=VICTIM), headers)
    assert told["session"] == STRANGER
    assert await door.kept(aside=STRANGER) == before


async def test_an_event_is_the_keys_pixels_whatever_it_says(door: Door) -> None:
    """A beacon has no word for a pixel: the key has."""
    forged = CART | {"event_source_id": OTHER_PIXEL, "pixel": OTHER_PIXEL}
    await door.post(a_beacon(forged, event_source_id=OTHER_PIXEL, pixel=OTHER_PIXEL), PAGE)
    stories = await door.gateway.store.stories("cart_7", None, None)
    assert [one.entry.pixel_id for one in stories] == [PIXEL]
    assert [(one.entry.source, one.entry.verified) for one in stories] == [("browser", False)]
