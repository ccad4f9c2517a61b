"""Which copy of an action leaves, when the page and the backend both tell of it."""

import json
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tandemgate.model.pair import Band, PairVerdict
from tests.cli.test_mixed_day import example
from tests.e2e.programs import (
    PIXEL,
    SERVER_KEY,
    Program,
    an_item,
    eventually,
    gateway,
    simulator,
    write_settings,
)

pytestmark = pytest.mark.e2e

ORIGIN = "https://shop.example"
ADMIN_KEY = "sk_admin_0123456789"
KEYS = f"""
[[keys]]
kind = "browser"
name = "shop"
secret = "pk_shop"
pixels = ["{PIXEL}"]
origins = ["{ORIGIN}"]

[[keys]]
kind = "admin"
name = "root"
secret = "{ADMIN_KEY}"
"""
WORTH = {"value": 9.5, "currency": "USD"}
ELSE = WORTH | {"value": 19.0}


class World(NamedTuple):
    """A gateway that takes a shop's pages, and the TikTok that it sends to."""

    running: Program
    tiktok: Program

    def page_tells(self, *calls: Mapping[str, object]) -> list[dict[str, Any]]:
        """Hand in what the script of a page saw; the result of each call."""
        beacon = {
            "key": "pk_shop",
            "session": "page-long-session-1",
            "sent_at": 2_000,
            "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"},
            "events": [{"type": "track", "at": 1_000, "properties": WORTH, **one} for one in calls],
        }
        connection = HTTPConnection(urlsplit(self.running.url).netloc, timeout=10)
        headers = {"Origin": ORIGIN, "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}
        connection.request("POST", "/v1/collect", json.dumps(beacon).encode(), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        assert answer.status == 202, told
        results: list[dict[str, Any]] = told["results"]
        return results

    def backend_tells(self, event_id: str, **fields: object) -> dict[str, Any]:
        """Report an action with the server's key; its result."""
        _, told = self.running.post(an_item(event_id, **{"properties": WORTH} | fields))
        result: dict[str, Any] = told["results"][0]
        return result

    def pause(self, *, paused: bool = True) -> None:
        """Keep back what would leave, or let it go."""
        word = "pause" if paused else "resume"
        content = {"reason": "a test"} if paused else {}
        status, _ = self.running.ask("POST", f"/api/delivery/{PIXEL}/{word}", content, ADMIN_KEY)
        assert status == 200

    def copies(self) -> list[tuple[str, str, float]]:
        """What left, in order: event, event_id and value of each copy."""
        told = self.tiktok.ask("GET", "/_sim/events")[1]["events"]
        return [
            (one["event"], one["event_id"], one["wire"].get("properties", {}).get("value"))
            for one in told
            if one["channel"] == "server"
        ]

    def ended(self, event_id: str) -> dict[str, Any]:
        """Wait until an event was delivered; its story."""
        eventually(lambda: self.running.story(event_id).get("state") == "DELIVERED")
        story: dict[str, Any] = self.running.story(event_id)
        return story


@pytest.fixture(scope="module", params=[0, 2], ids=["one process", "intake apart"])
def whole_world(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[World]:
    """Everything as processes, over real HTTP."""
    with simulator() as tiktok:
        folder = tmp_path_factory.mktemp("routing")
        settings = write_settings(folder, tiktok.url, processes=request.param)
        settings.write_text(settings.read_text("utf-8") + KEYS, "utf-8")
        with gateway(settings) as running:
            yield World(running, tiktok)


@pytest.fixture
def world(whole_world: World) -> World:
    """The same, and TikTok has seen nothing yet."""
    whole_world.pause(paused=False)
    whole_world.tiktok.ask("POST", "/_sim/reset")
    return whole_world


_NUMBERS = count(1)


@pytest.fixture
def cart() -> str:
    """The event_id of an action that nobody has told of."""
    return f"cart_{next(_NUMBERS)}"


def remarks(told: dict[str, Any]) -> list[str]:
    """The stages of a story beyond those that every event has."""
    usual = {"received", "decided", "queued", "sent", "answered", "delivered"}
    return [one["stage"] for one in told["timeline"] if one["stage"] not in usual]


def test_of_server_truth_a_page_gives_evidence_only(world: World, cart: str) -> None:
    """A forged purchase must never train the shop's campaigns."""
    bought = {"event": "CompletePayment", "event_id": "ord_1_complete_payment"}
    results = world.page_tells(
        bought, bought | {"type": "pixel"}, {"event": "Search", "event_id": cart}
    )
    assert [one["outcome"] for one in results] == ["noted", "noted", "accepted"]
    assert [one.get("reason") for one in results[:2]] == ["server_is_truth"] * 2
    world.ended(cart)
    assert world.copies() == [("Search", cart, 9.5)]
    pairs = world.running.ask("GET", "/api/pairs?event=CompletePayment")[1]["pairs"]
    assert [(one["event_id"], one["verdict"]) for one in pairs] == [
        ("ord_1_complete_payment", "browser_only")
    ]


@pytest.mark.parametrize("kind", ["track", "pixel"])
def test_every_other_event_of_a_page_is_the_servers_copy(
    world: World, cart: str, kind: str
) -> None:
    """Under the Pixel's own id, so that TikTok counts the two once."""
    [result] = world.page_tells({"type": kind, "event": "AddToCart", "event_id": cart})
    assert (result["outcome"], result["event_id"]) == ("accepted", cart)
    story = world.ended(cart)
    assert (story["source"], story["verified"]) == ("browser", False)
    assert world.copies() == [("AddToCart", cart, 9.5)]


def test_both_halves_of_a_tracked_action_are_one(world: World, cart: str) -> None:
    """The script tells of the action, and of the Pixel's call that it made for it."""
    added = {"event": "AddToCart", "event_id": cart}
    results = world.page_tells(added, added | {"type": "pixel"})
    assert [(one["outcome"], one.get("reason")) for one in results] == [
        ("accepted", None),
        ("noted", "pixel_call_of_track"),
    ]
    assert world.ended(cart)["pair"]["verdict"] == "paired"
    assert len(world.copies()) == 1


@pytest.mark.parametrize("backend_first", [True, False])
@pytest.mark.parametrize("sent_between", [True, False])
def test_what_the_backend_sends_too_leaves_once(
    world: World, cart: str, *, backend_first: bool, sent_between: bool
) -> None:
    """Whoever comes first, and whether its copy has left already."""
    added = {"event": "AddToCart", "event_id": cart}
    world.pause(paused=not sent_between)

    def by_the_page() -> str:
        [result] = world.page_tells(added)
        return str(result["outcome"])

    def by_the_backend() -> str:
        return str(world.backend_tells(cart, event="AddToCart")["outcome"])

    steps = [by_the_backend, by_the_page] if backend_first else [by_the_page, by_the_backend]
    first = steps[0]()
    if sent_between:
        world.ended(cart)
    assert (first, steps[1]()) == ("accepted", "duplicate")
    world.pause(paused=False)
    story = world.ended(cart)
    assert story["verified"] or sent_between
    assert world.copies() == [("AddToCart", cart, 9.5)]
    assert story["attempts"][0]["number"] == len(story["attempts"]) == 1


def test_a_verified_copy_takes_the_place_of_a_pages(world: World, cart: str) -> None:
    """Before anything left, the server's word replaces the page's."""
    world.pause()
    world.page_tells({"event": "AddToCart", "event_id": cart})
    assert world.backend_tells(cart, event="AddToCart", properties=ELSE)["outcome"] == ("accepted")
    world.pause(paused=False)
    story = world.ended(cart)
    assert (story["verified"], story["revision"], story["source"]) == (True, 2, "backend")
    assert "replaced" in remarks(story)
    assert world.copies() == [("AddToCart", cart, 19.0)]


def test_a_pages_copy_that_has_left_is_told(world: World, cart: str) -> None:
    """The server's word comes too late, and a second copy would be one more conversion."""
    world.page_tells({"event": "AddToCart", "event_id": cart})
    world.ended(cart)
    told = world.backend_tells(cart, event="AddToCart", properties=ELSE)
    assert told["outcome"] == "duplicate"
    assert "unverified_copy_sent_first" in [one["reason"] for one in told["findings"]]
    assert "unverified_copy_sent_first" in remarks(world.running.story(cart))
    assert world.copies() == [("AddToCart", cart, 9.5)]


def test_a_page_never_contradicts_a_server(world: World, cart: str) -> None:
    """A forged copy with another value changes nothing, and raises no conflict."""
    world.pause()
    world.backend_tells(cart, event="AddToCart", event_time=int(time.time()) - 5)
    [result] = world.page_tells({"event": "AddToCart", "event_id": cart, "properties": ELSE})
    assert result["outcome"] == "duplicate"
    world.pause(paused=False)
    story = world.ended(cart)
    assert (story["verified"], story["revision"]) == (True, 1)
    assert world.copies() == [("AddToCart", cart, 9.5)]


def test_a_name_is_found_for_what_the_backend_sends_without_one(world: World) -> None:
    """Over real HTTP and from the file: the order joins what two senders named differently."""
    worth = WORTH | {"order_id": "10492"}
    call = {"type": "pixel", "event": "CompletePayment", "event_id": "px_1", "properties": worth}
    world.page_tells(call)
    item = {name: value for name, value in an_item("").items() if name != "event_id"}
    _, told = world.running.post(item | {"properties": worth})
    assert (told["accepted"], told["results"][0]["event_id"]) == (1, "px_1")
    assert world.ended("px_1")["pair"]["verdict"] == "paired"


def test_a_day_on_which_everything_goes_wrong_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example of the documentation, as far as it can take place in a minute."""
    module = example()
    for name, ours in {"SERVER_KEY": SERVER_KEY, "PUBLIC_KEY": "pk_shop", "ORIGIN": ORIGIN}.items():
        monkeypatch.setattr(module, name, ours)
    monkeypatch.setattr("sys.argv", ["mixed_day.py", "--url", world.running.url])
    module.main()
    eventually(lambda: len(world.copies()) == 11)
    told = world.running.ask("GET", "/api/pairs?limit=200")[1]
    bands = {one["band"] for one in told["pairs"]} - {None}
    assert bands == {Band.MERGED, Band.DROPPED}
    assert {verdict for verdict, number in told["summary"]["verdicts"].items() if number} == set(
        PairVerdict
    )
    differs = [one["consent"]["differs"] for one in told["pairs"]]
    assert differs.count(["opt_out"]) == 1
