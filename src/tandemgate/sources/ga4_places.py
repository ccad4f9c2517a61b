"""Where in a report to Google Analytics 4 stands what a problem of its event is about."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tandemgate.catalog.reports import GA4_ITEM, GA4_PARAMS, GA4_REQUEST

_OTHERS: Final = {
    "event": "name",
    "user": "user_data",
    "consent": "consent",
    "properties.ad_personalization": "non_personalized_ads",
}
_EVENTS: Final = "events"
_THEIRS: Final = {
    **{ours: theirs for ours, theirs in GA4_REQUEST.items() if "." in ours},
    **{ours: f"params.{theirs}" for ours, theirs in GA4_PARAMS.items() if "." in ours},
}
_OURS: Final = re.compile("|".join(rf"\b{re.escape(ours)}\b" for ours in _THEIRS))


def field_path(pointer: str) -> str:
    """Write the *pointer* of a problem as the path of the report's own field.

    ``/events/0/properties/value`` is ``events[0].params.value``. What holds for all events stands
    in the request: ``/events/0/user/email`` is ``user_data.sha256_email_address``.
    """
    steps = pointer.strip("/").split("/")
    if steps[0] != _EVENTS:
        return _joined(steps)
    at = 2 if len(steps) > 1 and steps[1].isdigit() else 1
    inside = steps[at:]
    for length in (2, 1):
        ours, further = ".".join(inside[:length]), _items(inside[length:])
        if ours in GA4_REQUEST:
            return _joined([*GA4_REQUEST[ours].split("."), *further])
        if ours in GA4_PARAMS:
            return _joined([*steps[:at], "params", GA4_PARAMS[ours], *further])
        if ours in _OTHERS:
            whole = ours != "event"
            return _joined([*([] if whole else steps[:at]), _OTHERS[ours], *further])
    return _joined(steps)


def in_their_words(text: str) -> str:
    """Put the report's own names in the place of TikTok's: ``add properties.value``."""
    return _OURS.sub(lambda found: _THEIRS[found[0]], text)


def _items(steps: Sequence[str]) -> list[str]:
    return [GA4_ITEM.get(step, step) for step in steps]


def _joined(steps: Sequence[str]) -> str:
    return "".join(_written(steps)).removeprefix(".")


def _written(steps: Sequence[str]) -> Iterator[str]:
    for step in steps:
        yield f"[{step}]" if step.isdigit() else f".{step}"
