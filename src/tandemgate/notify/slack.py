"""A message in the form that Slack's incoming webhooks take, and chats that imitate them.

``text`` is what notifications show; the attachment's fields hold the same in parts. They are those
of Slack's "Reference: Secondary message attachments"; Mattermost, Rocket.Chat and Discord (below
``/slack``) read them too.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tandemgate.model.alert import Message, Phase
from tandemgate.model.instant import Epoch

RED, AMBER, GREEN, GREY = "#c0392b", "#d68910", "#1e8449", "#7f8c8d"
_encode: Final = msgspec.json.Encoder().encode


def slack_json(message: Message, gateway: str, now: Epoch) -> bytes:
    """Write *message*, sent at *now*; *gateway* is the address by which people know it."""
    text = escaped(headline(message))
    fields = [
        {"title": title, "value": escaped(value), "short": len(value) <= _SHORT}
        for title, value in _fields(message, gateway)
        if value
    ]
    attachment: dict[str, Any] = {
        "fallback": text,
        "color": _color(message),
        "fields": fields,
        "footer": "tandemgate",
        "ts": int(now),
    }
    return _encode({"text": text, "attachments": [attachment]})


_SHORT: Final = 40


def headline(message: Message) -> str:
    """Say it in one line: what, where, in numbers."""
    where = message.group.pixel_id if message.group and message.group.pixel_id else ""
    title = f"{message.title} ({where})" if where else message.title
    match message.phase:
        case Phase.ENDED:
            return f"Over: {title}; it lasted {_lasted(message)}"
        case Phase.BEGAN if message.urgent:
            return f"URGENT: {title}: {message.said}"
        case _:
            return f"{title}: {message.said}"


def _fields(message: Message, gateway: str) -> Iterator[tuple[str, str]]:
    group = message.group
    yield "alert", group.family if group else Phase.TEST
    yield "phase", message.phase
    yield "pixel", group.pixel_id if group else ""
    yield "about", group.subject if group else ""
    yield "what", message.said
    yield "began", _iso(message.began_at)
    yield "ended", _iso(message.ended_at)
    yield "fix", message.fix
    yield "more", f"tandemgate explain {group.family}" if group else ""
    yield "gateway", gateway
    yield "message", message.name


def escaped(text: str) -> str:
    """Write *text* so that nothing in it is a link or a mention (Slack: "Escaping text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _color(message: Message) -> str:
    match message.phase:
        case Phase.BEGAN:
            return RED if message.urgent else AMBER
        case Phase.ENDED:
            return GREEN
        case Phase.TEST:
            return GREY


def _lasted(message: Message) -> str:
    seconds = max(0.0, (message.ended_at or 0.0) - (message.began_at or 0.0))
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if minutes < 1 else f"{minutes // 60} h {minutes % 60} min"


def _iso(at: Epoch | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
