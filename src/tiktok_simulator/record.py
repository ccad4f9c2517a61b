"""What the simulator remembers: every request, every accepted copy, every conversion."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from tiktok_simulator.counting import Channel, Conversions, Fate, Key
from tiktok_simulator.reading import Event

Keep = Literal["full", "keys"]


class Arrival(NamedTuple):
    """Where and when the accepted events of one request came in; *at* is Unix seconds."""

    pixel: str
    channel: Channel
    at: float
    request_id: str
    test_event_code: str = ""


class Copy(msgspec.Struct, frozen=True, gc=False):
    """One accepted copy of one event."""

    key: Key
    arrival: Arrival
    event: Event
    fate: Fate


class Request(msgspec.Struct, frozen=True):
    """One request to the track endpoint, and how it was answered.

    *token* is its last four characters; *code* is None where no answer of the API was given, and
    *http_status* 0 where none at all was.
    """

    at: float
    path: str
    headers: tuple[str, ...]
    token: str
    request_id: str
    http_status: int
    body: bytes
    pixel: str = ""
    events: int = 0
    code: int | None = None
    message: str = ""
    fault: str | None = None


class Record:
    """Grows until it is cleared. Kept as ``"keys"``, it remembers conversions and counts only."""

    def __init__(self, keep: Keep = "full") -> None:
        self.keep = keep
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.conversions = Conversions(keep_wire=self.keep == "full")
        self.copies: list[Copy] = []
        self.requests: list[Request] = []
        self.request_count = 0

    def accept(self, arrival: Arrival, events: Iterable[Event]) -> None:
        """Take in the accepted events of one request."""
        for event in events:
            key = Key(arrival.pixel, event.name, event.event_id, arrival.test_event_code != "")
            fate = self.conversions.add(key, arrival.channel, arrival.at, event)
            if self.keep == "full":
                self.copies.append(Copy(key, arrival, event, fate))

    def note(self, request: Request) -> None:
        """Take in one request with its answer."""
        self.request_count += 1
        if self.keep == "full":
            self.requests.append(request)
