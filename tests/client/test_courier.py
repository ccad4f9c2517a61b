"""What is sent again, what is not, and what is told of it."""

import logging

import pytest

from tandemgate.client.answers import Reply, Unreachable
from tandemgate.client.results import Problem, Result
from tests.client.gateways import (
    EMAIL,
    REFUSED_CONNECTION,
    Scripted,
    Shop,
    a_reply,
    an_item,
    refused,
)


def results(*outcomes: tuple[str, str]) -> Reply:
    """Answer each event by its own outcome."""
    told = [{"event_id": event_id, "outcome": outcome} for event_id, outcome in outcomes]
    return a_reply(202, {"results": told})


@pytest.mark.parametrize(
    "failure",
    [
        REFUSED_CONNECTION,
        Reply(408, b""),
        Reply(429, b"", "1"),
        Reply(500, b""),
        Reply(503, b"", "5"),
        Reply(200, b"<html>maintenance</html>"),
    ],
)
def test_what_may_be_taken_later_is_sent_again_as_it_was(failure: Reply) -> None:
    """The same bytes, so that the gateway knows them again if only its answer was lost."""
    shop = Shop(Scripted([failure, failure]))
    shop.deliver([an_item("ord_1"), an_item("ord_2")])
    assert len(set(shop.post.bodies)) == 1
    assert len(shop.post.bodies) == 3
    assert shop.outcomes == {"ord_1": "accepted", "ord_2": "accepted"}


@pytest.mark.parametrize("status", [302, 401, 403, 404, 405, 415])
def test_what_will_never_be_taken_is_sent_once_and_told(status: int) -> None:
    """Asking forever would hold up what is good, and nobody would hear of it."""
    shop = Shop(Scripted([refused(status, "key_unknown", "see tandemgate keys")]))
    shop.deliver([an_item("ord_1"), an_item("ord_2")])
    assert len(shop.post.bodies) == 1
    problem = Problem("key_unknown", "", "see tandemgate keys")
    assert shop.told == [
        Result("CompletePayment", "ord_1", "rejected", (problem,)),
        Result("CompletePayment", "ord_2", "rejected", (problem,)),
    ]


def test_the_gateways_wish_is_kept_and_waits_grow() -> None:
    """A gateway that is in trouble gets more of it from shops that hurry."""
    shop = Shop(Scripted([REFUSED_CONNECTION, Reply(503, b"", "5"), REFUSED_CONNECTION]))
    assert shop.outbox.put(an_item())
    shop.courier.deliver([an_item()])
    assert shop.outbox.pauses == [0.5, 6.0, 2.0]


def test_at_the_end_the_pace_is_even() -> None:
    """A minute's pause would be the rest of the process."""
    shop = Shop(Scripted([REFUSED_CONNECTION] * 5))
    shop.deliver([an_item()])
    assert shop.outbox.pauses == [0.5] * 5


def test_an_answer_that_comes_after_the_end_is_not_told_twice() -> None:
    """The event was told as dropped by then; that it arrived, the gateway knows."""

    class Late(Scripted):
        def __call__(self, address: str, body: bytes, timeout: float) -> Reply | Unreachable:
            shop.teller.dropped(shop.outbox.clear(), Problem("not_sent_in_time"))
            return super().__call__(address, body, timeout)

    shop = Shop(Late())
    shop.deliver([an_item("ord_1"), an_item("ord_2")])
    assert shop.outcomes == {"ord_1": "dropped", "ord_2": "dropped"}
    assert shop.teller.counts() == {"dropped": 2}


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("bad", [0, 3, 6])
def test_one_event_that_spoils_a_request_is_refused_alone(status: int, bad: int) -> None:
    """One bad event never fails its neighbours."""
    ids = [f"ord_{number}" for number in range(7)]

    class Strict(Scripted):
        def __call__(self, address: str, body: bytes, timeout: float) -> Reply:
            if f'"ord_{bad}"'.encode() in body:
                self.bodies.append(body)
                return refused(status, "too_deep")
            reply = super().__call__(address, body, timeout)
            assert isinstance(reply, Reply)
            return reply

    shop = Shop(Strict())
    shop.deliver([an_item(event_id) for event_id in ids])
    expected = dict.fromkeys(ids, "accepted") | {f"ord_{bad}": "rejected"}
    assert shop.outcomes == expected
    assert [result.event_id for result in shop.told] == ids
    assert len(shop.outbox) == 0


