"""The events of a shop's orders are found by what is known of them; the same in each store."""

from dataclasses import replace
from pathlib import Path

from msgspec import structs

from tandemgate.core.reconcile import EVENTS, marks
from tandemgate.model.admission import Tally
from tandemgate.model.event import Channel, Event, Lane
from tandemgate.model.money import Money
from tandemgate.model.order import OrderMarks, Refusal, Sale
from tandemgate.model.state import State
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.retention import Keep
from tests.build import EVENT_TIME, NOW, PIXEL, an_event, some_rules
from tests.contract.conftest import STORE_KEY, StoppedClock, Store
from tests.contract.steps import numbered, send

SECRET = some_rules().fingerprint_key


def order(number: str, *templates: str) -> OrderMarks:
    """By what the events of an order are looked for."""
    return marks(number, PIXEL, EVENTS, SECRET, templates)


async def found(store: Store, *orders: OrderMarks) -> list[list[str]]:
    """The event_ids of each order."""
    return [[sale.event_id for sale in sales] for sales in await store.orders.sales(orders)]


async def test_an_order_is_found_by_its_number(store: Store) -> None:
    """The shop names its events as it likes; the number of the order is what both sides know."""
    await store.ledger.admit([numbered(1, event_id="anything"), numbered(2)])
    assert await found(store, order("o2"), order("o1"), order("o3")) == [
        ["ord_2"],
        ["anything"],
        [],
    ]


async def test_an_order_is_found_by_the_event_id_that_is_made_of_it(store: Store) -> None:
    """Events that state no order_id are named after it."""
    await store.ledger.admit(
        [
            an_event(event_id="ord_7_complete_payment"),
            an_event(event_id="8"),
            an_event(event_id="shop-9"),
        ]
    )
    asked = [order("7"), order("8"), order("9"), order("9", "shop-{order}")]
    assert await found(store, *asked) == [["ord_7_complete_payment"], ["8"], [], ["shop-9"]]


async def test_shopifys_sign_makes_no_difference(store: Store) -> None:
    """The export says #1001 where the webhook said 1001, or the other way round."""
    plain = an_event(event_id="a", properties={"value": 1, "currency": "EUR", "order_id": "1001"})
    signed = an_event(event_id="b", properties={"value": 1, "currency": "EUR", "order_id": "#1002"})
    await store.ledger.admit([plain, signed])
    assert await found(store, order("#1001"), order("1002")) == [["a"], ["b"]]


async def test_all_events_of_an_order_are_told(store: Store) -> None:
    """An order that was sent under two names is counted twice."""
    once = numbered(1)
    again = numbered(1, event="Purchase", event_id="ord_o1_purchase")
    await store.ledger.admit([once, again])
    assert await found(store, order("o1")) == [["ord_1", "ord_o1_purchase"]]


async def test_test_events_other_pixels_and_other_names_are_no_purchases(store: Store) -> None:
    """A test order must not stand for a live one."""
    test = numbered(1, event_id="o1")
    test = structs.replace(
        test,
        key=structs.replace(test.key, channel=Channel.TEST),
        lane=Lane(PIXEL, "TEST1"),
        order=None,
    )
    other = elsewhere(numbered(2, event_id="o2"))
    form = an_event(event="SubmitForm", event_id="o3")
    await store.ledger.admit([test, other, form])
    assert await found(store, order("o1"), order("o2"), order("o3")) == [[], [], []]


def elsewhere(event: Event) -> Event:
    """The same event of another pixel."""
    key = structs.replace(event.key, pixel_id="D0OTHER")
    return structs.replace(event, key=key, lane=Lane("D0OTHER"), order=None)


async def test_a_sale_tells_what_tiktok_was_told(store: Store) -> None:
    """Value, state and request_id are what the marketer takes to TikTok's support."""
    await store.ledger.admit([numbered(1)])
    await send(store.ledger, State.DELIVERED)
    [[sale]] = await store.orders.sales([order("o1")])
    assert sale == Sale(
        seq=1,
        event="CompletePayment",
        event_id="ord_1",
        state=State.DELIVERED,
        reason=None,
        code=0,
        unknown=0,
        event_time=EVENT_TIME,
        received_at=NOW,
        worth=Money(1100, "EUR"),
        request_id="r-1",
    )


async def test_a_corrected_event_is_worth_what_the_correction_says(store: Store) -> None:
    """TikTok refused the first revision, so it never counted."""
    await store.ledger.admit([numbered(1)])
    await send(store.ledger, State.REJECTED)
    properties = {"value": 99.5, "currency": "EUR", "order_id": "o1"}
    await store.ledger.admit([numbered(1, properties=properties)])
    [[sale]] = await store.orders.sales([order("o1")])
    assert (sale.worth, sale.state) == (Money(9950, "EUR"), State.QUEUED)


async def test_a_currency_that_tiktok_does_not_take_is_worth_nothing(store: Store) -> None:
    """The event leaves without its value, and the report must not claim otherwise."""
    properties = {"value": 5, "currency": "ISK", "order_id": "o1"}
    await store.ledger.admit([numbered(1, properties=properties)])
    properties = {"value": 5, "currency": "GEL", "order_id": "o2"}
    await store.ledger.admit([numbered(2, properties=properties)])
    isk, gel = await store.orders.sales([order("o1"), order("o2")])
    assert (isk[0].worth, gel[0].worth) == (Money(5, "ISK"), None)


async def test_nobody_asks_about_no_order(store: Store) -> None:
    """An empty batch is an answer as well."""
    assert await store.orders.sales([]) == []


async def test_why_an_order_was_refused_is_remembered(store: Store) -> None:
    """Nothing of it is in the ledger, and somebody will ask; the last refusal counts."""
    first, second = refused(order("o1"), NOW), refused(order("o2"), NOW)
    again = replace(first, at=NOW + 5, reason="value_missing")
    store.ledger.tally([tallied(first), tallied(second), tallied(again), tallied(None)])
    await store.ledger.admit([numbered(9)])  # what was counted before is durable no later
    asked = [order("#o1"), order("o2"), order("o3")]
    assert await store.orders.refusals(asked) == [again, second, None]
    assert await store.orders.refusals([]) == []


def refused(marks: OrderMarks, at: float) -> Refusal:
    """A refusal of the order with these marks."""
    return Refusal(marks.digests[0], at, 40003, "currency_missing")


def tallied(refusal: Refusal | None) -> Tally:
    """What is counted of a refused purchase."""
    where = (PIXEL, "CompletePayment", Channel.LIVE)
    return Tally(*where, "rejected", "currency_missing", NOW, refusal=refusal)


async def test_refusals_are_forgotten_with_the_events(tmp_path: Path) -> None:
    """No table grows for ever."""
    store = await SqliteStore.open(tmp_path / "ledger.db", STORE_KEY, PatientClock())
    old = refused(order("o1"), NOW - 91 * 86_400)
    store.ledger.tally([tallied(old), tallied(refused(order("o2"), NOW - 86_400))])
    await store.ledger.flush()
    await store.retention.sweep(Keep())
    found = await store.orders.refusals([order("o1"), order("o2")])
    assert [one is None for one in found] == [True, False]
    await store.aclose()


class PatientClock(StoppedClock):
    """It is always NOW, however long one waits."""

    async def sleep(self, seconds: float) -> None:
        del seconds
