"""``POST /v1/events``: the hot path, from a request's bytes to the answer after the commit.

Two ways lead in. A request that is here whole is answered from its bytes: at ten thousand of them a
second, ASGI would cost more than the events. Any other comes by ASGI, where bodies are waited for.
"""

from collections.abc import Coroutine, Mapping
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from tandemgate.catalog.reasons import problem
from tandemgate.core.envelope import Unreadable, check_envelope, inflate, raw_events, read_envelope
from tandemgate.core.reading import printable
from tandemgate.model.event import Envelope
from tandemgate.model.finding import Problem
from tandemgate.model.outcome import Outcome, Rejected
from tandemgate.ports import StoreUnavailable
from tandemgate.web import body
from tandemgate.web.answers import Answer, Refusal, events_answer
from tandemgate.web.desk import Desk
from tandemgate.web.door import PREFLIGHT, Caller, Door
from tandemgate.web.keys import Quotas
from tandemgate.web.outcomes import echoed_id
from tandemgate.web.parts import IntakeParts

PLAIN: Final = frozenset({b"", b"identity", b"gzip", b"x-gzip"})
"""Content-Encodings that are read. gzip is told by the body's first bytes, whatever is stated."""

STORE_PAUSE: Final = 5.0


class Intake:
    """Takes envelopes of events; ``keyless`` lets listed pages do so without a key."""

    def __init__(self, parts: IntakeParts, *, keyless: bool = False) -> None:
        self._parts = parts
        self._door = Door(parts.keys, parts.hosts, keyless=keyless)
        self._preflights = keyless
        self._desk = Desk(parts)
        self._bodies = body.Bodies()
        self._quotas = Quotas()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        request_id: str = scope["state"]["request_id"]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if scope["method"] != "POST":
            answer = self._other_method(scope["method"], headers, request_id)
            await answer.send(send)
            return
        caller = self._admit(headers)
        if isinstance(caller, Refusal):
            await body.refuse(caller.answer(request_id), receive, send)
            return
        content = await self._bodies.read(receive, body.stated_length(headers))
        if content is None:
            return
        if isinstance(content, Refusal):
            answer = content.answer(request_id).with_headers(*caller.headers)
            await body.refuse(answer, receive, send)
            return
        answer = await self._answer(content, caller, request_id)
        await answer.send(send)

    def answer(
        self, headers: Mapping[bytes, bytes], content: bytes, request_id: str
    ) -> Coroutine[Any, Any, Answer]:
        """Answer one POST of which everything has come."""
        return self._answer(content, self._admit(headers), request_id)

    def _other_method(self, method: str, headers: Mapping[bytes, bytes], request_id: str) -> Answer:
        if method == "OPTIONS" and self._preflights:
            caller = self._door.enter(headers)
            if isinstance(caller, Refusal):
                return caller.answer(request_id)
            return Answer(204, b"", (*PREFLIGHT, *caller.headers))
        allow = b"POST, OPTIONS" if self._preflights else b"POST"
        refusal = Refusal(405, problem("method_not_allowed", "", printable(method)))
        return refusal.answer(request_id).with_headers((b"allow", allow))

    def _admit(self, headers: Mapping[bytes, bytes]) -> Caller | Refusal:
        caller = self._door.enter(headers)
        if isinstance(caller, Refusal):
            return caller
        if caller.key is not None:
            wait = self._quotas.wait(caller.key, self._parts.clock.monotonic())
            if wait:
                limit = f"more than {caller.key.rate:g} requests a second"
                return Refusal(429, problem("too_many_requests", "", limit), wait)
        encoding = headers.get(b"content-encoding", b"").strip().lower()
        if encoding not in PLAIN:
            came = printable(encoding.decode("latin-1"))
            return Refusal(415, problem("encoding_unsupported", "header Content-Encoding", came))
        return caller

    async def _answer(self, content: bytes, caller: Caller | Refusal, request_id: str) -> Answer:
        if isinstance(caller, Refusal):
            return caller.answer(request_id)
        read = self._read(content, caller)
        if isinstance(read, Refusal):
            answer = read.answer(request_id)
        else:
            answer = await self._take(*read, caller, request_id)
        return answer.with_headers(*caller.headers) if caller.headers else answer

    def _read(
        self, content: bytes, caller: Caller
    ) -> tuple[Envelope, tuple[Problem, ...]] | Refusal:
        """Read an envelope, and what is wrong with all of its events."""
        plain = inflate(content, body.LARGEST)
        envelope = plain if isinstance(plain, Unreadable) else read_envelope(plain)
        if isinstance(envelope, Unreadable):
            return Refusal(envelope.http_status, envelope.problem)
        pixel_id = envelope.event_source_id
        about_all = check_envelope(envelope)
        named = not any(found.field == "/event_source_id" for found in about_all)
        if named and not self._opens(caller, pixel_id):
            return Refusal(403, problem("pixel_not_allowed", "/event_source_id", str(pixel_id)))
        return envelope, about_all

    def _opens(self, caller: Caller, pixel_id: object) -> bool:
        return (
            isinstance(pixel_id, str)
            and pixel_id in self._parts.rules
            and self._door.opens(caller, pixel_id)
        )

    async def _take(
        self,
        envelope: Envelope,
        about_all: tuple[Problem, ...],
        caller: Caller,
        request_id: str,
    ) -> Answer:
        raws = raw_events(
            envelope, source=caller.source, verified=caller.key is not None, problems=about_all
        )
        rules = self._parts.rules.get(str(envelope.event_source_id))
        try:
            if rules is None:
                outcomes: list[Outcome] = [Rejected(about_all)] * len(raws)
                self._desk.count(raws, outcomes, None)
            else:
                outcomes = await self._desk.take(raws, rules)
        except StoreUnavailable:
            refused = problem("store_unavailable", "", f"{len(raws)} events")
            return Refusal(503, refused, STORE_PAUSE).answer(request_id)
        ids = [echoed_id(raw, outcome) for raw, outcome in zip(raws, outcomes, strict=True)]
        return events_answer(request_id, outcomes, ids, about_all)
