"""Reading TikTok's answers: strictly, since only an answer that is understood can mean success."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MESSAGE_LIMIT = 500
"""Characters of TikTok's words that are kept."""

_REQUEST_ID = re.compile(r"[\w.:-]{1,128}")

# How TikTok's answers spell an event's place in the request, counted from zero. [peers' logs]
_PLACES = tuple(
    re.compile(spelling, re.IGNORECASE | re.ASCII)
    for spelling in (
        r"\bdata\.(\d{1,6})\b",
        r"\bdata\[(\d{1,6})\]",
        r"\bbatch\.(\d{1,6})\b",
        r"\bevent at index (\d{1,6})\b",
    )
)
_PLACE_KEYS = ("index", "event_index", "data_index", "position")

_IDENTIFIERS = (
    (re.compile(r"[^\s@\"'<>,;:=]+@[^\s@\"'<>,;]+"), "[email]"),
    (re.compile(r"(?i)\b[0-9a-f]{32,}\b"), "[digest]"),
    (re.compile(r"\bE\.C\.P\.[\w.-]+"), "[click id]"),
    (re.compile(r"(?i)(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![\w:])"), "[address]"),
    (re.compile(r"(?<!\w)\+?(?:\d[ ().\-/]{0,2}){6,}\d(?!\w)"), "[number]"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """TikTok's answer; ``code`` is ``None`` if it can't be read. ``data`` is any JSON."""

    code: int | None = None
    message: str = ""
    request_id: str | None = None
    data: object = field(default=None, repr=False)


def read_answer(body: bytes) -> Said:
    """Read ``{code, message, request_id, data}``; nothing is said if *body* is anything else.

    Stricter than JSON readers usually are: a repeated key, NaN, or a code that is no integer could
    each be mistaken for success.
    """
    try:
        answer = json.loads(
            body.decode(), object_pairs_hook=_unrepeated, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        return Said()
    if not isinstance(answer, dict) or type(answer.get("code")) is not int:
        return Said()
    request_id = _text(answer.get("request_id"))
    return Said(
        answer["code"],
        _text(answer.get("message")),
        request_id if _REQUEST_ID.fullmatch(request_id) else None,
        answer.get("data"),
    )


def place(message: str, events: int) -> int | None:
    """Return the index of the one event that *message* names, if it is in a batch of *events*.

    A message that names several places, or one outside the batch, names none.
    """
    named = {int(found) for spelling in _PLACES for found in spelling.findall(message)}
    return named.pop() if len(named) == 1 and max(named) < events else None


def refused(data: object, events: int) -> dict[int, str] | None:
    """Read which events of a partly accepted batch were refused: index -> TikTok's (kept) words.

    The shape is unpublished. Readable is exactly one list of objects, in *data* or directly under
    one of its keys, where each object has an index-like key inside the batch; anything else is
    ``None``. An object whose own ``code`` is 0 was accepted.
    """
    lists = [data] if isinstance(data, list) else _lists_under(data)
    if len(lists) != 1 or not lists[0]:
        return None
    places = [_place_of(item, events) for item in lists[0]]
    if any(index is None for index in places):
        return None
    found = {
        index: keep(_text(item.get("message")))
        for index, item in zip(places, lists[0], strict=True)
        if index is not None and item.get("code") != 0
    }
    return found or None


def keep(text: str) -> str:
    """Cut *text* to what is kept, and take out whatever looks like an identifier of a person."""
    return redact(text)[:MESSAGE_LIMIT]


def redact(text: str) -> str:
    """Take out of *text* what looks like an email, digest, click id, network address or phone."""
    for pattern, word in _IDENTIFIERS:
        text = pattern.sub(word, text)
    return text


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _lists_under(data: object) -> list[list[object]]:
    values = data.values() if isinstance(data, Mapping) else ()
    return [value for value in values if isinstance(value, list) and value]


def _place_of(item: object, events: int) -> int | None:
    if not isinstance(item, dict):
        return None
    named = [item[key] for key in _PLACE_KEYS if key in item]
    if len(named) != 1 or type(named[0]) is not int or not 0 <= named[0] < events:
        return None
    return int(named[0])
