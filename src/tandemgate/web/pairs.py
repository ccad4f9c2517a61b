"""``GET /api/pairs``: whether the Pixel's copies and ours are counted once, the newest first."""

import re
from typing import Final

from starlette.requests import Request

from tandemgate.catalog.pairs import BANDS, VERDICTS
from tandemgate.catalog.reasons import problem
from tandemgate.core.pairing import pair
from tandemgate.core.reading import printable
from tandemgate.model.pair import Copy, PairFilter, PairVerdict, Place, Sides
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts

USUAL: Final = 50
MOST: Final = 200
LOOKED_AT: Final = 2_000
"""Actions that one request looks at while it searches for a verdict."""

_PLACE: Final = re.compile(r"(\d{1,18})?\.(\d{1,18})?")
_ASKED: Final = frozenset({"pixel", "event", "verdict", "limit", "after"})


class Pairing:
    """Answers questions about pairs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """List pairs, a page at a time; with a verdict, those alone."""
        asked = dict(request.query_params)
        limit, after = _limit(asked.get("limit")), _place(asked.get("after"))
        verdict = asked.get("verdict")
        if limit is None:
            return _wrong("limit", asked["limit"], f"a number from 1 to {MOST}")
        if after is None:
            return _wrong("after", asked["after"], "the next of the page before")
        if verdict is not None and verdict not in set(PairVerdict):
            return _wrong("verdict", verdict, f"one of {', '.join(PairVerdict)}")
        if stray := min(asked.keys() - _ASKED, default=None):
            return _wrong(printable(stray), asked[stray], f"one of {', '.join(sorted(_ASKED))}")
        wanted = PairFilter(asked.get("pixel"), asked.get("event"), after, key.pixels)
        told, place = await self._search(wanted, verdict, limit)
        return as_json(200, {"pairs": told, "next": place})

    async def _search(
        self, wanted: PairFilter, verdict: str | None, limit: int
    ) -> tuple[list[Json], str | None]:
        """Gather *limit* pairs, and say where the list goes on, if it does."""
        told: list[Json] = []
        place, looked = wanted.after, 0
        while looked < LOOKED_AT:
            page = await self._parts.pairs.page(_after(wanted, place), limit)
            for sides in page:
                place, looked = sides.place, looked + 1
                one = pair_json(sides)
                if verdict in {None, one["verdict"]}:
                    told.append(one)
                if len(told) == limit:
                    return told, _written(place)
            if len(page) < limit:
                return told, None
        return told, _written(place)


def pair_json(sides: Sides) -> Json:
    """Tell whose pair it is, and how it stands."""
    named = sides.server or sides.browser
    return {
        "pixel_id": sides.pixel_id,
        "event": named.event if named else None,
        "event_id": named.event_id if named else None,
        **verdict_json(sides),
    }


def verdict_json(sides: Sides) -> Json:
    """Tell the verdict, what it means, and what mends it."""
    judged = pair(sides.server, sides.browser, sides.near)
    return {
        "verdict": judged.verdict,
        "meaning": VERDICTS[judged.verdict].meaning,
        "fix": VERDICTS[judged.verdict].fix,
        "gap_seconds": None if judged.gap is None else round(judged.gap, 3),
        "band": judged.band,
        "band_meaning": BANDS[judged.band] if judged.band else None,
        "differs": list(judged.differs),
        "other": _copy(judged.other) if sides.server is None or sides.browser is None else None,
        "server_at": iso(sides.server.at) if sides.server else None,
        "browser_at": iso(sides.browser.at) if sides.browser else None,
    }


def _copy(copy: Copy | None) -> Json | None:
    if copy is None:
        return None
    return {"event": copy.event, "event_id": copy.event_id, "at": iso(copy.at)}


def _after(wanted: PairFilter, place: Place) -> PairFilter:
    return PairFilter(wanted.pixel_id, wanted.event, place, wanted.pixels)


def _limit(stated: str | None) -> int | None:
    if stated is None:
        return USUAL
    return int(stated) if stated.isdecimal() and 1 <= int(stated[:9]) <= MOST else None


def _place(stated: str | None) -> Place | None:
    if stated is None:
        return Place()
    read = _PLACE.fullmatch(stated)
    return Place(*(int(part) if part else None for part in read.groups())) if read else None


def _written(place: Place) -> str:
    return f"{place.event or ''}.{place.evidence or ''}"


def _wrong(name: str, came: str, expected: str) -> Refusal:
    return Refusal(400, problem("parameter_invalid", name, printable(came), expected=expected))
