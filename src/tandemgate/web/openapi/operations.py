"""Every operation of the gateway: who may ask what, and what is answered.

The routes are in :mod:`tandemgate.web.app`; a test holds the two against each other, and every
answer that a test sees against what is said here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST

from tandemgate.catalog.shops import SHOPS
from tandemgate.model.beacon import Beacon
from tandemgate.web import (
    access,
    alerts,
    attach,
    export,
    operate,
    problems,
    quality,
    reconcile,
    setup,
    sources,
    taxonomy,
    trials,
    webhooks,
)
from tandemgate.web.openapi.parameters import (
    EVENTS,
    EXPORT,
    MEANT,
    PAIRS,
    REPORTED,
    Parameter,
    asking,
)
from tandemgate.web.openapi.shapes import bodies, flow, insight, intake, ledger
from tandemgate.web.openapi.shapes import trials as tested

JSON: Final = "application/json"
HTML: Final = "text/html"
_NAMED: Final = re.compile(r"\{(\w+)\}")


class Who(StrEnum):
    """Who may ask."""

    ANYBODY = "anybody"
    WATCHER = "anybody; in production a key with the scope read"
    PAGE = "a page, by its public key and its origin"
    READ = "a key with the scope read"
    WRITE = "a key with the scope write"
    CLIENT = "a client of another system, by a key with the scope write; a page by its public key"
    SHOP = "a shop system, by its signature"
    KEYLESS = "a key with the scope write; none, where keyless_alias is set"
    ADMIN = "an admin key"


class Group(StrEnum):
    """What operations are about, in the order in which they are told."""

    EVENTS = "Handing in events"
    LEDGER = "What became of events"
    CONSENT = "Consent and people's rights"
    DELIVERY = "How delivery goes"
    INSIGHT = "What can be better"
    TESTS = "Test sessions"
    ACCESS = "Keys, tokens and the audit log"
    HEALTH = "Health and this description"


@dataclass(frozen=True, slots=True)
class Media:
    """An answer that is no JSON, by its Content-Types."""

    types: tuple[str, ...]


Answers = Mapping[int, Any]
"""Status -> a Struct, the shape of JSON; several, if it is one of them; :class:`Media`; or None.

Nothing is said with None.
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """One address and method."""

    method: str
    path: str
    group: Group
    summary: str
    who: Who
    answers: Answers
    asks: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    body: Any = None
    media: str = JSON
    refuses: tuple[int, ...] = ()
    says: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """Its operationId."""
        return f"{self.method.lower()}_{'_'.join(re.findall('[a-z0-9_]+', self.path))}"

    def shapes(self) -> Iterator[type[Struct]]:
        """Tell every shape of JSON that it answers when it takes place."""
        for told in self.answers.values():
            if isinstance(told, tuple):
                yield from told
            elif told is not None and not isinstance(told, Media):
                yield told

    def in_path(self) -> Mapping[str, Parameter]:
        """Describe what the address itself takes."""
        return asking(_NAMED.findall(self.path))

    def refusals(self) -> Iterator[int]:
        """Tell every status with which it is refused as a whole."""
        yield from self.refuses
        if self.who not in {Who.ANYBODY, Who.WATCHER}:
            yield from (401, 403, 503)
        if self.who is Who.WATCHER:
            yield from (401, 403)
        if self.body is not None:
            yield from (400, 408, 413, 503)
        if self.asks:
            yield 400
        yield 500


def _get(path: str, group: Group, summary: str, told: Any, **more: Any) -> Operation:  # noqa: ANN401 - as Operation has them
    return Operation(
        "GET", path, group, summary, **{"who": Who.READ, "answers": {200: told}, **more}
    )


def _post(path: str, group: Group, summary: str, told: Any, **more: Any) -> Operation:  # noqa: ANN401 - as Operation has them
    return Operation(
        "POST", path, group, summary, **{"who": Who.WRITE, "answers": {200: told}, **more}
    )


_G: Final = Group
_TAKEN: Final[Answers] = dict.fromkeys((200, 202, 409, 422), intake.Taken)
_SAYS: Final[Mapping[int, str]] = {
    200: "None was kept, at least one is known already; or `data` is empty",
    202: "At least one event was accepted, held, suppressed or noted, and is durable",
    409: "None was kept or known, and at least one contradicts what is there",
    422: "Every event was rejected",
}
_STORED: Final[Mapping[str, Any]] = {
    "answers": _TAKEN, "body": bodies.Events, "refuses": (415, 429), "says": _SAYS,
}  # fmt: skip
_CALLS: Final[Mapping[str, Any]] = {
    "who": Who.CLIENT, "answers": {200: intake.Taken}, "refuses": (429,),
    "says": {200: "What became of each call, for each pixel of the key"},
}  # fmt: skip
_WOULD: Final = {200: "What is wrong, and what would become of each event; nothing is kept"}
_AMBIGUOUS: Final[Mapping[str, Any]] = {"asks": MEANT, "refuses": (404,)}
_ADMIN: Final[Mapping[str, Any]] = {"who": Who.ADMIN}
_OPEN: Final[Mapping[str, Any]] = {"who": Who.ANYBODY}
_WATCHED: Final[Mapping[str, Any]] = {"who": Who.WATCHER}
_PAGE: Final = Media((HTML,))

