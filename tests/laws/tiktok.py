"""TikTok in memory, which counts conversions by its own books, and answers as it is told."""

import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tandemgate.model.delivery import Answered, NoAnswer, NotSent, Reply, TrackRequest
from tests.laws.quiet import Clocks

DEDUP: Final = 48 * 3600.0
"""A copy that comes later than this after the first is another conversion."""

LATENCY: Final = 0.25


class Conversion(msgspec.Struct, frozen=True):
    """What TikTok tells events apart by."""

    pixel_id: str
    event: str
    event_id: str
    test: bool


class Item(msgspec.Struct, frozen=True):
    """One event of a request: its exact bytes, and what they say."""

    conversion: Conversion
    wire: bytes
    said: Mapping[str, Any]


class _Envelope(msgspec.Struct):
    event_source_id: str
    data: list[msgspec.Raw]
    test_event_code: str = ""


def read_items(body: bytes) -> list[Item]:
    """The events of a request."""
    envelope = msgspec.json.decode(body, type=_Envelope)
    return [_item(envelope, bytes(raw)) for raw in envelope.data]


def _item(envelope: _Envelope, wire: bytes) -> Item:
    said = msgspec.json.decode(wire)
    test = envelope.test_event_code != ""
    key = Conversion(envelope.event_source_id, said["event"], said["event_id"], test)
    return Item(key, wire, said)


@dataclass(frozen=True)
class Arrival:
    """A copy that TikTok took, when, from whom, and in the answer to which request."""

    at: float
    wire: bytes
    request_id: str


PIXEL_COPY: Final = b""
"""The wire of a copy that came from the browser."""


def counted(arrivals: Sequence[Arrival]) -> int:
    """How many conversions *arrivals* of one event count as."""
    conversions, first_at = 0, float("-inf")
    for arrival in arrivals:
        if arrival.at - first_at > DEDUP:
            conversions, first_at = conversions + 1, arrival.at
    return conversions


@dataclass(frozen=True)
class Asked:
    """One request as an answer looks at it. ``known`` are the places of what TikTok had before."""

    items: Sequence[Item]
    request_id: str
    pick: int
    known: Sequence[int]

    @property
    def everything(self) -> range:
        """Every place."""
        return range(len(self.items))

    @property
    def picked(self) -> int:
        """One place."""
        return self.pick % len(self.items)

    def says(self, code: int, message: str = "", data: object = None, **more: Any) -> Answered:  # noqa: ANN401
        """Answer with TikTok's JSON."""
        told = {"code": code, "message": message, "request_id": self.request_id, "data": data or {}}
        return Answered(more.get("status", 200), json.dumps(told).encode(), 0.1, more.get("after"))


Places = Sequence[int]


@dataclass(frozen=True)
class Met:
    """What became of a request: what was taken of it, what was said, and of which events."""

    taken: Places
    reply: Reply
    blamed: Places = ()


Manner = Callable[[Asked], Met]


def _refuse(code: int, message: str = "", **more: Any) -> Manner:  # noqa: ANN401
    return lambda asked: Met((), asked.says(code, message, **more), _alone(asked))


def _lose(take: Callable[[Asked], Places], reply: Reply) -> Manner:
    return lambda asked: Met(take(asked), reply)


def _alone(asked: Asked) -> Places:
    return asked.everything if len(asked.items) == 1 else ()


def _nothing(_asked: Asked) -> Places:
    return ()


def _everything(asked: Asked) -> Places:
    return asked.everything


def _some(asked: Asked) -> Places:
    return [index for index in asked.everything if (asked.pick >> index) & 1]


def _accept(asked: Asked) -> Met:
    return Met(asked.everything, asked.says(0, "OK"))


def _refuse_one(asked: Asked) -> Met:
    told = f"data.{asked.picked}.properties.value is invalid"
    return Met((), asked.says(40002, told), [asked.picked])


def _refuse_in_part(asked: Asked) -> Met:
    others = [index for index in asked.everything if index != asked.picked]
    told = {"failed": [{"index": asked.picked, "message": "user is missing"}]}
    return Met(others, asked.says(20001, "partly", told), [asked.picked])


def _refuse_known(asked: Asked) -> Met:
    if not asked.known:
        return _accept(asked)
    return Met((), asked.says(40900, f"duplicate event at index {asked.known[0]}"))


def _refuse_known_unplaced(asked: Asked) -> Met:
    return Met((), asked.says(40050, "exists already")) if asked.known else _accept(asked)


