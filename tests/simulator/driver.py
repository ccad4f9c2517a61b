"""Build requests, and put them to a simulator in this process without a socket."""

from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.types import Message

from tiktok_simulator.app import Simulator, create_app
from tiktok_simulator.clock import Clock
from tiktok_simulator.contract import TRACK_PATH, Dialect
from tiktok_simulator.world import DEMO_PIXEL, DEMO_TOKEN, Access, World

NOW = 1776943500.0
DIGEST = "e233d4a29013e9d87150c6237c6777bedf379ebf1acdc5d6126fec7e8bb74fb5"


def an_event(**fields: object) -> dict[str, Any]:
    """Build an event that keeps the contract, with *fields* instead of or beside its own."""
    return {
        "event": "AddToCart",
        "event_id": "cart_7_add_1",
        "event_time": int(NOW) - 60,
        "user": {"email": DIGEST},
        "page": {"url": "https://shop.example/"},
        **fields,
    }


def an_envelope(*events: object, **fields: object) -> dict[str, Any]:
    """Build a request with *events*, or with one good event."""
    data = list(events) or [an_event()]
    return {"event_source": "web", "event_source_id": DEMO_PIXEL, **fields, "data": data}


@dataclass
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object in the body."""
        return msgspec.json.decode(self.body, type=dict[str, Any])


@dataclass
class Driver:
    """One simulator in this process, whose clock stands at NOW until it is moved."""

    world: World

    def __post_init__(self) -> None:
        self.app: Simulator = create_app(self.world)

    async def call(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answered:
        """Put one HTTP request to the application."""
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answered(sent[0]["status"], found, b"".join(each["body"] for each in sent[1:]))

    async def track(
        self, request: object = None, *, token: str = DEMO_TOKEN, content_type: str | None = None
    ) -> Answered:
        """Send *request*, or one good event, to the track endpoint."""
        body = (
            request if isinstance(request, bytes) else msgspec.json.encode(request or an_envelope())
        )
        headers = {"Access-Token": token, "Content-Type": content_type or "application/json"}
        return await self.call("POST", TRACK_PATH, body, headers)

    async def plan(self, **fault: object) -> Answered:
        """Plan one fault."""
        return await self.call("POST", "/_sim/faults", msgspec.json.encode(fault))

    async def get(self, target: str) -> dict[str, Any]:
        """Return the JSON that is at *target*."""
        return (await self.call("GET", target)).json

    async def pixel(self, event: str, event_id: str, **properties: object) -> Answered:
        """Report one call of the Pixel."""
        act = {"pixel_code": DEMO_PIXEL, "event": event, "event_id": event_id}
        return await self.call(
            "POST", "/api/v2/pixel/act", msgspec.json.encode({**act, "properties": properties})
        )


def a_driver(access: Access | None = None, dialect: Dialect = Dialect.SDK) -> Driver:
    """Build a driver for the demo's pixel and token, or for *access*."""
    return Driver(World(access or Access(), Clock(lambda: NOW), dialect=dialect))


def guide_access() -> Access:
    """The demo's pixel and token, the pixel declared to use the guide's wire names."""
    return Access(guide_pixels=frozenset({DEMO_PIXEL}))
