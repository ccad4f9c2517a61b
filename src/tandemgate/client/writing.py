"""From what ``track`` was told to bytes: written once, at the call, and never changed again."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tandemgate.client.limits import LARGEST_BODY, MOST_EVENTS
from tandemgate.client.results import Problem, Result
from tandemgate.client.visitor import Visitor
from tandemgate.client.words import PROPERTIES

EVENTS: Final = "/v1/events"
ATTACH: Final = "/v1/attach"
CONSENT: Final = "/v1/consent"

_WORD: Final = re.compile(r"[a-z_]{1,40}")


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return float(value)
        case UUID():
            return str(value)
        case date():
            return value.isoformat()
        case set() | frozenset():
            return list(value)
        case Mapping():
            return dict(value)
        case _:
            raise TypeError


_encode: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
).encode


@dataclass(frozen=True, slots=True)
class Item:
    """Something to send, as it will leave. ``event`` is its name, for what is told of it."""

    event: str
    event_id: str | None
    content: bytes
    address: str = EVENTS

    @property
    def is_event(self) -> bool:
        """Whether others can go in the same request."""
        return self.address == EVENTS


class Envelope:
    """What stands around the events of one request: the pixel, and a test's code."""

    def __init__(self, pixel: str, test_event_code: str | None = None) -> None:
        head: dict[str, Any] = {"event_source": "web", "event_source_id": pixel}
        head |= {"test_event_code": test_event_code} if test_event_code else {}
        self._head = _encode(head)[:-1].encode() + b',"data":['
        self.room = LARGEST_BODY - len(self._head) - len(b"]}")
        """Bytes that are left for events and the commas between them."""

    def around(self, items: Sequence[Item]) -> bytes:
        """Write one request's body."""
        return b"%b%b]}" % (self._head, b",".join(item.content for item in items))

    def fitting(self, items: Sequence[Item]) -> int:
        """Count how many of the first *items* go into one request; at least one does."""
        room, count = self.room, 0
        for item in items[:MOST_EVENTS]:
            room -= len(item.content) + bool(count)
            if room < 0 or not item.is_event:
                break
            count += 1
        return max(count, 1)


def write_event(
    event: str, fields: Mapping[str, Any], visitor: Visitor | None, now: float
) -> Item | Result:
    """Write one event of ``data``, or say why not; *now* counts unless *fields* say when it was."""
    stated = {n: value for n, value in _completed(fields, visitor).items() if value is not None}
    moment = stated.setdefault("event_time", int(now))
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        stated["event_time"] = int(moment.timestamp())
    properties = {name: stated.pop(name) for name in PROPERTIES if name in stated}
    whole = {"event": event, **stated, **({"properties": properties} if properties else {})}
    event_id = stated.get("event_id")
    return write(EVENTS, event, whole, event_id if isinstance(event_id, str) else None)


def write(
    address: str, event: str, body: Mapping[str, Any], event_id: str | None = None
) -> Item | Result:
    """Write what *address* is to get, or say why it can't be; half a surrogate pair is no text."""
    try:
        return Item(event, event_id, _encode(body).encode(), address)
    except (TypeError, ValueError, RecursionError):
        return Result(event, event_id, "rejected", (_blamed(body),))


def _completed(fields: Mapping[str, Any], visitor: Visitor | None) -> dict[str, Any]:
    """Add whose request it is, unless *fields* name a session, or ``None`` for nobody's.

    ip and user agent are the person's own only together with the session.
    """
    if visitor is None or "session" in fields:
        return dict(fields)
    user = fields.get("user") or {}
    if not isinstance(user, Mapping):
        return {**fields, "session": visitor.session}
    shown = {"ip": visitor.ip, "user_agent": visitor.user_agent}
    shown = {name: value for name, value in shown.items() if value is not None}
    own = {} if {"ip", "user_agent"} & user.keys() else shown
    whole = {**user, **own}
    return {**fields, "session": visitor.session, **({"user": whole} if whole else {})}


def _blamed(content: Mapping[Any, Any], at: str = "") -> Problem:
    """Find the field that can't be written; what is no plain word may name somebody."""
    for name, value in content.items():
        if isinstance(name, str) and _WORD.fullmatch(name) and not _writes(value):
            if isinstance(value, Mapping) and not at:
                return _blamed(value, f"/{name}")
            return Problem("unwritable", f"{at}/{name}", _way_out(value))
    return Problem("unwritable", at, "pass what JSON can hold")


def _writes(value: object) -> bool:
    try:
        _encode(value).encode()
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _way_out(value: object) -> str:
    match value:
        case str():
            return "pass text without half a surrogate pair"
        case float() | Decimal():
            return "pass a number, not NaN or infinity"
        case Mapping() | list() | tuple() | set() | frozenset():
            return "pass only text and numbers within it"
        case _:
            return f"pass text or a number, not an object of type {type(value).__name__}"
