"""``POST /open_api/v1.3/event/track/``: where the server's copies arrive.

A raw ASGI callable, because benchmarks run through it.
"""

import asyncio
from functools import partial
from typing import Final

from starlette.types import Receive, Scope, Send

from tiktok_simulator.answers import HTML, Headers, Manner, Reply, proxy_page
from tiktok_simulator.connection import read_body, send_reply
from tiktok_simulator.exchange import Exchange
from tiktok_simulator.faults import AnyFault
from tiktok_simulator.playing import play
from tiktok_simulator.reading import event_ids_of, read_envelope
from tiktok_simulator.record import Request
from tiktok_simulator.world import World

_Outcome = tuple[Reply, AnyFault | None]
_ALLOW_POST: Final[Headers] = ((b"allow", b"POST"),)


class Track:
    """The endpoint: read one request, let it meet the planned faults, remember it, answer."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        exchange = self._exchange(scope)
        body, turned_away = b"", self._turned_away(scope, exchange)
        if turned_away:
            reply, fault = turned_away
        else:
            read = await read_body(receive)
            body = read or b""
            reply, fault = await self._answer(exchange, read)
        self._note(exchange, scope, reply, fault, body)
        await send_reply(reply, scope, receive, send)

    def _exchange(self, scope: Scope) -> Exchange:
        at = self.world.clock.now()
        headers = dict(scope["headers"])
        return Exchange(
            self.world,
            at,
            self.world.ids.make(at),
            token=headers.get(b"access-token", b"").decode("latin-1"),
            content_type=headers.get(b"content-type", b"").decode("latin-1"),
        )

    def _turned_away(self, scope: Scope, exchange: Exchange) -> _Outcome | None:
        """Answer what needs no reading of the body."""
        if scope["method"] != "POST":
            return Reply(405, headers=_ALLOW_POST), None
        reset = self.world.faults.blind_reset(exchange.at) if self.world.faults else None
        return (play(reset, exchange), reset) if reset else None

    async def _answer(self, exchange: Exchange, body: bytes | None) -> _Outcome:
        if body is None:
            return Reply(413, proxy_page(413), HTML), None
        exchange.read = read_envelope(body)
        delay, fault = self.world.latency, None
        if self.world.faults:
            source, _, items = exchange.envelope
            more, fault = self.world.faults.meet(
                exchange.at, source, exchange.token, partial(event_ids_of, items)
            )
            delay += more
        if delay:
            await asyncio.sleep(delay)
        return play(fault, exchange), fault

    def _note(
        self, exchange: Exchange, scope: Scope, reply: Reply, fault: AnyFault | None, body: bytes
    ) -> None:
        answer = exchange.answer
        self.world.record.note(
            Request(
                at=exchange.at,
                path=scope["path"],
                headers=tuple(name.decode("latin-1") for name, _ in scope["headers"]),
                token=exchange.token[-4:],
                request_id=exchange.request_id,
                http_status=0 if reply.manner in {Manner.DROP, Manner.RESET} else reply.status,
                body=body,
                pixel=exchange.envelope.source,
                events=len(exchange.envelope.items),
                code=answer.code if answer else None,
                message=answer.message if answer else "",
                fault=fault.name if fault else None,
            )
        )