MANNERS: Final[Mapping[str, Manner]] = {
    "accepts": _accept,
    "fails after it accepted": _lose(_everything, Answered(503, b"<html>", 0.1)),
    "fails before it accepted": _lose(_nothing, Answered(500, b"", 0.1)),
    "fails in words, in part accepted": lambda asked: Met(_some(asked), asked.says(50000, "busy")),
    "answers 200 and garbage": _lose(_everything, Answered(200, b"{", 0.1)),
    "is lost after it accepted": _lose(_everything, NoAnswer("reset", 0.1)),
    "is lost before it accepted": _lose(_nothing, NoAnswer("reset", 0.1)),
    "cannot be reached": _lose(_nothing, NotSent("refused", 0.1)),
    "says 429": _lose(_nothing, Answered(429, b"", 0.1)),
    "says 429 and when": _lose(_nothing, Answered(429, b"", 0.1, 600.0)),
    "says 429 and much later": _lose(_nothing, Answered(429, b"", 0.1, 3000.0)),
    "speaks of the rate": _refuse(40100, "too many requests"),
    "speaks of the token": _refuse(40105, "access token is revoked"),
    "speaks of permission": _refuse(40001, "no permission"),
    "speaks of the settings": _refuse(40400, "no such path"),
    "redirects": _lose(_nothing, Answered(302, b"", 0.1)),
    "refuses one by its place": _refuse_one,
    "refuses a place outside": _refuse(40002, "data.999.properties.value is invalid"),
    "refuses without a place": _refuse(40002, "value is invalid"),
    "finds it too large": _refuse(40061, "too large"),
    "accepts in part": _refuse_in_part,
    "accepts in part, unreadably": lambda asked: Met(
        _some(asked), asked.says(20001, "partly", "?")
    ),
    "knows one already": _refuse_known,
    "knows some already": _refuse_known_unplaced,
    "says what nobody knows": _refuse(49999, "?"),
}
"""What TikTok may do with a request: the places it takes, and what the gateway hears."""


@dataclass(frozen=True)
class Turn:
    """How one request is met. ``slow`` answers take half a minute."""

    manner: str = "accepts"
    pick: int = 0
    slow: bool = False


class TikTok:
    """Takes requests (it is the Sender) by the turns it was given, then friendly for ever.

    ``poison`` are events that it refuses, with their value: a corrected event is another one.
    ``blamed`` are those that it ever refused for their own sake.
    """

    def __init__(self, clocks: Clocks) -> None:
        self.turns: deque[Turn] = deque()
        self.poison: set[tuple[str, float]] = set()
        self.blamed: set[Conversion] = set()
        self.arrivals: defaultdict[Conversion, list[Arrival]] = defaultdict(list)
        self.on_request: Callable[[bytes, Sequence[Item]], Awaitable[None]] | None = None
        self.on_taken: Callable[[], Awaitable[None]] | None = None
        self._clocks = clocks
        self._requests = 0

    async def send(self, request: TrackRequest) -> Reply:
        items = read_items(request.body)
        if self.on_request is not None:
            await self.on_request(request.body, items)
        self._requests += 1
        turn = self.turns.popleft() if self.turns else Turn()
        met = self._meet(turn, items)
        for index in met.taken:
            self._take(items[index].conversion, items[index].wire)
        self.blamed |= {items[index].conversion for index in met.blamed}
        if self.on_taken is not None:
            await self.on_taken()
        await self._clocks.sleep(30.0 if turn.slow else LATENCY)
        return met.reply

    def see_pixel(self, conversion: Conversion) -> None:
        """Take the browser's copy."""
        self._take(conversion, PIXEL_COPY)

    def copies(self, conversion: Conversion) -> list[Arrival]:
        """The copies that came from the gateway."""
        return [it for it in self.arrivals[conversion] if it.wire != PIXEL_COPY]

    def _meet(self, turn: Turn, items: Sequence[Item]) -> Met:
        known = [at for at, item in enumerate(items) if self.arrivals[item.conversion]]
        asked = Asked(items, f"r{self._requests}", turn.pick, known)
        bad = [at for at, item in enumerate(items) if _identity(item) in self.poison]
        if bad and turn.manner == "accepts":
            where, named = (f"data.{bad[0]}", bad[:1]) if turn.pick % 2 else ("somewhere", ())
            told = f"{where}: the value of {items[bad[0]].conversion.event_id} has the wrong format"
            return Met((), asked.says(40005, told), named or _alone(asked))
        return MANNERS[turn.manner](asked)

    def _take(self, conversion: Conversion, wire: bytes) -> None:
        arrival = Arrival(self._clocks.truth, wire, f"r{self._requests}")
        self.arrivals[conversion].append(arrival)


def _identity(item: Item) -> tuple[str, float]:
    return item.conversion.event_id, item.said["properties"]["value"]
