"""Requests that come whole over a kept connection: the short way must not be another way."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from tandemgate.model.admission import Admission
from tandemgate.model.event import Event
from tandemgate.storage.memory import MemoryStore
from tandemgate.telemetry import Seen
from tandemgate.web.guard import Guard
from tandemgate.wiring import server
from tests.build import an_envelope, an_item
from tests.web.gateway import SERVER_KEY, SLOW_KEY, BrokenStore, Gateway
from tests.web.test_http import BODY, request, served

SHORT, LONG = b"POST /v1/events HTTP", b"POST /v1/events? HTTP"
"""The same address; a query, even an empty one, is nothing that the short way knows."""


class SlowStore(MemoryStore):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        self.asked.set()
        await self.may_answer.wait()
        return await super().admit(events)


class BadStore(MemoryStore):
    """Has a mistake."""

    async def admit(self, _events: Sequence[Event]) -> list[Admission]:
        raise ZeroDivisionError("jane@shop.example")


async def answers(port: int, *requests: bytes) -> list[tuple[bytes, dict[bytes, bytes], Any]]:
    """Send *requests* at once over one connection; status line, headers and JSON of each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(requests))
    told = []
    for _ in requests:
        head = await reader.readuntil(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")[:-2]
        headers = dict(line.split(b": ", 1) for line in lines)
        body = await reader.readexactly(int(headers[b"content-length"]))
        told.append((status, headers, json.loads(body)))
    writer.close()
    return told


def event(name: str) -> bytes:
    """A request with one event."""
    return request(json.dumps(an_envelope(an_item(event_id=name))).encode())


REQUESTS: dict[str, bytes] = {
    "accepted": request(BODY),
    "rejected": request(json.dumps(an_envelope(an_item(event_time=1), 7)).encode()),
    "of a visit": request(json.dumps(an_envelope(an_item(session="s-1"))).encode()),
    "without an event_id": request(json.dumps(an_envelope(an_item(event_id=None))).encode()),
    "more than a stretch": request(
        json.dumps(an_envelope(*(an_item(event_id=f"e{n}") for n in range(33)))).encode()
    ),
    "not JSON": request(b"{"),
    "nothing": request(b""),
    "another pixel": request(BODY.replace(b"C9ABC", b"C9XYZ")),
    "a wrong key": request(BODY).replace(SERVER_KEY.encode(), b"sk_guess"),
    "an unknown encoding": request(BODY, b"Content-Encoding: br"),
}


@pytest.mark.parametrize("asked", REQUESTS.values(), ids=REQUESTS)
async def test_both_ways_answer_alike(asked: bytes) -> None:
    """Which way a request takes depends on how its bytes fell into packets."""
    seen = []
    for way in (SHORT, LONG):
        async with served(Gateway()) as port:
            ((status, headers, content),) = await answers(port, asked.replace(SHORT, way))
        assert headers.pop(b"x-request-id").decode() == content.pop("request_id")
        headers.pop(b"date", None)
        headers.pop(b"connection", None)  # ASGI refuses before the body, and has to hang up then
        headers.pop(b"content-length")
        seen.append((status, headers, content))
    assert seen[0] == seen[1]


async def test_both_ways_say_that_the_store_has_no_room() -> None:
    """The caller keeps the event, and asks again."""
    seen = []
    for way in (SHORT, LONG):
        async with served(Gateway(store=BrokenStore())) as port:
            seen += await answers(port, event("a").replace(SHORT, way))
    assert [status for status, *_ in seen] == [b"HTTP/1.1 503 Service Unavailable"] * 2
    assert [headers[b"retry-after"] for _, headers, _ in seen] == [b"5"] * 2


async def test_every_request_has_an_id_of_its_own(gateway: Gateway) -> None:
    """They are drawn many at a time, and found again in the log one at a time."""
    async with served(gateway) as port:
        told = await answers(port, *[event("a")] * 70, *[event("b").replace(SHORT, LONG)] * 70)
    ids = {content["request_id"] for *_, content in told}
    assert len(ids) == 140
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in ids)


