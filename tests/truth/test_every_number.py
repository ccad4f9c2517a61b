"""Every number of the diagnosis beside one that is counted by hand, over days of a made-up shop."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from tandemgate.core.withdrawal import EFFECTS
from tests.truth.books import Books, text
from tests.truth.day import Played, played
from tests.truth.shop import DIGITS, PIXELS, Shop
from tests.web.gateway import ADMIN_KEY

PLAYED = ((1, "memory"), (20_260_423, "memory"), (77, "memory"), (77, "sqlite"))
"""Seeds of shops, and where their gateway keeps its ledger."""

CUSTOMERS = 150


@pytest.fixture(scope="module", params=PLAYED, ids=lambda one: f"seed {one[0]}, {one[1]}")
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Played, Books]:
    """Days of a shop; the name of each test says by which seed, and in which store."""
    seed, kind = request.param
    file = tmp_path_factory.mktemp("truth") / "shop.db" if kind == "sqlite" else None
    stories = Shop(seed).stories(CUSTOMERS)
    day = asyncio.run(played(stories, file))
    return day, Books(stories, day.opened, day.closed, day.tiktok.asked)


def same(found: dict[Any, Any], expected: dict[Any, Any]) -> None:
    """Compare line by line, so that a failure shows the lines that differ and no others."""
    lines = {key for key in (*found, *expected) if found.get(key) != expected.get(key)}
    told = [f"{key}:\n  {found.get(key)}, not\n  {expected.get(key)}" for key in lines]
    assert not told, "\n".join(told)


async def test_whatever_came_is_counted_once(shop: tuple[Played, Books]) -> None:
    """Received is the sum of what became of it, and the answers said the same."""
    day, books = shop
    stats = await day.ask("/api/stats")
    found = {
        (one["pixel_id"], one["event"], one["channel"], one["outcome"], one["reason"]): one["count"]
        for one in stats["received"]
    }
    same(found, dict(books.received()))
    answered = Counter(result["outcome"] for one in day.answers for result in one["results"])
    by_outcome: Counter[str] = Counter()
    for (*_, outcome, _), count in found.items():
        by_outcome[outcome] += count
    assert answered == by_outcome
    assert answered.total() == sum(books.received().values())


async def test_every_wish_has_its_effect(shop: tuple[Played, Books]) -> None:
    """Whoever withdraws, agrees or wants to be erased is told what it did, and nothing else is."""
    day, books = shop
    assert len(day.granted) == sum(len(story.wishes) for story in books.stories) > 0
    for wish, told in day.granted:
        effects = {word: told[word] for word in EFFECTS if told.get(word)}
        assert (effects, told.get("states", {})) == (dict(wish.effects), dict(wish.states)), wish


async def test_every_event_stands_where_it_should(shop: tuple[Played, Books]) -> None:
    """And the ledger adds up."""
    day, books = shop
    stats = await day.ask("/api/stats")
    found = {
        (one["pixel_id"], one["event"], one["channel"], one["state"]): one["count"]
        for one in stats["states"]
    }
    same(found, dict(books.states()))
    assert stats["ledger_imbalance"] == 0
    assert stats["recorded"] == books.states().total()


async def test_every_event_names_why_it_stands_there(shop: tuple[Played, Books]) -> None:
    """One by one: its state, and the reason where nothing left or nobody knows."""
    day, books = shop
    told = await day.ask("/api/events?limit=500")
    assert told["next"] is None
    found = {
        (one["pixel_id"], one["event"], one["event_id"], one["channel"]): (
            one["state"],
            one["reason"],
        )
        for one in told["events"]
    }
    same(found, books.stands())


async def test_every_problem_has_its_counts_times_and_shares(shop: tuple[Played, Books]) -> None:
    """Nothing is told that did not happen, and nothing is missing."""
    day, books = shop
    told = await day.ask("/api/problems?status=all&limit=500")
    assert told["next"] is None
    names = ("pixel_id", "channel", "event", "source", "origin", "code", "reason", "field")
    expected = books.problems()
    numbers = [*next(iter(expected.values()))]
    found = {
        tuple(one[name] for name in names): {name: one[name] for name in numbers}
        for one in told["problems"]
    }
    for group, one in expected.items():
        if group[6] == "pixel_window_over" and group in found:
            _nearly(found[group], one)
    same(found, expected)
    severities = Counter(one["severity"] for one in expected.values())
    assert {name: n for name, n in told["counts"]["open"].items() if n} == dict(severities)


def _nearly(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Take times that are as good as those that are expected: a look every five seconds ends it."""
    for name in ("first_seen", "last_seen"):
        late = datetime.fromisoformat(found[name]) - datetime.fromisoformat(expected[name])
        if timedelta(0) <= late <= timedelta(seconds=5):
            found[name] = expected[name]


async def test_every_pair_has_its_verdict(shop: tuple[Played, Books]) -> None:
    """Row by row: verdict, distance, band, what differs, and the counterpart that was meant."""
    day, books = shop
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    target = "/api/pairs?limit=40"
    while target:
        page = await day.ask(target)
        for one in page["pairs"]:
            key = (one["pixel_id"], one["event"], one["event_id"])
            assert key not in found
            found[key] = one
        target = f"/api/pairs?limit=40&after={page['next']}" if page["next"] else ""
    expected = books.rows()
    numbers = [*next(iter(expected.values()))]
    told = {key: {name: one[name] for name in numbers} for key, one in found.items()}
    for one in told.values():
        one["other"] = one["other"] and one["other"]["event_id"]
    same(told, expected)


