"""Whose request it is: the session's cookie, and the address that the framework believes."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import django
import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from flask import Flask
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Scope

from tandemgate.client import (
    ASGIVisitor,
    Captured,
    Client,
    WSGIVisitor,
    captured_events,
    django_visitor,
)
from tandemgate.client.visitor import Visitor, current_visitor, visitor_of
from tests.client.gateways import EMAIL, KEY, PIXEL

SESSION = "S1Yw0b0nGq9n3F6mP2vQxA"
COOKIES = f"cart=7; tg_session={SESSION}; theme=dark"
ADDRESS = "93.184.215.14"
AGENT = "Mozilla/5.0 (X11; Linux x86_64)"
SPOOFED = "8.8.4.4"

CLIENT = Client("http://127.0.0.1:9", KEY, PIXEL)


def report() -> None:
    """What a shop's view does."""
    CLIENT.track("AddToCart", event_id="cart_7", user={"email": EMAIL})


def expect_visitor(events: Captured) -> None:
    """Hold the one event to what the request showed."""
    (event,) = events
    assert event["session"] == SESSION
    assert event["user"] == {"email": EMAIL, "ip": ADDRESS, "user_agent": AGENT}
    assert current_visitor() is None


def a_scope(kind: str = "http") -> Scope:
    """A request as an ASGI server has it."""
    headers = {"cookie": COOKIES, "user-agent": AGENT, "x-forwarded-for": SPOOFED}
    return {
        "type": kind,
        "method": "POST",
        "path": "/cart",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (ADDRESS, 51234),
    }


def an_environ() -> dict[str, Any]:
    """A request as a WSGI server has it."""
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/cart",
        "HTTP_COOKIE": COOKIES,
        "HTTP_USER_AGENT": AGENT,
        "HTTP_X_FORWARDED_FOR": SPOOFED,
        "REMOTE_ADDR": ADDRESS,
    }


async def receive() -> Message:
    """An empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(_message: Message) -> None:
    """Nobody reads it."""


@pytest.mark.parametrize("in_thread", [False, True])
def test_starlette(in_thread: bool) -> None:
    """Views that are not async run in a thread, which has a copy of the context."""

    async def later(_request: Request) -> Response:
        report()
        return PlainTextResponse("")

    def now(_request: Request) -> Response:
        report()
        return PlainTextResponse("")

    app = Starlette(routes=[Route("/cart", now if in_thread else later, methods=["POST"])])
    app.add_middleware(ASGIVisitor)
    with captured_events() as events:
        asyncio.run(app(a_scope(), receive, send))
    expect_visitor(events)


def test_requests_at_the_same_time_are_kept_apart() -> None:
    """Somebody else's session would make somebody else's purchase."""
    met = asyncio.Barrier(2)

    async def app(scope: Scope, _receive: object, _send: object) -> None:
        await met.wait()
        CLIENT.track("Search", event_id=scope["path"])

    async def both() -> None:
        wrapped = ASGIVisitor(app)
        cookie = (b"cookie", b"tg_session=" + b"B" * 22)
        other = {**a_scope(), "path": "other", "headers": [cookie]}
        await asyncio.gather(wrapped(a_scope(), receive, send), wrapped(other, receive, send))

    with captured_events() as events:
        asyncio.run(both())
    assert {event["event_id"]: event["session"] for event in events} == {
        "/cart": SESSION,
        "other": "B" * 22,
    }


def test_the_start_of_a_server_is_nobodys_visit() -> None:
    """ASGI has calls that are no requests, without headers."""
    seen: list[str] = []

    async def app(scope: Scope, _receive: object, _send: object) -> None:
        await asyncio.sleep(0)
        seen.append(scope["type"])

    asyncio.run(ASGIVisitor(app)({"type": "lifespan"}, receive, send))
    assert seen == ["lifespan"]


def test_a_plain_wsgi_app() -> None:
    """PEP 3333 and nothing more."""

    def app(_environ: dict[str, Any], _start_response: object) -> Iterable[bytes]:
        report()
        return [b"done"]

    with captured_events() as events:
        assert WSGIVisitor(app)(an_environ(), lambda *_: None) == [b"done"]
    expect_visitor(events)


def test_flask() -> None:
    """As its documentation wraps an application."""
    app = Flask(__name__)

    @app.post("/cart")
    def cart() -> str:
        report()
        return ""

    app.wsgi_app = WSGIVisitor(app.wsgi_app)  # type: ignore[method-assign]
    with captured_events() as events:
        environ = {"REMOTE_ADDR": ADDRESS}
        headers = {"Cookie": COOKIES, "User-Agent": AGENT, "X-Forwarded-For": SPOOFED}
        response = app.test_client(use_cookies=False).post(
            "/cart", headers=headers, environ_base=environ
        )
    assert response.status_code == 200
    expect_visitor(events)


def a_django_request() -> HttpRequest:
    """A request as Django has it."""
    if not django_settings.configured:
        django_settings.configure()
        django.setup()
    return RequestFactory().post("/cart", **{k: v for k, v in an_environ().items() if "_" in k})


def test_django() -> None:
    """A view that waits."""

    def view(_request: HttpRequest) -> HttpResponse:
        report()
        return HttpResponse()

    with captured_events() as events:
        django_visitor(view)(a_django_request())
    expect_visitor(events)


def test_django_async() -> None:
    """Django asks the middleware whether it can, and hands it the view that it has."""

    async def view(_request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        report()
        return HttpResponse()

    assert vars(django_visitor) == {"sync_capable": True, "async_capable": True}
    with captured_events() as events:
        asyncio.run(django_visitor(view)(a_django_request()))
    expect_visitor(events)


@pytest.mark.parametrize(
    ("cookies", "address", "expected"),
    [
        (COOKIES, ADDRESS, Visitor(SESSION, ADDRESS, AGENT)),
        (COOKIES, "2606:2800:220:1:248:1893:25c8:1946",
         Visitor(SESSION, "2606:2800:220:1:248:1893:25c8:1946", AGENT)),
        (COOKIES, "10.0.0.7", Visitor(SESSION, None, AGENT)),
        (COOKIES, "127.0.0.1", Visitor(SESSION, None, AGENT)),
        (COOKIES, "unix:", Visitor(SESSION, None, AGENT)),
        (COOKIES, None, Visitor(SESSION, None, AGENT)),
        ("theme=dark", ADDRESS, None),
        ("", ADDRESS, None),
        ("tg_session=short", ADDRESS, None),
        (f"not_tg_session={SESSION}", ADDRESS, None),
    ],
)  # fmt: skip
def test_nobody_is_known_without_the_cookie(
    cookies: str, address: str | None, expected: Visitor | None
) -> None:
    """A payment provider's server has an address too, and it is not the customer's."""
    assert visitor_of(cookies, address, AGENT) == expected


def test_the_visitor_is_in_what_is_sent_and_nowhere_else() -> None:
    """Whoever wants to see it reads the body."""

    def app(_environ: dict[str, Any], _start_response: object) -> Iterable[bytes]:
        CLIENT.track("Search", event_id="s_1", session=None)
        return []

    with captured_events() as events:
        WSGIVisitor(app)(an_environ(), lambda *_: None)
    assert json.dumps(events[0]).count(ADDRESS) == 0
