"""``GET /api/pairs``: whether the Pixel's copies and ours are counted once, the newest first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from starlette.requests import Request

from tandemgate.catalog.pairs import BANDS, VERDICTS
from tandemgate.core.pairing import consent_differs, judge
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.pair import Copy, PairCounts, PairFilter, PairVerdict, Place, Sides, Stance
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts
from tandemgate.web.queries import moment, stray, wrong

USUAL: Final = 50
MOST: Final = 200
LOOKED_AT: Final = 2_000
"""Actions that one request looks at while it searches for a verdict."""

SUMMED_UP: Final[Seconds] = 24 * 3600.0
"""What a summary is about, unless the question says since when."""

COUNTED: Final = 2_000
"""Copies that a summary looks at, the newest first: a bound on its cost, however many there are."""

GAUGED: Final[Seconds] = 3600.0
GAUGED_EVERY: Final[Seconds] = 60.0
FEWEST_GAUGED: Final = 100
"""Copies of each pixel that the metrics look at, however many pixels there are."""

_PLACE: Final = re.compile(r"(\d{1,18})?\.(\d{1,18})?")
ASKED: Final = frozenset({"pixel", "event", "verdict", "since", "until", "limit", "after"})

Gauge: TypeAlias = Mapping[tuple[str, PairVerdict], int]


class Pairing:
    """Answers questions about pairs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """List pairs, a page at a time; with a verdict, those alone. The first page sums up."""
        asked = dict(request.query_params)
        limit, after = _limit(asked.get("limit")), _place(asked.get("after"))
        since, until = _moment(asked.get("since")), _moment(asked.get("until"))
        verdict = asked.get("verdict")
        if limit is None:
            return _wrong("limit", asked["limit"], f"a number from 1 to {MOST}")
        if after is None:
            return _wrong("after", asked["after"], "the next of the page before")
        if verdict is not None and verdict not in set(PairVerdict):
            return _wrong("verdict", verdict, f"one of {', '.join(PairVerdict)}")
        for name, read in {"since": since, "until": until}.items():
            if name in asked and read is None:
                return _wrong(name, asked[name], "Unix seconds or ISO 8601")
        if found := stray(sorted(asked), sorted(ASKED)):
            return Refusal(400, found)
        wanted = PairFilter(asked.get("pixel"), asked.get("event"), after, key.pixels, since, until)
        told, place = await self._search(wanted, verdict, limit)
        summary = await self._summary(wanted) if "after" not in asked else None
        return as_json(200, {"summary": summary, "pairs": told, "next": place})

    async def _search(
        self, wanted: PairFilter, verdict: str | None, limit: int
    ) -> tuple[list[Json], str | None]:
        """Gather *limit* pairs, and say where the list goes on, if it does."""
        told: list[Json] = []
        place, looked = wanted.after, 0
        while looked < LOOKED_AT:
            page = await self._parts.pairs.page(replace(wanted, after=place), limit)
            for sides in page.sides:
                one = pair_json(sides)
                told += [one] if verdict in {None, one["verdict"]} else []
                if len(told) == limit:
                    return told, _written(sides.place)
            if page.place is None:
                return told, None
            place, looked = page.place, looked + limit
        return told, _written(place)

    async def _summary(self, wanted: PairFilter) -> Json:
        """Count the newest actions by verdict."""
        since = wanted.since
        if since is None:
            since = (wanted.until or self._parts.clock.now()) - SUMMED_UP
        counts = await self._parts.pairs.counts(replace(wanted, since=since), COUNTED)
        return {"since": iso(since), "until": iso(wanted.until), **counts_json(counts)}


@dataclass(slots=True)
class PairGauge:
    """What the metrics tell of the last hour's pairs; looked at once a minute at most."""

    parts: Parts
    _counts: Gauge = field(default_factory=dict)
    _at: Epoch | None = None

    async def look(self) -> Gauge:
        """Count the newest actions of each pixel by verdict.

        Raises:
            StoreUnavailable: the store can't be read.

        """
        now = self.parts.clock.now()
        if self._at is None or not 0 <= now - self._at < GAUGED_EVERY:
            most = max(FEWEST_GAUGED, COUNTED // max(1, len(self.parts.rules)))
            counts: dict[tuple[str, PairVerdict], int] = {}
            for pixel_id in self.parts.rules:
                wanted = PairFilter(pixel_id, since=now - GAUGED)
                found = await self.parts.pairs.counts(wanted, most)
                counts |= {(pixel_id, verdict): 0 for verdict in PairVerdict}
                counts |= dict(found.verdicts)
            self._counts, self._at = counts, now
        return self._counts


def counts_json(counts: PairCounts) -> Json:
    """Tell how many actions have which verdict, and what share of those is counted once.

    What stays here is no part of that share. Not ``complete`` means that there are more actions,
    and these are the newest.
    """
    verdicts = dict.fromkeys(PairVerdict, 0)
    for (_, verdict), number in counts.verdicts.items():
        verdicts[verdict] += number
    actions = sum(verdicts.values())
    left = actions - verdicts[PairVerdict.KEPT_BACK]
    return {
        "actions": actions,
        "complete": counts.complete,
        "pair_rate": round(counts.once / left, 4) if left else None,
        "verdicts": verdicts,
    }


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
    judged = judge(sides)
    met = sides.server is not None and sides.browser is not None
    return {
        "verdict": judged.verdict,
        "meaning": VERDICTS[judged.verdict].meaning,
        "fix": VERDICTS[judged.verdict].fix,
        "gap_seconds": None if judged.gap is None else round(judged.gap, 3),
        "band": judged.band,
        "band_meaning": BANDS[judged.band] if judged.band else None,
        "differs": list(judged.differs),
        "other": _copy(judged.other) if not met or judged.band is None else None,
        "server_at": iso(sides.server.at) if sides.server else None,
        "browser_at": iso(sides.browser.at) if sides.browser else None,
        "consent": _consent(sides.server, sides.browser),
    }


def _copy(copy: Copy | None) -> Json | None:
    if copy is None:
        return None
    return {"event": copy.event, "event_id": copy.event_id, "at": iso(copy.at)}


def _consent(server: Copy | None, browser: Copy | None) -> Json:
    """Tell what each side said about consent, and where they differ."""
    differs = consent_differs(server.said, browser.said) if server and browser else ()
    return {
        "server": _stance(server.said) if server else None,
        "browser": _stance(browser.said) | {"gpc": browser.said.gpc} if browser else None,
        "differs": list(differs),
    }


def _stance(said: Stance) -> Json:
    return {
        "ad_user_data": said.ad_user_data,
        "ad_personalization": said.ad_personalization,
        "opt_out": said.opt_out,
    }


def _limit(stated: str | None) -> int | None:
    if stated is None:
        return USUAL
    return int(stated) if stated.isdecimal() and 1 <= int(stated[:9]) <= MOST else None


def _moment(stated: str | None) -> Epoch | None:
    try:
        return None if stated is None else moment(stated)
    except ValueError:
        return None


def _place(stated: str | None) -> Place | None:
    if stated is None:
        return Place()
    read = _PLACE.fullmatch(stated)
    return Place(*(int(part) if part else None for part in read.groups())) if read else None


def _written(place: Place) -> str:
    return f"{place.event or ''}.{place.evidence or ''}"


def _wrong(name: str, came: str, expected: str) -> Refusal:
    return Refusal(400, wrong(name, came, expected))
