"""``/api/quality``: which match keys events carry, what raises that, and what TikTok showed."""

import asyncio
from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from starlette.requests import Request

from tandemgate.catalog import events as names
from tandemgate.catalog.quality import ABOUT
from tandemgate.catalog.reasons import problem
from tandemgate.core.days import begin_of, day_of, read_day, written
from tandemgate.core.fields import LATEST_INSTANT
from tandemgate.core.quality import assess
from tandemgate.core.reading import printable, shape
from tandemgate.core.scrub import holds_identifier
from tandemgate.model.event import Channel
from tandemgate.model.finding import Problem
from tandemgate.model.happening import Acted
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.person import Identifiers
from tandemgate.model.quality import CoverageFilter, Score
from tandemgate.web.answers import Answer, Refusal, as_json, iso
from tandemgate.web.body import Bodies, read_as
from tandemgate.web.coverage import quality_json, score_json
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts
from tandemgate.web.queries import moment, stray, wrong

USUAL_DAYS: Final = 7
MOST_DAYS: Final = 400
BEST: Final = 10
"""TikTok's Event Match Quality goes from 0 to 10 (Business Help Center)."""


ASKED: Final = frozenset({"pixel", "event", "channel", "since", "until"})
_NOBODY: Final = Identifiers()


class ScoreBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What TikTok's Events Manager showed; ``date`` (UTC) is today unless it says otherwise."""

    pixel: str
    event: str
    score: float
    date: str | None = None


