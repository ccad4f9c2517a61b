"""Every number of ``/api/problems`` is what a naive walk over all that was answered gives.

Three days of a shop with planted faults go through the real HTTP intake; a TikTok that is played
here refuses some of what leaves. The truth is what callers were answered and what TikTok said,
noted line by line; the recount reads these lines alone, and shares nothing with what counts.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import msgspec
import pytest

from tandemgate.catalog.problems import SEVERITIES
from tandemgate.core.settle import Attempted, settle
from tandemgate.core.verdict import answer, judge
from tandemgate.model.delivery import Answered, Batch
from tandemgate.model.event import EventKey
from tandemgate.model.rules import Clocks
from tandemgate.model.state import State
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tests.build import NOW, PIXEL, a_policy, an_envelope, an_item, some_rules
from tests.web.gateway import (
    ADMIN_KEY,
    BROWSER_KEY,
    ORIGIN,
    OTHER_PIXEL,
    Gateway,
    StillClock,
)

HOUR = 3600
STEPS = 240
STEP = 1_137.0
"""Seconds; together a little more than three days, and no step at a full hour."""

NAMES = ("CompletePayment", "AddToCart", "ViewContent", "Lead")
FAULTS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {"properties": {"value": 5, "currency": "EURO"}},
    {"properties": {"value": "many", "currency": "EUR", "colour": 1, "weight": 2}},
    {"properties": {"value": 5, "currency": "EUR", "contents": [{"price": 1}, {"price": 2}]}},
    {"user": {"email": "nobody", "ip": "10.0.0.7", "user_agent": "Mozilla/5.0"}},
    {"event_time": 1_776_943_380_000},
    {"event": "Conplete"},
    {"event": 7},
    {"page": ...},
    {"consent": {"region": "DE"}},
    {"event_id": "the same order", "properties": {"value": 1, "currency": "EUR"}},
    {"event_id": "the same order", "properties": {"value": 2, "currency": "EUR"}},
)
TIKTOK: tuple[tuple[int, str, str | None], ...] = (
    (0, "OK", None),
    (0, "OK", None),
    (0, "OK", None),
    (40002, "data.0.properties.value: must be a number", "properties.value"),
    (40002, "data[0].user.colour is wrong", "user"),
    (40005, "invalid parameter", ""),
    (40900, "duplicate event", ""),
    (49999, "who knows", ""),
    (40105, "access token is incorrect", None),
)
"""Code, message, and the field that a person reads in it; ``None`` where no event is refused."""

Group: TypeAlias = tuple[Any, ...]
"""pixel, channel, source, event, origin, code, reason, field"""

ENDS = {40002: "refused_by_tiktok", 40005: "refused_by_tiktok", 40900: "already_at_tiktok"}


@dataclass(frozen=True)
class Line:
    """One event that was received: when, whose, and what was wrong with it."""

    at: float
    pixel: str
    channel: str
    event: str
    source: str
    found: frozenset[tuple[str, str]] = frozenset()


@dataclass
class Truth:
    """Everything that was answered, and everything that TikTok said."""

    received: list[Line] = field(default_factory=list)
    said: list[tuple[float, Group]] = field(default_factory=list)

    def note(self, line: Line, told: Mapping[str, Any]) -> None:
        """Note the answer about an event."""
        problems = told.get("problems", [])
        marks = {(one["reason"], path(one["field"])) for one in problems}
        marks |= {(one["reason"], path(one["field"])) for one in told.get("findings", [])}
        name = line.event if line.event in NAMES else ""
        self.received.append(replace(line, event=name, found=frozenset(marks)))

    def recount(self, now: float) -> dict[Group, dict[str, Any]]:
        """Walk over all of it, once for each group."""
        groups: dict[Group, list[float]] = {}
        for line in self.received:
            for reason, where in line.found:
                if reason in SEVERITIES:
                    key = (
                        line.pixel, line.channel, line.source, line.event, "local", None, reason,
                        where,
                    )  # fmt: skip
                    groups.setdefault(key, []).append(line.at)
        for at, key in self.said:
            groups.setdefault(key, []).append(at)
        return {key: self._told(key, moments, now) for key, moments in groups.items()}

    def _told(self, key: Group, moments: list[float], now: float) -> dict[str, Any]:
        pixel, channel, source, event = key[:4]
        traffic = [
            line.at
            for line in self.received
            if (line.pixel, line.channel) == (pixel, channel) and event in {"", line.event}
        ]
        day = (now // HOUR - 23) * HOUR
        span = min(moments) // HOUR * HOUR
        told: dict[str, Any] = {"first_seen": iso(min(moments)), "last_seen": iso(max(moments))}
        for name, since in (("last_24h", day), ("since_first_seen", span)):
            count = sum(at >= since for at in moments)
            of = sum(at >= since for at in traffic)
            share = round(min(1.0, count / of), 6) if of else None
            about_all = not (event or source)
            told[name] = {
                "count": count,
                "received": None if about_all else of,
                "share": None if about_all else share,
            }
        return told


def path(pointer: str) -> str:
    """A pointer without the event's place and the places in lists."""
    return (
        re.sub(r"/\d+(?=/|$)", "", re.sub(r"^/(data|events)/\d+", "", pointer))
        .strip("/")
        .replace("/", ".")
    )


