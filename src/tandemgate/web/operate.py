"""``POST /api/…``: what people decide, by a key that may write; tokens by an admin key alone."""

from typing import Final

from msgspec import Struct, field
from starlette.requests import Request

from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import printable, shape
from tandemgate.core.scrub import holds_identifier
from tandemgate.delivery.operator import Operator, Order, Report
from tandemgate.model.admission import Story
from tandemgate.model.operation import Act, Pause, Token
from tandemgate.model.person import Identifiers
from tandemgate.model.secret import SHOWN_FROM, Secret
from tandemgate.model.state import State
from tandemgate.settings import KeyKind
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.body import Bodies, read_as
from tandemgate.web.keys import HEADER, KeyGrant
from tandemgate.web.meant import Meant
from tandemgate.web.parts import Parts
from tandemgate.web.queries import read_query, stray

MOST_REPLAYED: Final = 10_000
LONGEST_REASON: Final = 300
ACTS: Final = 100
PAGING: Final = ("since", "after", "limit")
SETTLED_AS: Final = (State.DELIVERED, State.REJECTED)
_NOBODY: Final = Identifiers()


class PauseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a pixel is paused."""

    reason: str = ""


class ReplayBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which events are sent again: the filters of the list, and how the replay is bounded."""

    pixel: str | None = None
    event: str | None = None
    state: str | None = None
    code: int | None = None
    since: str | float | None = None
    until: str | float | None = None
    q: str | None = None
    max: int = 1000
    reason: str = ""
    execute: bool = False
    as_of: float | None = None


class TokenBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A pixel's new access token."""

    pixel: str
    token: str


class RetireBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a pixel that is to be used no more, by its last four characters."""

    pixel: str
    tail: str


class SettleBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person found out about an event that nobody could settle."""

    event_id: str
    to: str = field(name="as")
    reason: str
    pixel: str | None = None
    event: str | None = None
    channel: str | None = None


