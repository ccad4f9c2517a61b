"""The client as a shop uses it, against a gateway at a real address."""

import json
import os
import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from tandemgate.client import Client, Limits, NotTaken, Problem, Result, captured_events
from tandemgate.client.exchange import exchange
from tandemgate.client.visitor import Visitor, visiting
from tests.client.gateways import (
    EMAIL,
    KEY,
    PIXEL,
    REFUSED_CONNECTION,
    Scripted,
    Socket,
    a_reply,
    a_socket,
    an_item,
    refused,
)

PATIENCE = 30.0
NOWHERE = "http://127.0.0.1:9"
SESSION = "S1Yw0b0nGq9n3F6mP2vQxA"
OVERLOADED = a_reply(503, {"problems": []}, "0")


@pytest.fixture
def gateway() -> Iterator[Socket]:
    """A gateway that takes everything."""
    with a_socket() as listening:
        yield listening


def test_what_is_tracked_arrives_with_the_key(gateway: Socket) -> None:
    """The first thing that anybody tries."""
    told: list[Result] = []
    with Client(gateway.url, KEY, PIXEL, on_result=told.append) as client:
        assert client.track("CompletePayment", event_id="ord_1", value=9.5, currency="EUR")
        assert client.flush(PATIENCE)
        assert told == [Result("CompletePayment", "ord_1", "accepted")]
        assert client.counts() == {"accepted": 1, "waiting": 0}
    ((path, headers, body),) = gateway.requests
    assert path == "/v1/events"
    assert headers["Authorization"] == f"Bearer {KEY}"
    envelope = json.loads(body)
    assert (envelope["event_source"], envelope["event_source_id"]) == ("web", PIXEL)
    (event,) = envelope["data"]
    assert abs(event["event_time"] - time.time()) < PATIENCE


def test_a_code_of_test_events_goes_along(gateway: Socket) -> None:
    """A shop's staging must not count."""
    with Client(gateway.url, KEY, PIXEL, test_event_code="TEST123") as client:
        client.track("Search", event_id="s_1")
    assert json.loads(gateway.requests[0][2])["test_event_code"] == "TEST123"


