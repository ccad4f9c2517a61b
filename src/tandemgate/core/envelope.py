"""Reading a request body: bytes to the envelope with its events, or why it can't be read.

Whatever bytes come, nothing raises, memory stays a small multiple of the body, and time grows with
the body's length only.
"""

import json
import re
import zlib
from dataclasses import dataclass
from math import isfinite

import msgspec
from msgspec import structs

from tandemgate.catalog.reasons import problem
from tandemgate.core.ordinary import read_ordinary
from tandemgate.core.reading import shape, shown
from tandemgate.core.repeats import keys_within, keys_written, repeated_keys
from tandemgate.model.event import Envelope, Lane, RawEvent, Source
from tandemgate.model.finding import Problem
from tandemgate.model.person import Identifiers

MOST_EVENTS = 1_000
DEEPEST = 32

_NOBODY = Identifiers()

# Pixel codes and test event codes, as Events Manager shows them.
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")

_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_NO_NUMBER = re.compile(rb"[\[:,\s](?:-?Infinity|NaN)\b|^-?(?:Infinity|NaN)\b")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

_GZIP = b"\x1f\x8b"
_MOST_MEMBERS = 100  # each costs a copy of what follows it
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The whole request is refused, with this HTTP status."""

    problem: Problem
    http_status: int = 400


_TOO_DEEP = Unreadable(problem("too_deep", "", f"more than {DEEPEST} levels"))


def inflate(body: bytes, limit: int) -> bytes | Unreadable:
    """Undo gzip, recognized by its first bytes, into at most *limit* bytes; other bodies pass.

    Never holds more than *limit* bytes of output, however much the body would inflate to.
    """
    if not body.startswith(_GZIP):
        return body if len(body) <= limit else _too_large(len(body), limit)
    parts: list[bytes] = []
    room = limit
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = member.decompress(body, room + 1)
        except zlib.error:
            return _broken("does not inflate")
        if len(part) > room:
            return _too_large(None, limit)
        if not member.eof:
            return _broken("has no end")
        parts.append(part)
        room -= len(part)
        body = member.unused_data.lstrip(b"\0")  # padding, as gzip(1) takes it
        if not body:
            return b"".join(parts)
    return _broken(f"has more than {_MOST_MEMBERS} members")


def _broken(how: str) -> Unreadable:
    return Unreadable(problem("gzip_broken", "", f"a gzip stream that {how}"))


def _too_large(size: int | None, limit: int) -> Unreadable:
    came = f"more than {limit} bytes" if size is None else f"{size} bytes"
    return Unreadable(problem("body_too_large", "", came, expected=f"at most {limit} bytes"), 413)


def read_envelope(body: bytes, *, max_events: int = MOST_EVENTS) -> Envelope | Unreadable:
    """Read *body* as TikTok's request envelope; events stay raw unless they are ordinary."""
    ordinary = read_ordinary(body, max_events)
    if isinstance(ordinary, Envelope):
        return ordinary
    envelope = read_carefully(body, max_events)
    if isinstance(envelope, Unreadable) or not ordinary:
        return envelope
    doubted = {_place(where) for where in envelope.repeated_keys}
    data = [
        item if action is None or str(place) in doubted else action
        for place, (item, action) in enumerate(zip(envelope.data, ordinary, strict=True))
    ]
    return structs.replace(envelope, data=tuple(data))


def read_json(body: bytes) -> tuple[object, tuple[str, ...]] | Unreadable:
    """Read *body* as JSON that is safe to walk, and point to the keys that it gives twice."""
    tree = _decode(body)
    if isinstance(tree, Unreadable):
        return tree
    keys = keys_within(tree, DEEPEST)
    repeated = repeated_keys(body) if keys is not None and keys != keys_written(body) else ()
    if keys is None or repeated is None:
        return _TOO_DEEP
    return tree, repeated


def read_carefully(body: bytes, max_events: int = MOST_EVENTS) -> Envelope | Unreadable:
    """Read *body* as an envelope, and say what is wrong where it is none; its events stay raw."""
    read = read_json(body)
    if isinstance(read, Unreadable):
        return read
    tree, repeated = read
    if not isinstance(tree, dict):
        return Unreadable(problem("envelope_not_object", "", shape(tree)))
    data = tree.get("data")
    if not isinstance(data, list):
        came = shape(data) if "data" in tree else "nothing"
        return Unreadable(problem("data_not_list", "/data", came))
    if len(data) > max_events:
        return _too_many(len(data), max_events)
    for where in repeated:
        if not where.startswith("/data/"):
            return Unreadable(problem("key_repeated", where, "the same key twice"))
    return Envelope(
        tree.get("event_source"),
        tree.get("event_source_id"),
        tree.get("test_event_code"),
        tuple(data),
        repeated,
    )


