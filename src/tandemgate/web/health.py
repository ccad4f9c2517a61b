"""For orchestrators and monitoring: does it live, should traffic come, how does it do?"""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tandemgate.catalog.reasons import problem
from tandemgate.core.days import day_of
from tandemgate.model.problem import ProblemFilter
from tandemgate.model.quality import CoverageFilter
from tandemgate.ports import StoreUnavailable
from tandemgate.settings import Scope
from tandemgate.telemetry import Seen
from tandemgate.web.answers import Refusal, as_json
from tandemgate.web.api import respond
from tandemgate.web.door import refused_key
from tandemgate.web.keys import KeyGrant
from tandemgate.web.pairs import PairGauge
from tandemgate.web.parts import Parts


class Health:
    """Probes and metrics."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pairs = PairGauge(parts)

    async def livez(self, _: Request) -> Response:
        """Answer 200 while the event loop turns; a restart would mend nothing else."""
        return PlainTextResponse("ok\n", headers={"cache-control": "no-store"})

    async def readyz(self, request: Request) -> Response:
        """Answer 200 when events can be stored, else 503 with the reasons.

        ``degraded`` names what wants an operator's eye, though traffic may come.
        """
        parts = self._parts
        reasons = parts.readiness.reasons(parts.clock.now())
        try:
            await parts.archive.check()
        except StoreUnavailable as refusal:
            reasons = sorted({*reasons, refusal.reason})
        degraded = sorted({one.reason for one in await parts.lookout.look()} - {*reasons})
        told = {"ready": not reasons, "reasons": reasons, "degraded": degraded}
        answer = as_json(503 if reasons else 200, told)
        return respond(answer, request.scope["state"]["request_id"])

    async def metrics(self, request: Request) -> Response:
        """Tell every metric of the table; in production only to a key with the right to read."""
        parts = self._parts
        request_id = request.scope["state"]["request_id"]
        if refusal := refused_watcher(parts, request):
            return respond(refusal, request_id)
        try:
            stats = await parts.archive.stats()
            waiting = await parts.archive.waiting()
            tokens = await parts.operator.tokens()
            pairs = await self._pairs.look()
            groups = await parts.problems.groups(ProblemFilter(), parts.clock.now())
            today = day_of(parts.clock.now())
            coverage = await parts.quality.coverage(CoverageFilter(today - 1, today))
        except StoreUnavailable:
            refused = problem("store_unavailable", "", "a question")
            return respond(Refusal(503, refused, 5), request_id)
        found = parts.lookout.judge(stats, groups)
        now = parts.clock.now()
        alerts = list(parts.watch.alerts.values())
        lanes = parts.lanes()
        seen = Seen(stats, now, lanes, found, waiting, tokens, pairs, groups, coverage, alerts)
        told = parts.telemetry.render(seen)
        headers = {"cache-control": "no-store", "content-type": CONTENT_TYPE_LATEST}
        return Response(told, headers=headers)


def refused_watcher(parts: Parts, request: Request) -> Refusal | None:
    """Refuse whoever has no key with the right to read, if the gateway is in earnest."""
    if not parts.production:
        return None
    stated = request.headers.get("authorization")
    key = parts.keys.find(None if stated is None else stated.encode("latin-1"), Scope.READ)
    return None if isinstance(key, KeyGrant) else refused_key(key)
