"""The guide's table "Required fields", asked of one event as it was written.

The rows about the envelope are left out: without them a request is refused. ``page.url`` is not in
the table; TikTok's field reference asks for it on web events.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tandemgate.catalog.events import PURCHASES, VALUE_EXPECTED

Paths = Mapping[str, tuple[str, ...]]

REQUIRED: Paths = {
    "event": ("event",),
    "event_id": ("event_id",),
    "event_time": ("event_time",),
    "user": ("user",),
}
RECOMMENDED: Paths = {
    "email": ("user/email",),
    "phone": ("user/phone", "user/phone_number"),
    "external_id": ("user/external_id",),
    "ttclid": ("user/ttclid",),
    "ttp": ("user/ttp",),
    "ip": ("user/ip",),
    "user_agent": ("user/user_agent",),
    "page.url": ("page/url",),
}
WORTH: Paths = {
    "value": ("properties/value",),
    "currency": ("properties/currency",),
}
"""Required of purchases, recommended for other value events."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """The fields that an event does without."""

    required: tuple[str, ...]
    recommended: tuple[str, ...]


def lacking(item: object, event: str) -> Lacking:
    """Compare *item*, a ``data[]`` item of the name *event*, with the table."""
    worth = _absent(item, WORTH)
    return Lacking(
        required=_absent(item, REQUIRED) + (worth if event in PURCHASES else ()),
        recommended=_absent(item, RECOMMENDED) + (worth if event in VALUE_EXPECTED else ()),
    )


def _absent(item: object, fields: Paths) -> tuple[str, ...]:
    return tuple(
        name for name, paths in fields.items() if not any(_stated(item, path) for path in paths)
    )


def _stated(item: object, path: str) -> bool:
    for name in path.split("/"):
        item = item.get(name) if isinstance(item, dict) else None
    return item not in (None, "", [], {})
