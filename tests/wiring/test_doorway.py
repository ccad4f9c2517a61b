"""What a connection leaves behind: nobody, however long something still knows its doorway."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from weakref import ref

import pytest
import uvloop

from tandemgate.web.plain import Heads
from tandemgate.wiring.doorway import Doorway, Hall

MARK = b"ada@example.org"
NOT_PLAIN = b"GET /api/events?email=" + MARK + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF_A_BODY = (
    b"POST /v1/events HTTP/1.1\r\nX-Whose: " + MARK + b"\r\nContent-Length: 99\r\n\r\n" + MARK
)


class _Guard:
    """Knows one address, at which nobody gets as far as an answer."""

    prompt = frozenset({b"/v1/events"})


class _Stage:
    """A listening hall, and the doorways that it made."""

    def __init__(self) -> None:
        self.passed: list[tuple[asyncio.Transport, bytes]] = []
        self.hall = Hall(_Guard(), self._pass_on)  # type: ignore[arg-type]  # as much as is asked
        self.made: list[Doorway] = []

    def meet(self) -> Doorway:
        """Begin a connection."""
        doorway = Doorway(self.hall)
        self.made.append(doorway)
        return doorway

    def _pass_on(self, transport: asyncio.Transport, came: bytes) -> None:
        self.passed.append((transport, came))
        transport.set_protocol(asyncio.Protocol())


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[_Stage, socket.socket]]:
    """Give a hall, and a client that is connected to it."""
    stage = _Stage()
    server = await asyncio.get_running_loop().create_server(stage.meet, "127.0.0.1", 0)
    with socket.create_connection(server.sockets[0].getsockname()) as client:
        await until(lambda: bool(stage.made))
        yield stage, client
    for transport, _ in stage.passed:
        transport.abort()
    server.close()
    await server.wait_closed()


async def until(true: Callable[[], object]) -> None:
    """Let the loop go on until it is so; a test that waits for ever ends by pytest's timeout."""
    while not true():  # noqa: ASYNC110 - connections tell nobody
        await asyncio.sleep(0)


def texts(one: object) -> Iterator[bytes]:
    """What is reachable from *one* through its own attributes."""
    waiting, seen = [one], set()
    while waiting:
        it = waiting.pop()
        if isinstance(it, bytes):
            yield it
        elif id(it) not in seen and isinstance(it, (list, dict, tuple, Doorway, Heads)):
            seen.add(id(it))
            waiting.extend(gc.get_referents(it))


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    """Both event loops: the gateway runs on uvloop where there is one."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner


@pytest.mark.parametrize("sent", [NOT_PLAIN, HALF_A_BODY], ids=["passed on", "broken off"])
def test_a_doorway_forgets_what_came(runner: asyncio.Runner, sent: bytes) -> None:
    """Of a connection that was passed on, and of one that ended in the middle of a body."""

    async def played() -> list[bytes]:
        async with listening() as (stage, client):
            (doorway,) = stage.made
            client.sendall(sent)
            await until(lambda: stage.passed or stage.hall.gathering)
            client.close()
            await until(lambda: not (stage.hall.connections or stage.hall.gathering))
            return [text for text in texts(doorway) if MARK in text]

    assert runner.run(played()) == []


def test_the_hall_does_not_keep_the_last_doorway_that_it_looked_at(runner: asyncio.Runner) -> None:
    """Its sweep waits in a frame, and what a frame names is kept for as long as it waits."""

    async def played() -> Doorway | None:
        async with listening() as (stage, client):
            keeping = asyncio.create_task(stage.hall.keep())
            await asyncio.sleep(0)
            known = ref(stage.made.pop())
            client.close()
            await until(lambda: not stage.hall.connections)
            await asyncio.sleep(0)
            gc.collect()
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
            return known()

    assert runner.run(played()) is None
