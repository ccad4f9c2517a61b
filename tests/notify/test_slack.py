"""What people read in their chat, to the letter."""

import json
from dataclasses import replace

import pytest

from tandemgate.core import alarm
from tandemgate.model.alert import Alert, Family, Group, Message, Phase
from tandemgate.notify.slack import slack_json
from tests.build import NOW, PIXEL

HELD = Alert(
    Group(Family.LANE_HELD, PIXEL, "token"),
    "the live lane stands, token: Access token <expired> & gone",
    NOW,
    NOW + 3600,
)
SAID = "the live lane stands, token: Access token &lt;expired&gt; &amp; gone"
OVER = replace(HELD, ended_at=NOW + 3660)
SHARE = Alert(Group(Family.REJECTED_SHARE, PIXEL), "2 of 100 events were rejected", NOW, NOW)

HEADLINES: dict[str, tuple[Message, str, str]] = {
    "urgent": (
        alarm.message(HELD, Phase.BEGAN),
        f"URGENT: A lane stands ({PIXEL}): {SAID}",
        "#c0392b",
    ),
    "not urgent": (
        alarm.message(SHARE, Phase.BEGAN),
        f"Events are rejected ({PIXEL}): 2 of 100 events were rejected",
        "#d68910",
    ),
    "over": (
        alarm.message(OVER, Phase.ENDED),
        f"Over: A lane stands ({PIXEL}); it lasted 1 h 1 min",
        "#1e8449",
    ),
    "a test": (
        alarm.TEST,
        "A test of the alerts: somebody asked for it with tandemgate alerts test",
        "#7f8c8d",
    ),
}


@pytest.mark.parametrize(("message", "text", "color"), HEADLINES.values(), ids=HEADLINES)
def test_the_line_that_a_phone_shows(message: Message, text: str, color: str) -> None:
    """What TikTok said is text, and neither a link nor a call to everybody in the room."""
    told = json.loads(slack_json(message, "https://c.shop.example", NOW))
    assert told["text"] == told["attachments"][0]["fallback"] == text
    assert (told["attachments"][0]["color"], told["attachments"][0]["ts"]) == (color, int(NOW))
    assert told.keys() == {"text", "attachments"}


def test_the_fields_say_the_same_in_parts() -> None:
    """A program sorts by them, and asks about the alert by its words."""
    told = json.loads(slack_json(alarm.message(OVER, Phase.ENDED), "https://c.shop.example", NOW))
    assert {field["title"]: field["value"] for field in told["attachments"][0]["fields"]} == {
        "alert": "lane_held",
        "phase": "ended",
        "pixel": PIXEL,
        "about": "token",
        "what": SAID,
        "began": "2026-04-23T11:23:20Z",
        "ended": "2026-04-23T12:24:20Z",
        "more": "tandemgate explain lane_held",
        "gateway": "https://c.shop.example",
        "message": f"lane_held:{PIXEL}:token:ended:1776947060",
    }
