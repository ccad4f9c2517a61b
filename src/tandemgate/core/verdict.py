"""What a reply from TikTok means, safe under both published readings of its codes.

HTTP 200 says little: success is code 0 and nothing else. One bad event refuses its whole batch, so
every verdict about an event is attributed to one by its index, or the batch is split.
"""

from collections.abc import Callable
from typing import Final, assert_never

from tandemgate.catalog.codes import OK, PARTIAL, Kind, kind_of
from tandemgate.core.answer import Said, keep, place, read_answer, redact, refused
from tandemgate.model.delivery import (
    Answer,
    Answered,
    Delivered,
    Hold,
    HoldCause,
    Judgement,
    NoAnswer,
    NotSent,
    Partial,
    Refused,
    Reply,
    Retry,
    RetryCause,
    Review,
    SettledDuplicate,
    Split,
    Verdict,
)
from tandemgate.model.instant import Epoch, Seconds

HTTP_OK: Final = 200

RAW_LIMIT: Final = 4096
"""Characters that are kept of a body, unless it is the unpublished shape of a partial success."""

_STATUSES: Final = {
    400: Kind.PAYLOAD,
    401: Kind.TOKEN,
    403: Kind.TOKEN,
    408: Kind.TRANSIENT,
    413: Kind.TOO_LARGE,
    422: Kind.PAYLOAD,
    429: Kind.RATE,
}
"""What a status means that comes without a readable code (RFC 9110 and RFC 6585)."""

_FAMILIES: Final = {3: Kind.CONFIGURATION, 4: Kind.CONFIGURATION}
"""What the other statuses mean by their first digit; the rest tells nothing about the outcome."""

_SPOKEN_OVER: Final = frozenset({408, 429})
"""Statuses in the 400s that proxies give, whatever the body says."""

_HOLDS: Final = {
    Kind.TOKEN: HoldCause.TOKEN,
    Kind.PERMISSION: HoldCause.PERMISSION,
    Kind.CONFIGURATION: HoldCause.CONFIGURATION,
}

_REASONS: Final = {
    Kind.PAYLOAD: "refused_by_tiktok",
    Kind.UNHASHED: "identifier_not_hashed",
    Kind.DUPLICATE: "already_at_tiktok",
    Kind.UNCLEAR: "answer_unclear",
    Kind.TOO_LARGE: "answer_unclear",
    Kind.PARTIAL: "refused_by_tiktok",
}


def judge(reply: Reply, events: int) -> Judgement:
    """Tell what *reply* means for a batch of *events* (1 or more); any bytes have a meaning."""
    match reply:
        case NotSent():
            return Judgement(Retry(RetryCause.NOT_SENT), message=keep(reply.error))
        case NoAnswer():
            return Judgement(Retry(RetryCause.UNKNOWN), message=keep(reply.error))
        case Answered():
            return _judge_answer(reply, events)
        case _:
            assert_never(reply)


def _judge_answer(reply: Answered, events: int) -> Judgement:
    said = read_answer(reply.body)
    kind = _kind(reply.http_status, said.code, said.message)
    silence = f"HTTP {reply.http_status} without a readable answer"
    return Judgement(
        _verdict(kind, said, events, reply.retry_after),
        said.code,
        silence if said.code is None else keep(said.message),
        said.request_id,
        _REASONS.get(kind),
    )


def _kind(status: int, code: int | None, message: str) -> Kind:
    if code is not None and _believable(status, code):
        return kind_of(code, message)
    return _STATUSES.get(status) or _FAMILIES.get(status // 100, Kind.TRANSIENT)


def _believable(status: int, code: int) -> bool:
    if code in {OK, PARTIAL}:
        return status == HTTP_OK
    return status // 100 in {2, 4} and status not in _SPOKEN_OVER


def _verdict(kind: Kind, said: Said, events: int, after: Seconds | None) -> Verdict:
    match kind:
        case Kind.DELIVERED:
            return Delivered()
        case Kind.PARTIAL:
            return _partial(said, events)
        case Kind.TRANSIENT:
            return Retry(RetryCause.UNKNOWN, after)
        case Kind.RATE:
            return Retry(RetryCause.RATE, after)
        case Kind.TOKEN | Kind.PERMISSION | Kind.CONFIGURATION:
            return Hold(_HOLDS[kind])
        case Kind.TOO_LARGE:
            return Split() if events > 1 else Review(0)
        case Kind.PAYLOAD | Kind.UNHASHED:
            return _about_one(Refused, said, events)
        case Kind.DUPLICATE:
            return _about_one(SettledDuplicate, said, events)
        case Kind.UNCLEAR:
            return _about_one(Review, said, events)
        case _:
            assert_never(kind)


def _about_one(make: Callable[[int], Verdict], said: Said, events: int) -> Verdict:
    index = 0 if events == 1 else place(said.message, events)
    return Split() if index is None else make(index)


def _partial(said: Said, events: int) -> Verdict:
    if found := refused(said.data, events):
        return Partial(found)
    return Split(maybe_arrived=True) if events > 1 else Review(0)


def answer(reply: Reply, judgement: Judgement, at: Epoch) -> Answer:
    """Return what the history of each event keeps of *reply*."""
    status, raw = None, b""
    if isinstance(reply, Answered):
        status = reply.http_status
        raw = _kept_bytes(judgement, reply.body)
    return Answer(
        at=at,
        verdict=word(judgement.verdict),
        latency=reply.latency,
        http_status=status,
        code=judgement.code,
        message=judgement.message,
        request_id=judgement.request_id,
        raw=raw,
    )


def _kept_bytes(judgement: Judgement, body: bytes) -> bytes:
    if isinstance(judgement.verdict, Delivered):
        return b""
    limit = len(body) if judgement.code == PARTIAL else RAW_LIMIT
    return redact(body.decode(errors="replace"))[:limit].encode()


def word(verdict: Verdict) -> str:
    """Name *verdict* for the ledger, logs and pages, e.g. ``delivered`` or ``retry_unknown``."""
    match verdict:
        case Retry():
            return f"retry_{verdict.cause}"
        case Hold():
            return f"hold_{verdict.cause}"
        case SettledDuplicate():
            return "duplicate"
        case Delivered() | Partial() | Split() | Refused() | Review():
            return type(verdict).__name__.lower()
        case _:
            assert_never(verdict)
