"""A gateway's HTTP side in this process, asked without a socket."""

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message

from tandemgate.core.alerts import Served
from tandemgate.core.attention import Signs
from tandemgate.delivery.bell import Bell
from tandemgate.delivery.examiner import Examiner
from tandemgate.delivery.keysmith import Keysmith
from tandemgate.delivery.lookout import Lookout
from tandemgate.delivery.operator import Operator, Setup
from tandemgate.delivery.steward import Steward
from tandemgate.delivery.teller import Teller
from tandemgate.delivery.watch import Views, Watch
from tandemgate.model.admission import Admission, Tally
from tandemgate.model.delivery import LaneRules
from tandemgate.model.event import Event, Lane
from tandemgate.model.operation import Pause
from tandemgate.model.rules import PixelRules
from tandemgate.model.secret import Secret
from tandemgate.ports import Notifier, StoreUnavailable
from tandemgate.settings import AlertSettings, KeyKind, KeySettings, Scope
from tandemgate.storage.memory import MemoryStore
from tandemgate.telemetry import Telemetry
from tandemgate.web.app import create_app
from tandemgate.web.keys import KeyRing
from tandemgate.web.parts import Parts, PixelCard, Readiness
from tandemgate.wiring.alerting import limits
from tandemgate.wiring.intake.parent import EveryDoor, IntakeProcesses
from tandemgate.wiring.reception import Reception
from tests.build import NOW, PIXEL, an_envelope, an_item, some_rules
from tests.web.described import hold_to_document

OTHER_PIXEL = "D0OTHER12345"
SERVER_KEY = "sk_orders_0123456789"
ADMIN_KEY = "sk_admin_0123456789"
READ_KEY = "sk_reports_0123456789"
SLOW_KEY = "sk_slow_0123456789"
BROWSER_KEY = "pk_shop"
TOKEN = "tok_web_0123456789"
ORIGIN = "https://shop.example"

KEYS = (
    KeySettings(KeyKind.SERVER, "orders", Secret(SERVER_KEY), (PIXEL,)),
    KeySettings(KeyKind.ADMIN, "root", Secret(ADMIN_KEY)),
    KeySettings(KeyKind.SERVER, "reports", Secret(READ_KEY), (PIXEL,), (Scope.READ,)),
    KeySettings(KeyKind.SERVER, "slow", Secret(SLOW_KEY), (PIXEL,), max_requests_per_second=2),
    KeySettings(KeyKind.BROWSER, "shop", Secret(BROWSER_KEY), (PIXEL,), origins=(ORIGIN,)),
)


@dataclass
class StillClock:
    """Both clocks stand where the test puts them."""

    at: float = NOW

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


class BrokenStore(MemoryStore):
    """A store whose disk is full."""

    async def admit(self, _events: Sequence[Event]) -> list[Admission]:
        raise StoreUnavailable

    def tally(self, _tallies: Sequence[Tally]) -> None:
        raise AssertionError("nothing of a refused request is counted")


@dataclass
class NotedFlow:
    """Remembers what delivery was told."""

    woken: list[tuple[Lane, int]] = field(default_factory=list)
    hastened: list[str] = field(default_factory=list)

    def wake(self, lane: Lane, events: int = 1) -> None:
        self.woken.append((lane, events))

    def hasten(self, pixel_id: str) -> None:
        self.hastened.append(pixel_id)


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body, type=dict[str, Any])

    @property
    def outcomes(self) -> list[str]:
        return [result["outcome"] for result in self.json["results"]]

    @property
    def first_problem(self) -> dict[str, Any]:
        answer = self.json
        found = answer.get("problems") or answer["results"][0]["problems"]
        problem: dict[str, Any] = found[0]
        return problem


def _wake_nobody(_lane: Lane, _events: int) -> None:
    """Send nothing: what stays is looked at."""


