"""The simulator as a process: starting, stopping, and breaking connections for real."""

import http.client
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.driver import DIGEST, an_envelope, an_event
from tiktok_simulator.contract import TRACK_PATH
from tiktok_simulator.world import DEMO_TOKEN

pytestmark = pytest.mark.e2e
SOURCE = Path(__file__).parents[2] / "src"


def headers(token: str) -> dict[str, str]:
    """What every request to the API carries."""
    return {"Access-Token": token, "Content-Type": "application/json"}


class Process:
    """One running simulator."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tiktok_simulator", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        assert self.process.stdout
        self.ready = json.loads(self.process.stdout.readline())
        host, _, port = self.ready["url"].removeprefix("http://").rpartition(":")
        self.address = (host, int(port))

    def ask(
        self, method: str, path: str, body: object = None, token: str = DEMO_TOKEN
    ) -> tuple[int, bytes]:
        """Send one request over a connection of its own."""
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        try:
            connection.request(method, path, json.dumps(body).encode(), headers(token))
            answered = connection.getresponse()
            return answered.status, answered.read()
        finally:
            connection.close()

    def track(self) -> tuple[int, bytes]:
        """Send one event of this moment."""
        return self.ask("POST", TRACK_PATH, an_envelope(an_event(event_time=int(time.time()))))

    def code(self, token: str, request: object) -> int:
        """Send *request* and return the code of the answer."""
        answer: dict[str, Any] = json.loads(self.ask("POST", TRACK_PATH, request, token)[1])
        return int(answer["code"])

    def counted(self) -> int:
        """Return how many conversions TikTok counts."""
        found: dict[str, Any] = json.loads(self.ask("GET", "/_sim/conversions")[1])
        return int(found["total"])

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=10)
        assert self.process.stdout
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def running() -> Iterator[Process]:
    """One simulator for all tests of this file that do not stop it."""
    process = Process()
    yield process
    process.stop()


@pytest.fixture
def simulator(running: Process) -> Process:
    """The running simulator, with nothing in it."""
    running.ask("POST", "/_sim/reset")
    return running


def test_it_says_in_one_line_that_it_is_ready(simulator: Process) -> None:
    """Whoever starts it reads the address from the first line, and may connect at once."""
    assert simulator.ready == {"ready": True, "url": f"http://127.0.0.1:{simulator.address[1]}"}
    assert simulator.track()[0] == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_with_success_when_it_is_told_to(number: int) -> None:
    """A demo that ends by Ctrl+C has not failed."""
    assert Process().stop(number) == 0


def test_it_stops_while_an_answer_is_still_dripping() -> None:
    """A slow fault must not keep a test run from ending."""
    process = Process()
    process.ask("POST", "/_sim/faults", {"fault": "slow_drip", "ms": 3_600_000})
    with socket.create_connection(process.address, timeout=10) as sender:
        _post(sender)
        assert sender.recv(1)
        assert process.stop() == 0


def test_a_lost_answer_is_taken_in_and_never_answered(simulator: Process) -> None:
    """To the sender it looks like a lost request: the case that U counts."""
    simulator.ask("POST", "/_sim/faults", {"fault": "lost_answer", "times": 1})
    with pytest.raises(http.client.RemoteDisconnected):
        simulator.track()
    assert simulator.counted() == 1
    assert simulator.track()[0] == 200


@pytest.mark.parametrize("pixel", [None, "C9ABC1234567890"])
def test_a_reset_is_a_reset_and_leaves_nothing(simulator: Process, pixel: str | None) -> None:
    """The peer sees RST, not a polite end, and TikTok knows nothing of the events."""
    simulator.ask("POST", "/_sim/faults", {"fault": "reset", "times": 1, "pixel": pixel})
    with pytest.raises(ConnectionResetError) as broken:
        simulator.track()
    assert broken.type is ConnectionResetError, "a polite end raises a subclass of it"
    assert simulator.counted() == 0
    requests = json.loads(simulator.ask("GET", "/_sim/requests")[1])["requests"]
    assert [(row["fault"], row["http_status"]) for row in requests] == [("reset", 0)]


def test_a_truncated_answer_ends_in_the_middle(simulator: Process) -> None:
    """Half a JSON object with code 0 in it must not be read as success."""
    simulator.ask("POST", "/_sim/faults", {"fault": "truncated", "times": 1})
    with pytest.raises(http.client.IncompleteRead) as cut:
        simulator.track()
    assert cut.value.partial.startswith(b'{"code":0')
    assert simulator.counted() == 1


def test_a_slow_drip_sends_byte_by_byte(simulator: Process) -> None:
    """A timeout per read never fires on this; only a total deadline does."""
    simulator.ask("POST", "/_sim/faults", {"fault": "slow_drip", "ms": 2, "times": 1})
    with socket.create_connection(simulator.address, timeout=10) as sender:
        _post(sender)
        pieces = list(iter(lambda: sender.recv(65_536), b""))
    assert len(pieces) > 20
    assert b"".join(pieces).endswith(b'"data":{}}')


def test_a_huge_answer_really_is_huge(simulator: Process) -> None:
    """A reader without a limit would take all of it into memory."""
    simulator.ask("POST", "/_sim/faults", {"fault": "huge_body", "times": 1})
    assert len(simulator.track()[1]) == 64 << 20


def test_latency_is_waited_out() -> None:
    """Benchmarks measure against a TikTok that is as far away as the real one."""
    process = Process("--latency", "50ms", "--record", "keys")
    started = time.monotonic()
    assert process.track()[0] == 200
    assert time.monotonic() - started >= 0.05
    assert process.stop() == 0


def test_pixels_and_tokens_are_paired_as_the_arguments_say() -> None:
    """An agency has many pixels, and no token for all of them."""
    process = Process("--access", "P1=t1", "--access", "P2=t2", "--guide-wire", "P2")
    event = an_event(event_time=int(time.time()), user={"phone_number": DIGEST})
    codes = [
        process.code(token, an_envelope(event, event_source_id=pixel))
        for token, pixel in (("t1", "P1"), ("t2", "P2"), ("t1", "P2"), ("sandbox-token", "P1"))
    ]
    remarks = [
        row["remarks"] for row in json.loads(process.ask("GET", "/_sim/events")[1])["events"]
    ]
    assert process.stop() == 0
    assert codes == [0, 0, 40001, 40105]
    assert ["unknown_field:user.phone_number" in each for each in remarks] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--listen", "8080"), "is not HOST:PORT"),
        (("--latency", "50"), "is not a duration"),
        (("--access", "P1"), "is not PIXEL=TOKEN"),
        (("--listen", "192.0.2.1:1"), "Try: --listen 127.0.0.1:0"),
    ],
)
def test_wrong_arguments_are_explained(arguments: tuple[str, ...], told: str) -> None:
    """Exit code 2, and the way out in words."""
    found = subprocess.run(
        [sys.executable, "-m", "tiktok_simulator", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert found.returncode == 2
    assert told in found.stderr


def _post(sender: socket.socket) -> None:
    """Write one request, and wait until the answer begins."""
    body = json.dumps(an_envelope(an_event(event_time=int(time.time())))).encode()
    lines = [f"POST {TRACK_PATH} HTTP/1.1", "Host: x", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers(DEMO_TOKEN).items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    sender.sendall("\r\n".join(lines).encode() + body)
    with selectors.DefaultSelector() as waiting:
        waiting.register(sender, selectors.EVENT_READ)
        waiting.select(10)
