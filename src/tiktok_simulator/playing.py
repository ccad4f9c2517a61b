"""How each fault is played: what TikTok does with the request, and what the sender gets to see."""

from dataclasses import replace
from typing import Final, assert_never

from tiktok_simulator.answers import (
    ACCEPTED,
    HTML,
    TEXT,
    Answer,
    Headers,
    Manner,
    Reply,
    proxy_page,
)
from tiktok_simulator.contract import PARTIAL, Breach
from tiktok_simulator.exchange import Exchange
from tiktok_simulator.faults import (
    AnyFault,
    Code,
    Garbage,
    Html,
    HugeBody,
    Latency,
    LostAnswer,
    Partial,
    Poison,
    RateLimit,
    Redirect,
    Reset,
    SlowDrip,
    Status,
    TokenExpired,
    Truncated,
)
from tiktok_simulator.reading import event_ids_of

_NO_JSON: Final = bytes(range(0x80, 0x100)) * 2


def play(fault: AnyFault | None, exchange: Exchange) -> Reply:  # noqa: C901, PLR0912 - a line per fault
    """Answer *exchange* as it goes under *fault*. What is not processed leaves no trace."""
    match fault:
        case None | Latency():
            return exchange.process()
        case Status():
            headers = TEXT + _retry_after(fault.retry_after)
            return Reply(fault.status, fault.body.encode(), headers)
        case Code():
            return exchange.say(Answer(fault.code, fault.message), fault.status)
        case TokenExpired():
            return exchange.refuse(Breach.TOKEN_EXPIRED)
        case RateLimit(answer="status"):
            return Reply(429, b"", TEXT + _retry_after(fault.retry_after))
        case RateLimit():
            return exchange.refuse(Breach.RATE)
        case Reset():
            return Reply(manner=Manner.RESET)
        case LostAnswer():
            return replace(exchange.process(), manner=Manner.DROP)
        case Truncated():
            return replace(exchange.process(), manner=Manner.CUT)
        case SlowDrip():
            return replace(exchange.process(), manner=Manner.DRIP, pause=fault.ms / 1_000)
        case HugeBody():
            whole = exchange.process()
            return replace(whole, body=whole.body.ljust(fault.size))
        case Garbage():
            return replace(_processed_if(exchange, accept=fault.accept), body=_NO_JSON)
        case Html():
            _processed_if(exchange, accept=fault.accept)
            return Reply(fault.status, proxy_page(fault.status), HTML)
        case Redirect():
            return Reply(fault.status, headers=((b"location", fault.location.encode()),))
        case Partial():
            return _partly(fault, exchange)
        case Poison():
            return exchange.say(Answer(fault.code, _blame(fault, exchange)))
        case _:
            assert_never(fault)


def _processed_if(exchange: Exchange, *, accept: bool) -> Reply:
    return exchange.process() if accept else Reply()


def _retry_after(seconds: int | None) -> Headers:
    return () if seconds is None else ((b"retry-after", b"%d" % seconds),)


def _partly(fault: Partial, exchange: Exchange) -> Reply:
    reply = exchange.process(frozenset(fault.event_ids))
    if exchange.answer != ACCEPTED:
        return reply
    failed = [
        {"index": index, "event_id": each, "code": fault.code, "message": "this event failed."}
        for index, each in enumerate(event_ids_of(exchange.envelope.items))
        if each in fault.event_ids
    ]
    counts = {"failed_count": len(failed), "total_count": len(exchange.envelope.items)}
    data = {"failed_events": failed} if fault.shape == "list" else counts
    return exchange.say(Answer(PARTIAL, "Partial success.", data))


def _blame(fault: Poison, exchange: Exchange) -> str:
    ids = event_ids_of(exchange.envelope.items)
    match fault.index:
        case "absent":
            return fault.message
        case "out_of_range":
            return f"data[{len(ids) + 7}]: {fault.message}"
        case "named":
            first = next(index for index, each in enumerate(ids) if each in fault.event_ids)
            return f"data.{first}.event: {fault.message}"
        case _:
            assert_never(fault.index)
