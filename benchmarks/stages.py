"""``make bench ARGS=--stages``: what one event costs in the event loop, without a ledger behind it.

One process, one thread; CPU time, of the calmest of many rounds, in microseconds per event.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any, Final

import uvloop

from benchmarks.orders import PIXEL, envelope
from benchmarks.references import bare_loop
from tandemgate.core.envelope import Unreadable, raw_events, read_envelope
from tandemgate.core.pipeline import process
from tandemgate.model.admission import Admission, Admitted
from tandemgate.model.event import Event, RawEvent, Source
from tandemgate.model.rules import PixelRules
from tandemgate.model.secret import Secret
from tandemgate.model.state import State
from tandemgate.settings import KeyKind, KeySettings, PixelSettings, Settings
from tandemgate.storage.memory import MemoryStore
from tandemgate.telemetry import Telemetry
from tandemgate.tiktok.client import TikTokClient
from tandemgate.wiring.gateway import Gateway
from tandemgate.wiring.server import GatewayServer

KEY: Final = "sk_stages"
ROUNDS: Final = 15
REQUESTS: Final = 1_000
BATCH: Final = 100
CALLERS: Final = 64

_STORED: Final = Admitted(State.QUEUED, 1)


class InstantStore(MemoryStore):
    """Takes everything and keeps nothing."""

    async def admit(self, events: Sequence[Event]) -> list[Admission]:
        """Say yes."""
        return [_STORED] * len(events)


def stages() -> Iterator[tuple[str, float]]:
    """Measure each stage: its name, and microseconds per event."""
    yield "decode, 3 x SHA-256, encode, and nothing else", 1e6 / bare_loop(0.5)
    singles = [envelope(range(number, number + 1)) for number in range(REQUESTS)]
    batches = [envelope(range(at, at + BATCH)) for at in range(0, REQUESTS, BATCH)]
    yield "read the envelope, one event", _each(_read, singles)
    yield "read the envelope, 100 events", _each(_read, batches) / BATCH
    rules, now = _rules(), time.time()
    raws = [raw for body in singles for raw in _read(body)]
    yield "process", _each(lambda raw: process(raw, rules, now), raws)
    yield "one request with one event, of 64 callers", _requests(singles, CALLERS)
    yield "one request with one event, of one caller", _requests(singles, 1)
    yield "an event of a request with 100", _requests(batches, 1) / BATCH


def _each(work: Callable[[Any], object], things: Sequence[object]) -> float:
    """Microseconds of *work* on one of *things*."""
    best = float("inf")
    for _ in range(ROUNDS):
        with _calm():
            began = time.thread_time()
            for thing in things:
                work(thing)
            best = min(best, time.thread_time() - began)
    return best / len(things) * 1e6


@contextmanager
def _calm() -> Iterator[None]:
    gc.collect()
    yield


def _read(body: bytes) -> list[RawEvent]:
    read = read_envelope(body)
    if isinstance(read, Unreadable):
        raise TypeError(read)
    return raw_events(read, source=Source.BACKEND, verified=True)


def _settings() -> Settings:
    return Settings(
        pixels=(PixelSettings(id=PIXEL),),
        keys=(KeySettings(KeyKind.ADMIN, "stages", Secret(KEY)),),
    )


def _rules() -> PixelRules:
    return asyncio.run(_gateway()).parts.rules[PIXEL]


async def _gateway() -> Gateway:
    settings = _settings()
    sender = TikTokClient(settings.tiktok.base_url)
    return Gateway(settings, InstantStore(), sender, Telemetry(StringIO()))


def _requests(bodies: Sequence[bytes], callers: int) -> float:
    """Microseconds of one request, from bytes to bytes, when *callers* ask at the same time."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_asked(bodies, callers)) * 1e6


async def _asked(bodies: Sequence[bytes], callers: int) -> float:
    gateway = await _gateway()
    server = GatewayServer(gateway.app, lambda: None)
    server.config.load()
    lines = [_Line(server) for _ in range(callers)]
    requests = [_request(body) for body in bodies]
    best = float("inf")
    for _ in range(ROUNDS):
        with _calm():
            began = time.thread_time()
            for at in range(0, len(requests), callers):
                for line, asked in zip(lines, requests[at : at + callers], strict=False):
                    line.ask(asked)
                while any(line.waits for line in lines):  # noqa: ASYNC110 - turns are what counts
                    await asyncio.sleep(0)
            best = min(best, time.thread_time() - began)
    for line in lines:
        line.hang_up()
    return best / len(requests)


def _request(body: bytes) -> bytes:
    return (
        b"POST /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer %b\r\n"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
    ) % (KEY.encode(), len(body), body)


class _Line(asyncio.Transport):
    """A connection whose other end is here."""

    def __init__(self, server: GatewayServer) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)})
        self.waits = False
        make: Any = server.config.http_protocol_class
        self._protocol = make(config=server.config, server_state=server.server_state, app_state={})
        self._protocol.connection_made(self)

    def ask(self, request: bytes) -> None:
        self.waits = True
        self._protocol.data_received(request)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if bytes(data[9:12]) == b"202" and b'"accepted":0' in data:
            raise AssertionError(bytes(data))
        self.waits = not bytes(data).endswith(b"]}")

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def close(self) -> None: ...
    def hang_up(self) -> None:
        self._protocol.connection_lost(None)


def show() -> None:
    """Print the table."""
    for stage, spent in stages():
        print(f"{spent:8.1f} µs  {stage}")  # noqa: T201 - its answer
