"""``POST /v1/collect``: what the browser script saw, from pages that a public key names.

The key is no secret. It opens browser events of its own pixels from its own origins and nothing
else: they are unverified, never overrule what a server says, and a forged one can do no more.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias, assert_never

from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from tandemgate.catalog.reasons import problem
from tandemgate.core.beacon import (
    Visitor,
    agreed,
    agreement,
    bindings,
    decided,
    evidence_in,
    may_recognize,
    read_beacon,
    read_calls,
    shown_by,
    stance,
)
from tandemgate.core.bots import is_bot
from tandemgate.core.envelope import Unreadable
from tandemgate.core.reading import printable
from tandemgate.core.trial import orders_in, placed
from tandemgate.core.visit import merge
from tandemgate.model.beacon import Beacon
from tandemgate.model.event import RawEvent
from tandemgate.model.instant import Epoch
from tandemgate.model.outcome import (
    Accepted,
    Conflict,
    Duplicate,
    Held,
    Noted,
    Outcome,
    Rejected,
    Suppressed,
)
from tandemgate.model.pair import Stance
from tandemgate.model.rules import Bots, PixelRules
from tandemgate.model.visit import Binding, Visit, Wanted
from tandemgate.ports import StoreUnavailable
from tandemgate.web import body
from tandemgate.web.answers import Answer, Headers, Json, Refusal, as_json, problem_json, result
from tandemgate.web.desk import Desk
from tandemgate.web.door import allowing
from tandemgate.web.keys import KeyGrant, Quotas
from tandemgate.web.linking import Linked, Links
from tandemgate.web.outcomes import echoed_id
from tandemgate.web.parts import Parts
from tandemgate.web.session import (
    drop_cookie,
    new_session,
    read_session,
    read_ticket,
    session_in,
    set_cookie,
    ticket_in,
)
from tandemgate.web.visitor import Proxies, Shares, visitor

STORE_PAUSE: Final = 5.0
Told: TypeAlias = tuple[RawEvent, Outcome]
Read: TypeAlias = tuple[RawEvent, Noted | None]

_PREFLIGHT: Final[Headers] = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"600"),
)


class Collect:
    """Takes beacons (ASGI)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._desk = Desk(parts)
        self._links = Links(parts.visits, parts.clock)
        self._bodies = body.Bodies()
        self._quotas = Quotas()
        self._proxies = Proxies(parts.trusted_proxies)
        self._shares = Shares()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id: str = scope["state"]["request_id"]
        headers = _joined(scope["headers"])
        address = self._proxies.address((scope.get("client") or ("", 0))[0], headers)
        origin = headers.get(b"origin", b"").decode("latin-1")
        cookies = headers.get(b"cookie", b"").decode("latin-1")
        refusal = self._refusal(scope["method"], origin, address)
        allowed = allowing(origin) if origin in self._parts.keys.origins() else ()
        if refusal is not None:
            answer = refusal.answer(request_id).with_headers(*allowed)
            await body.refuse(answer, receive, send)
        elif scope["method"] == "OPTIONS":
            await Answer(204, b"", (*_PREFLIGHT, *allowed)).send(send)
        else:
            content = await self._bodies.read(receive, body.stated_length(headers))
            if content is None:
                return
            answer = (
                content.answer(request_id)
                if isinstance(content, Refusal)
                else await self._take(
                    content, origin, cookies, visitor(address, headers), request_id
                )
            )
            await answer.with_headers(*allowed).send(send)

    def _refusal(self, method: str, origin: str, address: str) -> Refusal | None:
        """Refuse what is refused whatever its body says."""
        if method not in {"POST", "OPTIONS"}:
            return Refusal(405, problem("method_not_allowed", "", printable(method)))
        if origin not in self._parts.keys.origins():
            came = printable(origin) if origin else "nothing"
            return Refusal(403, problem("origin_not_allowed", "header Origin", came))
        wait = self._shares.wait(address, self._parts.clock.monotonic())
        if wait:
            return Refusal(429, problem("too_many_requests", "", "many from one address"), wait)
        return None

    async def _take(
        self, content: bytes, origin: str, cookies: str, seen: Visitor, request_id: str
    ) -> Answer:
        beacon = read_beacon(content)
        if isinstance(beacon, Unreadable):
            return Refusal(beacon.http_status, beacon.problem).answer(request_id)
        key = self._key(beacon, origin)
        if isinstance(key, Refusal):
            return key.answer(request_id)
        kept = session_in(cookies)
        pixels = [self._parts.rules[pixel_id] for pixel_id in sorted(key.pixels or ())]
        signals = agreement(beacon, seen, pixels, self._parts.clock.now())
        joined = self._joined(beacon, cookies, pixels)
        recognized = all(may_recognize(signals, rules) for rules in pixels)
        session = kept or read_session(beacon.session) or (new_session() if recognized else None)
        beacon = replace(beacon, session=session)
        try:
            visit = merge(agreed(signals, self._parts.clock.now()), joined)
            refused = await self._note(beacon, seen, visit, pixels, recognized=recognized)
            linked = await self._links.take(beacon, pixels, recognized=recognized)
            said = stance(signals, seen)
            told = [await self._of_pixel(beacon, seen, said, rules, linked) for rules in pixels]
            # By its cookie alone: whoever only names a session could name somebody else's.
            statement = decided(beacon, signals, pixels, self._parts.clock.now()) if kept else None
            if statement is not None:
                await self._parts.steward.state(statement, key.name)
        except StoreUnavailable:
            came = f"{len(beacon.events)} events"
            return Refusal(503, problem("store_unavailable", "", came), STORE_PAUSE).answer(
                request_id
            )
        best = [max(of_call, key=_worth) for of_call in zip(*told, strict=True)]
        answer = _answer(request_id, session, linked.token, best, refused)
        return answer.with_headers(*self._cookie(session, kept, recognized=recognized))

    async def _note(
        self,
        beacon: Beacon,
        seen: Visitor,
        visit: Visit,
        pixels: Sequence[PixelRules],
        *,
        recognized: bool,
    ) -> list[Binding]:
        """Keep what the page shows for events that come later; return what can't be bound."""
        if beacon.session is None or not pixels:
            return []
        now = self._parts.clock.now()
        if recognized:
            raws = [raw for raw, _ in read_calls(beacon, seen, pixels[0], now)]
            visit = merge(visit, shown_by(raws, seen, pixels[0], now))
        named = bindings(beacon, [rules.pixel_id for rules in pixels])
        if visit.trial is not None:
            named += orders_in(beacon.events, [rules.pixel_id for rules in pixels])
        return await self._parts.visits.note(beacon.session, visit, named, now)

    def _joined(self, beacon: Beacon, cookies: str, pixels: Iterable[PixelRules]) -> Visit:
        """Read which test session the browser joined by its link, if any.

        Who denies consent sends no cookie; their script shows the ticket by itself.
        """
        ticket = ticket_in(cookies) or read_ticket(beacon.test)
        if ticket is None:
            return Visit()
        return self._parts.examiner.joined(*ticket, [rules.pixel_id for rules in pixels])

    def _cookie(self, session: str | None, kept: str | None, *, recognized: bool) -> Headers:
        """Let the browser keep its session while consent allows it, and forget it when it ends."""
        if recognized and session is not None:
            return ((b"set-cookie", set_cookie(session, secure=self._parts.https)),)
        return ((b"set-cookie", drop_cookie(secure=self._parts.https)),) if kept else ()

    def _key(self, beacon: Beacon, origin: str) -> KeyGrant | Refusal:
        key = self._parts.keys.public(beacon.key)
        if not isinstance(key, KeyGrant):
            return Refusal(401, key)
        if origin not in key.origins:
            return Refusal(403, problem("origin_not_allowed", "header Origin", printable(origin)))
        wait = self._quotas.wait(key, self._parts.clock.monotonic())
        if wait:
            limit = f"more than {key.rate:g} requests a second"
            return Refusal(429, problem("too_many_requests", "", limit), wait)
        return key

    async def _of_pixel(
        self, beacon: Beacon, seen: Visitor, said: Stance, rules: PixelRules, linked: Linked
    ) -> list[Told]:
        """Say what became of each call as an event of one pixel."""
        now = self._parts.clock.now()
        read = await self._placed(read_calls(beacon, seen, rules, now), beacon.session, now)
        evidence = evidence_in(beacon, [raw for raw, _ in read], said, rules, now)
        # What no server's copy will ever stand beside would only look like a pair that broke.
        if evidence and not (rules.bots is Bots.NOTE and is_bot(seen.user_agent)):
            await self._parts.pairs.note(evidence)
        aside = {raw.index: linked.said.get(raw.index, noted) for raw, noted in read}
        events = [raw for raw, _ in read if aside[raw.index] is None]
        outcomes = iter(await self._desk.take(events, rules))
        told = [(raw, aside[raw.index] or next(outcomes)) for raw, _ in read]
        counted = [one for one in told if aside[one[0].index] is not None]
        self._desk.count([raw for raw, _ in counted], [said for _, said in counted], rules)
        return told

    async def _placed(self, read: Sequence[Read], session: str | None, now: Epoch) -> list[Read]:
        """Lead the calls of a visit that is in a test session into its lane."""
        raws = [raw for raw, _ in read]
        if session is None or not self._parts.examiner.concerns(raws):
            return [*read]
        wanted = Wanted(raws[0].lane.pixel_id, session)
        [found] = await self._parts.visits.find([wanted], now)
        raws = [placed(raw, found, self._parts.examiner.trials) for raw in raws]
        await self._parts.examiner.watch(raws)
        return [(raw, noted) for raw, (_, noted) in zip(raws, read, strict=True)]


