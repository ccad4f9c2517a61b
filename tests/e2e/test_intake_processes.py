"""Intake in processes of its own: the same answers, the same ledger, and one end for all."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.e2e.programs import (
    PATIENCE,
    PIXEL,
    SERVER_KEY,
    Program,
    an_item,
    eventually,
    gateway,
    refused,
    simulator,
    write_settings,
)

pytestmark = pytest.mark.e2e

ADMIN_KEY = "ak_0123456789abcdef"
ADMIN = f"""
[[keys]]
kind = "admin"
name = "root"
secret = "{ADMIN_KEY}"
"""
PROCESSES = 2


def settings_of(folder: Path, tiktok: str, **more: str) -> Path:
    """Write settings with intake processes and an admin."""
    path = write_settings(folder, tiktok, processes=PROCESSES, **more)
    path.write_text(path.read_text("utf-8") + ADMIN, "utf-8")
    return path


def children_of(running: Program) -> list[int]:
    """The processes that the gateway has made."""
    pid = running.process.pid
    return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split())]


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def envelope(*items: object) -> bytes:
    """Write the body of a request."""
    return json.dumps(
        {"event_source": "web", "event_source_id": PIXEL, "data": list(items)}
    ).encode()


def request(content: bytes, *more: bytes, path: bytes = b"/v1/events") -> bytes:
    """Write a request."""
    head = [
        b"POST %b HTTP/1.1" % path,
        b"Host: 127.0.0.1",
        b"Authorization: Bearer " + SERVER_KEY.encode(),
        *more,
    ]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(content), b"", content])


class Caller:
    """A connection on which bytes are sent as they are."""

    def __init__(self, running: Program) -> None:
        parts = urlsplit(running.url)
        self._socket = socket.create_connection((parts.hostname, parts.port or 0), timeout=PATIENCE)
        self._file = self._socket.makefile("rb")

    def send(self, *parts: bytes, pause: float = 0.0) -> None:
        """Send each of *parts* by itself."""
        for part in parts:
            self._socket.sendall(part)
            time.sleep(pause)

    def hear(self) -> tuple[int, Any]:
        """Read one answer."""
        status = int(self._file.readline().split()[1])
        length = 0
        while (line := self._file.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        text = self._file.read(length)
        return status, json.loads(text) if text.startswith(b"{") else None

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Program]:
    """A gateway with intake processes that sends to nobody."""
    with gateway(settings_of(tmp_path, "http://127.0.0.1:9")) as running:
        yield running


@pytest.fixture
def caller(running: Program) -> Iterator[Caller]:
    """A connection to it."""
    caller = Caller(running)
    yield caller
    caller.close()


def test_events_go_through_and_are_counted_once(tmp_path: Path) -> None:
    """The way from a request to TikTok leads through two processes."""
    with simulator() as tiktok, gateway(settings_of(tmp_path, tiktok.url)) as running:
        assert len(children_of(running)) == PROCESSES
        for number in range(20):
            status, answer = running.post(an_item(f"ord_{number}"))
            assert (status, answer["accepted"]) == (202, 1)
        eventually(lambda: bool(tiktok.ask("GET", "/_sim/conversions")[1]["total"] == 20))
        assert running.post(an_item("ord_3"))[1]["duplicate"] == 1
        assert running.post(an_item("ord_3", properties={"value": 1, "currency": "USD"}))[0] == 409
        assert running.post({"event": "CompletePayment"})[0] == 422
        eventually(
            lambda: (
                {
                    cell["outcome"]: cell["count"]
                    for cell in running.ask("GET", "/api/stats")[1]["received"]
                }
                == {"accepted": 20, "duplicate": 1, "conflict": 1, "rejected": 1}
            )
        )
        assert running.ask("GET", "/api/stats")[1]["ledger_imbalance"] == 0
        children = children_of(running)
        assert running.stop() == 0
    assert not any(map(is_alive, children))


def test_what_is_not_plain_is_answered_by_the_gateways_process(caller: Caller) -> None:
    """The connection goes there with what had come on it, and stays."""
    caller.send(request(envelope(an_item("ord_1"))))
    assert caller.hear()[0] == 202
    caller.send(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    status, told = caller.hear()
    assert (status, told["ready"]) == (200, True)
    caller.send(request(envelope(an_item("ord_2"))))
    assert caller.hear()[0] == 202
    caller.send(
        b"GET /api/events/ord_2 HTTP/1.1\r\nAuthorization: Bearer %b\r\n\r\n" % SERVER_KEY.encode()
    )
    assert caller.hear()[1]["event_id"] == "ord_2"


def test_requests_that_come_together_are_answered_in_order(caller: Caller) -> None:
    """Also where the second of them is not plain, and another process answers it."""
    caller.send(
        request(envelope(an_item("ord_1")))
        + request(envelope(an_item("ord_2"), an_item("ord_3")))
        + b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        + request(envelope(an_item("ord_4")))
    )
    assert caller.hear()[1]["accepted"] == 1
    assert caller.hear()[1]["accepted"] == 2
    assert caller.hear() == (200, None)


@pytest.mark.parametrize("pause", [0.0, 0.01, 0.6])
def test_a_large_body_comes_in_pieces(running: Program, caller: Caller, pause: float) -> None:
    """Quickly it is waited for here; what drips is waited for where a word can be said."""
    body = envelope(*(an_item(f"ord_{number}") for number in range(400)))
    whole = request(body)
    step = len(whole) // 4 + 1
    caller.send(*(whole[at : at + step] for at in range(0, len(whole), step)), pause=pause)
    status, answer = caller.hear()
    assert (status, answer["accepted"]) == (202, 400)
    assert running.ask("GET", "/api/stats")[1]["recorded"] == 400


def test_a_body_that_ends_too_late_is_told(caller: Caller) -> None:
    """A sender that drips bytes holds nothing for long."""
    whole = request(envelope(an_item("ord_1")))
    caller.send(whole[:-20])
    assert caller.hear()[0] == 408


def test_a_revoked_key_opens_nothing_from_the_next_request_on(running: Program) -> None:
    """The answer to the revocation comes after every process knows of it."""
    asked = {"name": "shop", "kind": "server", "pixels": [PIXEL]}
    for number in range(5):
        status, made = running.ask(
            "POST", "/api/keys", asked | {"name": f"shop{number}"}, ADMIN_KEY
        )
        assert status in {200, 201}, made
        connections = [Caller(running) for _ in range(6)]
        sent = request(envelope(an_item(f"ord_{number}"))).replace(
            SERVER_KEY.encode(), made["secret"].encode()
        )
        for one in connections:
            one.send(sent)
            assert one.hear()[0] in {200, 202}
        revoked = running.ask("POST", "/api/keys/revoke", {"name": f"shop{number}"}, ADMIN_KEY)
        assert revoked[0] == 200
        for one in connections:
            one.send(sent)
            assert one.hear()[0] == 401
            one.close()
    held = running.ask("GET", "/api/keys", None, ADMIN_KEY)[1]
    assert {one["name"] for one in held["keys"] if one.get("last_used_at")} >= {"root"}


def test_metrics_tell_of_every_process(running: Program) -> None:
    """Who looks at a graph does not ask which process answered."""
    for number in range(6):
        assert running.post(an_item(f"ord_{number}"))[0] == 202
    assert running.post({"event": "CompletePayment"})[0] == 422

    def told() -> bool:
        with urlopen(f"{running.url}/metrics") as answer:  # noqa: S310 - our own
            text = answer.read().decode()
        labels = 'method="POST",route="/v1/events",status='
        return (
            f'tandemgate_http_requests_total{{{labels}"202"}} 6.0' in text
            and f'tandemgate_http_requests_total{{{labels}"422"}} 1.0' in text
            and 'tandemgate_http_request_seconds_count{route="/v1/events"} 7.0' in text
        )

    eventually(told)


def test_a_process_that_dies_takes_the_gateway_with_it(running: Program) -> None:
    """Whatever watches over the gateway begins all of it anew; half of it would be a riddle."""
    first, second = children_of(running)
    assert running.post(an_item("ord_1"))[0] == 202
    os.kill(first, signal.SIGKILL)
    assert running.process.wait(PATIENCE) == 1
    eventually(lambda: not is_alive(second))


def test_nothing_is_left_of_a_gateway_that_was_killed(running: Program) -> None:
    """A port that is still taken would keep the next one from starting."""
    children = children_of(running)
    running.kill()
    eventually(lambda: not any(map(is_alive, children)))


def test_a_signal_to_all_of_them_ends_in_good_order(running: Program) -> None:
    """Ctrl-C in a terminal reaches every process; what is acknowledged is stored."""
    acknowledged: list[str] = []

    def send() -> None:
        address = urlsplit(running.url).netloc
        with closing(HTTPConnection(address, timeout=PATIENCE)) as connection, suppress(OSError):
            for number in range(100_000):
                connection.request(
                    "POST",
                    "/v1/events",
                    envelope(an_item(f"ord_{number}")),
                    {"Authorization": f"Bearer {SERVER_KEY}"},
                )
                if connection.getresponse().read().count(b'"accepted":1'):
                    acknowledged.append(f"ord_{number}")

    sender = threading.Thread(target=send)
    sender.start()
    eventually(lambda: len(acknowledged) > 50)
    for pid in (*children_of(running), running.process.pid):
        os.kill(pid, signal.SIGINT)
    assert running.process.wait(PATIENCE) == 0
    sender.join(PATIENCE)


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    """Several processes share an address, but only those of one gateway."""
    with gateway(settings_of(tmp_path, "http://127.0.0.1:9")) as running:
        other = tmp_path / "other"
        other.mkdir()
        listen = urlsplit(running.url).netloc
        code, said = refused(settings_of(other, "http://127.0.0.1:9", listen=listen))
    assert (code, listen in said) == (2, True)


def test_memory_is_no_store_for_several_processes(tmp_path: Path) -> None:
    """What another process can't read, it can't look up."""
    code, said = refused(settings_of(tmp_path, "http://127.0.0.1:9", store="memory://"))
    assert code == 2
    assert "server.intake_processes" in said
    assert "set it to 0" in said
