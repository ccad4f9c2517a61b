"""The simulator as an ASGI application."""

import logging

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tiktok_simulator.contract import TRACK_PATH
from tiktok_simulator.inspection import Inspection
from tiktok_simulator.pixel import ACT_PATH, SCRIPT_PATH, Pixel
from tiktok_simulator.track import Track
from tiktok_simulator.world import World

_log = logging.getLogger(__name__)


class Simulator(Starlette):
    """A Starlette application whose track endpoint is reached without the router.

    Its state is *world*, for tests that run in the same process.
    """

    def __init__(self, world: World) -> None:
        inspection, pixel = Inspection(world), Pixel(world)
        super().__init__(
            routes=[
                Route("/", inspection.index),
                Route(SCRIPT_PATH, pixel.script),
                Route(ACT_PATH, pixel.act, methods=["POST", "OPTIONS"]),
                Route("/_sim/health", inspection.health),
                Route("/_sim/events", inspection.events),
                Route("/_sim/conversions", inspection.conversions),
                Route("/_sim/keys", inspection.keys),
                Route("/_sim/requests", inspection.requests),
                Route("/_sim/faults", inspection.faults, methods=["GET", "POST", "DELETE"]),
                Route("/_sim/clock", inspection.clock, methods=["POST"]),
                Route("/_sim/reset", inspection.reset, methods=["POST"]),
                Route("/_sim/elsewhere", inspection.elsewhere, methods=["GET", "POST"]),
            ]
        )
        self.world = world
        self._track = Track(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        track = scope["type"] == "http" and scope["path"] == TRACK_PATH
        try:
            await (self._track if track else super().__call__)(scope, receive, send)
        except Exception:
            # uvicorn's own log is off: it also complains of connections that a fault broke.
            _log.exception("request_failed")
            raise


def create_app(world: World | None = None) -> Simulator:
    """Build a simulator; by default one pixel and one token, both those of the demo."""
    return Simulator(world or World())