def test_every_answer_is_read_and_its_faults_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """By event_id, reason and fix: no answer unread is what the product promises."""
    fault = {
        "reason": "currency_invalid",
        "field": "/data/1/properties/currency",
        "received": "EURO",
        "fix": "send EUR",
    }
    why = "currency_invalid at /properties/currency; fix: send EUR"
    told = [
        {"event_id": "ord_0", "outcome": "accepted"},
        *(
            {"event_id": f"ord_{number}", "outcome": "rejected", "problems": [fault]}
            for number in range(1, 6)
        ),
        {"event_id": "ord_6", "outcome": "conflict", "problems": [{"reason": "value_differs"}]},
    ]
    shop = Shop(Scripted([a_reply(202, {"results": told})]))
    shop.deliver([an_item(f"ord_{number}") for number in range(7)])
    assert [record.getMessage() for record in caplog.records] == [
        f"5 rejected: {why} (ord_1, ord_2, ord_3, ...)",
        "1 conflict: value_differs (ord_6)",
    ]
    assert shop.teller.counts() == {"accepted": 1, "rejected": 5, "conflict": 1}


def test_that_nobody_answers_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """And that it is over, once: an hour's outage is two lines."""
    shop = Shop(Scripted([REFUSED_CONNECTION] * 50))
    shop.deliver([an_item("ord_1"), an_item("ord_2")])
    assert [record.getMessage() for record in caplog.records] == [
        "no answer from the gateway (ConnectionRefusedError); 2 events wait",
        "the gateway answers again",
    ]


def test_no_person_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Refusals, drops and a callback that raises: none of them repeats what was reported."""
    caplog.set_level(logging.DEBUG)

    def raising(result: Result) -> None:
        raise RuntimeError(f"{EMAIL} {result}")

    shop = Shop(Scripted([refused(401, "key_unknown"), results((EMAIL[:4], "rejected"))]))
    shop.teller._on_result = raising  # noqa: SLF001 - the shop's own mistake
    shop.outbox.put(an_item(EMAIL, user={"email": EMAIL}))
    shop.courier.deliver(shop.outbox.due() or [an_item(EMAIL)])
    shop.deliver([an_item("ord_1", user={"email": EMAIL})])
    shop.teller.dropped([an_item(EMAIL, user={"email": EMAIL})], Problem("queue_full"))
    assert len(caplog.records) >= 5
    assert EMAIL not in caplog.text


def test_drops_are_logged_when_they_begin_and_when_they_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A thousand lines a second would be the next outage."""
    shop = Shop(Scripted())
    for number in range(1_000):
        shop.teller.dropped([an_item(f"ord_{number}")], Problem("queue_full", fix="look"))
    shop.deliver([an_item("ord_1000")])
    assert [record.getMessage() for record in caplog.records] == [
        "1 dropped: queue_full; fix: look",
        "1000 were dropped in all before the gateway answered",
    ]
    assert shop.teller.counts() == {"dropped": 1_000, "accepted": 1}
    assert [result.outcome for result in shop.told].count("dropped") == 1_000


def test_a_callback_that_raises_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It runs in the thread that all later events need."""
    shop = Shop(Scripted())

    def raising(_result: Result) -> None:
        raise KeyError(EMAIL)

    shop.teller._on_result = raising  # noqa: SLF001 - the shop's own mistake
    shop.deliver([an_item("ord_1"), an_item("ord_2")])
    assert shop.teller.counts() == {"accepted": 2}
    assert {record.getMessage() for record in caplog.records} == {
        "on_result raised KeyError for 2 of 2"
    }
