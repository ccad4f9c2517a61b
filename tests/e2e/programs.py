"""The product's own programs as processes, and a way to talk to them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PIXEL = "C9ABC1234567890"
SERVER_KEY = "sk_orders_0123456789"
TOKEN = "tok_e2e_0123456789"
PATIENCE = 30.0
POLL = 0.02

SETTINGS = """
[server]
listen = "{listen}"
intake_processes = {processes}
keyless_alias = true

[store]
url = "{store}"

[tiktok]
base_url = "{tiktok}"
max_batch_wait = "50ms"
max_requests_per_second = 0

[[pixels]]
id = "C9ABC1234567890"
access_token = "tok_e2e_0123456789"
default_region = "US"

[[keys]]
kind = "server"
name = "orders"
secret = "sk_orders_0123456789"
pixels = ["C9ABC1234567890"]
"""


def write_settings(
    folder: Path,
    tiktok: str,
    listen: str = "127.0.0.1:0",
    store: str = "sqlite:///tandemgate.db",
    processes: int = 0,
) -> Path:
    """Write the settings of a gateway whose files are all in *folder*."""
    path = folder / "tandemgate.toml"
    text = SETTINGS.format(listen=listen, tiktok=tiktok, store=store, processes=processes)
    path.write_text(text, "utf-8")
    return path


class Program:
    """One process; ``url`` is where it says that it listens, ``earlier`` what it said before."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        ready_on: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        told, quiet = subprocess.PIPE, subprocess.DEVNULL
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, "NO_COLOR": "1", **(environment or {})},
            text=True,
            stdout=told if ready_on == "stdout" else quiet,
            stderr=told if ready_on == "stderr" else quiet,
        )
        stream = self.process.stdout or self.process.stderr
        assert stream is not None
        self.stream = stream
        self.earlier: list[dict[str, Any]] = []
        while "url" not in (told_first := json.loads(self.stream.readline())):
            self.earlier.append(told_first)
        self.url: str = told_first["url"]

    def ask(
        self, method: str, path: str, content: object = None, key: str | None = SERVER_KEY
    ) -> tuple[int, Any]:
        """Make one request over a connection of its own."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request(method, path, None if content is None else body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def post(self, *items: object, key: str = SERVER_KEY) -> tuple[int, Any]:
        """Hand in events."""
        envelope = {"event_source": "web", "event_source_id": PIXEL, "data": list(items)}
        return self.ask("POST", "/v1/events", envelope, key)

    def story(self, event_id: str) -> Any:  # noqa: ANN401 - JSON
        """What the gateway tells of an event."""
        return self.ask("GET", f"/api/events/{event_id}")[1]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Leave nothing behind."""
        self.process.kill()
        self.process.wait(PATIENCE)
        self.stream.close()


@contextmanager
def simulator(*arguments: str) -> Iterator[Program]:
    """Run a simulated TikTok."""
    access = f"{PIXEL}={TOKEN}"
    program = Program(
        "tiktok_simulator", "--listen", "127.0.0.1:0", "--access", access, *arguments,
        ready_on="stdout",
    )  # fmt: skip
    try:
        yield program
    finally:
        program.close()


@contextmanager
def gateway(settings: Path) -> Iterator[Program]:
    """Run a gateway."""
    program = Program("tandemgate", "--config", str(settings), "serve", ready_on="stderr")
    try:
        yield program
    finally:
        program.close()


def refused(settings: Path) -> tuple[int, str]:
    """Run a gateway that can't start: its exit code, and what it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "tandemgate", "--config", str(settings), "serve"],
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return ended.returncode, ended.stderr


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(POLL)


def an_item(event_id: str, **overrides: object) -> dict[str, object]:
    """A purchase of this very moment, by somebody in the United States."""
    return {
        "event": "CompletePayment",
        "event_id": event_id,
        "event_time": int(time.time()),
        "user": {
            "email": f"{event_id}@customer.example",
            "ip": "203.0.113.42",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
        },
        "properties": {"value": 129.95, "currency": "USD"},
        "page": {"url": "https://shop.example/thanks"},
    } | overrides
