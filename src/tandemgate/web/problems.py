"""``/api/problems``: what goes wrong again and again, and what people decide about it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from msgspec import Struct
from starlette.requests import Request

from tandemgate.catalog.reasons import problem
from tandemgate.core.problems import looks_like_an_id, severity_of, status_of
from tandemgate.core.reading import shape
from tandemgate.model.finding import Problem
from tandemgate.model.happening import Acted
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act
from tandemgate.model.problem import Origin, ProblemFilter, ProblemGroup, Severity, Status
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.body import Bodies, read_as
from tandemgate.web.keys import KeyGrant
from tandemgate.web.operate import refused_reason
from tandemgate.web.parts import Parts
from tandemgate.web.problem import problem_json
from tandemgate.web.queries import MOST_ROWS, read_limit, read_until, stray, wrong

B = TypeVar("B", bound=Struct)

USUAL: Final = 50
ALL: Final = "all"
_WORST_FIRST: Final = list(Severity)
ASKED: Final = (
    "pixel", "status", "severity", "origin", "event", "source", "reason", "limit", "after",
)  # fmt: skip


class NoteBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What was done about a problem."""

    note: str = ""


class MuteBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Until when nobody wants to hear of a problem (``None``: for good), and why."""

    until: str | float | None = None
    note: str = ""


class Troubles:
    """Answers questions about problems, and takes decisions about them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._bodies = Bodies()

    async def problems(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """List problems, the worst first and of these the last seen; the open ones if not asked."""
        asked = {"status": Status.OPEN.value, **request.query_params}
        if found := _refused(asked):
            return Refusal(400, found)
        now = self._parts.clock.now()
        wanted = ProblemFilter(asked.get("pixel"), key.pixels)
        visible = sorted(await self._parts.problems.groups(wanted, now), key=_worst_and_last_first)
        after = _after(visible, asked.get("after"))
        if after is None:
            return Refusal(400, wrong("after", asked["after"], "the next of the page before"))
        limit = read_limit(asked.get("limit", str(USUAL))) or USUAL
        left = [group for group in visible[after:] if _fits(group, asked, now)]
        page = left[:limit]
        told = {
            "problems": [problem_json(group, now) for group in page],
            "next": page[-1].problem_id if len(left) > limit else None,
            "counts": _counts(visible, now),
        }
        return as_json(200, told)

    async def problem(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Tell everything about one problem."""
        group = await self._meant(request, key)
        return group if isinstance(group, Refusal) else self._answer(group)

    async def resolve(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Note that it is mended, and how."""
        asked = await self._asked(request, key, NoteBody)
        if isinstance(asked, Refusal):
            return asked
        group, body = asked
        if not body.note.strip():
            expected = "what was done, such as: checkout release 4.2 sends EUR"
            return Refusal(400, problem("body_invalid", "/note", "nothing", expected=expected))
        if refusal := refused_reason(body.note, "/note"):
            return refusal
        if group.stand.resolved_at is not None:
            came = f"one that was resolved at {iso(group.stand.resolved_at)} by {group.stand.by}"
            return Refusal(409, problem("problem_resolved", "/note", came))
        act = self._act("problem_resolved", group, key, body.note)
        await self._parts.problems.resolve(group.problem_id, act)
        return await self._decided(group, act)

    async def mute(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Let nobody hear of it for a while, or for good."""
        asked = await self._asked(request, key, MuteBody)
        if isinstance(asked, Refusal):
            return asked
        group, body = asked
        until = read_until(body.until, self._parts.clock.now())
        if isinstance(until, Problem):
            return Refusal(400, until)
        if refusal := refused_reason(body.note, "/note"):
            return refusal
        act = self._act("problem_muted", group, key, body.note)
        await self._parts.problems.mute(group.problem_id, until, act)
        return await self._decided(group, act)

    async def unmute(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """End a mute."""
        asked = await self._asked(request, key, NoteBody)
        if isinstance(asked, Refusal):
            return asked
        group, body = asked
        if refusal := refused_reason(body.note, "/note"):
            return refusal
        if group.stand.muted_at is None:
            return Refusal(409, problem("problem_not_muted", "", group.problem_id))
        act = self._act("problem_unmuted", group, key, body.note)
        await self._parts.problems.unmute(group.problem_id, act)
        return await self._decided(group, act)

    async def _asked(
        self, request: Request, key: KeyGrant, form: type[B]
    ) -> tuple[ProblemGroup, B] | Refusal:
        """Return the problem that is meant, and what is said of it."""
        group = await self._meant(request, key)
        if isinstance(group, Refusal):
            return group
        body = await read_as(self._bodies, request, form)
        return body if isinstance(body, Refusal) else (group, body)

    async def _meant(self, request: Request, key: KeyGrant) -> ProblemGroup | Refusal:
        named = request.path_params["problem"]
        group = await self._parts.problems.find(named, self._parts.clock.now())
        if group is None or not key.opens(group.key.pixel_id):
            came = named if looks_like_an_id(named) else shape(named)
            return Refusal(404, problem("problem_unknown", "problem", came))
        return group

    def _act(self, what: str, group: ProblemGroup, key: KeyGrant, note: str) -> Act:
        return Act(self._parts.clock.now(), key.name, what, group.key.pixel_id, note.strip())

    async def _decided(self, group: ProblemGroup, act: Act) -> Answer | Refusal:
        self._parts.telemetry.notice(Acted(act))
        found = await self._parts.problems.find(group.problem_id, self._parts.clock.now())
        return self._answer(found or group)

    def _answer(self, group: ProblemGroup) -> Answer:
        return as_json(200, problem_json(group, self._parts.clock.now()))


def _counts(groups: Sequence[ProblemGroup], now: Epoch) -> Json:
    """Count all groups that the key may see: the open ones by severity, the others by status."""
    told = Counter(status_of(group.stand, now) for group in groups)
    worst = Counter(
        severity_of(group.key) for group in groups if status_of(group.stand, now) is Status.OPEN
    )
    return {
        "open": {severity: worst[severity] for severity in Severity},
        "muted": told[Status.MUTED],
        "resolved": told[Status.RESOLVED],
    }


def _fits(group: ProblemGroup, asked: Mapping[str, str], now: Epoch) -> bool:
    key = group.key
    least = asked.get("severity", Severity.NOTICE)
    return (
        asked["status"] in {ALL, status_of(group.stand, now)}
        and _rank(severity_of(key)) <= _rank(Severity(least))
        and all(
            asked.get(name, value) == value
            for name, value in {
                "origin": key.origin,
                "event": key.event,
                "source": key.source,
                "reason": key.reason,
            }.items()
        )
    )


def _worst_and_last_first(group: ProblemGroup) -> tuple[int, Epoch, str]:
    return _rank(severity_of(group.key)), -group.last_seen, group.problem_id


def _rank(severity: Severity) -> int:
    return _WORST_FIRST.index(severity)


def _after(groups: Sequence[ProblemGroup], named: str | None) -> int | None:
    """Return where the list goes on behind the group that the page before ended with."""
    if named is None:
        return 0
    places = (place for place, one in enumerate(groups, 1) if one.problem_id == named)
    return next(places, None)


def _refused(asked: Mapping[str, str]) -> Problem | None:
    words = {"status": (*Status, ALL), "severity": tuple(Severity), "origin": tuple(Origin)}
    for name, came in asked.items():
        if found := stray([name], ASKED):
            return found
        if came not in words.get(name, (came,)):
            return wrong(name, came, f"one of {', '.join(words[name])}")
    if read_limit(asked.get("limit", str(USUAL))) is None:
        return wrong("limit", asked["limit"], f"a number from 1 to {MOST_ROWS}")
    return None
