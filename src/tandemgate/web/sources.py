"""``/v1/batch``, ``/v1/track``, ``/mp/collect``, …: what unmodified clients of other systems send.

They present one of our keys where their own would stand, read nothing of an answer but its status,
drop what gets a 400 and repeat what gets a 429 or 503. So a readable request is answered with 200,
whatever became of its messages, and the answer tells it to whoever looks.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from tandemgate.catalog.reasons import problem
from tandemgate.core.envelope import Unreadable, inflate, read_json
from tandemgate.core.reading import printable
from tandemgate.model.finding import Problem
from tandemgate.model.key import Scope as Right
from tandemgate.ports import StoreUnavailable
from tandemgate.sources.dialect import Asked, Dialect
from tandemgate.sources.ga4 import MeasurementProtocol
from tandemgate.sources.segment import Segment
from tandemgate.web import body
from tandemgate.web.accounts import Accounts
from tandemgate.web.answers import Answer, Headers, Refusal
from tandemgate.web.door import allowing, refused_key
from tandemgate.web.inbox import Inbox, Told, messages_answer
from tandemgate.web.keys import KeyGrant, Quotas
from tandemgate.web.parts import Parts
from tandemgate.web.preview import Preview
from tandemgate.web.validation import validation_answer
from tandemgate.web.visitor import Proxies, Shares, visitor

SEGMENT: Final[Mapping[str, str | None]] = {
    "/v1/batch": None, "/v1/b": None, "/v1/import": None,
    "/v1/track": "track", "/v1/t": "track",
    "/v1/page": "page", "/v1/p": "page",
    "/v1/identify": "identify", "/v1/i": "identify",
    "/v1/group": "group", "/v1/g": "group",
    "/v1/alias": "alias", "/v1/a": "alias",
    "/v1/screen": "screen", "/v1/s": "screen",
}  # fmt: skip
"""Addresses of Segment's and RudderStack's clients, and the kind of call that each is for."""

GA4: Final = "/mp/collect"
"""The address of Google Analytics 4's Measurement Protocol."""

DIALECTS: Final[Mapping[str, Dialect]] = {
    **{path: Segment(kind) for path, kind in SEGMENT.items()},
    GA4: MeasurementProtocol(),
}
PREVIEWED: Final[Mapping[str, Dialect]] = {f"/debug{GA4}": MeasurementProtocol()}
"""What is spoken at each address, and where nothing comes of it."""

STORE_PAUSE: Final = 5.0
_PARAMETERS: Final = ("writeKey", "api_secret")
"""Where a key stands in the address or, by the same name, in the body."""

_PREFLIGHT: Final[Headers] = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type, authorization, x-retry-count"),
    (b"access-control-max-age", b"600"),
)


