"""Faults on demand: what they are called and what can be asked of them.

The classes below are the schema of ``POST /_sim/faults``: the tag ``fault`` names one, its fields
are the options. How each one is played is decided in :mod:`tiktok_simulator.playing`.
"""

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
AtLeastOne = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Milliseconds = Annotated[int, Meta(ge=0, le=3_600_000)]
HttpStatus = Annotated[int, Meta(ge=200, le=599)]
EventIds = Annotated[list[str], Meta(min_length=1)]


class Fault(
    msgspec.Struct,
    kw_only=True,
    tag_field="fault",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What all share: let *after* matching requests pass, then meet *times* of them, else all."""

    times: AtLeastOne | None = None
    after: Count = 0
    pixel: str | None = None

    @property
    def name(self) -> str:
        """What the fault is called in JSON."""
        return str(self.__struct_config__.tag)


class Latency(Fault, tag="latency"):
    """Wait before answering. Adds up with any other fault."""

    ms: Milliseconds


class Status(Fault, tag="status"):
    """Answer with an HTTP status and no JSON; nothing is processed."""

    status: HttpStatus = 503
    retry_after: Count | None = None
    body: str = ""


class Code(Fault, tag="code"):
    """Answer with a code and a message of the API; nothing is processed."""

    code: int
    message: str = ""
    status: HttpStatus = 200


class TokenExpired(Fault, tag="token_expired"):
    """Refuse the token as expired; with *tail*, only one that ends so."""

    tail: str | None = None


class RateLimit(Fault, tag="rate_limit"):
    """Refuse what exceeds *per_second* requests in one second of the simulator's clock."""

    per_second: AtLeastOne
    answer: Literal["code", "status"] = "code"
    retry_after: Count | None = None


class LostAnswer(Fault, tag="lost_answer"):
    """Process the request, then close the connection without a byte of an answer."""


class Reset(Fault, tag="reset"):
    """Reset the connection; nothing is processed. Without *pixel*, not even the body is read."""


class Garbage(Fault, tag="garbage"):
    """Answer 200 with bytes that are no JSON; processed if *accept*."""

    accept: bool = False


class Html(Fault, tag="html"):
    """Answer with a proxy's error page; processed if *accept*."""

    status: HttpStatus = 502
    accept: bool = False


class Truncated(Fault, tag="truncated"):
    """Process the request, answer the first half of the JSON, and close."""


class SlowDrip(Fault, tag="slow_drip"):
    """Process the request, and answer one byte every *ms* milliseconds."""

    ms: Milliseconds = 1_000


class HugeBody(Fault, tag="huge_body"):
    """Process the request, and pad the answer to *size* bytes."""

    size: Annotated[int, Meta(ge=1, le=1 << 30)] = 64 << 20


class Redirect(Fault, tag="redirect"):
    """Answer 307 to elsewhere, where a sender that follows is seen in ``/_sim/requests``."""

    status: Literal[301, 302, 303, 307, 308] = 307
    location: str = "/_sim/elsewhere"


class Partial(Fault, tag="partial"):
    """Accept all but the named events; answer 20001 with a readable list of those, or without."""

    event_ids: EventIds
    shape: Literal["list", "unreadable"] = "list"
    code: int = 40002


class Poison(Fault, tag="poison"):
    """Refuse each batch with one of the named events: by its index, none, or one out of range."""

    event_ids: EventIds
    index: Literal["named", "absent", "out_of_range"] = "named"
    code: int = 40002
    message: str = "this event cannot be processed."


AnyFault = (
    Latency
    | Status
    | Code
    | TokenExpired
    | RateLimit
    | LostAnswer
    | Reset
    | Garbage
    | Html
    | Truncated
    | SlowDrip
    | HugeBody
    | Redirect
    | Partial
    | Poison
)
NAMES = tuple(sorted(str(kind.__struct_config__.tag) for kind in get_args(AnyFault)))


_decoder: msgspec.json.Decoder[list[AnyFault]] = msgspec.json.Decoder(
    Annotated[list[AnyFault], Meta(min_length=1)]
)


def read_faults(body: bytes) -> list[AnyFault] | str:
    """Read one fault or a list of them; a string says what is wrong and what there is."""
    text = body.strip()
    try:
        return _decoder.decode(text if text.startswith(b"[") else b"[" + text + b"]")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"{error}; known faults: {', '.join(NAMES)}"
