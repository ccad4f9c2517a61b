"""``/api/tests``: test sessions; and ``/test/ID``, the link by which a browser joins one."""

from collections.abc import Sequence
from secrets import token_hex
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tandemgate.catalog.reasons import problem
from tandemgate.core.promotion import Claim
from tandemgate.core.reading import shape
from tandemgate.core.terms import JOURNEY, LONGEST_NAME, Terms, terms_problem
from tandemgate.core.trial import WINDOW
from tandemgate.core.visit import label
from tandemgate.model.trial import Trial, Window
from tandemgate.web.answers import Answer, Refusal, as_json, problem_json
from tandemgate.web.body import Bodies, read_as
from tandemgate.web.keys import KeyGrant
from tandemgate.web.operate import refused_reason
from tandemgate.web.pages import page
from tandemgate.web.parts import Parts
from tandemgate.web.queries import stray
from tandemgate.web.session import TICKET, set_ticket, ticket
from tandemgate.web.trial import report_json, trial_json

MOST_TOLD: Final = 100
ASKED: Final = frozenset({"pixel", "open"})
_CARRIED: Final = frozenset({"ttclid"})
"""What of its query the link hands on to the landing page, beside ``utm_…``."""

OVER: Final = """\
<p>This link belongs to a test that is over, or was never begun. Nothing was changed in your
browser.</p>
<p>Whoever gave it to you can begin another one with <code>tandemgate test start</code>.</p>
"""


class StartBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is tested, and how."""

    pixel: str
    code: str
    name: str = ""
    landing: str = ""
    events: tuple[str, ...] = JOURNEY
    tolerance: float = 0.0
    sessions: tuple[str, ...] = ()


class WindowBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What was mended since the last window."""

    fixed: str = ""


class StopBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a test ends without a result."""

    reason: str = ""


class PromoteBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says who wants a test promoted."""

    confirmed: bool = False
    override: bool = False
    reason: str = ""


