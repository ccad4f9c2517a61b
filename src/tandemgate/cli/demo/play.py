"""Playing a planned day through real HTTP, and asking afterwards what came of it."""

import json
import time
from collections.abc import Iterable
from typing import Any

from tandemgate.cli.demo.account import Evidence
from tandemgate.cli.demo.browsers import PIXEL
from tandemgate.cli.demo.pages import Pages
from tandemgate.cli.demo.shop_day import Request
from tandemgate.cli.demo.stage import SERVER_KEY, Stage
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.gateway import Gateway, need

ANSWERED = (200, 202, 409, 422)
SETTLED_WITHIN = 60.0
LOOK_EVERY = 0.2
PAGE = 200
IN_FLIGHT = frozenset({"QUEUED", "HELD", "SENDING", "RETRY"})

Json = dict[str, Any]


def play(requests: Iterable[Request], stage: Stage) -> list[Json]:
    """Send every request of the day in its order; return what the gateway said of each event."""
    results: list[Json] = []
    with (
        Gateway(stage.gateway, SERVER_KEY) as gateway,
        Gateway(stage.simulator) as tiktok,
        Pages(stage.gateway) as pages,
    ):
        for request in requests:
            body = json.dumps(request.body).encode()
            match request.sender:
                case "backend":
                    results += need(gateway.post("/v1/events", body), *ANSWERED)["results"]
                case "page":
                    said = pages.report(request.body, request.headers)
                    results += need(said, *ANSWERED)["results"]
                case "pixel":
                    need(tiktok.post("/api/v2/pixel/act", body), 200)
    return results


def await_settled(stage: Stage) -> list[Json]:
    """Wait until every event of the ledger is in a final state, and return the ledger."""
    deadline = time.monotonic() + SETTLED_WITHIN
    with Gateway(stage.gateway, SERVER_KEY) as gateway:
        while True:
            stage.must_stand()
            ledger = read_ledger(gateway)
            waiting = sum(event["state"] in IN_FLIGHT for event in ledger)
            if not waiting:
                return ledger
            if time.monotonic() > deadline:
                raise Failure(
                    f"{waiting} events are still on their way after {SETTLED_WITHIN:.0f} s",
                    f"tandemgate events list --config {stage.config}",
                    Ending.FINDINGS,
                )
            time.sleep(LOOK_EVERY)


def read_ledger(gateway: Gateway) -> list[Json]:
    """Return every event of the ledger, page by page."""
    events: list[Json] = []
    after = None
    while True:
        page = need(gateway.get("/api/events", {"limit": PAGE, "after": after}), 200)
        events += page["events"]
        after = page.get("next")
        if not after:
            return events


def gather(stage: Stage, results: list[Json], ledger: list[Json]) -> Evidence:
    """Ask the gateway and TikTok for their books."""
    with Gateway(stage.gateway, SERVER_KEY) as gateway, Gateway(stage.simulator) as tiktok:
        return Evidence(
            results=results,
            stats=need(gateway.get("/api/stats"), 200),
            ledger=ledger,
            pairs=need(gateway.get("/api/pairs", {"pixel": PIXEL}), 200)["summary"],
            conversions=need(tiktok.get("/_sim/conversions"), 200)["conversions"],
            server_copies=need(tiktok.get("/_sim/events", {"channel": "server"}), 200)["events"],
        )


def choose_example(stage: Stage) -> str:
    """Return the event_id of a purchase that TikTok was told of twice and counted once."""
    with Gateway(stage.simulator) as tiktok:
        found = need(tiktok.get("/_sim/conversions", {"event": "CompletePayment"}), 200)
    told_twice = [each for each in found["conversions"] if each["copies_pixel"]]
    event_id: str = (told_twice or found["conversions"])[0]["event_id"]
    return event_id


def story_of(stage: Stage, event_id: str) -> Json:
    """Ask for one event's whole story."""
    with Gateway(stage.gateway, SERVER_KEY) as gateway:
        story: Json = need(gateway.get(f"/api/events/{event_id}"), 200)
        return story
