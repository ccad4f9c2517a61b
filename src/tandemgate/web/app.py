"""Every address of the gateway, in one list."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import printable
from tandemgate.settings import Scope
from tandemgate.web import script
from tandemgate.web.access import Access
from tandemgate.web.alerts import Alerting
from tandemgate.web.answers import Refusal
from tandemgate.web.api import Api, respond
from tandemgate.web.attach import Attach
from tandemgate.web.collect import Collect
from tandemgate.web.consent import Consent
from tandemgate.web.delivery import Delivery
from tandemgate.web.described import Described
from tandemgate.web.export import Export
from tandemgate.web.guard import BROKEN, Guard
from tandemgate.web.health import Health
from tandemgate.web.intake import Intake
from tandemgate.web.library import Library
from tandemgate.web.manual import Manual
from tandemgate.web.operate import Operate
from tandemgate.web.pages import Pages
from tandemgate.web.pairs import Pairing
from tandemgate.web.parts import IntakeParts, Parts
from tandemgate.web.persons import Persons
from tandemgate.web.problems import Troubles
from tandemgate.web.quality import MatchQuality
from tandemgate.web.reconcile import Reconcile
from tandemgate.web.setup import Setup
from tandemgate.web.sources import DIALECTS, PREVIEWED, Sources
from tandemgate.web.taxonomy import Taxonomy
from tandemgate.web.trials import Testing
from tandemgate.web.webhooks import READERS, Webhooks, address

EVENTS = "/v1/events"
ALIAS = "/api/tracklayer/tiktok-events-api"
"""The address in the guide's example, which must work as it is printed there."""

COLLECT = "/v1/collect"