class Testing:
    """Answers requests about test sessions."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._examiner = parts.examiner
        self._bodies = Bodies()

    async def tests(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """List test sessions, the newest first, without their checklists."""
        asked = request.query_params
        if found := stray(sorted(asked), sorted(ASKED)):
            return Refusal(400, found)
        seen = [
            one
            for one in await self._examiner.newest(MOST_TOLD)
            if key.opens(one.pixel_id)
            and asked.get("pixel", one.pixel_id) == one.pixel_id
            and (one.ended is None or asked.get("open") is None)
        ]
        return as_json(200, {"tests": [self._told(one) for one in seen]})

    async def test(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Tell everything about one test session."""
        trial = await self._meant(request, key)
        return trial if isinstance(trial, Refusal) else await self._answer(trial)

    async def start(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Begin a test session."""
        body = await read_as(self._bodies, request, StartBody)
        if isinstance(body, Refusal):
            return body
        if body.pixel not in self._parts.rules or not key.opens(body.pixel):
            return Refusal(403, problem("pixel_not_allowed", "/pixel", shape(body.pixel)))
        if refusal := self._refused(body):
            return refusal
        now = self._parts.clock.now()
        trial = Trial(
            trial_id=token_hex(8),
            pixel_id=body.pixel,
            test_event_code=body.code,
            name=body.name,
            landing=body.landing or self._shop_of(body.pixel),
            events=tuple(dict.fromkeys(body.events)),
            tolerance=body.tolerance,
            windows=(Window(now, now + WINDOW, key.name),),
        )
        if not await self._examiner.start(trial, body.sessions, key.name):
            return Refusal(409, problem("test_already_open", "/pixel", body.pixel))
        return await self._answer(trial, 201)

    async def window(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Give a test another ten minutes, after something was mended."""
        trial = await self._meant(request, key, is_open=True)
        if isinstance(trial, Refusal):
            return trial
        body = await read_as(self._bodies, request, WindowBody)
        if isinstance(body, Refusal):
            return body
        refusal = refused_reason(body.fixed)
        if refusal is not None:
            return refusal
        done = await self._examiner.open_window(trial, body.fixed, key.name)
        return await self._done(done, trial)

    async def promote(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """End a test with its report, or tell everything that stands in the way."""
        trial = await self._meant(request, key, is_open=True)
        if isinstance(trial, Refusal):
            return trial
        body = await read_as(self._bodies, request, PromoteBody)
        if isinstance(body, Refusal):
            return body
        if refusal := refused_reason(body.reason):
            return refusal
        claim = Claim(body.confirmed, body.override, body.reason)
        against = await self._examiner.promote(trial, claim, key.name)
        if against:
            told = [problem_json(one) for one in against]
            request_id = request.scope["state"]["request_id"]
            return as_json(409, {"request_id": request_id, "problems": told})
        return await self._done(done=True, trial=trial)

    async def stop(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """End a test without a result."""
        trial = await self._meant(request, key, is_open=True)
        if isinstance(trial, Refusal):
            return trial
        body = await read_as(self._bodies, request, StopBody)
        if isinstance(body, Refusal):
            return body
        if refusal := refused_reason(body.reason):
            return refusal
        done = await self._examiner.stop(trial, body.reason, key.name)
        return await self._done(done, trial)

    async def join(self, request: Request) -> Response:
        """Take a browser into a test, and on to the shop's landing page."""
        trial = self._examiner.trials.get(request.path_params["test"])
        if trial is None or trial.ended is not None or not trial.landing:
            return page("This test is over", OVER, 404)
        parts = self._parts
        joined = ticket(trial.trial_id, parts.clock.now())
        answer = RedirectResponse(_landing(trial, request.url.query, joined), 303)
        answer.headers["set-cookie"] = set_ticket(joined, secure=parts.https).decode()
        answer.headers["cache-control"] = "no-store"
        return answer

    def _refused(self, body: StartBody) -> Refusal | None:
        rules = self._parts.rules[body.pixel]
        origins = self._parts.keys.origins(body.pixel)
        terms = Terms(body.code, body.landing, body.events, body.tolerance)
        found = terms_problem(terms, rules, origins)
        if found is not None:
            return Refusal(400, found)
        if len(body.name) > LONGEST_NAME or not all(map(label, body.sessions)):
            field = "/name" if len(body.name) > LONGEST_NAME else "/sessions"
            expected = f"a name of at most {LONGEST_NAME} characters, and sessions as they are"
            return Refusal(400, problem("body_invalid", field, "something else", expected=expected))
        return refused_reason(body.name)

    def _shop_of(self, pixel_id: str) -> str:
        """Return the start page of the first of the pixel's origins, if it has any."""
        first = min(self._parts.keys.origins(pixel_id), default="")
        return f"{first}/" if first else ""

    async def _meant(
        self, request: Request, key: KeyGrant, *, is_open: bool = False
    ) -> Trial | Refusal:
        named = request.path_params["test"]
        trial = self._examiner.trials.get(named)
        if trial is None or not key.opens(trial.pixel_id):
            return Refusal(404, problem("test_not_found", "test", shape(named)))
        if is_open and trial.ended is not None:
            return Refusal(409, problem("test_ended", "test", f"{trial.ended.how} already"))
        return trial

    async def _done(self, done: bool, trial: Trial) -> Answer | Refusal:  # noqa: FBT001 - its one subject
        if not done:
            return Refusal(409, problem("test_changed", "test", trial.trial_id))
        return await self._answer(self._examiner.trials[trial.trial_id])

    async def _answer(self, trial: Trial, status: int = 200) -> Answer:
        lines = await self._examiner.lines(trial)
        now = self._parts.clock.now()
        return as_json(status, report_json(trial, lines, self._parts.public_url, now))

    def _told(self, trial: Trial) -> dict[str, object]:
        return trial_json(trial, self._parts.public_url, self._parts.clock.now())


def _landing(trial: Trial, query: str, joined: str) -> str:
    """Hand on what an advertisement would add to the address, and the ticket for the script."""
    carried = [
        *(
            (name, value)
            for name, value in parse_qsl(query)
            if name in _CARRIED or name.startswith("utm_")
        ),
        (TICKET, joined),
    ]
    url = urlsplit(trial.landing)
    own: Sequence[tuple[str, str]] = parse_qsl(url.query, keep_blank_values=True)
    kept = [pair for pair in own if pair[0] not in dict(carried)]
    return url._replace(query=urlencode([*kept, *carried])).geturl()
