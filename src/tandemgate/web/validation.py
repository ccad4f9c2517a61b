"""``/debug/mp/collect``: what would become of a report, in the words of Google's validation server.

Source: Google, "Validate events": ``validationMessages`` of ``fieldPath``, ``description`` and
``validationCode``; none where nothing is wrong, and HTTP 200 also where much is.
"""

from collections.abc import Iterable
from typing import Final

from tandemgate.catalog.reasons import REASONS
from tandemgate.model.finding import Problem
from tandemgate.model.outcome import Rejected
from tandemgate.sources.ga4_places import field_path, in_their_words
from tandemgate.web.answers import Answer, Json, Refusal, as_json, problem_json
from tandemgate.web.inbox import Told, told_json

UNREADABLE: Final = 400
"""The status of a request that is refused for its body; what is wrong with it is told instead."""

MISSING: Final = 40003
_CODES: Final = {
    "event_unknown": "NAME_INVALID",
    "event_holds_identifier": "NAME_INVALID",
    "key_repeated": "NAME_DUPLICATED",
    "too_many_events": "EXCEEDED_MAX_ENTITIES",
    "too_many_values": "EXCEEDED_MAX_ENTITIES",
    "text_too_long": "VALUE_OUT_OF_BOUNDS",
    "value_negative": "VALUE_OUT_OF_BOUNDS",
    "event_time_in_future": "VALUE_OUT_OF_BOUNDS",
    "event_time_too_old": "VALUE_OUT_OF_BOUNDS",
    "event_time_in_milliseconds": "VALUE_OUT_OF_BOUNDS",
}
"""Google's code for a reason; others are ``VALUE_REQUIRED`` or ``VALUE_INVALID``."""


def validation_answer(request_id: str, said: list[Told] | Refusal) -> Answer:
    """Tell problems as Google does, and beside them each event's outcome as everywhere."""
    if isinstance(said, Refusal):
        if said.status != UNREADABLE:
            return said.answer(request_id)
        wrong = [said.problem]
        content = told_json(request_id, []) | {"problems": [*map(problem_json, wrong)]}
    else:
        rejected = [one.outcome for one in said if isinstance(one.outcome, Rejected)]
        wrong = [found for outcome in rejected for found in outcome.problems]
        content = told_json(request_id, said)
    return as_json(200, {"validationMessages": _messages(wrong)} | content)


def _messages(problems: Iterable[Problem]) -> list[Json]:
    """Say each once, though it may hold for several pixels or events."""
    told = {(found.field, found.reason): found for found in problems}
    said = [
        {
            "fieldPath": field_path(found.field),
            "description": _description(found),
            "validationCode": _code(found),
        }
        for found in told.values()
    ]
    return [one for place, one in enumerate(said) if one not in said[:place]]


def _description(found: Problem) -> str:
    fix = in_their_words(found.fix)
    came = f"Came: {found.received}. Expected: {found.expected}. Fix: {fix}."
    return f"{REASONS[found.reason].meaning} {came}"


def _code(found: Problem) -> str:
    usual = "VALUE_REQUIRED" if found.code == MISSING else "VALUE_INVALID"
    return _CODES.get(found.reason, usual)
