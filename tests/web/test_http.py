"""The same over real sockets: what only a server and a connection can do wrong."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tandemgate.settings.tree import Listen
from tandemgate.web import body
from tandemgate.wiring import connection, doorway
from tandemgate.wiring.server import GatewayServer, bind
from tests.build import an_envelope, an_item
from tests.web.gateway import SERVER_KEY, Gateway

BODY = json.dumps(an_envelope(an_item())).encode()
MEGABYTE = 1024 * 1024


@asynccontextmanager
async def served(gateway: Gateway, room: int = 0) -> AsyncIterator[int]:
    """Serve *gateway* on a free port; the system keeps *room* bytes of answers that wait."""
    listening = asyncio.Event()
    server = GatewayServer(gateway.app, listening.set)
    with bind(Listen("127.0.0.1", 0)) as listener:
        if room:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
        port: int = listener.getsockname()[1]
        running = asyncio.create_task(server.serve([listener]))
        await listening.wait()
        try:
            yield port
        finally:
            server.should_exit = True
            await running


async def talk(port: int, *parts: bytes, until: bytes = b"") -> bytes:
    """Send *parts* as they are, and read until the server hangs up or has said *until*."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    heard = await reader.readuntil(until) if until else await reader.read()
    writer.close()
    return heard


def request(content: bytes, *headers: bytes, length: int | None = None) -> bytes:
    """One POST as bytes; *length* is what Content-Length claims."""
    stated = len(content) if length is None else length
    return b"\r\n".join(
        [
            b"POST /v1/events HTTP/1.1",
            b"Host: 127.0.0.1",
            b"Authorization: Bearer " + SERVER_KEY.encode(),
            b"Content-Length: %d" % stated,
            *headers,
            b"",
            content,
        ]
    )


async def test_an_event_goes_through_a_real_connection(gateway: Gateway) -> None:
    """Everything else here is about what may go wrong on the way."""
    async with served(gateway) as port:
        heard = await talk(port, request(BODY, b"Connection: close"))
    assert heard.startswith(b"HTTP/1.1 202 ")
    assert b'"accepted":1' in heard
    assert b"server:" not in heard.lower()


async def test_a_stated_size_is_refused_before_it_arrives(gateway: Gateway) -> None:
    """Reading on would be what a flood wants; and the caller must hear why."""
    async with served(gateway) as port:
        heard = await talk(port, request(b"{", length=2 * MEGABYTE), until=b"}]}")
    assert heard.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in heard


async def test_an_unstated_size_is_refused_on_the_way(gateway: Gateway) -> None:
    """Chunks state no length; the limit holds all the same, and the answer still arrives."""
    head = request(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunk = b"%x\r\n" % MEGABYTE + b" " * MEGABYTE + b"\r\n"
    async with served(gateway) as port:
        heard = await talk(port, head, chunk, b"1\r\n \r\n", until=b"}]}")
    assert heard.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_never_ends_is_given_up(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand half-sent bodies would otherwise keep everybody else out."""
    monkeypatch.setattr(body, "SLOWEST", 0.05)
    monkeypatch.setattr(body, "LINGER", 0.05)
    async with served(Gateway()) as port:
        heard = await talk(port, request(BODY[:10], length=len(BODY)))
    assert heard.startswith(b"HTTP/1.1 408 ")
    assert gateway.log.getvalue() == ""


async def test_headers_that_never_end_are_given_up(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte a minute is enough to hold a connection, unless somebody looks at the clock."""
    monkeypatch.setattr(connection, "SLOWEST_HEAD", 0.05)
    monkeypatch.setattr(doorway, "SLOWEST_HEAD", 0.05)
    monkeypatch.setattr(doorway, "SWEPT_EVERY", 0.05)
    async with served(gateway) as port:
        half = await talk(port, b"POST /v1/events HTTP/1.1\r\nHost: ")
        nothing = await talk(port)
    assert (half, nothing) == (b"", b"")


async def test_a_body_has_more_time_than_its_headers(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two clocks are two, or a large batch over a slow line would never arrive."""
    monkeypatch.setattr(connection, "SLOWEST_HEAD", 0.05)
    whole = request(BODY, b"Connection: close")
    async with served(gateway) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(whole[:-10])
        await asyncio.sleep(0.1)  # real time, since the connection lives in it
        writer.write(whole[-10:])
        heard = await reader.read()
        writer.close()
    assert heard.startswith(b"HTTP/1.1 202 ")


async def test_a_connection_that_rests_is_closed_in_the_end(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has left without a word is not waited for any longer."""
    monkeypatch.setattr(doorway, "IDLE", 0.1)
    monkeypatch.setattr(doorway, "SWEPT_EVERY", 0.05)
    async with served(gateway) as port:
        heard = await talk(port, request(BODY))
    assert heard.startswith(b"HTTP/1.1 202 ")


async def test_a_body_larger_than_any_head_keeps_its_connection(gateway: Gateway) -> None:
    """A batch of hundreds of events is one chunk of bytes, and none of it is a head."""
    content = BODY + b" " * 900_000
    async with served(gateway) as port:
        heard = await talk(port, request(content), request(BODY, b"Connection: close"))
    assert heard.startswith(b"HTTP/1.1 202 ")
    assert heard.count(b"HTTP/1.1 200 ") == 1


async def test_endless_headers_are_refused(gateway: Gateway) -> None:
    """They are held in memory until they end."""
    async with served(gateway) as port:
        heard = await talk(port, b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000)
    assert heard.startswith(b"HTTP/1.1 431 ")


async def test_a_wrong_key_is_told_before_the_body(gateway: Gateway) -> None:
    """Strangers' bodies are never read."""
    bad = request(b"", length=MEGABYTE).replace(SERVER_KEY.encode(), b"sk_guess")
    async with served(gateway) as port:
        heard = await talk(port, bad, until=b"}]}")
    assert heard.startswith(b"HTTP/1.1 401 ")


async def test_a_connection_is_used_again(gateway: Gateway) -> None:
    """A new connection for each event would cost more than the event."""
    second = request(json.dumps(an_envelope(an_item(event_id="b"))).encode(), b"Connection: close")
    async with served(gateway) as port:
        heard = await talk(port, request(BODY) + second)
    assert heard.count(b"HTTP/1.1 202 ") == 2


@pytest.mark.parametrize("nonsense", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\0" * 100])
async def test_nonsense_harms_nobody(gateway: Gateway, nonsense: bytes) -> None:
    """TLS to a plain port is the usual nonsense."""
    async with served(gateway) as port:
        refused = await talk(port, nonsense)
        heard = await talk(port, request(BODY, b"Connection: close"))
    assert refused.startswith(b"HTTP/1.1 400 ")
    assert heard.startswith(b"HTTP/1.1 202 ")


async def test_who_takes_no_answers_is_given_no_more(gateway: Gateway) -> None:
    """Answers that nobody reads would fill the memory; they wait as requests on the other side."""
    asked = 3_000
    one = request(json.dumps(an_envelope()).encode())
    async with served(gateway, room=4096) as port:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, ("127.0.0.1", port))
        sending = asyncio.create_task(loop.sock_sendall(client, one * asked))
        answered = -1
        while gateway.telemetry.requests != answered:
            answered = gateway.telemetry.requests
            await asyncio.sleep(0.3)
        assert 0 < answered < asked
        heard = b""
        while heard.count(b"HTTP/1.1 ") < asked:
            heard += await loop.sock_recv(client, 1 << 16)
        await sending
        client.close()
    assert gateway.telemetry.requests == asked
