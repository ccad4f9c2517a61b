"""A story reads from top to bottom: what it is, what left, what was answered, when."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tandemgate.cli.events import news
from tandemgate.cli.story import elapsed, instant, story, table_of

EVENT: dict[str, Any] = {
    "pixel_id": "C9ABC1234567890",
    "event": "CompletePayment",
    "event_id": "ord_10492_complete_payment",
    "event_time": 1_776_943_380,
    "received_at": "2026-04-23T11:23:01.000Z",
    "source": "backend",
    "verified": True,
    "channel": "live",
    "revision": 1,
    "state": "REJECTED",
    "reason": "refused_by_tiktok",
    "match_keys": {"email": "suppressed", "ip": "sent", "ttclid": "missing", "city": "missing"},
    "consent": {
        "region": "DE",
        "ad_user_data": "DENIED",
        "ad_personalization": None,
        "policy": "guide@1",
        "removed": ["email"],
        "limited_data_use": False,
    },
    "attempts": [
        {
            "number": 1,
            "batch_id": "b1",
            "batch_events": 18,
            "sent_at": "2026-04-23T11:23:03.000Z",
            "http_status": None,
            "code": None,
            "message": "connection reset",
            "tiktok_request_id": None,
            "verdict": "retry_unknown",
            "latency_ms": 52,
            "next_attempt_at": "2026-04-23T11:24:03.000Z",
        }
    ],
    "findings": [{"reason": "ip_missing", "field": "/user/ip", "note": "It is missing."}],
    "pair": {"verdict": "paired", "gap_seconds": 0.28},
    "replayable": False,
    "replay_blockers": ["delivered"],
    "timeline": [
        {"at": "2026-04-23T11:23:01.000Z", "stage": "received", "detail": "from backend"},
        {"at": "2026-04-23T13:24:03.000Z", "stage": "rejected", "detail": ""},
    ],
}


def printed(part: Any, width: int = 86) -> list[str]:  # noqa: ANN401 - whatever rich can print
    """What *part* looks like in a pipe."""
    console = Console(file=StringIO(), width=width, highlight=False)
    with console.capture() as captured:
        console.print(part)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_every_part_of_a_story_is_told() -> None:
    """The same facts as the JSON, in the order in which one asks for them."""
    assert printed(story(EVENT)) == [
        "ord_10492_complete_payment  CompletePayment  REJECTED (refused_by_tiktok)",
        "pixel       C9ABC1234567890, live, reported by backend (verified), revision 1",
        "happened    2026-04-23 11:23:00 UTC",
        "received    2026-04-23 11:23:01.000 UTC",
        "match keys  sent: ip",
        "            suppressed: email",
        "            missing: ttclid",
        "consent     region DE; ad_user_data DENIED; ad_personalization not stated; policy",
        "            guide@1; removed email",
        "attempts    1. 2026-04-23 11:23:03.000 UTC, with 18 events, connection reset,",
        "            retry_unknown, 52 ms, next 2026-04-23 11:24:03.000 UTC",
        "findings    ip_missing at /user/ip: It is missing.",
        "pair        paired, 0.28 s apart",
        "replay      no: delivered",
        "timeline      +0.000 s  received  from backend",
        "            +2 h 1 min  rejected",
    ]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "+0.000 s"),
        (59.9994, "+59.999 s"),
        (60, "+1 min 0 s"),
        (3_599, "+59 min 59 s"),
        (3_600, "+1 h 0 min"),
        (86_399, "+23 h 59 min"),
        (2 * 86_400 + 3 * 3_600, "+2 d 3 h"),
    ],
)
def test_a_length_of_time_is_told_in_two_units(seconds: float, written: str) -> None:
    """Milliseconds matter on the way to TikTok, days in a queue after an outage."""
    assert elapsed(seconds) == written


def test_times_are_in_utc_whatever_they_came_in() -> None:
    """Two people on two continents read the same story."""
    assert instant(0) == "1970-01-01 00:00:00 UTC"
    assert instant("2026-04-23T13:23:01+02:00") == "2026-04-23 11:23:01.000 UTC"


def test_a_list_has_a_line_per_event() -> None:
    """Enough to choose the one to look at."""
    header, line = printed(table_of([EVENT]), 100)
    assert header.split() == ["happened", "event", "event_id", "state", "keys"]
    assert "ord_10492_complete_payment  REJECTED refused_by_tiktok" in line


def test_only_news_is_told_again() -> None:
    """Tail prints an event when it comes and when it changes, and not between."""
    seen: dict[tuple[str, ...], str] = {}
    moved, other = {**EVENT, "state": "QUEUED"}, {**EVENT, "channel": "test"}
    assert news([EVENT], seen) == [EVENT]
    assert news([EVENT], seen) == []
    assert news([moved, other], seen) == [moved, other]


@pytest.mark.parametrize(
    ("pair", "lines"),
    [
        ({"verdict": "paired", "gap_seconds": 0.28, "fix": ""}, ["paired, 0.28 s apart"]),
        (
            {
                "verdict": "content_differs",
                "gap_seconds": 3,
                "differs": ["value"],
                "fix": "mend it",
            },
            ["content_differs, 3 s apart", "differs in value", "mend it"],
        ),
        (
            {"verdict": "server_only", "meaning": "Nobody saw it.", "fix": "look at the page"},
            ["server_only", "Nobody saw it."],
        ),
    ],
)
def test_a_pair_is_told_with_what_mends_it(pair: dict[str, Any], lines: list[str]) -> None:
    """A shop without the browser script has nothing to mend on each of its events."""
    text = "\n".join(printed(story(EVENT | {"pair": pair}))) + "\n"
    told = [line.split("pair", 1)[-1].strip() for line in text.splitlines()]
    at = told.index(lines[0])
    assert told[at : at + len(lines)] == lines