class MatchQuality:
    """Answers questions about match keys, and keeps scores that people read at TikTok."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._bodies = Bodies()

    async def coverage(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Tell of each event name how many events carried what, why not, and what mends it."""
        now = self._parts.clock.now()
        asked = request.query_params
        if refusal := self._refused_pixel(asked.get("pixel"), key):
            return refusal
        wanted = _wanted(asked, key.pixels, now)
        if isinstance(wanted, Problem):
            return Refusal(400, wanted)
        coverage = await self._parts.quality.coverage(wanted)
        told = await asyncio.to_thread(assess, coverage)  # events go on arriving meanwhile
        near = self._stranger(wanted.event, wanted.pixel_id) if wanted.event else None
        if not told and wanted.event and near is not None:
            return Refusal(400, _unknown(wanted.event, "query event", near))
        scores = await self._parts.quality.scores(
            CoverageFilter(
                0, wanted.last, wanted.pixel_id, wanted.event, wanted.channel, key.pixels
            )
        )
        return as_json(
            200,
            {
                "since": iso(begin_of(wanted.first)),
                "until": iso(begin_of(wanted.last + 1)),
                "channel": wanted.channel,
                "about": ABOUT,
                "events": [quality_json(one, scores, self._parts.pixels) for one in told],
                "note": None if told else _no_traffic(wanted),
            },
        )

    async def note(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Keep a score that somebody read in TikTok's Events Manager."""
        body = await read_as(self._bodies, request, ScoreBody)
        if isinstance(body, Refusal):
            return body
        if refusal := self._refused_pixel(body.pixel, key):
            return refusal
        now = self._parts.clock.now()
        day = _day_of(body.date, now)
        if isinstance(day, Problem):
            return Refusal(400, day)
        if found := _out_of_range(body.score):
            return Refusal(400, found)
        near = self._stranger(body.event, body.pixel)
        if near is not None and await self._never_came(body.event, body.pixel, now):
            return Refusal(400, _unknown(body.event, "/event", near))
        score = Score(body.pixel, body.event, day, body.score, now, key.name)
        reason = f"{score.event} {score.value:g} on {written(day)}"
        act = Act(now, key.name, "quality_noted", score.pixel_id, reason)
        await self._parts.quality.note(score, act)
        self._parts.telemetry.notice(Acted(act))
        named = {"pixel_id": score.pixel_id, "event": score.event}
        return as_json(201, named | score_json(score))

    def _refused_pixel(self, pixel_id: str | None, key: KeyGrant) -> Refusal | None:
        if pixel_id is None or (pixel_id in self._parts.rules and key.opens(pixel_id)):
            return None
        opened = ", ".join(one for one in self._parts.rules if key.opens(one))
        expected = f"one of {opened}" if opened else None
        refused = problem("pixel_not_allowed", "pixel", printable(pixel_id), expected=expected)
        return Refusal(403, refused)

    def _stranger(self, event: str, pixel_id: str | None) -> str | None:
        """Return what to write instead where no pixel that is meant lists such events, else None.

        It is "" where there is nothing near.
        """
        meant = [rules for one, rules in self._parts.rules.items() if pixel_id in {None, one}]
        listed = (rules.custom_events for rules in meant)
        own = any(isinstance(some, frozenset) and event in some for some in listed)
        return None if event in names.KNOWN or own else names.nearest(event) or ""

    async def _never_came(self, event: str, pixel_id: str, now: Epoch) -> bool:
        """Tell whether no event of this name is stored: names are not made by noting scores."""
        last = day_of(now) + 1
        wanted = CoverageFilter(last - MOST_DAYS, last, pixel_id, event)
        return not (await self._parts.quality.coverage(wanted)).covered


def _wanted(
    asked: Mapping[str, str], pixels: frozenset[str] | None, now: Epoch
) -> CoverageFilter | Problem:
    """Read which whole UTC days of which events are wanted; by default those of a week."""
    if found := stray(sorted(asked), sorted(ASKED)):
        return found
    channel = asked.get("channel", Channel.LIVE)
    if channel not in set(Channel):
        return wrong("channel", channel, "live or test")
    times: dict[str, Epoch] = {}
    for name in ("since", "until"):
        try:
            times |= {name: _moment(asked[name])} if name in asked else {}
        except ValueError:
            return wrong(name, asked[name], "Unix seconds or ISO 8601, such as 2026-04-23")
    until = times.get("until", begin_of(day_of(now) + 1))
    last = -day_of(-until) - 1  # a day that ends at until is the last one
    first = day_of(times["since"]) if "since" in times else last - USUAL_DAYS + 1
    if first > last or times.get("since", until - 1) >= until:
        return wrong("since", asked.get("since", ""), f"since to be before until, {iso(until)}")
    if last - first >= MOST_DAYS:
        return wrong(
            "since", asked.get("since", ""), f"since at most {MOST_DAYS} days before until"
        )
    return CoverageFilter(
        first, last, asked.get("pixel"), asked.get("event"), Channel(channel), pixels
    )


def _moment(text: str) -> Epoch:
    at = moment(text)
    if not 0 <= at < LATEST_INSTANT:
        raise ValueError(text)
    return at


def _day_of(stated: str | None, now: Epoch) -> int | Problem:
    """Read the UTC day on which a score was read; it has come, also where that is east of here."""
    today = day_of(now)
    try:
        day = today if stated is None else read_day(stated)
    except ValueError:
        day = None
    if day is None or not 0 <= day <= today + 1:
        expected = f"a date up to today, such as {written(today)}"
        fix = "give the day on which TikTok showed it, or leave it out for today"
        return problem("body_invalid", "/date", printable(stated or ""), expected=expected, fix=fix)
    return day


def _out_of_range(score: float) -> Problem | None:
    if 0 <= score <= BEST:
        return None
    expected, fix = f"a score from 0 to {BEST}", "read it again in TikTok's Events Manager"
    return problem("body_invalid", "/score", f"{score:g}", expected=expected, fix=fix)


def _unknown(event: str, where: str, near: str) -> Problem:
    expected = "one of TikTok's event names, of the pixel's custom_events, or one that was received"
    came = shape(event) if holds_identifier(event, _NOBODY) or not near else printable(event)
    return problem(
        "event_unknown", where, came, expected=expected, fix=f"write {near}" if near else None
    )


def _no_traffic(wanted: CoverageFilter) -> str:
    """Say plainly of what there is nothing."""
    whose = f" of pixel {wanted.pixel_id}" if wanted.pixel_id else ""
    event = f"{wanted.event} " if wanted.event else ""
    return (
        f"No {wanted.channel} {event}events{whose} were received from {written(wanted.first)} to "
        f"{written(wanted.last)} (UTC), so there is nothing to judge."
    )