@pytest.mark.parametrize("hours", [24, 40, 100])
async def test_the_summary_counts_the_pairs(shop: tuple[Played, Books], hours: int) -> None:
    """Of a day, of some, of all; of each pixel and of both."""
    day, books = shop
    since = day.closed - hours * 3600
    for pixel in (None, *PIXELS):
        only = f"&pixel={pixel}" if pixel else ""
        query = f"/api/pairs?limit=1{only}" + (f"&since={since}" if hours != 24 else "")
        summary = (await day.ask(query))["summary"]
        verdicts = {name: n for name, n in summary["verdicts"].items() if n}
        told = {"actions": summary["actions"], "pair_rate": summary["pair_rate"]}
        assert summary["complete"]
        assert told | {"verdicts": verdicts} == books.summary(since, day.closed, pixel)


async def test_every_key_is_counted_in_its_part(shop: tuple[Played, Books]) -> None:
    """Of each pixel and event name: parts, levers, estimate, and each day by itself."""
    day, books = shop
    told = await day.ask("/api/quality")
    expected = books.quality(7)
    found = {}
    for one in told["events"]:
        parts = expected[one["pixel_id"], one["event"]]["keys"]
        for counts in one["keys"].values():
            assert sum(counts.values()) == one["events"]
        found[one["pixel_id"], one["event"]] = {
            "events": one["events"],
            "leaving": one["leaving"],
            "keys": {key: one["keys"][key] for key in parts},
            "coverage": [lever["coverage"] for lever in one["levers"]],
            "levers": [
                {part: lever[part] for part in ("sent", "suppressed", "missing", "invalid")}
                for lever in one["levers"]
            ],
            "index": one["index"],
            "days": {
                each["date"]: {name: each[name] for name in ("events", "leaving", "keys", "index")}
                for each in one["days"]
            },
        }
    same(found, expected)


async def test_every_order_is_told_with_what_became_of_it(shop: tuple[Played, Books]) -> None:
    """With its amounts, to the last minor unit; and the sums of each currency."""
    day, books = shop
    for pixel in PIXELS:
        orders = books.orders(pixel)
        asked = [
            {"order": one.number, "currency": one.currency, "total": text(one.minor, one.currency)}
            for one in orders
        ]
        body = {"pixel": pixel, "orders": asked}
        reply = await day.gateway.post(body, key=ADMIN_KEY, path="/api/reconcile")
        told = reply.json
        assert told["problems"] == []
        same(
            {one["order"]: one["outcome"] for one in told["results"]},
            {one.number: one.outcome for one in orders},
        )
        wrong = {one.number: one for one in orders if one.sent_minor is not None}
        differing = {
            one["order"]: one["difference"]
            for one in told["results"]
            if one["difference"] is not None and float(one["difference"])
        }
        same(
            differing,
            {
                number: text((one.sent_minor or 0) - one.minor, one.currency)
                for number, one in wrong.items()
            },
        )
        _sums(told["summary"], orders)


def _sums(summary: dict[str, Any], orders: list[Any]) -> None:
    """Compare what is summed up of the orders of a pixel."""
    outcomes = Counter(one.outcome for one in orders)
    assert summary["orders"] == len(orders)
    assert {name: n for name, n in summary["outcomes"].items() if n} == dict(outcomes)
    may = [one for one in orders if one.outcome not in {"suppressed", "cancelled"}]
    share = outcomes["delivered"] / len(may)
    assert summary["share"] == pytest.approx(share, abs=1e-6)
    for currency in DIGITS:
        own = [one for one in orders if one.currency == currency]
        if not own:
            assert currency not in summary["money"]
            continue
        sent = [one for one in own if one.outcome == "delivered"]
        delivered = sum(one.minor if one.sent_minor is None else one.sent_minor for one in sent)
        found = summary["money"][currency]
        assert found["total"] == text(sum(one.minor for one in own), currency)
        assert found["delivered"] == text(delivered, currency)


async def test_the_parts_agree_with_each_other(shop: tuple[Played, Books]) -> None:
    """A refused event is one in the problems, in the counters of alerts and in the statistics."""
    day, _ = shop
    stats = await day.ask("/api/stats")
    problems = (await day.ask("/api/problems?status=all&limit=500"))["problems"]
    store = day.gateway.store
    rollup = await store.rollups.between(day.opened - 60, day.closed)
    for pixel in PIXELS:
        refused = sum(
            one["count"]
            for one in stats["received"]
            if (one["pixel_id"], one["outcome"]) == (pixel, "rejected")
        )
        coded = sum(
            one["since_first_seen"]["count"]
            for one in problems
            if (one["pixel_id"], one["origin"]) == (pixel, "local")
            and one["code"] not in {None, 40900}
        )
        counted = sum(
            one.count for one in rollup.cells if (one.pixel_id, one.name) == (pixel, "rejected")
        )
        assert refused == coded == counted
        remote = sum(
            one["since_first_seen"]["count"]
            for one in problems
            if (one["pixel_id"], one["reason"]) == (pixel, "refused_by_tiktok")
        )
        ended = sum(
            one["count"]
            for one in stats["states"]
            if (one["pixel_id"], one["state"]) == (pixel, "REJECTED")
        )
        counted = sum(
            one.count for one in rollup.cells if (one.pixel_id, one.name) == (pixel, "REJECTED")
        )
        assert remote == ended == counted
