"""A shop of known truth: every number of a comparison beside one that is worked out by hand."""

import asyncio
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tandemgate.cli.reconcile.books import Asked, Books, compare, find_extra, terms_of
from tandemgate.cli.reconcile.results import results
from tandemgate.cli.reconcile.sheetfile import opened
from tandemgate.cli.reconcile.words import told
from tandemgate.core.reconcile import EVENTS
from tandemgate.model.delivery import NoAnswer, Reply
from tandemgate.model.operation import Pause
from tandemgate.model.order import SheetField
from tandemgate.model.rules import Clocks
from tandemgate.web.parts import PixelCard
from tests.build import PIXEL, a_policy, an_item, some_rules
from tests.cli.shop_books import Nearby
from tests.flow.world import OK, World, says
from tests.web.gateway import Gateway

HOUR: Final = 3_600
CLOCKS: Final = Clocks(dedup_window=4 * HOUR, event_age_limit=6 * HOUR)
"""Shorter than TikTok's, so that an old event is not tried again for days."""

DIGITS: Final = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}
PER_FATE: Final = 25
OF_THE_EARLY: Final = 4
"""Those are tried again and again for hours."""

SAID_BY_TIKTOK: Final = {"rejected": says(40002, "value is wrong"), "review": says(49_999, "?")}
LOST: Final = NoAnswer("reset", 0.1)

EARLY: Final = {"indeterminate": "undecided", "expired": "expired"}
LIVELY: Final = {
    "delivered": "delivered",
    "dearer": "delivered",
    "changed": "delivered",
    "unlisted": "delivered",
    "twice": "delivered",
    "rejected": "rejected",
    "review": "undecided",
}
LATE: Final = {
    "waiting": "waiting",
    "held": "held",
    "suppressed": "suppressed",
    "withdrawn": "cancelled",
    "at_the_door": "refused",
}
NEVER: Final = {"never": "missing"}
FATES: Final = EARLY | LIVELY | LATE | NEVER
"""What happens to an order -> what is said of it."""


@dataclass(frozen=True)
class Order:
    """One order of the shop, and what was made of it: amounts in minor units."""

    number: str
    fate: str
    currency: str
    total: int
    sent: int
    sent_currency: str
    at: int

    @property
    def event_id(self) -> str:
        return f"{self.fate}-{self.number}"


def the_shop(dice: Random, fates: dict[str, str], at: int) -> Iterator[Order]:
    """Orders of each fate, all different."""
    for fate in fates:
        for _ in range(OF_THE_EARLY if fate in EARLY else PER_FATE):
            currency, total = dice.choice([*DIGITS]), dice.randint(1, 9_999_999)
            yield Order(
                number=f"{fate[:2].upper()}{dice.randrange(10**8)}",
                fate=fate,
                currency=currency,
                total=total,
                sent=total + (dice.randint(1, 5000) if fate == "dearer" else 0),
                sent_currency={"changed": "CHF", "unlisted": "GEL"}.get(fate, currency),
                at=at - dice.randint(0, 60),
            )


