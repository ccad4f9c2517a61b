"""``GET /api/taxonomy``: which event names are used where, and which of them do not agree."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from starlette.requests import Request

from tandemgate.catalog.reasons import problem
from tandemgate.catalog.taxonomy import NAMES
from tandemgate.core.reading import printable
from tandemgate.core.taxonomy import judge
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.taxonomy import NameSeen, NameStand
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts
from tandemgate.web.queries import moment, stray, wrong

LOOKED_BACK: Final[Seconds] = 30 * 86_400.0
"""A name that nobody used for so long is not held against today's, unless it is asked for."""

ASKED: Final = ("pixel", "since")


class Taxonomy:
    """Answers what things are called."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """List the names of each pixel, what is to be mended first."""
        asked = request.query_params
        since = self._since(asked)
        if isinstance(since, Refusal):
            return since
        pixel = asked.get("pixel")
        if pixel is not None and not (pixel in self._parts.rules and key.opens(pixel)):
            return Refusal(403, problem("pixel_not_allowed", "query pixel", printable(pixel)))
        opened = [one for one in self._parts.rules if key.opens(one) and pixel in {None, one}]
        seen = [_since(one, since) for one in await self._parts.pairs.spoken()]
        names = [
            _json(stand)
            for pixel_id in opened
            for stand in judge(
                [one for one in seen if one and one.pixel_id == pixel_id],
                self._parts.rules[pixel_id],
            )
        ]
        return as_json(200, {"since": iso(since), "names": names})

    def _since(self, asked: Mapping[str, str]) -> Epoch | Refusal:
        if found := stray(asked, ASKED):
            return Refusal(400, found)
        if "since" not in asked:
            return self._parts.clock.now() - LOOKED_BACK
        try:
            return moment(asked["since"])
        except ValueError:
            return Refusal(400, wrong("since", asked["since"], "Unix seconds or ISO 8601"))


def _since(one: NameSeen, since: Epoch) -> NameSeen | None:
    """Forget what was seen before *since*."""
    gateway = one.gateway_at if (one.gateway_at or 0) >= since else None
    pixel = one.pixel_at if (one.pixel_at or 0) >= since else None
    if gateway is None and pixel is None:
        return None
    return replace(one, gateway_at=gateway, pixel_at=pixel, source=one.source if gateway else "")


def _json(stand: NameStand) -> Json:
    seen, said = stand.seen, NAMES[stand.verdict]
    return {
        "pixel_id": seen.pixel_id,
        "event": seen.event,
        "standard": stand.standard,
        "verdict": stand.verdict,
        "other": stand.other,
        "gateway_at": iso(seen.gateway_at),
        "source": seen.source or None,
        "pixel_at": iso(seen.pixel_at),
        "meaning": said.meaning,
        "fix": said.fix,
    }
