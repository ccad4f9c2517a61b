"""One order beside the ledger, and the sums over many."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tandemgate.catalog.orders import OUTCOMES, REMARKS
from tandemgate.catalog.reasons import REASONS
from tandemgate.core.money import is_too_fine
from tandemgate.core.reconcile import Reckoning, judge
from tandemgate.model.money import Money
from tandemgate.model.order import Judged, OrderOutcome, OrderRemark, Refusal, Sale
from tandemgate.model.state import State
from tests.build import EVENT_TIME, NOW

TOTAL = Money(12995, "EUR")


def a_sale(**overrides: Any) -> Sale:  # noqa: ANN401 - Sale checks the names
    """A delivered purchase of 129.95 EUR."""
    sale = Sale(
        seq=1,
        event="CompletePayment",
        event_id="ord_1",
        state=State.DELIVERED,
        reason=None,
        code=0,
        unknown=0,
        event_time=EVENT_TIME,
        received_at=NOW,
        worth=TOTAL,
        request_id="r-1",
    )
    return structs.replace(sale, **overrides)


def judged(*sales: Sale, total: Money = TOTAL) -> Judged:
    """What becomes of one order with these events."""
    return judge("1", total, sales)


def test_a_delivered_order_names_the_request() -> None:
    """The request_id is what TikTok's support asks for."""
    one = judged(a_sale())
    assert (one.outcome, one.request_id, one.difference) == ("delivered", "r-1", "0.00")
    assert (one.total, one.value, one.remarks, one.others) == ("129.95", "129.95", (), ())


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (State.QUEUED, "waiting"),
        (State.RETRY, "waiting"),
        (State.SENDING, "waiting"),
        (State.HELD, "held"),
        (State.SUPPRESSED, "suppressed"),
        (State.REJECTED, "rejected"),
        (State.REVIEW, "undecided"),
        (State.INDETERMINATE, "undecided"),
        (State.CANCELLED, "cancelled"),
        (State.EXPIRED, "expired"),
    ],
)
def test_an_event_that_was_not_delivered_brings_no_money(state: State, outcome: str) -> None:
    """Every state of the ledger is one outcome, and each has its words."""
    one = judged(a_sale(state=state, reason="some_reason"))
    assert (one.outcome, one.reason, one.state) == (outcome, "some_reason", state)
    assert (one.value, one.difference) == (None, None)


def test_an_order_without_events_is_missing() -> None:
    """And the way out is said beside it."""
    one = judged()
    assert (one.outcome, one.event_id) == ("missing", None)
    assert one.fix == OUTCOMES[OrderOutcome.MISSING].fix


def test_an_order_that_was_refused_when_it_came_says_why() -> None:
    """The shop's developer needs the reason, not the word missing."""
    refusal = Refusal(b"o", NOW, 40003, "currency_missing")
    one = judge("1", TOTAL, [], refusal)
    assert (one.outcome, one.code, one.reason) == ("refused", 40003, "currency_missing")
    assert one.fix == REASONS["currency_missing"].fix
    assert judge("1", TOTAL, [a_sale()], refusal).outcome == "delivered"


def test_what_tiktok_refused_is_told_with_its_code_and_fix() -> None:
    """The code's page says what to correct."""
    one = judged(a_sale(state=State.REJECTED, code=40002, reason="refused_by_tiktok"))
    assert (one.outcome, one.code) == ("rejected", 40002)
    assert one.fix.startswith("Correct the named field")
    unlisted = judged(a_sale(state=State.REJECTED, code=49999, reason="refused_by_tiktok"))
    assert unlisted.fix


@pytest.mark.parametrize(
    ("worth", "remark", "difference"),
    [
        (Money(12994, "EUR"), "value_differs", "-0.01"),
        (Money(22995, "EUR"), "value_differs", "100.00"),
        (Money(12995, "USD"), "currency_differs", None),
        (None, "value_unknown", None),
    ],
)
def test_another_value_is_remarked_on(
    worth: Money | None, remark: str, difference: str | None
) -> None:
    """To the cent: a difference is somebody's mistake."""
    one = judged(a_sale(worth=worth))
    assert (one.outcome, one.remarks, one.difference) == ("delivered", (remark,), difference)


def test_a_second_copy_that_counts_is_named() -> None:
    """Two event_ids for one order are two conversions."""
    one = judged(a_sale(), a_sale(seq=2, event_id="px_1"), a_sale(seq=3, event_id="px_2"))
    assert one.remarks == ("sent_twice",)
    assert [other.event_id for other in one.others] == ["px_1", "px_2"]


