"""Play a shop of known truth through the real intake, ledger and dispatcher, without waiting."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tandemgate.model.delivery import NoAnswer, Reply
from tandemgate.web.parts import PixelCard
from tests.build import an_envelope, some_rules
from tests.flow.world import OK, World, rules, says
from tests.truth.shop import OPEN_FOR, PIXELS, Report, Story
from tests.web.gateway import ADMIN_KEY, BROWSER_KEY, KEYS, ORIGIN, Gateway

TURNS: Final = 10
"""Fewer than usual, since days pass."""

AFTER: Final = OPEN_FOR + 600
"""When the books are closed: everything was told, answered and settled."""

SAID: Final[dict[str, Reply]] = {
    "fine": OK,
    "refused": says(40002, "data.0.properties.value: must be a number"),
    "unclear": says(49_999, "?"),
    "lost": NoAnswer("reset", 0.1),
}
PAGE: Final = {
    "origin": ORIGIN,
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "x-forwarded-for": "203.0.113.42",
}


@dataclass
class TikTok:
    """Answers as each event is to be answered, and remembers when it was asked."""

    now: Any
    plan: dict[str, list[str]] = field(default_factory=dict)
    asked: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def __call__(self, ids: list[str]) -> Reply:
        [event_id] = ids
        self.asked[event_id].append(self.now())
        left = self.plan.get(event_id)
        return SAID[left.pop(0) if left else "fine"]


@dataclass
class Played:
    """A closed day: the gateway to be asked, TikTok's memory, and when the shop opened."""

    gateway: Gateway
    tiktok: TikTok
    opened: float
    world: World
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def closed(self) -> float:
        """When the books are closed."""
        return self.world.clock.wall

    async def ask(self, target: str) -> Any:  # noqa: ANN401 - any JSON
        """What the gateway says."""
        reply = await self.gateway.get(target, ADMIN_KEY)
        assert reply.status == 200, reply.body
        return reply.json


async def played(stories: Sequence[Story]) -> Played:
    """Let everything be reported in its order, and pass the time between."""
    async with World(max_batch_events=1, concurrency=8) as world:
        world.clock.turns = TURNS
        opened = world.clock.wall
        tiktok = TikTok(world.clock.now)
        for story in stories:
            tiktok.plan |= {name: [*said] for name, said in story.answers.items()}
        world.sender.script = tiktok
        world.rules.update({pixel: rules(max_batch_events=1, concurrency=8) for pixel in PIXELS})
        truth = frozenset({"CompletePayment", "Purchase"})
        gateway = Gateway(
            store=world.ledger,
            clock=world.clock,  # type: ignore[arg-type]
            rules={one: some_rules(pixel_id=one, server_truth=truth) for one in PIXELS},
            pixels={one: PixelCard() for one in PIXELS},
            parts={"trusted_proxies": ("127.0.0.0/8",)},
            keys=[
                *(one for one in KEYS if one.kind != "browser"),
                *(_page_key(pixel) for pixel in PIXELS),
            ],
            flow=world.dispatcher,  # type: ignore[arg-type]
        )
        day = Played(gateway, tiktok, opened, world)
        world.start()
        reports = sorted((one for story in stories for one in story.reports), key=_when)
        for report in reports:
            await world.clock.pass_time(opened + report.at - world.clock.wall)
            day.answers.append(await _told(day, report))
        await world.clock.pass_time(opened + AFTER - world.clock.wall)
    return day


def _when(report: Report) -> float:
    return report.at


def _page_key(pixel: str) -> Any:  # noqa: ANN401
    [shop] = (one for one in KEYS if one.kind == "browser")
    secret = type(shop.secret)(f"{BROWSER_KEY}_{pixel}")
    return type(shop)(shop.kind, f"pages-{pixel}", secret, (pixel,), origins=(ORIGIN,))


async def _told(day: Played, report: Report) -> dict[str, Any]:
    """Hand in one report, as whoever makes it would."""
    now = day.world.clock.wall
    if report.by == "server":
        happened = now if report.happened is None else day.opened + report.happened
        item = report.content | {"event_time": int(happened), "consent": dict(report.consent)}
        code = {"test_event_code": "TEST1"} if report.channel == "test" else {}
        envelope = an_envelope(item, event_source_id=report.pixel, **code)
        reply = await day.gateway.post(envelope, key=ADMIN_KEY)
    else:
        beacon = {
            "key": f"{BROWSER_KEY}_{report.pixel}",
            "session": report.session,
            "sent_at": now * 1000,
            "consent": dict(report.consent),
            "events": [report.content | {"at": (now - report.ago) * 1000}],
        }
        reply = await day.gateway.post(beacon, key=None, path="/v1/collect", headers=PAGE)
    return reply.json
