"""``POST /v1/attach``: a backend says to which visit a cart, checkout, order or lead belongs."""

from typing import Any, Final

import msgspec
from msgspec import Struct, field
from starlette.requests import Request

from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import printable
from tandemgate.core.visit import label, references
from tandemgate.model.visit import Binding, Reference, Visit
from tandemgate.web.answers import Answer, Refusal, as_json
from tandemgate.web.body import Bodies
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts

_KINDS: Final = ", ".join(Reference)


class AttachBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The visit, what it led to, and the pixel whose shop that is (else all of the key's)."""

    session: str
    refs: dict[str, Any] = field(default_factory=dict)
    event_source_id: str | None = None


class Attach:
    """Binds references on a server's word, which no browser's overrules."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._bodies = Bodies()

    async def __call__(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Bind what the body names; say what was bound."""
        content = await self._bodies.read(request.receive, 0)
        if isinstance(content, Refusal):
            return content
        body = _read(content or b"")
        if isinstance(body, Refusal):
            return body
        pixels = self._pixels(body, key)
        if isinstance(pixels, Refusal):
            return pixels
        named = references(body.refs)
        bindings = [Binding(pixel, *one, verified=True) for pixel in pixels for one in named]
        await self._parts.visits.note(body.session, Visit(), bindings, self._parts.clock.now())
        return as_json(200, {"bound": [kind for kind, _ in named]})

    def _pixels(self, body: AttachBody, key: KeyGrant) -> list[str] | Refusal:
        wanted = body.event_source_id
        opened = [pixel for pixel in self._parts.rules if key.opens(pixel)]
        if wanted is None:
            return opened
        if wanted in opened:
            return [wanted]
        return Refusal(403, problem("pixel_not_allowed", "/event_source_id", printable(wanted)))


def _read(content: bytes) -> AttachBody | Refusal:
    """Read a body; a refusal quotes nothing of it, since a session is nobody else's business."""
    try:
        body = msgspec.json.decode(content, type=AttachBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        expected = f'{{"session": "...", "refs": {{...}}}} with refs of {_KINDS}'
        return Refusal(400, problem("body_invalid", "", "something else", expected=expected))
    if label(body.session) is None:
        expected = "the session that POST /v1/collect answered, or of the cookie tg_session"
        return Refusal(400, problem("body_invalid", "/session", "nothing", expected=expected))
    if not body.refs or len(references(body.refs)) != len(body.refs):
        expected = f"an id under one or more of {_KINDS}"
        return Refusal(400, problem("body_invalid", "/refs", "something else", expected=expected))
    return body