class Operate:
    """Answers requests that change how the gateway works."""

    def __init__(self, parts: Parts, operator: Operator) -> None:
        self._parts = parts
        self._operator = operator
        self._bodies = Bodies()

    async def pause(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Let nothing of a pixel leave until it is resumed."""
        pixel_id = request.path_params["pixel"]
        body = await read_as(self._bodies, request, PauseBody)
        if isinstance(body, Refusal):
            return body
        refusal = self._refused_pixel(pixel_id, key) or refused_reason(body.reason)
        if refusal is not None:
            return refusal
        await self._operator.pause(pixel_id, key.name, body.reason)
        return self._pause_of(pixel_id)

    async def resume(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Let a paused pixel go on."""
        pixel_id = request.path_params["pixel"]
        if refusal := self._refused_pixel(pixel_id, key):
            return refusal
        await self._operator.resume(pixel_id, key.name)
        return self._pause_of(pixel_id)

    async def replay(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Send events again that may be sent again; unless ``execute``, say what would be."""
        body = await read_as(self._bodies, request, ReplayBody)
        if isinstance(body, Refusal):
            return body
        if refusal := refused_reason(body.reason):
            return refusal
        if not 1 <= body.max <= MOST_REPLAYED:
            expected = f"a number from 1 to {MOST_REPLAYED}"
            return Refusal(400, problem("body_invalid", "/max", str(body.max), expected=expected))
        query = read_query(_filters(body), key.pixels)
        if not isinstance(query, tuple):
            return Refusal(400, query)
        now = self._parts.clock.now()
        as_of = now if body.as_of is None else min(body.as_of, now)
        order = Order(query[0], body.max, body.reason, key.name, body.execute, as_of)
        report = await self._operator.replay(order)
        return as_json(200, _report_json(report, order))

    async def settle(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Say what became of an event that nobody could settle."""
        body = await read_as(self._bodies, request, SettleBody)
        if isinstance(body, Refusal):
            return body
        if refusal := _refused_end(body) or refused_reason(body.reason):
            return refusal
        meant = Meant(body.event_id, body.pixel, body.event, body.channel)
        found = await meant.story(self._parts.archive, key)
        if not isinstance(found, Story):
            return found
        entry, to = found.entry, State(body.to.upper())
        if not await self._operator.settle(entry, to, body.reason, key.name):
            return Refusal(409, problem("not_undecided", "/event_id", f"state {entry.state}"))
        told = {"event_id": entry.event_id, "pixel_id": entry.pixel_id, "event": entry.event}
        return as_json(200, {**told, "was": entry.state, "state": to})

    async def tokens(self, _request: Request, key: KeyGrant) -> Answer | Refusal:
        """List every token by its last four characters; of each pixel the first is used."""
        if refusal := refused_unless_admin(key):
            return refusal
        return as_json(200, {"tokens": _tokens_json(await self._operator.tokens())})

    async def set_token(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Use a new token from the next request on."""
        if refusal := refused_unless_admin(key):
            return refusal
        body = await read_as(self._bodies, request, TokenBody)
        if isinstance(body, Refusal):
            return body
        if refusal := self._refused_pixel(body.pixel, key) or _refused_token(body.token):
            return refusal
        await self._operator.set_token(body.pixel, Secret(body.token), key.name)
        return await self.tokens(request, key)

    async def retire_token(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Use a token no more."""
        if refusal := refused_unless_admin(key):
            return refusal
        body = await read_as(self._bodies, request, RetireBody)
        if isinstance(body, Refusal):
            return body
        if refusal := self._refused_pixel(body.pixel, key):
            return refusal
        if not await self._operator.retire_token(body.pixel, body.tail, key.name):
            return Refusal(404, problem("not_found", "/tail", shape(body.tail)))
        return await self.tokens(request, key)

    async def audit(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Tell who decided what, newest first, a page at a time."""
        if refusal := refused_unless_admin(key):
            return refusal
        asked = request.query_params
        if found := stray(asked, PAGING):
            return Refusal(400, found)
        query = read_query({"limit": str(ACTS), **asked}, None)
        if not isinstance(query, tuple):
            return Refusal(400, query)
        wanted, limit = query
        acts = await self._operator.acts(limit + 1, wanted.after, wanted.since)
        shown = acts[:limit]
        following = str(shown[-1].number) if len(acts) > limit else None
        return as_json(200, {"acts": [_act_json(act) for act in shown], "next": following})

    def _refused_pixel(self, pixel_id: str, key: KeyGrant) -> Refusal | None:
        if pixel_id in self._parts.rules and key.opens(pixel_id):
            return None
        return Refusal(403, problem("pixel_not_allowed", "pixel", shape(pixel_id)))

    def _pause_of(self, pixel_id: str) -> Answer:
        pause = self._operator.paused.get(pixel_id)
        return as_json(200, {"pixel_id": pixel_id, **pause_json(pause)})


def pause_json(pause: Pause | None) -> Json:
    """Say whether a pixel is paused, since when and why."""
    if pause is None:
        return {"paused": False, "paused_since": None, "paused_reason": ""}
    return {"paused": True, "paused_since": iso(pause.since), "paused_reason": pause.reason}


def refused_reason(reason: str, field: str = "/reason") -> Refusal | None:
    """Refuse a reason that names somebody: the audit log keeps it for good."""
    if len(reason) > LONGEST_REASON:
        expected = f"at most {LONGEST_REASON} characters"
        came = f"{len(reason)} characters"
        return Refusal(400, problem("body_invalid", field, came, expected=expected))
    if holds_identifier(reason, _NOBODY):
        came = f"a text of {len(reason)} characters"
        return Refusal(400, problem("reason_names_somebody", field, came))
    return None


def _refused_end(body: SettleBody) -> Refusal | None:
    if body.to.upper() not in SETTLED_AS:
        expected = f"one of {', '.join(SETTLED_AS).lower()}"
        return Refusal(400, problem("body_invalid", "/as", printable(body.to), expected=expected))
    if not body.reason.strip():
        expected = "how it was found out, such as: seen in Events Manager"
        return Refusal(400, problem("body_invalid", "/reason", "nothing", expected=expected))
    return None


def refused_unless_admin(key: KeyGrant) -> Refusal | None:
    """Refuse a key that is no admin's."""
    return None if key.kind is KeyKind.ADMIN else refused_stranger(key)


def refused_stranger(key: KeyGrant) -> Refusal:
    """Say that only an admin's key may."""
    came = f'the {key.kind} key "{key.name}"'
    refused = problem("key_without_right", HEADER, came, expected="a key of kind admin")
    return Refusal(403, refused)


def _refused_token(token: str) -> Refusal | None:
    if len(token) >= SHOWN_FROM and token.isascii() and token.isprintable() and " " not in token:
        return None
    return Refusal(400, problem("token_unlikely", "/token", f"{len(token)} characters"))


def _filters(body: ReplayBody) -> dict[str, str]:
    given = {
        "pixel": body.pixel,
        "event": body.event,
        "state": body.state,
        "code": body.code,
        "since": body.since,
        "until": body.until,
        "q": body.q,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _report_json(report: Report, order: Order) -> Json:
    return {
        "executed": order.execute,
        "looked_at": report.looked_at,
        "sent": report.sent,
        "refused": {reason: count for reason, count in report.refused.items() if count},
        "may_be_counted_twice": report.uncertain,
        "pixel_copy_unknown": report.pixel_unknown,
        "more": report.more,
        "as_of": order.as_of,
    }


def _tokens_json(tokens: list[Token]) -> list[Json]:
    used: set[str] = set()
    told: list[Json] = []
    for token in tokens:
        told.append(
            {
                "pixel_id": token.pixel_id,
                "tail": token.secret.tail,
                "since": iso(token.since),
                "source": "settings" if token.from_settings else "store",
                "used": token.pixel_id not in used,
            }
        )
        used.add(token.pixel_id)
    return told


def _act_json(act: Act) -> Json:
    return {
        "at": iso(act.at),
        "who": act.who,
        "what": act.what,
        "pixel_id": act.pixel_id,
        "reason": act.reason,
        "counts": dict(act.counts),
    }
