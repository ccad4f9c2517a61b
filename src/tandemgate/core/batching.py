"""Which events share a request."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from tandemgate.model.delivery import Due
from tandemgate.model.instant import Epoch, Seconds

MOST_EVENTS = 1_000
"""TikTok refuses a request with more. [TikTok's help page "About Events API"]"""

ENVELOPE_BYTES = 1_024
"""Kept free for what stands around ``data``: source, pixel, test code and partner name."""

BACKLOG_AGE: Seconds = 10.0
"""Events that wait longer than batches and common retries need are a backlog."""

Refusal = tuple[int | None, str]
"""Code and message of a refused batch."""

_T = TypeVar("_T")


def take(due: Sequence[Due], max_events: int, max_bytes: int) -> list[Due]:
    """Return the first events of *due* that fit into one request; at least one, if there is any.

    Suspects of one refused batch share a request with each other only.
    """
    taken: list[Due] = []
    size = ENVELOPE_BYTES
    for event in due[: min(max_events, MOST_EVENTS)]:
        size += len(event.wire) + 1
        if taken and (size > max_bytes or event.suspect != taken[0].suspect):
            break
        taken.append(event)
    return taken


def behind(events: Sequence[Due], now: Epoch) -> bool:
    """Tell whether *events* are a backlog: then every other request is for the newest events.

    After an outage a new conversion arrives soon in this way, although a million old ones wait.
    """
    return any(now - due.received_at > BACKLOG_AGE for due in events)


def halves(events: Sequence[_T]) -> tuple[Sequence[_T], Sequence[_T]]:
    """Cut *events* (two or more) in two, the first half being the larger."""
    middle = (len(events) + 1) // 2
    return events[:middle], events[middle:]


def about_the_lane(refusals: Mapping[str, Refusal]) -> bool:
    """Tell whether a refusal cannot be about one event.

    *refusals* holds the refused halves of one batch by path (``"b41/0"``). It is about the lane
    when both halves were refused alike, and both halves of one of them again.
    """
    return any(
        _alike(refusals, path) and any(_alike(refusals, f"{path}/{half}", path) for half in (0, 1))
        for path in {taken.rpartition("/")[0] for taken in refusals}
    )


def _alike(refusals: Mapping[str, Refusal], path: str, above: str | None = None) -> bool:
    paths = [f"{path}/0", f"{path}/1", *([f"{above}/0"] if above else [])]
    told = [refusals.get(taken) for taken in paths]
    return None not in told and len(set(told)) == 1