def _answer(
    request_id: str,
    session: str | None,
    link: str | None,
    told: Sequence[Told],
    refused: Sequence[Binding],
) -> Answer:
    """Say what became of each call; 202 whatever that is, since none is worth sending again."""
    counted = Counter(_word(outcome) for _, outcome in told)
    content: Json = {
        "request_id": request_id,
        "session": session,
        **({"link": link} if link else {}),
        **{word: counted[word] for word in ("accepted", "noted", "rejected")},
        "results": [result(raw.index, echoed_id(raw, one), one) for raw, one in told],
    }
    if refused:
        found = problem("reference_bound_elsewhere", "/events", ", ".join(_kinds(refused)))
        content["problems"] = [problem_json(found)]
    return as_json(202, content)


def _kinds(refused: Sequence[Binding]) -> list[str]:
    return sorted({one.kind.value for one in refused})


def _word(outcome: Outcome) -> str:
    """Sum up for the script, which only asks whether something is to be mended."""
    match outcome:
        case Accepted() | Held():
            return "accepted"
        case Rejected() | Conflict():
            return "rejected"
        case Noted() | Suppressed() | Duplicate():
            return "noted"
        case _:
            assert_never(outcome)


def _worth(told: Told) -> int:
    """Where a key is for several pixels, a call is told by the best that became of it."""
    return ("rejected", "noted", "accepted").index(_word(told[1]))


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Gather header fields; one that came several times is the same as their list (RFC 9110)."""
    gathered: dict[bytes, bytes] = {}
    for name, value in headers:
        gathered[name] = b"%b, %b" % (gathered[name], value) if name in gathered else value
    return gathered