def iso(at: float) -> str:
    """A moment as the API prints it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture(params=["memory", "sqlite"])
async def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway on each store, whose second pixel holds what lacks consent."""
    clock = StillClock()
    store: Any = MemoryStore()
    if request.param == "sqlite":
        store = await SqliteStore.open(tmp_path / "a.db", b"k" * 32, clock)
    held = some_rules(pixel_id=OTHER_PIXEL, policy=a_policy(hold_for_consent=3600.0))
    yield Gateway(store=store, clock=clock, rules={PIXEL: some_rules(), OTHER_PIXEL: held})
    await store.aclose()


async def from_the_shop(gateway: Gateway, truth: Truth, chance: Random, number: int) -> None:
    """Send one request with up to four events."""
    pixel = chance.choice([PIXEL, PIXEL, OTHER_PIXEL])
    code = chance.choice(["", "", "", "TEST1"])
    at = gateway.clock.at
    items = []
    for place in range(chance.randint(1, 4)):
        usual = {"event": chance.choice(NAMES), "event_id": f"e{number}-{place}"}
        fault = chance.choice(FAULTS)
        item = an_item(**({"event_time": int(at) - 20} | usual | fault))
        items.append(item)
    more = {"test_event_code": code} if code else {}
    body = an_envelope(*items, event_source_id=pixel, **more)
    told = (await gateway.post(body, key=ADMIN_KEY)).json["results"]
    for item, result in zip(items, told, strict=True):
        channel = "test" if code else "live"
        truth.note(Line(at, pixel, channel, item["event"], "backend"), result)


async def from_a_page(gateway: Gateway, truth: Truth, chance: Random, number: int) -> None:
    """Hand in what a page reports."""
    event = {
        "type": "track",
        "event": chance.choice(NAMES),
        "event_id": f"p{number}",
        "at": 1000,
        "properties": chance.choice(
            [{"value": 1, "currency": "EUR"}, {"value": 1, "currency": "E"}]
        ),
    }
    consent = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
    beacon = {"key": BROWSER_KEY, "session": "page-long-session-1", "sent_at": 1500,
              "consent": consent, "events": [event]}  # fmt: skip
    reply = await gateway.post(beacon, key=None, path="/v1/collect", headers={"origin": ORIGIN})
    [result] = reply.json["results"]
    truth.note(Line(gateway.clock.at, PIXEL, "live", str(event["event"]), "browser"), result)


