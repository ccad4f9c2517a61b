"""Faults on demand: what they are called, and which of them meets which request.

The classes below are the schema of ``POST /_sim/faults``: the tag ``fault`` names one, its fields are the
options. How each one is played is decided in :mod:`tiktok_simulator.track`.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
AtLeastOne = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Milliseconds = Annotated[int, Meta(ge=0, le=3_600_000)]
HttpStatus = Annotated[int, Meta(ge=200, le=599)]
EventIds = Annotated[list[str], Meta(min_length=1)]


class Fault(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="fault",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What all faults share: let *after* matching requests pass, then meet *times* of them (all, if unset)."""

    times: AtLeastOne | None = None
    after: Count = 0
    pixel: str | None = None


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
    """Refuse the token as expired."""


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
    """Answer 307 to elsewhere; a sender that follows is seen in ``/_sim/requests``, with its token."""

    status: Literal[301, 302, 303, 307, 308] = 307
    location: str = "/_sim/elsewhere"


class Partial(Fault, tag="partial"):
    """Accept all but the named events, and answer 20001: with a readable list of what failed, or without."""

    event_ids: EventIds
    shape: Literal["list", "unreadable"] = "list"
    code: int = 40002


class Poison(Fault, tag="poison"):
    """Refuse every batch that holds one of the named events, naming its index, none, or one out of range."""

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
NAMES = tuple(sorted(kind.__struct_config__.tag for kind in AnyFault.__args__))


def read_faults(body: bytes) -> list[AnyFault] | str:
    """Read one fault or a list of them; a string says what is wrong and what to send."""
    try:
        text = body.strip()
        found: list[AnyFault] = msgspec.json.decode(
            text if text.startswith(b"[") else b"[" + text + b"]", type=list[AnyFault]
        )
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"{error}; known faults: {', '.join(NAMES)}"
    return found


class _Planned(msgspec.Struct):
    fault: AnyFault
    seen: int = 0
    met: int = 0
    second: int = 0
    in_second: int = 0

    def meets(self, now: float, pixel: str, event_ids: Sequence[object]) -> bool:
        """Say whether this request is one of those the fault is for, and count it."""
        fault = self.fault
        if fault.pixel not in {None, pixel}:
            return False
        if isinstance(fault, Partial | Poison) and not set(fault.event_ids) & {*event_ids}:
            return False
        if isinstance(fault, RateLimit) and not self._exceeds(fault.per_second, int(now)):
            return False
        self.seen += 1
        if self.seen <= fault.after:
            return False
        self.met += 1
        return True

    def _exceeds(self, per_second: int, second: int) -> bool:
        self.in_second = self.in_second + 1 if second == self.second else 1
        self.second = second
        return self.in_second > per_second

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.met >= self.fault.times


class Faults:
    """The faults that are planned, in the order in which they were asked for."""

    _needs_ids: ClassVar = (Partial, Poison)

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def __bool__(self) -> bool:
        return bool(self._planned)

    def plan(self, faults: Sequence[AnyFault]) -> None:
        """Add *faults* behind those that are there."""
        self._planned += map(_Planned, faults)

    def clear(self) -> None:
        """Drop all faults."""
        self._planned.clear()

    def listed(self) -> list[dict[str, object]]:
        """Describe what is planned, with how often each fault has been met."""
        return [{**msgspec.to_builtins(each.fault), "met": each.met} for each in self._planned]

    def blind_reset(self, now: float) -> bool:
        """Say whether this connection is to be reset before its body is read."""
        first = next((each for each in self._planned if not isinstance(each.fault, Latency)), None)
        if first is None or not isinstance(first.fault, Reset) or first.fault.pixel is not None:
            return False
        met = first.meets(now, "", ())
        self._drop_spent()
        return met

    def meet(
        self, now: float, pixel: str, event_ids: Callable[[], Sequence[object]]
    ) -> tuple[float, AnyFault | None]:
        """Return the seconds to wait and the fault to play for one request."""
        ids = (
            event_ids()
            if any(isinstance(each.fault, self._needs_ids) for each in self._planned)
            else ()
        )
        delay = 0.0
        for each in self._planned:
            blind = isinstance(each.fault, Reset) and each.fault.pixel is None
            if blind or not each.meets(now, pixel, ids):
                continue
            if not isinstance(each.fault, Latency):
                self._drop_spent()
                return delay, each.fault
            delay += each.fault.ms / 1_000
        self._drop_spent()
        return delay, None

    def _drop_spent(self) -> None:
        self._planned = [each for each in self._planned if not each.spent]