OPERATIONS: Final = (
    _post("/v1/events", _G.EVENTS, "Take events of a backend", None, **_STORED),
    _post(
        "/api/tracklayer/tiktok-events-api", _G.EVENTS, "Take events at the guide's own address",
        None, **_STORED, who=Who.KEYLESS,
    ),
    Operation(
        "POST", "/v1/collect", _G.EVENTS, "Take what the browser script saw", Who.PAGE,
        {202: intake.Collected}, body=Beacon, media="text/plain", refuses=(429,),
        says={202: "What became of each call; none is worth sending again"},
    ),
    *(
        _post(
            path, _G.EVENTS, "Take calls of Segment's and RudderStack's clients", None, **_CALLS,
            body=bodies.Calls if kind is None else bodies.Call,
        )
        for path, kind in sources.SEGMENT.items()
    ),
    _get(
        "/v1/projects/{key}/settings", _G.EVENTS, "Tell Segment's library for pages where to send",
        bodies.LibrarySettings, who=Who.PAGE,
    ),
    *(
        _post(
            webhooks.address(kind), _G.EVENTS, f"Take an order from {SHOPS[kind].name}", None,
            who=Who.SHOP, answers={200: intake.Taken}, body=bodies.Delivered, refuses=(404,),
            says={200: "What became of it, for each pixel of the source"},
        )
        for kind in webhooks.READERS
    ),
    _post(
        sources.GA4, _G.EVENTS, "Take events of Google Analytics' Measurement Protocol", None,
        **_CALLS, body=bodies.Report, asks=REPORTED,
    ),
    _post(
        f"/debug{sources.GA4}", _G.EVENTS, "Say what would become of such events", None,
        **{**_CALLS, "answers": {200: intake.Validated}, "says": _WOULD},
        body=bodies.Report, asks=REPORTED,
    ),
    _post(
        "/v1/attach", _G.EVENTS, "Say to which visit a cart, checkout, order or lead belongs",
        intake.Bound, body=attach.AttachBody,
    ),
    _get("/api/events", _G.LEDGER, "List events, the newest first", ledger.EventList, asks=EVENTS),
    _get(
        "/api/events/{event_id}", _G.LEDGER, "Tell one event's whole story", None, asks=MEANT,
        answers={200: ledger.Story, 409: ledger.Ambiguous}, refuses=(404,),
    ),
    _get("/api/stats", _G.LEDGER, "Count what was received and stored", flow.Stats),
    _get(
        "/api/export/{what}", _G.LEDGER, "Write down events, attempts or decisions to the end",
        Media(tuple(kind.decode().partition(";")[0] for kind in export.TYPES.values())),
        asks=EXPORT, refuses=(404,),
    ),
    _post(
        "/api/replay", _G.LEDGER, "Send events again, or say what would be sent", flow.Replayed,
        body=operate.ReplayBody,
    ),
    _post(
        "/api/settle", _G.LEDGER, "Say what became of an event that nobody could settle", None,
        answers={200: flow.Settled, 409: (ledger.Ambiguous, intake.Refused)},
        body=operate.SettleBody, refuses=(404,),
    ),
    _get("/api/reconcile", _G.LEDGER, "Say what a comparison with the order system needs",
         insight.Terms, asks=asking(("pixel",))),
    _post(
        "/api/reconcile", _G.LEDGER, "Say what became of each order, and of the money",
        insight.Reconciled, body=reconcile.ReconcileBody, who=Who.READ,
    ),
    _post("/v1/consent", _G.CONSENT, "Take a later decision or a withdrawal", ledger.Restated,
          body=bodies.StatementBody),
    _post("/api/erase", _G.CONSENT, "Erase a person or a session, or say what would be",
          ledger.Erased, body=bodies.ErasureBody, **_ADMIN),
    _get("/api/consent", _G.CONSENT, "List decisions, the newest first", ledger.DecisionList,
         asks=EVENTS),
    _get(
        "/api/consent/{event_id}", _G.CONSENT, "Prove one decision", None, asks=MEANT,
        answers={200: ledger.Proof, 409: ledger.Ambiguous}, refuses=(404,),
    ),
    _get("/api/policies", _G.CONSENT, "List every policy that ever decided", ledger.PolicyList),
    _get("/api/delivery", _G.DELIVERY, "Tell how each lane stands and goes", flow.DeliveryTold),
    _post("/api/delivery/{pixel}/pause", _G.DELIVERY, "Let nothing of a pixel leave", flow.Paused,
          body=operate.PauseBody),
    _post("/api/delivery/{pixel}/resume", _G.DELIVERY, "Let a paused pixel go on", flow.Paused),
    _get("/api/attention", _G.DELIVERY, "List what wants an operator's eye", flow.Attention),
    _get("/api/alerts", _G.DELIVERY, "List alerts, and what is watched for", flow.AlertList),
    _post(
        "/api/alerts/mute", _G.DELIVERY, "Let nobody hear that alerts of a family begin",
        flow.Muted, body=alerts.MuteBody,
    ),
    _post(
        "/api/alerts/unmute", _G.DELIVERY, "End a mute", flow.Unmuted, body=alerts.UnmuteBody,
        refuses=(409,),
    ),
    _post("/api/alerts/test", _G.DELIVERY, "Try the receiver of alerts", flow.AlertTried, **_ADMIN),
    _get("/api/problems", _G.INSIGHT, "List what goes wrong again and again", insight.ProblemList,
         asks=asking(problems.ASKED)),
    _get("/api/problems/{problem}", _G.INSIGHT, "Tell one problem", insight.ProblemGroup,
         refuses=(404,)),
    *(
        _post(f"/api/problems/{{problem}}/{act}", _G.INSIGHT, summary, insight.ProblemGroup,
              body=body, refuses=refuses)
        for act, summary, body, refuses in (
            ("resolve", "Note that a problem is mended", problems.NoteBody, (404, 409)),
            ("mute", "Let nobody hear of a problem for a while", problems.MuteBody, (404,)),
            ("unmute", "End a mute", problems.NoteBody, (404, 409)),
        )
    ),
    _get("/api/quality", _G.INSIGHT, "Tell which match keys events carried", insight.QualityList,
         asks=asking(sorted(quality.ASKED))),
    _post("/api/quality/scores", _G.INSIGHT, "Keep a score that TikTok showed", None,
          answers={201: insight.ScoreNoted}, body=quality.ScoreBody),
    _get("/api/pairs", _G.INSIGHT, "Tell whether both copies are counted once", ledger.PairList,
         asks=PAIRS),
    _get("/api/taxonomy", _G.INSIGHT, "List event names and how they agree", flow.NameList,
         asks=asking(taxonomy.ASKED)),
    _get("/api/setup", _G.INSIGHT, "Tell how far each setup has come", insight.SetupList),
    _post("/api/setup/confirm", _G.INSIGHT, "Take a person's word that something is there",
          insight.SetupList, body=setup.ConfirmBody),
    _get("/api/tests", _G.TESTS, "List test sessions", tested.TestList,
         asks=asking(sorted(trials.ASKED))),
    _get("/api/tests/{test}", _G.TESTS, "Tell a test with its checklist", tested.TestReport,
         refuses=(404,)),
    _post("/api/tests", _G.TESTS, "Begin a test", None, answers={201: tested.TestReport},
          body=trials.StartBody, refuses=(409,)),
    *(
        _post(f"/api/tests/{{test}}/{act}", _G.TESTS, summary, tested.TestReport, body=body,
              refuses=(404, 409))
        for act, summary, body in (
            ("window", "Give a test another ten minutes", trials.WindowBody),
            ("promote", "End a test with its report", trials.PromoteBody),
            ("stop", "End a test without a result", trials.StopBody),
        )
    ),
    Operation("GET", "/test/{test}", _G.TESTS, "Take a browser into a test, on to the shop",
              Who.ANYBODY, {303: None, 404: _PAGE}),
    _get("/api/tokens", _G.ACCESS, "List tokens by their last letters", flow.TokenList, **_ADMIN),
    _post("/api/tokens", _G.ACCESS, "Use a new token from now on", flow.TokenList,
          body=operate.TokenBody, **_ADMIN),
    _post("/api/tokens/retire", _G.ACCESS, "Use a token no more", flow.TokenList,
          body=operate.RetireBody, refuses=(404,), **_ADMIN),
    _get("/api/keys", _G.ACCESS, "List keys and what they open", flow.KeyList, **_ADMIN),
    _post("/api/keys", _G.ACCESS, "Make a key, and show it once", None,
          answers={201: flow.KeyMade}, body=access.MakeBody, refuses=(409,), **_ADMIN),
    _post("/api/keys/rotate", _G.ACCESS, "Give a key a new text", None,
          answers={201: flow.KeyExchanged}, body=access.ExchangeBody, refuses=(404, 409), **_ADMIN),
    _post("/api/keys/revoke", _G.ACCESS, "End a key at once", flow.KeyRevoked,
          body=access.RevokeBody, refuses=(404, 409), **_ADMIN),
    _get("/api/audit", _G.ACCESS, "Tell who decided what, the newest first", flow.ActList,
         asks=asking(operate.PAGING), **_ADMIN),
    _get("/livez", _G.HEALTH, "Say that the process runs", Media(("text/plain",)), **_OPEN),
    _get("/readyz", _G.HEALTH, "Say whether events can be stored", None,
         answers={200: intake.Ready, 503: intake.Ready}, **_OPEN),
    _get("/metrics", _G.HEALTH, "Tell every metric",
         Media((CONTENT_TYPE_LATEST.partition(";")[0],)), refuses=(503,), **_WATCHED),
    _get("/openapi.json", _G.HEALTH, "This description, for programs", Media((JSON,)), **_WATCHED),
)  # fmt: skip
"""Every operation but pages and the script's files."""
