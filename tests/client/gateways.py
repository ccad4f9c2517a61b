"""Gateways as a client sees them: one that answers from a list, and one that is a real socket."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tandemgate.client.answers import Reply, Unreachable
from tandemgate.client.courier import Courier
from tandemgate.client.limits import Limits
from tandemgate.client.outbox import Outbox
from tandemgate.client.results import Result
from tandemgate.client.teller import Teller
from tandemgate.client.writing import Envelope, Item, write_event

PIXEL = "C9ABC1234567890"
KEY = "sk_orders_0123456789"
NOW = 1776943500.0
EMAIL = "anna.canary@customer.example"
REFUSED_CONNECTION = Unreachable("ConnectionRefusedError")


def an_item(event_id: str = "ord_1", **fields: Any) -> Item:  # noqa: ANN401 - any field
    """One written purchase."""
    item = write_event("CompletePayment", {"event_id": event_id, **fields}, None, NOW)
    assert isinstance(item, Item)
    return item


def accepted(body: bytes) -> Reply:
    """Take every event of a request, as the gateway does."""
    told = [
        {"index": index, "event_id": one.get("event_id"), "outcome": "accepted", "findings": []}
        for index, one in enumerate(json.loads(body)["data"])
    ]
    return a_reply(202, {"results": told})


def a_reply(status: int, content: object, retry_after: str | None = None) -> Reply:
    """One answer."""
    return Reply(status, json.dumps(content).encode(), retry_after)


def taken(path: str, body: bytes) -> Reply:
    """Take whatever was handed to *path*."""
    others = {"/v1/attach": {"bound": ["order"]}, "/v1/consent": {"found": 5, "cancelled": 2}}
    return a_reply(200, others[path]) if path in others else accepted(body)


def refused(status: int, reason: str, fix: str = "mend it") -> Reply:
    """A request that was refused as a whole."""
    return a_reply(status, {"request_id": "r1", "problems": [{"reason": reason, "fix": fix}]})


@dataclass
class Scripted:
    """Gives the *replies* one after another, then takes everything; keeps what it was handed."""

    replies: list[Reply | Unreachable] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def __call__(self, address: str, body: bytes, timeout: float) -> Reply | Unreachable:  # noqa: ARG002 - the port's words
        self.bodies.append(body)
        return self.replies.pop(0) if self.replies else accepted(body)

    @property
    def requests(self) -> list[list[str]]:
        """The event_ids of each request."""
        return [[one["event_id"] for one in json.loads(body)["data"]] for body in self.bodies]


class StillOutbox(Outbox):
    """An outbox whose pauses take no time; they are written down."""

    def __init__(self, envelope: Envelope, limits: Limits) -> None:
        super().__init__(envelope, limits)
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return True


@dataclass
class Shop:
    """A courier with its outbox, run in the test's own thread."""

    post: Scripted
    told: list[Result] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        envelope = Envelope(PIXEL)
        self.outbox = StillOutbox(envelope, self.limits)
        self.teller = Teller(self.told.append)
        self.courier = Courier(
            self.outbox, self.post, self.teller, envelope, self.limits, chance=lambda: 0.0
        )

    def deliver(self, items: Sequence[Item]) -> None:
        """Send *items* to the end."""
        for item in items:
            assert self.outbox.put(item)
        self.courier.finish(60.0)

    @property
    def outcomes(self) -> dict[str | None, str]:
        """What became of each event."""
        return {result.event_id: result.outcome for result in self.told}


@dataclass
class Socket:
    """A gateway at a real address; ``requests`` are path, headers and body."""

    url: str
    replies: list[Reply] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def event_ids(self) -> list[str]:
        """Every event that came, in order."""
        bodies = [json.loads(body) for _, _, body in self.requests]
        return [one["event_id"] for body in bodies for one in body.get("data", [])]


@contextmanager
def a_socket(*replies: Reply) -> Iterator[Socket]:
    """Listen on loopback: give *replies* one after another, then take everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.requests.append((self.path, dict(self.headers), body))
            reply = seen.replies.pop(0) if seen.replies else taken(self.path, body)
            self.send_response(reply.status)
            if reply.retry_after:
                self.send_header("Retry-After", reply.retry_after)
            if reply.status == 302:
                self.send_header("Location", f"{seen.url}/elsewhere")
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen = Socket(f"http://127.0.0.1:{server.server_port}", list(replies))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
