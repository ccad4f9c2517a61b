"""What ``tandemgate problems`` prints: of each what, where, how often, and the fix."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tandemgate.cli.muting import moment
from tandemgate.cli.problem import in_full, in_list

NOW = 1_776_943_400.0
ONE: dict[str, Any] = {
    "id": "40002-k3m9qxab",
    "status": "open",
    "severity": "urgent",
    "pixel_id": "C9ABC1234567890",
    "channel": "live",
    "event": "CompletePayment",
    "source": "backend",
    "origin": "remote",
    "code": 40002,
    "reason": "refused_by_tiktok",
    "field": "properties.value",
    "gathers_others": False,
    "title": "Malformed request or wrong parameter",
    "meaning": "TikTok refused this event.",
    "readings": {"guide": "Bad signature.", "sdk": "Any parameter error.", "peers": ""},
    "check": "The message.",
    "fix": "Correct the named field.",
    "docs_url": "/docs/codes/40002",
    "counted": "events",
    "first_seen": "2026-04-22T09:23:20.000Z",
    "last_seen": "2026-04-23T11:23:20.000Z",
    "last_24h": {"count": 2, "received": 96, "share": 0.020833},
    "since_first_seen": {"count": 14, "received": 388, "share": 0.036082},
    "sample": {
        "at": "2026-04-23T11:23:20.000Z",
        "event_id": "ord_1",
        "pointer": None,
        "received": None,
        "expected": None,
        "message": "data.0.properties.value: must be a number",
        "tiktok_request_id": "r-1",
    },
    "resolved_at": None,
    "muted_at": None,
    "muted_until": None,
    "returned_at": None,
    "returns": 0,
    "note": "",
    "by": "",
}
RETURNED = {"returned_at": "2026-04-23T11:23:20.000Z", "returns": 2, "note": "mended", "by": "root"}
MUTED = {"status": "muted", "muted_at": "2026-04-23T11:23:20.000Z", "note": "known", "by": "root"}
HOLD = {
    "event": None,
    "source": None,
    "field": None,
    "code": 40105,
    "last_24h": {"count": 3, "received": None, "share": None},
    "since_first_seen": {"count": 3, "received": None, "share": None},
}


def printed(*parts: Any) -> str:  # noqa: ANN401 - whatever rich can print
    """What *parts* look like in a pipe, each line without blanks at its end."""
    console = Console(width=100, file=StringIO(), highlight=False)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def test_a_problem_is_few_lines() -> None:
    """Name, what, where, how often, the fix: nothing else is needed to begin."""
    assert printed(*in_list([ONE])).rstrip().splitlines() == [
        "urgent  40002-k3m9qxab",
        "        Malformed request or wrong parameter (40002): properties.value",
        "        CompletePayment from backend, pixel C9ABC1234567890, found by TikTok",
        "        2 of 96 (2.1%) in 24 h, 14 of 388 (3.6%) since 2026-04-22 09:23",
        "        last seen 2026-04-23 11:23",
        "        fix: Correct the named field.",
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (RETURNED, "returned 2026-04-23 11:23"),
        (MUTED, "40002-k3m9qxab (muted)"),
        (HOLD, "3 times since 2026-04-22 09:23"),
        ({"last_24h": ONE["since_first_seen"]}, "TikTok 14 of 388 (3.6%) since"),
        ({"channel": "test"}, "pixel C9ABC1234567890 in tests"),
        ({"gathers_others": True, "field": None}, "gathered from many places"),
        ({"origin": "local"}, "found by the gateway"),
        ({"last_24h": {"count": 1, "received": 0, "share": None}}, "1 in 24 h"),
    ],
)
def test_what_is_unusual_is_said(changed: dict[str, Any], said: str) -> None:
    """And only then."""
    assert said in " ".join(printed(*in_list([ONE | changed])).split())
    assert said not in " ".join(printed(*in_list([ONE])).split())


def test_nothing_is_said_plainly() -> None:
    """An empty table could be a broken one."""
    assert printed(*in_list([])) == "No problems match."


def test_in_full_both_readings_and_tiktoks_words_are_there() -> None:
    """Whoever writes to TikTok's support needs the request id."""
    shown = printed(*in_full(ONE | RETURNED))
    for words in (
        "Bad signature.",
        "Any parameter error.",
        "data.0.properties.value: must be a number",
        "r-1",
        "(returned 2 times, last 2026-04-23 11:23) - root: mended",
        "/docs/codes/40002",
    ):
        assert words in shown
    assert "other senders" not in shown


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("30m", NOW + 1_800),
        ("12h", NOW + 43_200),
        ("7d", NOW + 604_800),
        ("2w", NOW + 1_209_600),
        ("2026-05-01", "2026-05-01"),
        ("soon", "soon"),
        ("d", "d"),
        ("-1d", "-1d"),
        ("9999999d", "9999999d"),
        ("", ""),
    ],
)
def test_a_span_is_read_here_and_a_moment_by_the_gateway(stated: str, read: object) -> None:
    """Two weeks is what people mean; nobody counts days to a date."""
    assert moment(stated, NOW) == read
