"""The browser's side: a script that takes over the ``ttq`` queue, and where it reports to."""

from importlib.resources import files
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tiktok_simulator.answers import ACCEPTED, Answer, body_of, refused
from tiktok_simulator.contract import MESSAGES, Breach
from tiktok_simulator.reading import Event
from tiktok_simulator.record import Arrival
from tiktok_simulator.world import World

ACT_PATH: Final = "/api/v2/pixel/act"
SCRIPT_PATH: Final = "/i18n/pixel/events.js"
_SCRIPT: Final = files("tiktok_simulator").joinpath("events.js").read_bytes()
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}


class Act(msgspec.Struct):
    """One call of the Pixel. *timestamp* is the browser's; the simulator goes by its own clock."""

    pixel_code: str
    event: str
    event_id: str = ""
    timestamp: str | int | float = ""
    properties: dict[str, Any] = {}
    context: dict[str, Any] = {}


_decoder: Final = msgspec.json.Decoder(Act)


class Pixel:
    """The two endpoints that a page talks to."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def script(self, _: Request) -> Response:
        """Serve the stand-in for TikTok's ``events.js``."""
        return Response(_SCRIPT, media_type="text/javascript", headers=_CORS)

    async def act(self, request: Request) -> Response:
        """Take one browser event."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_CORS)
        at = self.world.clock.now()
        request_id = self.world.ids.make(at)
        answer = self._take(await request.body(), at, request_id)
        return Response(body_of(answer, request_id), media_type="application/json", headers=_CORS)

    def _take(self, body: bytes, at: float, request_id: str) -> Answer:
        try:
            act = _decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return refused(Breach.MALFORMED, str(error), self.world.dialect)
        if act.pixel_code not in self.world.pixels:
            message = MESSAGES[Breach.SOURCE_UNKNOWN].format(source=act.pixel_code)
            return refused(Breach.SOURCE_UNKNOWN, message, self.world.dialect)
        value, currency = act.properties.get("value"), act.properties.get("currency")
        event = Event(act.event, act.event_id, value, currency, wire=body, remarks=())
        self.world.record.accept(Arrival(act.pixel_code, "pixel", at, request_id), [event])
        return ACCEPTED
