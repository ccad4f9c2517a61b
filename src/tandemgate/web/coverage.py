"""The match quality of one event name as JSON."""

from collections.abc import Iterable, Mapping
from typing import Final

from tandemgate.catalog.quality import LEVERS, Lever
from tandemgate.catalog.reasons import REASONS
from tandemgate.core.days import written
from tandemgate.model.quality import (
    Breakdown,
    Cause,
    DayCoverage,
    EventQuality,
    Interval,
    LeverCoverage,
    Score,
)
from tandemgate.web.answers import Json, iso
from tandemgate.web.parts import PixelCard

MOST_SCORES: Final = 10


def quality_json(
    one: EventQuality, scores: Iterable[Score], pixels: Mapping[str, PixelCard]
) -> Json:
    """Tell everything about an event name; of *scores* its own, the newest first."""
    card = pixels.get(one.pixel_id)
    named = (one.pixel_id, one.event)
    own = [score_json(score) for score in scores if (score.pixel_id, score.event) == named]
    return {
        "pixel_id": one.pixel_id,
        "pixel": card.name if card else "",
        "event": one.event,
        "events": one.events,
        "leaving": one.leaving,
        "index": _interval(one.index),
        "scores": own[::-1][:MOST_SCORES],
        "levers": [
            _lever(lever, pulled, one.events)
            for lever, pulled in zip(LEVERS, one.levers, strict=True)
        ],
        "keys": {key: _parts(parts) for key, parts in one.keys.items()},
        "ttclid_of_ads": _parts(one.paid),
        "stayed": [_cause(cause, one.events) for cause in one.stayed],
        "notes": list(one.notes),
        "days": [_day(day) for day in one.days],
    }


def _lever(lever: Lever, pulled: LeverCoverage, events: int) -> Json:
    parts = pulled.parts
    return {
        "lever": lever.name,
        "title": lever.title,
        "keys": list(lever.keys),
        "weight": {"low": lever.low, "high": lever.high},
        "coverage": round(pulled.coverage, 4),
        **_parts(parts),
        "causes": [_cause(cause, events) for cause in pulled.causes],
        "fix": lever.fix if parts.open else "",
    }


def _cause(cause: Cause, events: int) -> Json:
    reason = REASONS.get(cause.reason)
    return {
        "key": cause.key,
        "reason": cause.reason,
        "title": reason.title if reason else cause.reason,
        "count": cause.count,
        "share": round(cause.count / events, 4),
        "fix": reason.fix if reason else "",
    }


def _parts(parts: Breakdown) -> Json:
    return {
        "sent": parts.sent,
        "suppressed": parts.suppressed,
        "missing": parts.missing,
        "invalid": parts.invalid,
    }


def _interval(interval: Interval | None) -> Json | None:
    if interval is None:
        return None
    ends = {"low": interval.low, "mid": interval.mid, "high": interval.high}
    return {name: round(share, 4) for name, share in ends.items()}


def _day(day: DayCoverage) -> Json:
    return {
        "date": written(day.day),
        "events": day.events,
        "leaving": day.leaving,
        "index": _interval(day.index),
        "keys": {key: _parts(parts) for key, parts in day.keys.items()},
    }


def score_json(score: Score) -> Json:
    """Tell what TikTok showed, on which day, and who noted it when."""
    return {
        "date": written(score.day),
        "score": score.value,
        "noted_at": iso(score.noted_at),
        "who": score.who,
    }