async def test_the_short_way_is_taken(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tests here would prove nothing about it."""
    monkeypatch.setattr(Guard, "__call__", None)
    async with served(gateway) as port:
        told = await answers(port, request(BODY))
    assert [status for status, *_ in told] == [b"HTTP/1.1 202 Accepted"]
    assert b'route="/v1/events"' in (await metrics(gateway))


async def metrics(gateway: Gateway) -> bytes:
    """What Prometheus would read."""
    return gateway.telemetry.render(Seen(await gateway.store.stats(), 0))


async def test_answers_keep_the_order_of_their_requests() -> None:
    """Pipelined requests may take different ways, and a slow one may stand before a quick one."""
    store = SlowStore()
    async with served(Gateway(store=store)) as port:
        asked = asyncio.create_task(
            answers(port, event("a"), request(b"{"), event("b").replace(SHORT, LONG), event("c"))
        )
        await store.asked.wait()
        store.may_answer.set()
        told = await asked
    ids = [content.get("results", [{}])[0].get("event_id") for _, _, content in told]
    assert ids == ["a", None, "b", "c"]


async def test_a_key_has_one_quota_on_both_ways(gateway: Gateway) -> None:
    """A limit that a pipe gets around is none."""
    short = request(BODY).replace(SERVER_KEY.encode(), SLOW_KEY.encode())
    async with served(gateway) as port:
        told = await answers(port, short)
        told += await answers(port, short.replace(SHORT, LONG))
        told += await answers(port, short)
    assert [status[9:12] for status, *_ in told] == [b"202", b"200", b"429"]
    assert told[-1][1][b"retry-after"] == b"1"


async def test_a_mistake_of_ours_says_nothing_of_the_event() -> None:
    """Its text may quote what came."""
    gateway = Gateway(store=BadStore())
    async with served(gateway) as port:
        ((status, _, content),) = await answers(port, request(BODY))
    assert status == b"HTTP/1.1 500 Internal Server Error"
    assert content["problems"][0]["reason"] == "unexpected"
    assert content["request_id"] in gateway.log.getvalue()
    assert b'status="500"' in (await metrics(gateway))
    assert "ZeroDivisionError" in gateway.log.getvalue()
    assert "jane" not in gateway.log.getvalue()


async def test_an_answer_on_its_way_arrives_when_the_gateway_stops() -> None:
    """Its event is stored, so the caller must hear it, and ask elsewhere from then on."""
    store = SlowStore()
    async with served(Gateway(store=store)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(BODY))
        await store.asked.wait()
        asyncio.get_running_loop().call_later(0.2, store.may_answer.set)
    heard = await reader.read()
    writer.close()
    assert heard.startswith(b"HTTP/1.1 202 ")
    assert b"\r\nconnection: close\r\n" in heard


async def test_a_stop_waits_for_the_store_no_longer_than_its_grace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A disk that hangs must not keep the process; what it was given may be stored yet."""
    monkeypatch.setattr(server, "GRACE_SECONDS", 0.1)
    store = SlowStore()
    async with served(Gateway(store=store)) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(BODY))
        await store.asked.wait()
    store.may_answer.set()
    await asyncio.sleep(0.05)  # real time, since the connection lives in it
    assert (await store.stats()).recorded == 1
    writer.close()


async def test_a_caller_that_hangs_up_harms_nobody() -> None:
    """The event is stored all the same; the next caller finds the gateway well."""
    store = SlowStore()
    async with served(Gateway(store=store)) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(BODY))
        await store.asked.wait()
        writer.transport.abort()
        await asyncio.sleep(0.05)  # real time, since the connection lives in it
        store.may_answer.set()
        told = await answers(port, request(BODY))
    assert told[0][2]["duplicate"] == 1
