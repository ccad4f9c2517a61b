"""The shop as a process, beside a stand-in for the gateway that answers as a test wants it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.e2e.programs import Program

BROWSER_KEY = "pk_test_shop"
SERVER_KEY = "sk_test_shop"


@dataclass
class Neighbour:
    """Whatever stands where the gateway should: it keeps what it hears, with its headers."""

    answers: list[int] = field(default_factory=list)
    """Statuses of the next answers; then 202."""
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    """A gateway that does as it is told."""
    made = Neighbour()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            """Keep the request, and answer it."""
            size = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.heard.append((f"{self.command} {self.path}", headers, self.rfile.read(size)))
            self.send_response(made.answers.pop(0) if made.answers else 202)
            self.send_header("content-length", "2")
            self.send_header("set-cookie", "tg_session=s1; HttpOnly")
            self.send_header("x-private", "yes")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = answer  # noqa: N815 - the names of http.server

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body, read as JSON."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Shop:
    """A running shop."""

    url: str

    def ask(
        self,
        method: str,
        address: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Make one request; *address* is a path of the shop or another origin's address."""
        whole = urlsplit(address if address.startswith("http") else self.url + address)
        connection = HTTPConnection(whole.netloc, timeout=10)
        try:
            path = whole.path + (f"?{whole.query}" if whole.query else "")
            connection.request(method, path, body, headers or {})
            found = connection.getresponse()
            told = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, told, found.read().decode())
        finally:
            connection.close()

    def order(self, **fields: object) -> Answer:
        """Hand in a checkout."""
        whole = {
            "email": "ada@example.com",
            "phone": "(030) 23 125-042",
            "lines": [{"content_id": "SKU-533", "quantity": 2}],
            **fields,
        }
        return self.ask("POST", "/orders", json.dumps(whole).encode())

    def pay(self, address: str, then: str = "leave") -> Answer:
        """Press a button of the payment page."""
        return self.ask("POST", address, urlencode({"then": then}).encode())


@pytest.fixture
def shop(neighbour: Neighbour) -> Iterator[Shop]:
    """A shop that takes *neighbour* for its gateway, and for TikTok."""
    program = Program(
        "demo_shop",
        *("--gateway", neighbour.url, "--tiktok", neighbour.url, "--pixel", "C9TEST"),
        *("--server-key", SERVER_KEY, "--browser-key", BROWSER_KEY),
        ready_on="stdout",
    )
    yield Shop(program.url)
    program.close()