def item(order: Order, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """The event that the shop's backend sends."""
    value = order.sent / 10 ** DIGITS.get(order.sent_currency, 2)
    person = f"{order.number}@shop.example"
    consent = {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED", "region": "DE"}
    if order.fate == "held":
        consent = {"region": "DE"}
    child = {"child": True} if order.fate == "suppressed" else {}
    properties = {"value": value, "currency": order.sent_currency, "order_id": order.number}
    if order.fate == "at_the_door":
        del properties["currency"]
    return an_item(
        event_id=order.event_id,
        event_time=order.at,
        user={"email": person, "ip": "203.0.113.42", "user_agent": "Mozilla/5.0"},
        properties=properties,
        consent={**consent, **child},
        **more,
    )


def answer(ids: list[str]) -> Reply:
    """What TikTok says of an event, by what its order is to become."""
    fate = ids[0].partition("-")[0]
    return LOST if fate == "indeterminate" else SAID_BY_TIKTOK.get(fate, OK)


async def live(dice: Random) -> tuple[Gateway, list[Order]]:
    """Let a shop sell for a day, through the real intake and the real dispatcher."""
    rules = some_rules(policy=a_policy(hold_for_consent=3600.0))
    async with World(answer, max_batch_events=1, concurrency=8, clocks=CLOCKS) as world:
        gateway = Gateway(
            store=world.ledger,
            clock=world.clock,  # type: ignore[arg-type]
            rules={PIXEL: rules},
            pixels={PIXEL: PixelCard()},
        )

        async def sell(fates: dict[str, str]) -> list[Order]:
            orders = list(the_shop(dice, fates, int(world.clock.wall)))
            for order in orders:
                if order.fate != "never":
                    await gateway.sent(item(order))
                if order.fate == "twice":
                    again = {"event": "Purchase", "event_id": f"again-{order.number}"}
                    await gateway.sent(item(order) | again)
            return orders

        world.start()
        lost = await sell({"indeterminate": ""})
        await world.pass_time(10)
        world.paused[PIXEL] = Pause(world.clock.wall)
        old = await sell({"expired": ""})
        await world.pass_time(7 * HOUR)
        del world.paused[PIXEL]
        world.dispatcher.hasten(PIXEL)
        await world.pass_time(60)
        today = await sell(LIVELY | {"extra": ""})
        await world.pass_time(120)
        world.paused[PIXEL] = Pause(world.clock.wall)
        late = await sell(LATE | NEVER)
        for order in late:
            if order.fate == "withdrawn":
                whose = {"email": f"{order.number}@shop.example"}
                said = {"user": whose, "ad_user_data": "DENIED"}
                reply = await gateway.post(said, path="/v1/consent")
                assert reply.json["cancelled"] == 1
        return gateway, [*lost, *old, *today, *late]


def german(minor: int, currency: str) -> str:
    """An amount as a German spreadsheet writes it."""
    digits = DIGITS[currency]
    text = f"{Decimal(minor).scaleb(-digits):,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,"))


PLANTED: Final = [
    "NO1;1,00;EUR;failed;",
    "NO2;-5,00;EUR;paid;",
    ";5,00;EUR;paid;",
    "BAD1;five;EUR;paid;",
    "BAD2;5,00;EURO;paid;",
    "BAD3;5,00",
    "anna@shop.example;5,00;EUR;paid;",
]
FAULTS: Final = 5


def written(orders: list[Order], file: Path, dice: Random) -> None:
    """The order system's export, its lines in any order, with a few wrong ones among them."""
    lines = [
        f"{one.number};{german(one.total, one.currency)};{one.currency};paid;"
        f"{datetime.fromtimestamp(one.at, UTC):%Y-%m-%d %H:%M:%S}"
        for one in orders
        if one.fate != "extra"
    ]
    lines += [*PLANTED, *dice.sample(lines, 7)]
    dice.shuffle(lines)
    twin = orders[0]
    lines.append(f"{twin.number};{german(twin.total + 1, twin.currency)};{twin.currency};paid;")
    file.write_text("\n".join(["Bestellung;Summe;Währung;Status;Bezahlt am", *lines]), "cp1252")


@dataclass(frozen=True)
class Case:
    """What the shop did, and what the comparison found."""

    orders: list[Order]
    books: Books
    told: dict[str, Any]
    rows: list[dict[str, str]]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """One shop, compared as the verb does it."""
    folder = tmp_path_factory.mktemp("books")
    dice = Random(20_260_423)  # noqa: S311 - the same shop in every run
    gateway, orders = asyncio.run(live(dice))
    written(orders, folder / "orders.csv", dice)
    client = Nearby(gateway)
    terms, asked = terms_of(client, None), Asked(EVENTS, most=10_000)
    columns = {
        SheetField.ORDER: "Bestellung",
        SheetField.TOTAL: "Summe",
        SheetField.CURRENCY: "Währung",
        SheetField.PAID_AT: "Bezahlt am",
    }
    with (
        opened(str(folder / "orders.csv"), columns, terms.amounts, "cp1252") as sheet,
        results(folder / "out.csv") as out,
    ):
        books = compare(client, sheet, terms, asked, tick=lambda *_: None, write=out.order)
        find_extra(client, terms, asked, books, out.extra)
    with (folder / "out.csv").open(newline="") as rows:
        found = list(csv.DictReader(rows))
    return Case(orders, books, json.loads(json.dumps(told(books, terms, 0.98, "f"))), found)


def text(minor: int, currency: str) -> str:
    """An amount as the report writes it."""
    return f"{Decimal(minor).scaleb(-DIGITS.get(currency, 2)):.{DIGITS.get(currency, 2)}f}"


def test_every_order_is_told_with_what_became_of_it(case: Case) -> None:
    """Hundreds of orders in every state; not one is mistaken for another."""
    expected = {one.number: FATES[one.fate] for one in case.orders if one.fate != "extra"}
    assert len(expected) > 300
    assert {row["order"]: row["outcome"] for row in case.rows if row["order"]} == expected


