"""What the simulator remembers: every request, every accepted copy, every conversion."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from tiktok_simulator.counting import Channel, Conversions, Fate, Key
from tiktok_simulator.reading import Event

Keep = Literal["full", "keys"]


class Copy(msgspec.Struct, frozen=True, gc=False):
    """One accepted copy of one event; *wire* is the very JSON that arrived."""

    key: Key
    channel: Channel
    fate: Fate
    received_at: float
    request_id: str
    test_event_code: str
    remarks: tuple[str, ...]
    wire: bytes


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request to the track endpoint, and how it was answered.

    *token* is its last four characters; *code* is None, and *http_status* 0, where nothing was answered.
    """

    at: float
    path: str
    headers: tuple[str, ...]
    token: str
    pixel: str
    events: int
    code: int | None
    message: str
    request_id: str
    http_status: int
    fault: str | None
    body: bytes


class Record:
    """Grows until it is cleared. Kept ``"keys"``, only conversions are remembered, some 400 bytes each."""

    def __init__(self, keep: Keep = "full") -> None:
        self.keep = keep
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.conversions = Conversions(keep_wire=self.keep == "full")
        self.copies: list[Copy] = []
        self.requests: list[Request] = []
        self.request_count = 0

    def accept(
        self,
        pixel: str,
        channel: Channel,
        events: Iterable[Event],
        *,
        at: float,
        request_id: str,
        test_code: str = "",
    ) -> None:
        """Take the accepted events of one request."""
        for event in events:
            key = Key(pixel, event.name, event.event_id, test_code != "")
            conversion, fate = self.conversions.add(key, channel, at, event.value, event.currency)
            if channel == "server":
                self.conversions.compare(conversion, event.wire)
            if self.keep == "full":
                self.copies.append(
                    Copy(key, channel, fate, at, request_id, test_code, event.remarks, event.wire)
                )

    def note(self, request: Request) -> None:
        """Take one request with its answer."""
        self.request_count += 1
        if self.keep == "full":
            self.requests.append(request)