@dataclass
class Gateway:
    """One gateway; its store and clock are the test's to look at and to move."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: StillClock = field(default_factory=StillClock)
    log: io.StringIO = field(default_factory=io.StringIO)
    rules: dict[str, PixelRules] = field(
        default_factory=lambda: {
            PIXEL: some_rules(),
            OTHER_PIXEL: some_rules(pixel_id=OTHER_PIXEL),
        }
    )
    pixels: dict[str, PixelCard] = field(
        default_factory=lambda: {PIXEL: PixelCard("Shop"), OTHER_PIXEL: PixelCard()}
    )
    parts: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Secret] = field(
        default_factory=lambda: dict.fromkeys((PIXEL, OTHER_PIXEL), Secret(TOKEN))
    )
    keys: Sequence[KeySettings] = KEYS
    signs: Callable[[], Signs] = Signs
    notifier: Notifier | None = None
    flow: NotedFlow = field(default_factory=NotedFlow)

    def __post_init__(self) -> None:
        self.telemetry = Telemetry(self.log)
        lanes = self.parts.get("lanes", list)
        setups = {
            pixel_id: Setup(LaneRules(Secret("")), self.tokens.get(pixel_id))
            for pixel_id in self.rules
        }
        sending = {pixel_id: LaneRules(token) for pixel_id, token in self.tokens.items()}
        paused: dict[str, Pause] = {}
        self.operator = Operator(
            self.store.controls, self.store.vault, self.store.archive, self.clock, self.telemetry,
            setups, sending, paused, self.flow,
        )  # fmt: skip
        self.lookout = Lookout(
            self.store.archive, self.store.problems, self.clock, self.telemetry,
            list(self.pixels), sending, paused, lanes, self.signs,
        )  # fmt: skip
        keys = KeyRing(self.keys, self.clock)
        readiness = self.parts.get("readiness") or Readiness()
        self.keysmith = Keysmith(
            self.store.keys, EveryDoor(keys, IntakeProcesses(())), self.clock, self.telemetry
        )
        self.examiner = Examiner(
            self.store.trials,
            self.store.visits,
            self.store.archive,
            self.store.pairs,
            self.clock,
            self.telemetry,
        )
        views = Views(
            self.store.archive, self.store.rollups, self.store.problems, self.store.pairs,
            self.lookout, lanes, lambda: Served(self.telemetry.requests, self.telemetry.failed),
        )  # fmt: skip
        bell = Bell(self.clock)
        self.watch = Watch(
            views, self.store.alerts, self.clock, self.telemetry, limits(AlertSettings()), 20.0,
            bell.ring,
        )  # fmt: skip
        self.teller = (
            Teller(self.watch, self.notifier, self.clock, self.telemetry, bell)
            if self.notifier
            else None
        )
        self.app = create_app(
            Parts(
                rules=self.rules,
                pixels=self.pixels,
                ledger=Reception(
                    self.store.ledger, readiness, self.clock, self.telemetry, _wake_nobody
                ),
                archive=self.store.archive,
                policies=self.store.policies,
                visits=self.store.visits,
                orders=self.store.orders,
                pairs=self.store.pairs,
                rollups=self.store.rollups,
                problems=self.store.problems,
                quality=self.store.quality,
                clock=self.clock,
                keys=keys,
                keysmith=self.keysmith,
                confirmations=self.store.confirmations,
                telemetry=self.telemetry,
                operator=self.operator,
                lookout=self.lookout,
                watch=self.watch,
                teller=self.teller,
                steward=Steward(self.store.rights, self.clock, self.telemetry, self.flow),
                examiner=self.examiner,
                public_url="https://c.shop.example",
                hosts=frozenset({"127.0.0.1", "localhost", "gateway.example"}),
                **{"readiness": readiness, **self.parts},
            )
        )

    async def post(
        self,
        content: object,
        *,
        key: str | None = SERVER_KEY,
        path: str = "/v1/events",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Post bytes, or anything that JSON can say."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        bearer = {"authorization": f"Bearer {key}"} if key else {}
        return await ask(self.app, "POST", path, [body], {**bearer, **(headers or {})})

    async def get(self, target: str, key: str | None = SERVER_KEY) -> Reply:
        """Ask a question."""
        bearer = {"authorization": f"Bearer {key}"} if key else {}
        return await ask(self.app, "GET", target, [b""], bearer)

    async def sent(self, *items: object) -> Reply:
        """Hand in events."""
        return await self.post(an_envelope(*(items or [an_item()])))


async def ask(
    app: ASGIApp,
    method: str,
    target: str,
    chunks: Iterable[bytes] = (b"",),
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Make one request whose body comes in *chunks*."""
    path, _, query = target.partition("?")
    waiting = list(chunks)
    told: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        told.append(message)

    stated = {"host": "127.0.0.1:8080", **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in stated.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8080),
    }
    await app(scope, receive, send)
    start, *rest = told
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    reply = Reply(start["status"], answered, b"".join(part.get("body", b"") for part in rest))
    hold_to_document(method, path, reply.status, answered.get("content-type", ""), reply.body)
    return reply
