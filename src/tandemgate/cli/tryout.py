"""``tandemgate doctor --send-test``: one test event to TikTok and back, in words."""

import json
import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tandemgate.cli.call import Call
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.ladder import only_pixel
from tandemgate.cli.trigger import canned

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway

EVENT: Final = "ViewContent"
PATIENCE: Final = 30.0
"""Seconds: a batch waits for two, TikTok's answer may take ten."""

POLL: Final = 0.25
UNDER_WAY: Final = frozenset({"QUEUED", "SENDING"})


def send_test_event(
    call: Call, code: str, pixel: str | None, *, url: str | None, key_env: str | None
) -> Ending:
    """Send a test event through the gateway, and tell what TikTok answered."""
    from tandemgate.cli.connect import connect
    from tandemgate.cli.gateway import need
    from tandemgate.settings import Scope

    with connect(call, Scope.WRITE, pixel=pixel, url=url, key_env=key_env) as gateway:
        meant = pixel or only_pixel(need(gateway.get("/api/setup"), 200)["pixels"])
        item = canned(EVENT, int(time.time()), secrets.token_hex(4))
        envelope = {
            "event_source": "web",
            "event_source_id": meant,
            "test_event_code": code,
            "data": [item],
        }
        answer = need(gateway.post("/v1/events", json.dumps(envelope).encode()), 202, 422)
        _must_be_taken(answer)
        story = _followed(gateway, item["event_id"], meant)
    call.tell(story, lambda story: _told(story, code))
    return Ending.OK if story["state"] == "DELIVERED" else Ending.FINDINGS


def _must_be_taken(answer: Mapping[str, Any]) -> None:
    (result,) = answer["results"]
    if result["outcome"] != "accepted":
        problems = result.get("problems") or [{"reason": result["outcome"], "fix": ""}]
        reason = problems[0]["reason"]
        raise Failure(
            f"the gateway did not take the test event: {reason}; {problems[0]['fix']}",
            f"tandemgate explain {reason}",
        )


def _followed(gateway: "Gateway", event_id: str, pixel: str) -> Any:  # noqa: ANN401 - decoded JSON
    """Wait until TikTok has answered, or until nobody would wait any longer."""
    from tandemgate.cli.gateway import need

    path, chosen = f"/api/events/{event_id}", {"pixel": pixel, "channel": "test"}
    deadline = time.monotonic() + PATIENCE
    while True:
        story = need(gateway.get(path, chosen), 200)
        answered = story["state"] not in UNDER_WAY or story["attempts"]
        if answered or time.monotonic() > deadline:
            return story
        time.sleep(POLL)


def _told(story: Mapping[str, Any], code: str) -> list[str]:
    attempts = story["attempts"]
    if not attempts:
        return [
            f"{story['event_id']} still waits: {story['reason'] or 'its lane stands'}",
            "tandemgate delivery says why.",
        ]
    last = attempts[-1]
    said = f"TikTok answered code {last['code']} ({last['message']})"
    if story["state"] == "DELIVERED":
        return [
            f"{said} in {last['latency_ms']} ms; request {last['tiktok_request_id']}",
            f"Look for {story['event_id']} in Events Manager's Test Events under {code}.",
        ]
    return [f"{said}: {last['verdict']}", f"tandemgate explain {last['code']}"]
