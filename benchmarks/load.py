"""The load generator: a process of its own that costs as little as it can.

``python -m benchmarks.load HOST PORT KEY CONNECTIONS EVENTS_PER_REQUEST FIRST EVENTS SECONDS``
sends over kept connections, each the next request as soon as the last was answered, until EVENTS
are sent or SECONDS are over, and prints one line of JSON. Only an answer 202 that accepted every
event of its request counts.
"""

import asyncio
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import cast

import msgspec
import uvloop

from benchmarks.orders import envelope

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Told(msgspec.Struct):
    """What was sent and answered. Latencies are in seconds, of requests, sorted."""

    first: int
    sent: int
    refused: list[int]
    seconds: float
    latencies: list[float]
    cpu: float

    @property
    def acknowledged(self) -> int:
        """Events that were answered by 202."""
        return self.sent - len(self.refused)

    def latency(self, share: float) -> float:
        """Return the latency that *share* of the requests kept below."""
        place = min(int(len(self.latencies) * share), len(self.latencies) - 1)
        return self.latencies[place]


@dataclass(slots=True)
class Work:
    """What is still to be sent, and what came of the rest."""

    head: bytes
    per_request: int
    first: int
    last: int
    until: float
    connections: int
    done: asyncio.Future[None]
    refused: list[int] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    next: int = 0

    def take(self) -> range | None:
        """Return the numbers of the next request, or nothing when it is time to end."""
        if self.next >= self.last or time.perf_counter() >= self.until:
            return None
        numbers = range(self.next, min(self.next + self.per_request, self.last))
        self.next = numbers.stop
        return numbers

    def leave(self) -> None:
        """Take note that a connection has ended."""
        self.connections -= 1
        if not self.connections and not self.done.done():
            self.done.set_result(None)


class Caller(asyncio.Protocol):
    """One connection: ask, wait for the whole answer, ask again."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._answer = b""
        self._numbers = range(0)
        self._started = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Read on; ask again when the answer is whole."""
        answer = self._answer = self._answer + data if self._answer else data
        end = answer.find(_HEAD_END)
        if end < 0:
            return
        stated = answer.index(_LENGTH) + len(_LENGTH)
        length = int(answer[stated : answer.index(b"\r", stated)])
        if len(answer) < end + len(_HEAD_END) + length:
            return
        self._answer = b""
        self._work.latencies.append(time.perf_counter() - self._started)
        if answer[9:12] != b"202" or b'"accepted":%d,' % len(self._numbers) not in answer:
            self._work.refused.extend(self._numbers)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; what was not answered is not acknowledged."""
        del exc
        if self._started:
            self._work.refused.extend(self._numbers)
        self._work.leave()

    def _ask(self) -> None:
        numbers = self._work.take()
        if numbers is None:
            self._started = 0.0
            self._transport.close()
            return
        self._numbers = numbers
        body = envelope(numbers)
        self._started = time.perf_counter()
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._work.head, len(body), body))


async def run(  # noqa: PLR0913, PLR0917 - the arguments of the process
    host: str, port: int, key: str, connections: int, per_request: int,
    first: int, events: int, seconds: float,
) -> Told:  # fmt: skip
    """Send, and tell what came of it."""
    loop = asyncio.get_running_loop()
    head = (
        f"POST /v1/events HTTP/1.1\r\nhost: {host}:{port}\r\nauthorization: Bearer {key}\r\n"
        "content-type: application/json\r\ncontent-length: "
    ).encode()
    started = time.perf_counter()
    work = Work(
        head, per_request, first, first + events, started + seconds, connections,
        loop.create_future(), next=first,
    )  # fmt: skip
    for _ in range(connections):
        await loop.create_connection(lambda: Caller(work), host, port)
    await work.done
    took = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Told(
        first,
        work.next - first,
        sorted(work.refused),
        took,
        sorted(work.latencies),
        used.ru_utime + used.ru_stime,
    )


def main(arguments: list[str]) -> None:
    """Be the process."""
    host, port, key, *numbers, seconds = arguments
    connections, per_request, first, events = map(int, numbers)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        told = runner.run(
            run(host, int(port), key, connections, per_request, first, events, float(seconds))
        )
    sys.stdout.write(msgspec.json.encode(told).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
