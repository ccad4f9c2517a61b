"""``GET /api/…``: the ledger and the flow as JSON, for the CLI, dashboards and checks."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tandemgate import __version__
from tandemgate.catalog.reasons import REASONS, problem
from tandemgate.model.admission import Cell, Entry, Story
from tandemgate.ports import StoreUnavailable
from tandemgate.settings import Scope
from tandemgate.web.answers import Answer, Headers, Json, Refusal, Streamed, as_json, iso
from tandemgate.web.door import refused_key
from tandemgate.web.keys import KeyGrant
from tandemgate.web.meant import Meant
from tandemgate.web.parts import Parts, PixelCard
from tandemgate.web.queries import read_query
from tandemgate.web.story import event_json, story_json

Question: TypeAlias = Callable[[Request, KeyGrant], Awaitable[Answer | Refusal | Streamed]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

UNKNOWN_PIXEL = PixelCard()


class Api:
    """Answers questions about pixels that the asking key opens; admins may ask about all."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def endpoint(self, question: Question, scope: Scope = Scope.READ) -> Endpoint:
        """Make an endpoint that lets in keys with the right to *scope*, and no others."""

        async def answer(request: Request) -> Response:
            request_id: str = request.scope["state"]["request_id"]
            return respond(await self._ask(question, request, scope), request_id)

        return answer

    async def _ask(
        self, question: Question, request: Request, scope: Scope
    ) -> Answer | Refusal | Streamed:
        stated = request.headers.get("authorization")
        key = self._parts.keys.find(None if stated is None else stated.encode("latin-1"), scope)
        if not isinstance(key, KeyGrant):
            return refused_key(key)
        try:
            return await question(request, key)
        except StoreUnavailable:
            return Refusal(503, problem("store_unavailable", "", "a question"), 5)

    async def events(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """List events, newest first, a page at a time."""
        query = read_query(request.query_params, key.pixels)
        if not isinstance(query, tuple):
            return Refusal(400, query)
        wanted, limit = query
        stories = await self._parts.archive.told(wanted, limit + 1)
        shown, now = stories[:limit], self._parts.clock.now()
        sides = await self._parts.pairs.of([story.entry.seq for story in shown])
        rows = [
            event_json(story, both, self._card(story.entry), now)
            for story, both in zip(shown, sides, strict=True)
        ]
        following = str(shown[-1].entry.seq) if len(stories) > limit else None
        return as_json(200, {"events": rows, "next": following})

    async def story(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Tell one event's whole story."""
        asked = request.query_params
        event_id = request.path_params["event_id"]
        meant = Meant(event_id, asked.get("pixel"), asked.get("event"), asked.get("channel"))
        found = await meant.story(self._parts.archive, key)
        if not isinstance(found, Story):
            return found
        [sides] = await self._parts.pairs.of([found.entry.seq])
        card, now = self._card(found.entry), self._parts.clock.now()
        return as_json(200, story_json(found, sides, card, now))

    async def stats(self, _request: Request, key: KeyGrant) -> Answer:
        """Count events per pixel, name and state, and what was received."""
        stats = await self._parts.archive.stats()
        return as_json(
            200,
            {
                "ledger_imbalance": stats.imbalance,
                "recorded": stats.recorded,
                "oldest_pending_at": iso(stats.oldest_pending_at),
                "states": [_cell(cell, "state") for cell in stats.states if _counts(cell, key)],
                "received": [
                    _cell(cell, "outcome") for cell in stats.received if _counts(cell, key)
                ],
            },
        )

    async def attention(self, _request: Request, key: KeyGrant) -> Answer:
        """List what wants an operator's eye, the urgent first, and tell the time here."""
        found = [
            {
                "reason": one.reason,
                "urgent": one.urgent,
                "pixel_id": one.pixel_id or None,
                "detail": one.detail,
                "count": one.count,
                "since": iso(one.since),
                "fix": REASONS[one.reason].fix,
            }
            for one in await self._parts.lookout.look()
            if not one.pixel_id or key.opens(one.pixel_id)
        ]
        now = self._parts.clock.now()
        return as_json(200, {"now": iso(now), "version": __version__, "attention": found})

    def _card(self, entry: Entry) -> PixelCard:
        return self._parts.pixels.get(entry.pixel_id, UNKNOWN_PIXEL)


def respond(answer: Answer | Refusal | Streamed, request_id: str) -> Response:
    """Turn an answer into what Starlette sends."""
    if isinstance(answer, Streamed):
        return StreamingResponse(answer.chunks, answer.status, _headers(answer.headers))
    told = answer.answer(request_id) if isinstance(answer, Refusal) else answer
    return Response(told.body, told.status, _headers(told.headers))


def _headers(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


def _counts(cell: Cell, key: KeyGrant) -> bool:
    return key.opens(cell.pixel_id)


def _cell(cell: Cell, what: str) -> Json:
    return {
        "pixel_id": cell.pixel_id,
        "event": cell.event,
        "channel": cell.channel,
        what: cell.name,
        "reason": cell.reason,
        "count": cell.count,
    }
