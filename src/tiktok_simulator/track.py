"""``POST /open_api/v1.3/event/track/``: the server's copies, and the faults that meet them.

A raw ASGI callable, because benchmarks run through it.
"""

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, assert_never

from starlette.types import Receive, Scope, Send

from tiktok_simulator.answers import ACCEPTED, Answer, Headers, Manner, Reply, body_of, refused
from tiktok_simulator.connection import read_body, send_reply
from tiktok_simulator.contract import MESSAGES, PARTIAL, Breach
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
from tiktok_simulator.reading import (
    Envelope,
    Event,
    Refusal,
    event_ids_of,
    read_envelope,
    read_events,
)
from tiktok_simulator.record import Request
from tiktok_simulator.world import World

_HTML: Final[Headers] = ((b"content-type", b"text/html"),)
_TEXT: Final[Headers] = ((b"content-type", b"text/plain"),)
_ALLOW_POST: Final[Headers] = ((b"allow", b"POST"),)
_PROXY_PAGE: Final = b"<html>\r\n<head><title>%d</title></head>\r\n<body><center><h1>%d</h1></center></body>\r\n</html>\r\n"
_NO_JSON: Final = bytes(range(0x80, 0x100)) * 2
_NOBODY: Final = Envelope("", "", [])


@dataclass(slots=True)
class Exchange:
    """One request on its way to its answer. *answer* is what TikTok made of it, if it was processed."""

    world: World
    at: float
    request_id: str
    token: str
    content_type: str
    envelope: Envelope | Refusal
    answer: Answer | None = None

    @property
    def readable(self) -> Envelope:
        """The envelope, or one of nobody's where there is none to be read."""
        return _NOBODY if isinstance(self.envelope, Refusal) else self.envelope

    def process(self, failing: AbstractSet[object] = frozenset()) -> Reply:
        """Judge the request as TikTok does, take in its events but the *failing* ones, and answer."""
        events = self._judge()
        if isinstance(events, Refusal):
            return self.say(refused(events.breach, events.message, self.world.dialect))
        taken = [event for event in events if event.event_id not in failing] if failing else events
        source, test_code, _ = self.readable
        self.world.record.accept(
            source, "server", taken, at=self.at, request_id=self.request_id, test_code=test_code
        )
        return self.say(ACCEPTED)

    def say(self, answer: Answer, status: int = 200) -> Reply:
        """Answer in the API's shape."""
        self.answer = answer
        return Reply(status, body_of(answer, self.request_id))

    def refuse(self, breach: Breach) -> Reply:
        """Refuse the whole request."""
        return self.say(refused(breach, MESSAGES[breach], self.world.dialect))

    def _judge(self) -> list[Event] | Refusal:
        access, envelope = self.world.access, self.envelope
        allowed = access.pixels_of.get(self.token)
        if allowed is None:
            breach = Breach.TOKEN_UNKNOWN if self.token else Breach.TOKEN_ABSENT
            return Refusal(breach, MESSAGES[breach])
        if self.content_type.partition(";")[0].strip().lower() != "application/json":
            return Refusal(Breach.MALFORMED, "Content-Type must be application/json.")
        if isinstance(envelope, Refusal):
            return envelope
        if envelope.source not in allowed:
            breach = (
                Breach.NO_PERMISSION
                if envelope.source in self.world.pixels
                else Breach.SOURCE_UNKNOWN
            )
            return Refusal(breach, MESSAGES[breach].format(source=envelope.source))
        return read_events(envelope.items, self.at, access.user_table(envelope.source))


