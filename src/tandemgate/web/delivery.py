"""``GET /api/delivery``: how each lane stands and goes, what is paused, which token is used."""

from typing import Final

from starlette.requests import Request

from tandemgate.core.figures import WINDOW, Figures, Latency, figures, lanes_of
from tandemgate.model.delivery import HoldCause, LaneStatus
from tandemgate.model.event import Lane
from tandemgate.model.instant import Seconds
from tandemgate.model.operation import Token
from tandemgate.model.rollup import MINUTE
from tandemgate.settings import KeyKind
from tandemgate.web.answers import Answer, Json, as_json, iso
from tandemgate.web.keys import KeyGrant
from tandemgate.web.operate import pause_json
from tandemgate.web.parts import Parts

RESTING: Final = "resting"
"""The gate of a lane in which nothing waits: it begins anew with the next event."""


class Delivery:
    """Answers how delivery goes, about the pixels that the asking key opens."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, _request: Request, key: KeyGrant) -> Answer:
        """Tell how each lane stands, what is paused, and which pixels can't send."""
        parts = self._parts
        now = parts.clock.now()
        rollup = await parts.rollups.between(now - WINDOW + MINUTE, now + MINUTE)
        waiting = await parts.archive.waiting()
        standing = {status.lane: status for status in parts.lanes()}
        lanes = sorted(
            (
                lane
                for lane in standing.keys() | lanes_of(rollup, waiting)
                if key.opens(lane.pixel_id)
            ),
            key=lambda lane: (lane.pixel_id, lane.test_event_code),
        )
        of_lane, in_sum = figures(rollup, waiting, lanes)
        used = await self._used_tokens()
        opened = [pixel_id for pixel_id in parts.pixels if key.opens(pixel_id)]
        told = {
            "now": iso(now),
            "window_seconds": WINDOW,
            "sum": _figures_json(in_sum),
            "lanes": [
                {
                    **self._stand(lane, standing.get(lane)),
                    **_figures_json(of_lane[lane]),
                    "token": self._token(used.get(lane.pixel_id), standing.get(lane), key),
                }
                for lane in lanes
            ],
            "paused": [
                {"pixel_id": pixel_id, **pause_json(parts.operator.paused[pixel_id])}
                for pixel_id in opened
                if pixel_id in parts.operator.paused
            ],
            "pixels_without_token": [
                pixel_id for pixel_id in opened if not parts.operator.has_token(pixel_id)
            ],
        }
        return as_json(200, told)

    async def _used_tokens(self) -> dict[str, Token]:
        used: dict[str, Token] = {}
        for token in await self._parts.operator.tokens():
            used.setdefault(token.pixel_id, token)
        return used

    def _stand(self, lane: Lane, status: LaneStatus | None) -> Json:
        """A lane without a token stands as one whose token was refused."""
        operator = self._parts.operator
        held = status.cause if status else None
        cause = held if operator.has_token(lane.pixel_id) else HoldCause.TOKEN
        return {
            "pixel_id": lane.pixel_id,
            "channel": lane.channel,
            "test_event_code": lane.test_event_code,
            **pause_json(operator.paused.get(lane.pixel_id)),
            "held": cause is not None,
            "cause": cause,
            "message": status.message if status else "",
            "since": iso(status.since) if status else None,
            "next_probe_at": iso(status.next_probe_at) if status else None,
            "in_flight": status.in_flight if status else 0,
            "concurrency": status.concurrency if status else 0,
            "requests_per_second": status.rate if status else None,
            "breaker": {
                "state": _breaker(cause, status),
                "probes": status.probes if status else 0,
            },
            "limiter": {
                "requests_per_second": status.rate if status else None,
                "pause_seconds": round(status.pause, 3) if status else 0.0,
            },
        }

    def _token(self, token: Token | None, status: LaneStatus | None, key: KeyGrant) -> Json | None:
        """Tell about the token that is used; which it is, to an admin alone."""
        if token is None:
            return None
        refused = status is not None and status.cause is HoldCause.TOKEN
        return {
            "tail": token.secret.tail if key.kind is KeyKind.ADMIN else None,
            "since": iso(token.since),
            "age_seconds": round(self._parts.clock.now() - token.since),
            "source": "settings" if token.from_settings else "store",
            "refused_since": iso(status.since) if status and refused else None,
        }


def _breaker(cause: HoldCause | None, status: LaneStatus | None) -> str:
    if cause is not None:
        return "held"
    if status is None:
        return RESTING
    return "starting" if status.starting else "passing"


def _figures_json(one: Figures) -> Json:
    return {
        "waiting": one.waiting,
        "oldest_waiting_at": iso(one.oldest_at),
        "in_per_minute": round(one.coming, 2),
        "out_per_minute": round(one.going, 2),
        "answer_ms": _latency_json(one.answer),
        "delivered_ms": _latency_json(one.delivered),
    }


def _latency_json(one: Latency) -> Json:
    return {
        "count": one.count,
        "p50": _ms(one.p50),
        "p95": _ms(one.p95),
        "p99": _ms(one.p99),
    }


def _ms(seconds: Seconds | None) -> float | None:
    return None if seconds is None else float(f"{seconds * 1000:.3g}")
