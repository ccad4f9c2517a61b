"""A TikTok that repeats what it is told: in messages, request ids, lists and pages of proxies."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, TypeAlias

Answer: TypeAlias = tuple[int, bytes]


def _said(
    code: int, message: str, request_id: str = "20260423112300ABCDEF", **more: object
) -> bytes:
    return json.dumps(
        {"code": code, "message": message, "request_id": request_id, "data": {}, **more}
    ).encode()


def _first(body: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(body)["data"][0]


def _partly(body: str) -> bytes:
    refused = [
        {"index": index, "code": 40002, "message": f"bad user {json.dumps(one['user'])}"}
        for index, one in enumerate(json.loads(body)["data"])
    ]
    return _said(20001, "Partial success", data={"failed_events": refused})


ECHOES: dict[str, Callable[[str, str], Answer]] = {
    "the whole body": lambda body, _: (200, _said(40002, f"cannot process {body}")),
    "each value of the user": lambda body, _: (
        200,
        _said(40002, "; ".join(map(str, _first(body)["user"].values()))),
    ),
    "a partial success": lambda body, _: (200, _partly(body)),
    "a request id": lambda body, _: (
        200,
        _said(40900, "conflict", str(_first(body)["user"].get("ttclid", "x"))),
    ),
    "no JSON": lambda body, _: (200, f"<html>{body}</html>".encode()),
    "a broken proxy": lambda body, token: (500, f"{token} {body}".encode()),
    "the token": lambda _, token: (200, _said(40105, f"Access token {token} is invalid")),
}


@dataclass
class Parrot:
    """Where it is found, how it answers (an echo's name, "" for success), and what it was told."""

    url: str = ""
    echo: str = ""
    bodies: list[bytes] = field(default_factory=list)
    speaks: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.speaks.set()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let requests wait for their answers."""
        self.speaks.clear()
        try:
            yield
        finally:
            self.speaks.set()

    def answer(self, body: bytes, token: str) -> Answer:
        """Answer one request."""
        self.bodies.append(body)
        self.speaks.wait()
        if self.echo:
            return ECHOES[self.echo](body.decode(), token)
        return 200, _said(0, "OK")


@contextmanager
def parrot() -> Iterator[Parrot]:
    """Run one."""
    bird = Parrot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = bird.answer(body, self.headers["Access-Token"])
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        bird.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield bird
        finally:
            server.shutdown()
            thread.join()