async def to_tiktok(gateway: Gateway, truth: Truth, chance: Random, number: int) -> None:
    """Let each waiting event leave alone, and TikTok answer as it likes."""
    store: Any = gateway.store
    for lane in await store.ledger.lanes(gateway.clock.at):
        for due in await store.ledger.claim(lane, 3, gateway.clock.at):
            if due.state is State.HELD:
                continue
            code, message, field_ = chance.choice(TIKTOK)
            batch = Batch(f"b{number}-{due.seq}", lane, (due,), b"")
            await store.ledger.intend(batch, gateway.clock.at)
            body = {"code": code, "message": message, "request_id": "r"}
            reply = Answered(200, msgspec.json.encode(body), 0.05)
            judged = judge(reply, 1)
            now = gateway.clock.at
            changes = settle(judged, Attempted(batch, now, now, Clocks(), 0.5))
            await store.ledger.record(batch.batch_id, answer(reply, judged, now), changes)
            sources = await source_of(gateway, due.key)
            truth.said += refusals(due.key, sources, code, field_, now)


async def source_of(gateway: Gateway, key: EventKey) -> str:
    """Who reported a stored event."""
    archive: Any = gateway.store.archive
    stories = await archive.stories(key.event_id, key.pixel_id, key.event)
    [source] = [one.entry.source for one in stories if one.entry.channel is key.channel]
    return str(source)


def refusals(
    key: EventKey, source: str, code: int, where: str | None, at: float
) -> Iterator[tuple[float, Group]]:
    """What a refusal of TikTok's is counted as."""
    of_pixel = (key.pixel_id, key.channel.value)
    if where is not None:
        reason = ENDS.get(code, "answer_unclear")
        yield at, (*of_pixel, source, key.event, "remote", code, reason, where)
    elif code:
        yield at, (*of_pixel, "", "", "remote", code, "lane_held", "")


async def told(gateway: Gateway) -> dict[Group, dict[str, Any]]:
    """All groups as the API tells them, page by page."""
    found: dict[Group, dict[str, Any]] = {}
    target = "/api/problems?status=all&limit=7"
    after: str | None = ""
    while after is not None:
        page = (await gateway.get(f"{target}{after and '&after='}{after}", ADMIN_KEY)).json
        for one in page["problems"]:
            code = one["code"] if one["origin"] == "remote" else None
            key = (
                one["pixel_id"], one["channel"], one["source"] or "", one["event"] or "",
                one["origin"], code, one["reason"], one["field"] or "",
            )  # fmt: skip
            assert key not in found
            found[key] = {
                name: one[name]
                for name in ("first_seen", "last_seen", "last_24h", "since_first_seen")
            }
        after = page["next"]
    return found


async def settled(store: Any) -> None:  # noqa: ANN401 - either store
    """Let counts that wait for a commit have one."""
    if isinstance(store, SqliteStore):
        await store.ledger.flush()


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_number_is_that_of_a_naive_recount(gateway: Gateway, seed: int) -> None:
    """Counts, first and last sight, and both shares, over three days and at moments between."""
    chance, truth = Random(seed), Truth()  # noqa: S311 - the same days in every run
    gateway.clock.at = NOW
    for number in range(STEPS):
        await from_the_shop(gateway, truth, chance, number)
        if number % 3 == 0:
            await from_a_page(gateway, truth, chance, number)
        if number % 4 == 0:
            await to_tiktok(gateway, truth, chance, number)
        if number % 60 == 59:
            await settled(gateway.store)
            assert await told(gateway) == truth.recount(gateway.clock.at)
        gateway.clock.at += STEP
    expected = truth.recount(gateway.clock.at)
    assert len(expected) > 60
    assert {key[4] for key in expected} == {"local", "remote"}
    reasons = {key[6] for key in expected}
    assert reasons >= {
        "currency_invalid", "value_invalid", "event_unknown", "event_time_in_milliseconds",
        "event_id_conflict", "late_refire", "consent_missing", "email_invalid", "unknown_field",
        "content_id_missing", "refused_by_tiktok", "already_at_tiktok", "answer_unclear",
        "lane_held",
    }  # fmt: skip
