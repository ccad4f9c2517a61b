"""Reading what a person hands in: a file or standard input that holds events."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tandemgate.cli.ending import Failure

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One request body, and where it stood: *pointer* is its own place in the file (RFC 6901).

    A bare event was put into an envelope by us: ``wrapped`` is true, and ``pointer`` the event's.
    """

    body: bytes
    pointer: str = ""
    wrapped: bool = False


def read(file: str) -> bytes:
    """Return the bytes of *file*, or of standard input for ``-``."""
    if file == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Failure(
            f"{file} can't be read: {error.strerror}",
            "tandemgate send FILE with the path of a readable file, or - for standard input",
        ) from None


def envelopes(content: bytes, pixel: str | None) -> list[Envelope]:
    """Split *content* into request bodies, each byte for byte as it was written.

    It may hold an envelope, an event without one (which needs *pixel*), or a list of either. What
    is none of these, or no JSON at all, is one body: its reader says what is wrong with it.
    """
    match _shape(content):
        case dict() as value if "event" in value and "data" not in value:
            return [_wrap(content, "", pixel)]
        case list() as parts if parts and all(isinstance(part, dict) for part in parts):
            raws = msgspec.json.decode(content, type=list[msgspec.Raw])
            return [
                Envelope(bytes(raw), f"/{index}")
                if "data" in part
                else _wrap(bytes(raw), f"/{index}", pixel)
                for index, (part, raw) in enumerate(zip(parts, raws, strict=True))
            ]
        case _:
            return [Envelope(content)]


def _shape(content: bytes) -> Any:  # noqa: ANN401 - decoded JSON
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _wrap(event: bytes, pointer: str, pixel: str | None) -> Envelope:
    if pixel is None:
        raise Failure(
            "this is an event without its envelope, so nothing says which pixel it belongs to",
            "add --pixel ID, or wrap it: "
            '{"event_source": "web", "event_source_id": "ID", "data": [...]}',
        )
    source = msgspec.json.encode(pixel)
    head = b'{"event_source": "web", "event_source_id": ' + source + b', "data": ['
    return Envelope(head + event + b"]}", pointer, wrapped=True)