class Track:
    """The endpoint."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read one request, let it meet the planned faults, answer, and remember both."""
        world = self.world
        at = world.clock.now()
        headers = dict(scope["headers"])
        exchange = Exchange(
            world,
            at,
            world.ids.make(at),
            headers.get(b"access-token", b"").decode("latin-1"),
            headers.get(b"content-type", b"").decode("latin-1"),
            _NOBODY,
        )
        body, delay, fault, reply = b"", world.latency, None, None
        if scope["method"] != "POST":
            reply = Reply(405, headers=_ALLOW_POST)
        elif world.faults and world.faults.blind_reset(at):
            reply, fault = Reply(manner=Manner.RESET), Reset()
        else:
            read = await read_body(receive)
            if read is None:
                reply = Reply(413, _PROXY_PAGE % (413, 413), _HTML)
            else:
                body = read
                exchange.envelope = read_envelope(body)
        if reply is None:
            if world.faults:
                readable = exchange.readable
                more, fault = world.faults.meet(
                    at, readable.source, partial(event_ids_of, readable.items)
                )
                delay += more
            if delay:
                await asyncio.sleep(delay)
            reply = play(fault, exchange)
        world.record.note(_noted(exchange, scope, reply, fault, body))
        await send_reply(reply, scope, receive, send)


def play(fault: AnyFault | None, exchange: Exchange) -> Reply:  # noqa: C901, PLR0911, PLR0912 - one line per fault
    """Answer *exchange* as it goes when *fault* meets it. What is not processed leaves no trace at TikTok."""
    match fault:
        case None | Latency():
            return exchange.process()
        case Status():
            return Reply(fault.status, fault.body.encode(), _TEXT + _retry_after(fault.retry_after))
        case Code():
            return exchange.say(Answer(fault.code, fault.message), fault.status)
        case TokenExpired():
            return exchange.refuse(Breach.TOKEN_EXPIRED)
        case RateLimit(answer="status"):
            return Reply(429, b"", _TEXT + _retry_after(fault.retry_after))
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
            return replace(whole, body=whole.body + b" " * max(0, fault.size - len(whole.body)))
        case Garbage():
            return replace(_processed_if(exchange, accept=fault.accept), body=_NO_JSON)
        case Html():
            whole = _processed_if(exchange, accept=fault.accept)
            return replace(
                whole,
                status=fault.status,
                body=_PROXY_PAGE % (fault.status, fault.status),
                headers=_HTML,
            )
        case Redirect():
            return Reply(fault.status, b"", ((b"location", fault.location.encode()),))
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
        {"index": index, "event_id": event_id, "code": fault.code, "message": "this event failed."}
        for index, event_id in enumerate(event_ids_of(exchange.readable.items))
        if event_id in fault.event_ids
    ]
    counts = {"failed_count": len(failed), "total_count": len(exchange.readable.items)}
    data = {"failed_events": failed} if fault.shape == "list" else counts
    return exchange.say(Answer(PARTIAL, "Partial success.", data))


def _blame(fault: Poison, exchange: Exchange) -> str:
    ids = event_ids_of(exchange.readable.items)
    match fault.index:
        case "absent":
            return fault.message
        case "out_of_range":
            return f"data[{len(ids) + 7}]: {fault.message}"
        case "named":
            first = next(index for index, event_id in enumerate(ids) if event_id in fault.event_ids)
            return f"data.{first}.event: {fault.message}"
        case _:
            assert_never(fault.index)


def _noted(
    exchange: Exchange, scope: Scope, reply: Reply, fault: AnyFault | None, body: bytes
) -> Request:
    answered = reply.manner not in {Manner.DROP, Manner.RESET}
    full = exchange.world.record.keep == "full"
    return Request(
        at=exchange.at,
        path=scope["path"],
        headers=tuple(name.decode("latin-1") for name, _ in scope["headers"]) if full else (),
        token=exchange.token[-4:],
        pixel=exchange.readable.source,
        events=len(exchange.readable.items),
        code=exchange.answer.code if exchange.answer else None,
        message=exchange.answer.message if exchange.answer else "",
        request_id=exchange.request_id,
        http_status=reply.status if answered else 0,
        fault=type(fault).__struct_config__.tag if fault else None,
        body=body if full else b"",
    )