def test_the_counts_are_those_of_the_truth(case: Case) -> None:
    """Counted by hand from what the shop did."""
    expected = Counter(FATES[one.fate] for one in case.orders if one.fate != "extra")
    assert {name: n for name, n in case.told["outcomes"].items() if n} == dict(expected)
    assert case.told["orders"] == sum(expected.values())
    kept = expected["suppressed"] + expected["cancelled"]
    assert case.told["may_leave"] == sum(expected.values()) - kept
    share = expected["delivered"] / (sum(expected.values()) - kept)
    assert case.told["share"] == pytest.approx(share, abs=1e-6)
    assert case.told["remarks"] == {
        "value_differs": PER_FATE,
        "currency_differs": PER_FATE,
        "value_unknown": PER_FATE,
        "sent_twice": PER_FATE,
    }
    assert (case.told["copies_beside"], case.told["extra"]) == (PER_FATE, PER_FATE)


def test_the_money_is_that_of_the_truth(case: Case) -> None:
    """To the last minor unit, in each currency."""
    shop: defaultdict[str, int] = defaultdict(int)
    may: defaultdict[str, int] = defaultdict(int)
    sent: defaultdict[str, int] = defaultdict(int)
    twice: defaultdict[str, int] = defaultdict(int)
    extra: defaultdict[str, int] = defaultdict(int)
    cells: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in case.orders:
        if one.fate == "extra":
            extra[one.currency] += one.sent
            continue
        outcome = FATES[one.fate]
        shop[one.currency] += one.total
        cells[one.currency, outcome] += one.total
        if outcome not in {"suppressed", "cancelled"}:
            may[one.currency] += one.total
        if outcome == "delivered" and one.fate != "unlisted":
            sent[one.sent_currency] += one.sent
        if one.fate == "twice":
            twice[one.currency] += one.sent
    assert set(case.told["money"]) == {*DIGITS, "CHF"}
    for currency, found in case.told["money"].items():
        assert found["total"] == text(shop[currency], currency)
        assert found["may_leave"] == text(may[currency], currency)
        assert found["delivered"] == text(sent[currency], currency)
        assert found["difference"] == text(sent[currency] - shop[currency], currency)
        assert found["copies_beside"] == text(twice[currency], currency)
        assert found["extra"] == text(extra[currency], currency)
        share = sent[currency] / may[currency] if may[currency] else None
        assert found["share"] == (None if share is None else pytest.approx(share, abs=1e-6))
        assert {name: cell["total"] for name, cell in found["outcomes"].items()} == {
            outcome: text(minor, currency)
            for (one, outcome), minor in cells.items()
            if one == currency
        }
    least = min([case.told["share"], *(sent[one] / may[one] for one in DIGITS)])
    assert case.told["least_share"] == pytest.approx(least, abs=1e-6)


def test_every_difference_is_told_with_its_amount(case: Case) -> None:
    """Order by order."""
    rows = {row["order"]: row for row in case.rows}
    for one in case.orders:
        if one.fate == "dearer":
            assert rows[one.number]["difference"] == text(one.sent - one.total, one.currency)
            assert rows[one.number]["remarks"] == "value_differs"
        if one.fate == "delivered":
            assert rows[one.number]["request_id"] == "r1"
            assert Decimal(rows[one.number]["difference"]) == 0
        if one.fate == "rejected":
            assert (rows[one.number]["code"], rows[one.number]["reason"]) == (
                "40002",
                "refused_by_tiktok",
            )
        if one.fate == "at_the_door":
            assert (rows[one.number]["code"], rows[one.number]["reason"]) == (
                "40003",
                "currency_missing",
            )
        if one.fate == "twice":
            assert rows[one.number]["others"] == f"Purchase/again-{one.number}"


def test_what_the_file_does_not_know_is_told(case: Case) -> None:
    """An event in the time of the file that belongs to none of its orders."""
    extra = {one.event_id for one in case.orders if one.fate == "extra"}
    assert {row["event_id"] for row in case.rows if row["outcome"] == "extra"} == extra


def test_what_was_planted_is_told_and_nothing_else(case: Case) -> None:
    """Wrong lines are counted apart and cost no other line its answer."""
    assert case.told["lines_not_read"] == FAULTS + 1
    assert case.told["left_out"] == {"not_sold": 1, "negative": 1, "repeated": 7}
    assert "anna" not in json.dumps(case.told)
