"""Answers of the API, and how they are put on the wire."""

import enum
import time
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from tiktok_simulator.contract import CODES, OK, Breach, Dialect

Headers = tuple[tuple[bytes, bytes], ...]

JSON: Headers = ((b"content-type", b"application/json"),)
HTML: Headers = ((b"content-type", b"text/html"),)
TEXT: Headers = ((b"content-type", b"text/plain"),)
_encode = msgspec.json.Encoder().encode


class Answer(NamedTuple):
    """What the API says: code 0 is success and nothing else is, whatever the HTTP status."""

    code: int
    message: str
    data: object = {}


ACCEPTED = Answer(OK, "OK")


class Manner(enum.Enum):
    """How a reply leaves: whole, or in one of the ways in which networks fail."""

    WHOLE = "whole"
    CUT = "cut"
    DRIP = "drip"
    DROP = "drop"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response. *pause* is the seconds between two bytes of a drip."""

    status: int = 200
    body: bytes = b""
    headers: Headers = JSON
    manner: Manner = Manner.WHOLE
    pause: float = 0.0


@dataclass(slots=True)
class RequestIds:
    """Ids like those of the real API: the UTC time in 14 digits, then 20 hex digits."""

    _stamp_at: int = -1
    _stamp: str = ""
    _count: int = field(default=0)

    def make(self, now: float) -> str:
        """Return a new id for a request that arrived at *now*."""
        if int(now) != self._stamp_at:
            self._stamp_at = int(now)
            self._stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(now))
        self._count += 1
        return f"{self._stamp}{self._count * 0x9E3779B97F4A7C15 % (1 << 80):020X}"


def refused(breach: Breach, message: str, dialect: Dialect) -> Answer:
    """Answer a breach with the number that *dialect* has for it."""
    return Answer(CODES[dialect][breach], message)


def body_of(answer: Answer, request_id: str) -> bytes:
    """Encode an answer as the API does."""
    return _encode(
        {
            "code": answer.code,
            "message": answer.message,
            "request_id": request_id,
            "data": answer.data,
        }
    )


def proxy_page(status: int) -> bytes:
    """Return what a proxy in front of the API says on its own account."""
    text = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    return text.encode()