class Sources:
    """Takes requests in one *dialect* (ASGI), or *previews* what would become of them."""

    def __init__(self, parts: Parts, dialect: Dialect, *, previews: bool = False) -> None:
        self._parts = parts
        self._dialect = dialect
        self._accounts = Accounts(parts)
        self._inbox = Inbox(parts, Preview(parts) if previews else None)
        self._answer = validation_answer if previews else _answer
        self._bodies = body.Bodies()
        self._quotas = Quotas()
        self._proxies = Proxies(parts.trusted_proxies)
        self._shares = Shares()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id: str = scope["state"]["request_id"]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        allowed = allowing(origin) if origin in self._parts.keys.origins() else ()
        if scope["method"] == "OPTIONS":
            await Answer(204, b"", (*_PREFLIGHT, *allowed)).send(send)
            return
        if scope["method"] != "POST":
            found = problem("method_not_allowed", "", printable(scope["method"]))
            refusal = (
                Refusal(405, found).answer(request_id).with_headers((b"allow", b"POST, OPTIONS"))
            )
            await body.refuse(refusal.with_headers(*allowed), receive, send)
            return
        content = await self._bodies.read(receive, body.stated_length(headers))
        if content is None:
            return
        said = (
            content if isinstance(content, Refusal) else await self._take(content, scope, headers)
        )
        answer = self._answer(request_id, said)
        await answer.with_headers(*allowed).send(send)

    async def _take(
        self, content: bytes, scope: Scope, headers: Mapping[bytes, bytes]
    ) -> list[Told] | Refusal:
        tree = _read(content)
        if isinstance(tree, Refusal):
            return tree
        key = self._key(_presented(headers, scope["query_string"], tree), headers)
        if isinstance(key, Refusal):
            return key
        address = self._proxies.address((scope.get("client") or ("", 0))[0], headers)
        wait = self._wait(key, address)
        if wait:
            return Refusal(
                429, problem("too_many_requests", "", "many from one key or address"), wait
            )
        by_page = not key.scopes
        seen = visitor(address, headers) if by_page else None
        told: list[Told] = []
        now = self._parts.clock.now()
        for pixel_id, rules in self._parts.rules.items():
            if not key.opens(pixel_id):
                continue
            messages = self._dialect.read(tree, Asked(rules, now, seen))
            if isinstance(messages, Problem):
                return Refusal(400, messages)
            source, verified = self._dialect.source, not by_page
            try:
                messages = await self._accounts.meet(messages, rules, source, verified=verified)
                told += await self._inbox.take(messages, rules, source, verified=verified)
            except StoreUnavailable:
                found = problem("store_unavailable", "", f"{len(messages)} events")
                return Refusal(503, found, STORE_PAUSE)
        return told

    def _wait(self, key: KeyGrant, address: str) -> float:
        now = self._parts.clock.monotonic()
        by_address = 0.0 if key.scopes else self._shares.wait(address, now)
        return by_address or self._quotas.wait(key, now)

    def _key(self, presented: bytes | None, headers: Mapping[bytes, bytes]) -> KeyGrant | Refusal:
        keys = self._parts.keys
        public = keys.public((presented or b"").decode("latin-1"))
        if isinstance(public, KeyGrant):
            origin = headers.get(b"origin", b"").decode("latin-1")
            if origin in public.origins:
                return public
            return Refusal(
                403, problem("origin_not_allowed", "header Origin", printable(origin) or "nothing")
            )
        found = keys.present(presented, Right.WRITE)
        if not isinstance(found, KeyGrant):
            return refused_key(found)
        if found.pixels is None and len(self._parts.rules) > 1:
            came = f'the admin key "{found.name}"'
            return Refusal(403, problem("key_names_no_pixel", "header Authorization", came))
        return found


def _answer(request_id: str, said: list[Told] | Refusal) -> Answer:
    if isinstance(said, Refusal):
        return said.answer(request_id)
    return messages_answer(request_id, said)


def _read(content: bytes) -> object | Refusal:
    plain = inflate(content, body.LARGEST)
    read = plain if isinstance(plain, Unreadable) else read_json(plain)
    if isinstance(read, Unreadable):
        return Refusal(read.http_status, read.problem)
    tree, repeated = read
    if repeated:
        return Refusal(400, problem("key_repeated", repeated[0], "the same key twice"))
    return tree


def _presented(headers: Mapping[bytes, bytes], query: bytes, tree: object) -> bytes | None:
    """Find the key: ``Authorization``, else the address, else the body."""
    scheme, _, said = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"bearer" and said.strip():
        return said.strip()
    if scheme.lower() == b"basic":
        try:
            return b64decode(said.strip(), validate=True).partition(b":")[0] or None
        except NotBase64:
            return None
    asked = parse_qs(query.decode("latin-1"))
    places: Sequence[object] = [
        *(one for name in _PARAMETERS for one in asked.get(name, ())),
        *((tree.get(name) for name in _PARAMETERS) if isinstance(tree, dict) else ()),
    ]
    return next(
        (one.encode(errors="replace") for one in places if isinstance(one, str) and one), None
    )
