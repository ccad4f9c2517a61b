"""``/_sim/…``: what a test asks the simulator, and how it tells it what to do."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tiktok_simulator import record as records
from tiktok_simulator.counting import Conversion, Key
from tiktok_simulator.faults import read_faults
from tiktok_simulator.world import World

ENDPOINTS: Final = """\
Simulated TikTok Events API

POST   /open_api/v1.3/event/track/   the Events API; header Access-Token
GET    /i18n/pixel/events.js         the Pixel's script; ?sdkid=PIXEL
POST   /api/v2/pixel/act             the Pixel's reports

GET    /_sim/conversions             what TikTok counts; ?pixel= &event= &event_id= &test=1
GET    /_sim/keys                    their event_ids, one line each time it counts; the same filters
GET    /_sim/events                  every accepted copy as it arrived; the same filters, &channel=
GET    /_sim/requests                every request and its answer; ?bodies=1
GET    /_sim/faults                  the planned faults
POST   /_sim/faults                  plan one: {"fault": "status", "status": 503, "times": 2}
DELETE /_sim/faults                  drop them
POST   /_sim/clock                   move the simulator's clock: {"advance": 172801}
POST   /_sim/reset                   forget everything
GET    /_sim/health
"""


class ClockMove(msgspec.Struct, forbid_unknown_fields=True):
    """By how many seconds the simulator's clock is moved, at most some ten years."""

    advance: Annotated[float, Meta(ge=-315_360_000, le=315_360_000)]


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _problem(error: str, way_out: str, status: int = 400) -> Response:
    return _json({"error": error, "try": way_out}, status)


class Inspection:
    """The endpoints under ``/_sim/``."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def index(self, _: Request) -> Response:
        """List all endpoints."""
        return PlainTextResponse(ENDPOINTS)

    async def health(self, _: Request) -> Response:
        """Say that the simulator is there, and its time."""
        record = self.world.record
        return _json(
            {
                "ok": True,
                "now": self.world.clock.now(),
                "record": record.keep,
                "requests": record.request_count,
            }
        )

    async def events(self, request: Request) -> Response:
        """Every accepted copy, in order of arrival."""
        if self.world.record.keep != "full":
            return _problem("copies are not kept with --record keys", "GET /_sim/conversions", 409)
        rows = [
            _copy_row(copy)
            for copy in self.world.record.copies
            if _wanted(copy.key, request)
            and request.query_params.get("channel") in {None, copy.arrival.channel}
        ]
        return _json({"total": len(rows), "events": rows})

    async def conversions(self, request: Request) -> Response:
        """What TikTok counts: *total* is the sum of *counted*, which above 1 is a double count."""
        rows = [
            _conversion_row(key, conversion)
            for key, conversion in self.world.record.conversions.by_key.items()
            if _wanted(key, request, test_by_default=False)
        ]
        return _json({"total": sum(row["counted"] for row in rows), "conversions": rows})

    async def keys(self, request: Request) -> Response:
        """The event_ids that TikTok counts, as text: one that is counted twice stands there twice.

        A million of them as JSON rows would take the simulator's time from who is measured.
        """
        return PlainTextResponse(
            "".join(
                f"{key.event_id}\n" * conversion.counted
                for key, conversion in self.world.record.conversions.by_key.items()
                if _wanted(key, request, test_by_default=False)
            )
        )

    async def requests(self, request: Request) -> Response:
        """Every request to the track endpoint; with ``?bodies=1`` also what it carried, as text."""
        with_bodies = request.query_params.get("bodies") == "1"
        rows = list(self._request_rows(with_bodies=with_bodies))
        return _json({"total": self.world.record.request_count, "requests": rows})

    def _request_rows(self, *, with_bodies: bool) -> Iterator[dict[str, Any]]:
        for each in self.world.record.requests:
            row = msgspec.structs.asdict(each)
            body = row.pop("body")
            yield {**row, "body": body.decode("utf-8", "replace")} if with_bodies else row

    async def faults(self, request: Request) -> Response:
        """List, plan or drop faults."""
        faults = self.world.faults
        if request.method == "POST":
            found = read_faults(await request.body())
            if isinstance(found, str):
                return _problem(found, 'POST {"fault": "status", "status": 503, "times": 2}')
            faults.plan(found)
        elif request.method == "DELETE":
            faults.clear()
        return _json({"faults": faults.listed()})

    async def clock(self, request: Request) -> Response:
        """Move the simulator's clock."""
        try:
            move = msgspec.json.decode(await request.body(), type=ClockMove)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _problem(str(error), 'POST {"advance": 172801}')
        self.world.clock.advance(move.advance)
        return _json({"now": self.world.clock.now()})

    async def reset(self, _: Request) -> Response:
        """Forget what happened and what was planned."""
        self.world.reset()
        return _json({"ok": True})

    async def elsewhere(self, request: Request) -> Response:
        """Where a redirect leads: whoever comes here followed one, and his token came along."""
        self.world.record.note(
            records.Request(
                at=self.world.clock.now(),
                path=request.url.path,
                headers=tuple(request.headers.keys()),
                token=request.headers.get("access-token", "")[-4:],
                request_id="",
                http_status=200,
                body=await request.body(),
                message="followed a redirect",
            )
        )
        return _json({"code": 0, "message": "OK", "request_id": "", "data": {}})


def _wanted(key: Key, request: Request, *, test_by_default: bool | None = None) -> bool:
    asked = request.query_params
    test = {"1": True, "0": False}.get(asked.get("test", ""), test_by_default)
    return (
        asked.get("pixel") in {None, key.pixel}
        and asked.get("event") in {None, key.event}
        and asked.get("event_id") in {None, key.event_id}
        and test in {None, key.test}
    )


def _copy_row(copy: records.Copy) -> dict[str, Any]:
    return {
        **copy.key._asdict(),
        "channel": copy.arrival.channel,
        "fate": copy.fate,
        "received_at": copy.arrival.at,
        "request_id": copy.arrival.request_id,
        "test_event_code": copy.arrival.test_event_code,
        "remarks": copy.event.remarks,
        "wire": msgspec.Raw(copy.event.wire),
    }


def _conversion_row(key: Key, conversion: Conversion) -> dict[str, Any]:
    return {
        **key._asdict(),
        "first_channel": conversion.first_channel,
        "copies": conversion.copies,
        "copies_pixel": conversion.copies_pixel,
        "copies_server": conversion.copies_server,
        "counted": conversion.counted,
        "value": conversion.value,
        "currency": conversion.currency,
        "server_copies_differ": conversion.differs,
    }