def create_app(parts: Parts) -> Guard:
    """Make the gateway's ASGI application."""
    api, health, pages, manual = Api(parts), Health(parts), Pages(parts), Manual(parts)
    consent, persons = Consent(parts), Persons(parts)
    operate, access, testing = Operate(parts, parts.operator), Access(parts), Testing(parts)
    reconcile, quality = Reconcile(parts), MatchQuality(parts)
    troubles = Troubles(parts)
    library = Library(parts)
    alerting, setup, described = Alerting(parts), Setup(parts), Described(parts)
    prompts = intakes_of(parts, keyless_alias=parts.keyless_alias)
    intakes = [
        *(Route(path, intake) for path, intake in prompts.items()),
        Route(COLLECT, Collect(parts)),
        *(Route(path, Sources(parts, dialect)) for path, dialect in DIALECTS.items()),
        *(
            Route(path, Sources(parts, dialect, previews=True))
            for path, dialect in PREVIEWED.items()
        ),
    ]
    routes = [
        *(Route(address(kind), Webhooks(parts, kind)) for kind in READERS),
        Route("/api/events", api.endpoint(api.events), methods=["GET"]),
        Route("/api/events/{event_id:path}", api.endpoint(api.story), methods=["GET"]),
        Route("/api/stats", api.endpoint(api.stats), methods=["GET"]),
        Route("/api/delivery", api.endpoint(Delivery(parts)), methods=["GET"]),
        Route("/api/alerts", api.endpoint(alerting.listed), methods=["GET"]),
        Route("/api/attention", api.endpoint(api.attention), methods=["GET"]),
        Route("/api/consent", api.endpoint(consent.decisions), methods=["GET"]),
        Route("/api/consent/{event_id:path}", api.endpoint(consent.explain), methods=["GET"]),
        Route("/api/policies", api.endpoint(consent.policies), methods=["GET"]),
        Route("/api/audit", api.endpoint(operate.audit), methods=["GET"]),
        Route("/api/tokens", api.endpoint(operate.tokens), methods=["GET"]),
        Route("/api/keys", api.endpoint(access.held), methods=["GET"]),
        Route("/api/setup", api.endpoint(setup), methods=["GET"]),
        Route("/api/taxonomy", api.endpoint(Taxonomy(parts)), methods=["GET"]),
        Route("/api/pairs", api.endpoint(Pairing(parts)), methods=["GET"]),
        Route("/api/quality", api.endpoint(quality.coverage), methods=["GET"]),
        Route("/api/tests", api.endpoint(testing.tests), methods=["GET"]),
        Route("/api/tests/{test}", api.endpoint(testing.test), methods=["GET"]),
        Route("/test/{test}", testing.join, methods=["GET"]),
        Route("/api/export/{what}", api.endpoint(Export(parts)), methods=["GET"]),
        Route("/api/reconcile", api.endpoint(reconcile.terms), methods=["GET"]),
        Route("/api/reconcile", api.endpoint(reconcile.compare), methods=["POST"]),
        Route("/api/problems", api.endpoint(troubles.problems), methods=["GET"]),
        Route("/api/problems/{problem}", api.endpoint(troubles.problem), methods=["GET"]),
        Route("/v1/projects/{key}/settings", library.settings, methods=["GET"]),
        Route("/v1/attach", api.endpoint(Attach(parts), Scope.WRITE), methods=["POST"]),
        *(
            Route(path, api.endpoint(act, Scope.WRITE), methods=["POST"])
            for path, act in {
                "/v1/consent": persons.consent,
                "/api/erase": persons.erase,
                "/api/alerts/test": alerting.test,
                "/api/alerts/mute": alerting.mute,
                "/api/alerts/unmute": alerting.unmute,
                "/api/delivery/{pixel}/pause": operate.pause,
                "/api/delivery/{pixel}/resume": operate.resume,
                "/api/problems/{problem}/resolve": troubles.resolve,
                "/api/problems/{problem}/mute": troubles.mute,
                "/api/problems/{problem}/unmute": troubles.unmute,
                "/api/quality/scores": quality.note,
                "/api/replay": operate.replay,
                "/api/settle": operate.settle,
                "/api/tests": testing.start,
                "/api/tests/{test}/window": testing.window,
                "/api/tests/{test}/promote": testing.promote,
                "/api/tests/{test}/stop": testing.stop,
                "/api/tokens": operate.set_token,
                "/api/tokens/retire": operate.retire_token,
                "/api/setup/confirm": setup.confirm,
                "/api/keys": access.make,
                "/api/keys/rotate": access.exchange,
                "/api/keys/revoke": access.revoke,
            }.items()
        ),
        Route("/livez", health.livez, methods=["GET"]),
        Route("/readyz", health.readyz, methods=["GET"]),
        Route("/metrics", health.metrics, methods=["GET"]),
        Route("/openapi.json", described.openapi, methods=["GET"]),
        Route("/docs", manual.docs, methods=["GET"]),
        Route("/docs/api", described.docs, methods=["GET"]),
        Route("/docs/codes/{code}", manual.code, methods=["GET"]),
        Route("/docs/reasons/{reason}", manual.reason, methods=["GET"]),
        Route("/t.js", script.tag, methods=["GET"]),
        Route("/t.{digest}.js", script.pinned, methods=["GET"]),
        Route("/t.mjs", script.module, methods=["GET"]),
        Route("/t.d.ts", script.types, methods=["GET"]),
        Route("/style.css", pages.style, methods=["GET"]),
        Route("/", pages.home, methods=["GET"]),
    ]
    app = Starlette(
        routes=[*intakes, *routes], exception_handlers={HTTPException: _lost, Exception: _broken}
    )
    app.router.redirect_slashes = False
    return Guard(app, parts.telemetry, {route.path: route for route in intakes}, prompts)


def intakes_of(parts: IntakeParts, *, keyless_alias: bool) -> dict[str, Intake]:
    """Return what answers plain POSTs, by its address."""
    return {EVENTS: Intake(parts), ALIAS: Intake(parts, keyless=keyless_alias)}


async def _lost(request: Request, error: Exception) -> Response:
    """Answer what no route answers: an unknown address, or a method that it does not have."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        found = problem("method_not_allowed", "", printable(request.method))
    else:
        # Not request.url: urllib keeps the last addresses that it saw in a cache.
        found = problem("not_found", "", printable(request.scope["path"]))
    answer = respond(Refusal(status, found), _id(request))
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


async def _broken(request: Request, _: Exception) -> Response:
    return respond(BROKEN, _id(request))


def _id(request: Request) -> str:
    return str(request.scope["state"]["request_id"])
