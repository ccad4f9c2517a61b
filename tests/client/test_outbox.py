"""What waits: bounded, in order, sent by number or by age, and given up only aloud."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.client.limits import Limits
from tandemgate.client.outbox import Outbox
from tandemgate.client.writing import ATTACH, Envelope, Item
from tests.client.gateways import PIXEL, an_item

PATIENCE = 30.0
ATTACHED = Item("attach", None, b"{}", ATTACH)


class Clock:
    """Seconds, where the test puts them."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def an_outbox(clock: Clock | None = None, **limits: float) -> Outbox:
    """An outbox for one pixel."""
    return Outbox(Envelope(PIXEL), Limits(**limits), clock or Clock())  # type: ignore[arg-type]


def test_a_request_leaves_when_enough_events_wait() -> None:
    """One request an event would be dear, for the shop and for the gateway."""
    outbox = an_outbox(batch=3)
    items = [an_item(f"ord_{number}") for number in range(3)]
    for item in items:
        assert outbox.due() == []
        assert outbox.put(item)
    assert outbox.due() == items


def test_a_request_leaves_when_one_event_waited_long_enough() -> None:
    """At night there is one order an hour."""
    clock = Clock()
    outbox = an_outbox(clock, age=2.0)
    outbox.put(an_item())
    clock.at = 1.9
    assert outbox.due() == []
    clock.at = 2.0
    assert outbox.due() == [an_item()]


def test_what_binds_a_visit_leaves_at_once_and_takes_along_what_was_before_it() -> None:
    """A redirect to the payment page comes next, and its events are the other process's."""
    outbox = an_outbox()
    outbox.put(an_item())
    outbox.put(ATTACHED)
    outbox.put(an_item("ord_2"))
    assert outbox.due() == [an_item()]
    outbox.done(outbox.remove(1))
    assert outbox.due() == [ATTACHED]
    outbox.done(outbox.remove(1))
    assert outbox.due() == []


def test_a_full_outbox_takes_nothing_and_raises_nothing() -> None:
    """The shop's memory is the shop's."""
    outbox = an_outbox(waiting=2)
    assert [outbox.put(an_item()) for _ in range(3)] == [True, True, False]
    outbox.remove(1)
    assert outbox.put(an_item())


def test_bytes_are_bounded_too() -> None:
    """Ten thousand events of a mebibyte each would be ten gigabytes."""
    outbox = an_outbox(waiting=1_000)
    large = Item("Search", None, b"x" * (1 << 20))
    assert [outbox.put(large) for _ in range(65)].count(True) == 64
    outbox.remove(1)
    assert outbox.put(large)


def test_a_closed_outbox_sends_what_it_has_and_takes_no_more() -> None:
    """What comes after the end is told as dropped, not kept for nobody."""
    outbox = an_outbox()
    outbox.put(an_item())
    outbox.close(5.0)
    assert not outbox.put(an_item())
    assert outbox.take() == [an_item()]
    assert outbox.remove(1) == 1
    assert outbox.take() == []


def test_when_time_is_over_the_rest_is_given_up_by_name() -> None:
    """What never left is told, and an answer that comes later finds nothing to tell twice."""
    clock = Clock()
    outbox = an_outbox(clock)
    outbox.put(an_item())
    outbox.close(5.0)
    clock.at = 5.0
    assert outbox.take() == []
    assert outbox.clear() == [an_item()]
    assert outbox.remove(1) == 0


def test_a_flush_ends_when_all_before_it_was_answered() -> None:
    """Sending is not enough: the answer may be a refusal."""
    outbox = an_outbox()
    assert outbox.flush(0)
    outbox.put(an_item())
    assert not outbox.flush(0)
    assert outbox.due() == [an_item()]
    flushed: list[bool] = []
    thread = threading.Thread(target=lambda: flushed.append(outbox.flush(PATIENCE)))
    thread.start()
    outbox.done(outbox.remove(1))
    thread.join(PATIENCE)
    assert flushed == [True]


def test_a_pause_ends_when_the_end_begins() -> None:
    """A process that ends in a minute's pause would lose what one more try delivers."""
    outbox = Outbox(Envelope(PIXEL), Limits())
    outbox.put(an_item())
    paused: list[bool] = []
    thread = threading.Thread(target=lambda: paused.append(outbox.pause(600)))
    thread.start()
    outbox.close(PATIENCE)
    thread.join(PATIENCE)
    assert paused == [True]
    assert not outbox.pause(600), "there is no time for it"
    assert outbox.pause(0.001)


@given(
    steps=st.lists(
        st.one_of(st.just("put"), st.just("attach"), st.just("flush"), st.integers(1, 5)),
        max_size=60,
    ),
    batch=st.integers(1, 4),
)
def test_whatever_happens_each_item_leaves_once_and_in_order(
    steps: list[str | int], batch: int
) -> None:
    """Whole requests or parts of them: nothing is lost, doubled or overtaken."""
    outbox = an_outbox(batch=batch, waiting=20)
    entered, left = [], []
    for number, step in enumerate(steps):
        if step == "flush":
            outbox.flush(0)
        elif isinstance(step, int):
            taken = outbox.due()[:step]
            left += taken
            assert outbox.remove(len(taken)) == len(taken)
        else:
            address = ATTACH if step == "attach" else "/v1/events"
            item = Item("any", str(number), b"{}", address)
            entered += [item] if outbox.put(item) else []
    outbox.close(1.0)
    while taken := outbox.take():
        assert len({item.address for item in taken}) == 1
        left += taken
        outbox.remove(len(taken))
    assert left == entered


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"waiting": 0}, "Limits.waiting is 0"),
        ({"age": -1.0}, "Limits.age is -1.0"),
        ({"batch": 5000}, "at most 1000 events"),
        ({"timeout": "10"}, "Limits.timeout is '10'"),
    ],
)
def test_a_limit_that_can_not_be_meant_is_refused(limits: dict[str, float], named: str) -> None:
    """At the start, where somebody looks."""
    with pytest.raises(ValueError, match=named):
        Limits(**limits)  # type: ignore[arg-type]
