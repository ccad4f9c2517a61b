"""Reading a request's body within bounds of size and time, whatever its headers claim."""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.types import Message, Receive, Send

from tandemgate.catalog.reasons import problem
from tandemgate.web.answers import Answer, Refusal

LARGEST: Final = 1024 * 1024
"""Bytes of one body, as sent and again after inflating."""

SLOWEST: Final = 10.0
"""Seconds for the whole body, so that a sender that drips bytes holds nothing for long."""

LARGE_AT_ONCE: Final = 64
"""Bodies that come in several pieces and are kept at one time; together at most 64 MiB."""

LINGER: Final = 2.0
"""Seconds in which the rest of a refused body is thrown away, so that the caller hears why."""

_STEP: Final = re.compile(r"[\].\[]+")
_MISSING: Final = re.compile(r"missing required field `(\w+)`")

_TOO_LARGE: Final = Refusal(413, problem("body_too_large", "", f"more than {LARGEST} bytes"))
_TOO_SLOW: Final = Refusal(408, problem("body_too_slow", "", f"a part in {SLOWEST:g} seconds"))
_BUSY: Final = Refusal(503, problem("overloaded", "", f"the {LARGE_AT_ONCE + 1}th large body"), 1)


@dataclass(slots=True)
class Bodies:
    """Reads bodies. ``large`` of them are being gathered from pieces now."""

    large: int = 0

    async def read(self, receive: Receive, stated: int) -> bytes | Refusal | None:
        """Read one body of *stated* bytes (0: unknown); ``None`` when the caller hung up."""
        if stated > LARGEST:
            return _TOO_LARGE
        try:
            async with asyncio.timeout(SLOWEST):
                first = await receive()
                if first["type"] == "http.disconnect":
                    return None
                if not first.get("more_body"):
                    body: bytes = first.get("body", b"")
                    return body if len(body) <= LARGEST else _TOO_LARGE
                return await self._gather(receive, first)
        except TimeoutError:
            return _TOO_SLOW

    async def _gather(self, receive: Receive, message: Message) -> bytes | Refusal | None:
        if self.large >= LARGE_AT_ONCE:
            return _BUSY
        self.large += 1
        try:
            body = bytearray(message.get("body", b""))
            while message.get("more_body"):
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                body += message.get("body", b"")
                if len(body) > LARGEST:
                    return _TOO_LARGE
            return bytes(body)
        finally:
            self.large -= 1


B = TypeVar("B", bound=Struct)


async def read_as(bodies: Bodies, request: Request, kind: type[B]) -> B | Refusal:
    """Read a body that is *kind*; a refusal quotes nothing of it, since it may hold a token."""
    content = await bodies.read(request.receive, stated_length(dict(request.scope["headers"])))
    if isinstance(content, Refusal):
        return content
    try:
        return msgspec.json.decode(content or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fields = ", ".join(kind.__struct_fields__)
        expected = f"a JSON object with the fields {fields}"
        return Refusal(400, problem("body_invalid", *misfit(error), expected=expected))


def misfit(error: Exception) -> tuple[str, str]:
    """Return where a body is not what it should be, and what came there, without quoting it.

    msgspec names the place as in ``... - at `$.orders[0].total```; its fields are our own.
    """
    said, _, path = str(error).partition(" - at `$")
    if not isinstance(error, msgspec.ValidationError):
        return "", "something else"
    missing = _MISSING.search(said)
    at = _STEP.sub("/", path.rstrip("]`"))
    return (f"{at}/{missing[1]}", "nothing") if missing else (at, "something else")


def stated_length(headers: Mapping[bytes, bytes]) -> int:
    """Return what Content-Length says; it is believed only where it is too much."""
    stated = headers.get(b"content-length", b"")[:12]
    return int(stated) if stated.isdigit() else 0


async def refuse(answer: Answer, receive: Receive, send: Send) -> None:
    """Send *answer* before the body was read, then hang up.

    The rest of the body is thrown away for a moment, since closing a connection over unread bytes
    resets it, and the caller would never hear why.
    """
    length = (b"content-length", str(len(answer.body)).encode())
    headers = [*answer.headers, length, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            message = await receive()
            while message["type"] != "http.disconnect" and message.get("more_body"):
                message = await receive()
    await send({"type": "http.response.body", "body": b""})