def test_a_second_copy_that_never_left_does_not_count() -> None:
    """What consent kept here, or TikTok refused, was not counted."""
    refused = a_sale(seq=2, event_id="px_1", state=State.REJECTED)
    assert judged(a_sale(), refused).others == ()
    maybe = a_sale(seq=2, event_id="px_1", state=State.INDETERMINATE, unknown=1)
    assert judged(a_sale(), maybe).remarks == ("sent_twice",)


def test_the_event_that_got_furthest_stands_for_the_order() -> None:
    """An order of which one copy was refused and one delivered has arrived."""
    early = a_sale(seq=1, state=State.REJECTED)
    assert judged(early, a_sale(seq=2, event_id="b")).event_id == "b"
    assert judged(early, a_sale(seq=2, event_id="b", state=State.QUEUED)).outcome == "waiting"


def test_every_outcome_and_remark_has_its_words() -> None:
    """Nobody should have to ask what a word means."""
    assert set(OUTCOMES) == set(OrderOutcome)
    assert set(REMARKS) == set(OrderRemark)
    assert all(told.meaning.endswith(".") for told in (*OUTCOMES.values(), *REMARKS.values()))


def reckoned(*orders: Judged) -> Reckoning:
    """The sums of *orders*."""
    reckoning = Reckoning()
    for one in orders:
        reckoning.add(one)
    return reckoning


def test_what_consent_keeps_back_lowers_no_share() -> None:
    """A shop whose visitors say no has not lost anything on the way."""
    kept = judged(a_sale(state=State.SUPPRESSED))
    reckoning = reckoned(judged(a_sale()), kept)
    assert (reckoning.share(), reckoning.equals) == (1.0, True)
    assert reckoning.told()["money"]["EUR"]["difference"] == "-129.95"
    assert reckoned(kept).share() is None


def test_the_lesser_share_decides() -> None:
    """All orders arrived, but with a tenth of their money."""
    reckoning = reckoned(judged(a_sale(worth=Money(1300, "EUR"))))
    assert reckoning.told()["share"] == 1.0
    assert reckoning.share() == pytest.approx(0.1, abs=0.001)
    assert not reckoning.equals


def test_copies_beside_and_extra_events_have_their_own_sums() -> None:
    """They are no part of what the shop's orders brought."""
    reckoning = reckoned(judged(a_sale(), a_sale(seq=2, event_id="b", worth=Money(5, "USD"))))
    reckoning.add_extra("7.50", "EUR")
    reckoning.add_extra(None, None)
    told = reckoning.told()
    assert (told["copies_beside"], told["extra"], told["equals"]) == (1, 2, False)
    assert told["money"]["USD"]["copies_beside"] == "0.05"
    assert told["money"]["EUR"]["extra"] == "7.50"
    assert told["money"]["EUR"]["difference"] == "0.00"


MINOR = st.integers(0, 10**9)
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
SALES = st.builds(
    a_sale,
    state=st.sampled_from(State),
    worth=st.none() | st.builds(Money, MINOR, CURRENCIES),
)
ORDERS = st.lists(
    st.tuples(st.builds(Money, MINOR, CURRENCIES), st.lists(SALES, max_size=3)), max_size=20
)


@given(ORDERS)
def test_nothing_is_lost_between_the_sums(orders: list[tuple[Money, list[Sale]]]) -> None:
    """Outcomes add up to the orders, and their money to the shop's, exactly."""
    reckoning = reckoned(*(judge("1", total, sales) for total, sales in orders))
    told = reckoning.told()
    assert sum(told["outcomes"].values()) == told["orders"] == len(orders)
    for currency, one in told["money"].items():
        total = sum(money.minor for money, _ in orders if money.currency == currency)
        cells = one["outcomes"].values()
        assert sum(Decimal(cell["total"]) for cell in cells) == Decimal(one["total"])
        assert Decimal(one["total"]).scaleb({"EUR": 2, "JPY": 0, "KWD": 3}[currency]) == total
        assert Decimal(one["delivered"]) - Decimal(one["total"]) == Decimal(one["difference"])


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1234.56", "JPY", True),
        ("1234.5", "KRW", True),
        ("1234.00", "JPY", False),
        ("1234.0000000001", "JPY", False),
        ("12.345", "EUR", False),
        ("23.948739", "EUR", False),
        ("129.95000000000002", "EUR", False),
        ("1.2345", "KWD", False),
    ],
)
def test_a_fraction_of_a_cent_is_no_sign_of_another_currency(
    amount: str, currency: str, *, expected: bool
) -> None:
    """Order systems compute taxes with more decimals and sum up floats; nobody sells half a yen."""
    assert is_too_fine(Decimal(amount), currency) is expected
