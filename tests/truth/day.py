"""Play a shop of known truth through the real intake, ledger and dispatcher, without waiting."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from tandemgate.model.consent import Policy
from tandemgate.model.delivery import NoAnswer, Reply
from tandemgate.web.parts import PixelCard
from tests.build import a_policy, an_envelope, some_rules
from tests.flow.world import OK, World, rules, says
from tests.truth.at_once import open_store
from tests.truth.shop import HOUR, OPEN_FOR, PATIENT, PIXELS, Report, Story, Wish
from tests.web.gateway import ADMIN_KEY, BROWSER_KEY, KEYS, ORIGIN, Gateway

TURNS: Final = 10
"""Fewer than usual, since days pass."""

AFTER: Final = OPEN_FOR + 600
"""When the books are closed: everything was told, answered and settled."""

SAID: Final[dict[str, Reply]] = {
    "fine": OK,
    "unclear": says(49_999, "?"),
    "lost": NoAnswer("reset", 0.1),
}


def _refusal(place: int) -> Reply:
    """Refuse a request because of the event at one place."""
    return says(40002, f"data.{place}.properties.value: must be a number")


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
        """Answer a whole request; what ails one event is told of all until it comes alone."""
        for event_id in ids:
            self.asked[event_id].append(self.now())
        ailing = [event_id for event_id in ids if self.plan.get(event_id)]
        if not ailing:
            return OK
        said = self.plan[ailing[0]][0]
        if said == "lost" or len(ids) == 1:
            self.plan[ailing[0]].pop(0)
        return _refusal(ids.index(ailing[0])) if said == "refused" else SAID[said]


@dataclass
class Played:
    """A closed day: the gateway to be asked, TikTok's memory, and when the shop opened."""

    gateway: Gateway
    tiktok: TikTok
    opened: float
    world: World
    answers: list[dict[str, Any]] = field(default_factory=list)
    granted: list[tuple[Wish, dict[str, Any]]] = field(default_factory=list)
    """What each person asked for, and the answer."""

    @property
    def closed(self) -> float:
        """When the books are closed."""
        return self.world.clock.wall

    async def ask(self, target: str) -> Any:  # noqa: ANN401 - any JSON
        """What the gateway says."""
        reply = await self.gateway.get(target, ADMIN_KEY)
        assert reply.status == 200, reply.body
        return reply.json


async def played(stories: Sequence[Story], file: Path | None = None) -> Played:
    """Let everything be reported in its order, and pass the time between.

    The store is in *file*, or in memory.
    """
    async with World(max_batch_events=4, concurrency=8) as world:
        world.clock.turns = TURNS
        stored = None if file is None else open_store(file, world.clock)
        if stored is not None:
            world.keep_in(stored)  # type: ignore[arg-type]
        opened = world.clock.wall
        tiktok = TikTok(world.clock.now)
        for story in stories:
            tiktok.plan |= {name: [*said] for name, said in story.answers.items()}
        world.sender.script = tiktok
        world.rules.update({pixel: rules(max_batch_events=4, concurrency=8) for pixel in PIXELS})
        truth = frozenset({"CompletePayment", "Purchase"})
        gateway = Gateway(
            store=world.ledger,
            clock=world.clock,  # type: ignore[arg-type]
            rules={
                one: some_rules(pixel_id=one, server_truth=truth, policy=_policy(one))
                for one in PIXELS
            },
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
        for moment, some in _moments(stories):
            await world.clock.pass_time(opened + moment - world.clock.wall)
            await _happen(day, some)
        await world.clock.pass_time(opened + AFTER - world.clock.wall)
        if stored is not None:
            await stored.ledger.flush()
    return day


def _moments(stories: Sequence[Story]) -> Iterator[tuple[float, list[Report | Wish]]]:
    """Yield what is done at each moment, in order."""
    done: list[Report | Wish] = [one for story in stories for one in story.reports]
    done += [one for story in stories for one in story.wishes]
    for moment, some in groupby(sorted(done, key=_when), key=_when):
        yield moment, [*some]


def _when(one: Report | Wish) -> float:
    return one.at


async def _happen(day: Played, some: Sequence[Report | Wish]) -> None:
    """Let it happen: servers report what is of one pixel in one request, as nightly jobs do."""
    batches: defaultdict[tuple[str, str], list[Report]] = defaultdict(list)
    for report in (one for one in some if isinstance(one, Report)):
        if report.by == "server":
            batches[report.pixel, report.channel].append(report)
        else:
            day.answers.append(await _called(day, report))
    for batch in batches.values():
        day.answers.append(await _reported(day, batch))
    for wish in (one for one in some if isinstance(one, Wish)):
        reply = await day.gateway.post(wish.body, key=ADMIN_KEY, path=wish.path)
        day.granted.append((wish, reply.json))


def _policy(pixel: str) -> Policy:
    return a_policy(hold_for_consent=24 * HOUR if pixel == PATIENT else 0)


def _page_key(pixel: str) -> Any:  # noqa: ANN401
    [shop] = (one for one in KEYS if one.kind == "browser")
    secret = type(shop.secret)(f"{BROWSER_KEY}_{pixel}")
    return type(shop)(shop.kind, f"pages-{pixel}", secret, (pixel,), origins=(ORIGIN,))


async def _reported(day: Played, batch: Sequence[Report]) -> dict[str, Any]:
    """Hand in what a server reports in one request."""
    pixel, channel = batch[0].pixel, batch[0].channel
    code = {"test_event_code": "TEST1"} if channel == "test" else {}
    items = [_item(day, one) for one in batch]
    envelope = an_envelope(*items, event_source_id=pixel, **code)
    return (await day.gateway.post(envelope, key=ADMIN_KEY)).json


def _item(day: Played, report: Report) -> dict[str, Any]:
    now = day.world.clock.wall
    happened = now if report.happened is None else day.opened + report.happened
    return report.content | {"event_time": int(happened), "consent": dict(report.consent)}


async def _called(day: Played, report: Report) -> dict[str, Any]:
    """Hand in what a page tells."""
    now = day.world.clock.wall
    beacon = {
        "key": f"{BROWSER_KEY}_{report.pixel}",
        "session": report.session,
        "sent_at": now * 1000,
        "consent": dict(report.consent),
        "events": [report.content | {"at": (now - report.ago) * 1000}],
    }
    reply = await day.gateway.post(beacon, key=None, path="/v1/collect", headers=PAGE)
    return reply.json