def _too_many(events: int, limit: int) -> Unreadable:
    expected = f"at most {limit} events"
    found = problem("too_many_events", "/data", f"{events} events", expected=expected)
    return Unreadable(found, 413)


def _decode(body: bytes) -> object | Unreadable:
    try:
        tree: object = msgspec.json.decode(body)
    except RecursionError:
        return _TOO_DEEP
    except UnicodeDecodeError as error:
        return _not_utf8(f"a byte that is not UTF-8 at {error.start} of a text")
    except msgspec.DecodeError as error:
        return _diagnosed(body, str(error))
    return tree


def _diagnosed(body: bytes, error: str) -> object | Unreadable:
    """Find out why *body* is not JSON; half a surrogate pair harms no more than its own event."""
    if body.startswith(_MARKS) or b"\0" in body[:2]:
        return _not_utf8("a byte order mark or UTF-16")
    if _NO_NUMBER.search(body):
        return Unreadable(problem("number_not_finite", "", "NaN or Infinity"))
    if "out of range" in error:
        return Unreadable(problem("number_not_finite", "", "a number out of range"))
    if _HALF_PAIR.search(body):
        tree = _decode_leniently(body)
        if tree is not None:
            return tree
    return Unreadable(problem("not_json", "", f"{len(body)} bytes: {error}"))


def _not_utf8(received: str) -> Unreadable:
    return Unreadable(problem("body_encoding", "", received))


def _decode_leniently(body: bytes) -> object | None:
    """Decode with the standard library, which lets half surrogates pass; ``None`` if it can't."""
    try:
        tree: object = json.loads(body.decode(), parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return tree


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def check_envelope(envelope: Envelope) -> tuple[Problem, ...]:
    """Check what the envelope says about all of its events, also when it holds none."""
    checks = (
        _source_problem(envelope.event_source),
        _pixel_problem(envelope.event_source_id),
        _code_problem(envelope.test_event_code),
    )
    return tuple(filter(None, checks))


def _source_problem(source: object) -> Problem | None:
    if source == "web":
        return None
    if source is None or source == "":
        return problem("event_source_missing", "/event_source", _shown(source))
    return problem("event_source_unsupported", "/event_source", _shown(source))


def _pixel_problem(pixel_id: object) -> Problem | None:
    if _code(pixel_id):
        return None
    if pixel_id is None or pixel_id == "":
        return problem("event_source_id_missing", "/event_source_id", _shown(pixel_id))
    return problem("event_source_id_invalid", "/event_source_id", _shown(pixel_id))


def _code_problem(code: object) -> Problem | None:
    if code is None or code == "" or _code(code):
        return None
    return problem("test_event_code_invalid", "/test_event_code", _shown(code))


def _shown(value: object) -> str:
    return "nothing" if value is None else shown(value, _NOBODY)


def raw_events(
    envelope: Envelope,
    *,
    source: Source,
    verified: bool,
    problems: tuple[Problem, ...] | None = None,
) -> list[RawEvent]:
    """Take the events out of *envelope*, each with what is already known to be wrong with it.

    *problems* are those of :func:`check_envelope`, where it was asked before.
    """
    problems = check_envelope(envelope) if problems is None else problems
    lane = _lane(envelope, sound=not problems)
    repeated: dict[str, list[str]] = {}
    for where in envelope.repeated_keys:
        repeated.setdefault(_place(where), []).append(where)
    return [
        RawEvent(
            lane=lane,
            index=index,
            pointer=f"/data/{index}",
            item=item,
            source=source,
            verified=verified,
            repeated_keys=tuple(repeated.get(str(index), ())) if repeated else (),
            problems=problems,
        )
        for index, item in enumerate(envelope.data)
    ]


def _lane(envelope: Envelope, *, sound: bool) -> Lane:
    """Name the lane as far as it can be named; what was checked and is *sound* needs no look."""
    pixel_id, code = envelope.event_source_id, envelope.test_event_code
    if sound:
        return Lane(str(pixel_id), str(code or ""))
    return Lane(_code(pixel_id), _code(code))


def _place(pointer: str) -> str:
    """The place of an event in its envelope, as a JSON pointer to something in it has it."""
    return pointer.split("/")[2]


def _code(value: object) -> str:
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""