def test_many_threads_lose_and_double_nothing(gateway: Socket) -> None:
    """A server has as many threads as it has customers."""
    with Client(gateway.url, KEY, PIXEL, limits=Limits(batch=7)) as client:

        def report(worker: int) -> None:
            for number in range(50):
                client.track("Search", event_id=f"s_{worker}_{number}")

        threads = [threading.Thread(target=report, args=(worker,)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert client.flush(PATIENCE)
    assert sorted(gateway.event_ids) == sorted(f"s_{w}_{n}" for w in range(8) for n in range(50))


def test_checkout_goes_on_when_nobody_answers(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is the matter, `track` comes back at once, and what is lost is told by name."""
    told: list[Result] = []
    limits = Limits(waiting=2, age=0.01)
    client = Client(NOWHERE, KEY, PIXEL, on_result=told.append, limits=limits)
    tracked = [client.track("Search", event_id=f"s_{number}") for number in range(3)]
    assert tracked == [True, True, False]
    assert not client.flush(0.05)
    client.close(0.0)
    assert not client.track("Search", event_id="s_4")
    assert [(one.event_id, one.outcome, one.problems[0].reason) for one in told] == [
        ("s_2", "dropped", "queue_full"),
        ("s_0", "dropped", "not_sent_in_time"),
        ("s_1", "dropped", "not_sent_in_time"),
        ("s_4", "dropped", "client_closed"),
    ]
    assert client.counts() == {"dropped": 4, "waiting": 0}
    assert "2 dropped: not_sent_in_time; fix: close(timeout) with more time" in caplog.text


def test_data_that_is_no_json_is_told_and_raises_nothing(
    gateway: Socket, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in the shop's reporting must not cost the order."""
    told: list[Result] = []
    with Client(gateway.url, KEY, PIXEL, on_result=told.append) as client:
        assert not client.track("Search", event_id="s_1", value=object())  # type: ignore[arg-type]
        assert not client.track("Search", event_id="s_2", description="x" * (1 << 20))
        assert client.track("Search", event_id="s_3")
    outcomes = [(one.event_id, one.outcome, one.problems[:1]) for one in told]
    assert outcomes[0][:2] == ("s_1", "rejected")
    assert outcomes[1][:2] == ("s_2", "dropped")
    assert outcomes[2] == ("s_3", "accepted", ())
    assert "1 rejected: unwritable at /properties/value; fix: pass text" in caplog.text
    assert "s_1" not in caplog.text, "nobody has looked yet whether it names a person"
    assert gateway.event_ids == ["s_3"]


def test_an_object_that_raises_when_it_is_read_costs_no_order(gateway: Socket) -> None:
    """ORMs load what is lazy when it is looked at, and databases fail."""

    class Lazy(dict[str, Any]):
        def items(self) -> NoReturn:
            raise ConnectionError(EMAIL)

        def keys(self) -> NoReturn:
            raise ConnectionError(EMAIL)

    told: list[Result] = []
    with (
        visiting(Visitor(SESSION, "93.184.215.14")),
        Client(gateway.url, KEY, PIXEL, on_result=told.append) as client,
    ):
        assert not client.track("Search", event_id="s_1", user=Lazy(email=EMAIL))  # type: ignore[arg-type]
        assert client.send("Search", user=Lazy(email=EMAIL)) == told[0]  # type: ignore[arg-type]
    problem = Problem("unwritable", fix="reading it raised ConnectionError")
    assert told == [Result("Search", None, "rejected", (problem,))]


@pytest.mark.parametrize(
    ("url", "key", "pixel", "named"),
    [
        ("127.0.0.1:8080", KEY, PIXEL, "state where the gateway listens"),
        ("ftp://127.0.0.1", KEY, PIXEL, "url is ftp"),
        ("http://user:secret@127.0.0.1", KEY, PIXEL, "more than host, port and path"),
        ("http://127.0.0.1:8080?x=1", KEY, PIXEL, "more than host, port and path"),
        ("http://127.0.0.1:99999", KEY, PIXEL, "Port out of range"),
        (NOWHERE, "", PIXEL, "key is empty"),
        (NOWHERE, "sk_a\r\nX-Evil: 1", PIXEL, "key is empty or has a blank"),
        (NOWHERE, "pk_shop", PIXEL, "public key"),
        (NOWHERE, KEY, "C9 ABC", "pixel is 'C9 ABC'"),
    ],
)
def test_what_can_not_work_is_said_at_construction(
    url: str, key: str, pixel: str, named: str
) -> None:
    """That is when a developer looks; at checkout nobody does."""
    with pytest.raises(ValueError, match=named) as raised:
        Client(url, key, pixel)
    assert "secret" not in str(raised.value)
    assert "Evil" not in str(raised.value)


def test_the_key_is_in_no_representation() -> None:
    """Error trackers print every local."""
    client = Client(NOWHERE, KEY, PIXEL)
    assert KEY not in f"{client!r} {vars(client)!r}"
    client.close(0)


def test_send_waits_for_the_answer(gateway: Socket) -> None:
    """A webhook tells its caller whether to come again."""
    gateway.replies = [OVERLOADED]
    with Client(gateway.url, KEY, PIXEL) as client:
        result = client.send("CompletePayment", event_id="ord_1", value=9.5, currency="EUR")
    assert result == Result("CompletePayment", "ord_1", "accepted")
    assert gateway.event_ids == ["ord_1", "ord_1"]


def test_send_says_when_it_was_not_taken() -> None:
    """Whoever hears nothing takes it for done."""
    client = Client(NOWHERE, KEY, PIXEL)
    with pytest.raises(NotTaken, match="ConnectionRefusedError") as raised:
        client.send("CompletePayment", event_id="ord_1", timeout=0.1, user={"email": EMAIL})
    assert raised.value.status is None
    assert EMAIL not in str(raised.value)
    client.close(0)


def test_send_names_why_a_request_was_refused() -> None:
    """A wrong key is mended by people, not by another try."""
    with a_socket(refused(401, "key_unknown", "see tandemgate keys")) as gateway:
        client = Client(gateway.url, KEY, PIXEL)
        with pytest.raises(NotTaken, match="key_unknown; fix: see tandemgate keys") as raised:
            client.send("CompletePayment", event_id="ord_1")
        client.close()
    assert raised.value.status == 401
    assert raised.value.problems == (Problem("key_unknown", "", "see tandemgate keys"),)
    assert len(gateway.requests) == 1


def test_an_exchange_tries_again_within_its_time() -> None:
    """And not once more: somebody waits."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    post = Scripted([REFUSED_CONNECTION] * 100)
    with pytest.raises(NotTaken):
        exchange(
            post, an_item(), b"{}", 10.0, clock=lambda: now[0], sleep=sleep, chance=lambda: 0.0
        )
    assert now == [0.5 + 1 + 2 + 4]
    assert len(post.bodies) == 5


def test_a_redirect_gets_neither_key_nor_person() -> None:
    """It may lead to another host."""
    with a_socket(a_reply(302, {})) as gateway:
        with pytest.raises(NotTaken, match="without a redirect"):
            Client(gateway.url, KEY, PIXEL).send("Search", event_id="s_1")
        assert [path for path, _, _ in gateway.requests] == ["/v1/events"]


def test_a_gateway_below_a_path_is_found(gateway: Socket) -> None:
    """Behind a proxy it may have no host of its own."""
    with Client(f"{gateway.url}/tandem/", KEY, PIXEL) as client:
        client.track("Search", event_id="s_1")
    assert gateway.requests[0][0] == "/tandem/v1/events"


def test_an_order_is_bound_to_its_visit(gateway: Socket) -> None:
    """Before the redirect to the payment page drops it."""
    told: list[Result] = []
    with Client(gateway.url, KEY, PIXEL, on_result=told.append) as client:
        assert not client.attach(order=10493), "nobody's visit"
        assert client.attach(SESSION, order=10493)
        assert client.flush(PATIENCE)
    ((path, _, body),) = gateway.requests
    expected = {"session": SESSION, "refs": {"order": "10493"}, "event_source_id": PIXEL}
    assert (path, json.loads(body)) == ("/v1/attach", expected)
    assert told == [Result("attach", None, "bound")]


def test_a_decision_is_told_and_answered(gateway: Socket) -> None:
    """A withdrawal that waits in a queue is none yet."""
    with Client(gateway.url, KEY, PIXEL) as client:
        answer = client.consent(user={"email": EMAIL}, ad_user_data="DENIED")
    assert answer["cancelled"] == 2
    ((path, _, body),) = gateway.requests
    assert path == "/v1/consent"
    assert json.loads(body) == {
        "user": {"email": EMAIL},
        "ad_user_data": "DENIED",
        "event_source_id": PIXEL,
    }


def test_a_decision_that_is_no_json_is_not_taken_for_told() -> None:
    """Somebody withdrew, and must not hear that it is done."""
    client = Client(NOWHERE, KEY, PIXEL)
    with pytest.raises(NotTaken, match="unwritable at /user/email; fix: pass text or a number"):
        client.consent(user={"email": object()})  # type: ignore[arg-type]
    client.close()


def test_nothing_leaves_while_a_test_captures() -> None:
    """A shop's own tests need no gateway."""
    client = Client(NOWHERE, KEY, PIXEL)
    with captured_events() as events, visiting(Visitor(SESSION)):
        assert client.track("CompletePayment", event_id="ord_1", value=9.5, currency="EUR")
        assert client.send("Search", event_id="s_1").outcome == "captured"
        client.attach(order="10493")
        client.consent(ad_user_data="DENIED")
        thread = threading.Thread(target=client.track, args=("Search",), kwargs={"event_id": "s_2"})
        thread.start()
        thread.join()
    assert [event["event_id"] for event in events] == ["ord_1", "s_1", "s_2"]
    assert events[0]["properties"] == {"value": 9.5, "currency": "EUR"}
    assert events[0]["session"] == SESSION
    assert events.attached[0]["refs"] == {"order": "10493"}
    assert events.decisions[0]["session"] == SESSION
    assert client.counts() == {"waiting": 0}
    with captured_events() as later:
        assert later == []
    client.close()


def test_a_test_within_a_test_sees_its_own() -> None:
    """A suite captures everything, and one test what it asks for."""
    client = Client(NOWHERE, KEY, PIXEL)
    with captured_events() as suite:
        with captured_events() as test:
            client.track("Search", event_id="s_1")
        client.track("Search", event_id="s_2")
    assert [event["event_id"] for event in test] == ["s_1"]
    assert [event["event_id"] for event in suite] == ["s_2"]
    client.close()


def test_a_flush_from_the_callback_does_not_wait_for_itself(gateway: Socket) -> None:
    """The callback runs in the thread that sends."""
    flushed: list[bool] = []
    client = Client(gateway.url, KEY, PIXEL, on_result=lambda _: flushed.append(client.flush(60)))
    client.track("Search", event_id="s_1")
    client.flush(PATIENCE)
    client.close()
    assert flushed == [False]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_sends_its_own_events_and_the_parent_its_own(gateway: Socket) -> None:
    """Web servers fork after the import: threads stay behind, and queues are copied."""
    client = Client(gateway.url, KEY, PIXEL, limits=Limits(age=600))
    client.track("Search", event_id="parent_before")
    child = os.fork()
    if child == 0:  # nothing of pytest may run here
        sent = client.track("Search", event_id="child") and client.flush(PATIENCE)
        os._exit(0 if sent and client.counts() == {"accepted": 1, "waiting": 0} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    client.track("Search", event_id="parent_after")
    client.close()
    assert sorted(gateway.event_ids) == ["child", "parent_after", "parent_before"]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_in_the_middle_of_a_request_harms_nobody(gateway: Socket) -> None:
    """A lock that is held at that moment would be held in the child for ever."""
    client = Client(gateway.url, KEY, PIXEL, limits=Limits(age=600))
    client.track("Search", event_id="parent")
    with client._outbox._changed:  # noqa: SLF001 - as another thread would, in the middle of put
        child = os.fork()
        if child == 0:
            done = threading.Event()

            def report() -> None:
                client.track("Search", event_id="child")
                done.set() if client.flush(PATIENCE) else None

            threading.Thread(target=report, daemon=True).start()
            os._exit(0 if done.wait(PATIENCE) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    client.close()
    assert sorted(gateway.event_ids) == ["child", "parent"]
