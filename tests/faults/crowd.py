"""Too many, too slow, too much: what callers can do to the gateway."""

import socket
import threading
import time
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.e2e.programs import Program, gateway, simulator
from tests.faults.account import Account, Seen
from tests.faults.child import Child
from tests.faults.kills import drained
from tests.faults.memory import RSS_BOUND, Memory
from tests.faults.traffic import (
    Refused,
    Traffic,
    access,
    database,
    hand_in_many,
    write_settings,
)
from tests.faults.waiting import until

STOPS_WITHIN: Final = 10.0
ANSWERS_WITHIN: Final = 2.0
HALF_A_HEAD: Final = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nX-Much: "
HALF_A_BODY: Final = HALF_A_HEAD + b"y\r\nContent-Length: 100000\r\n\r\n{"


def slow_clients(folder: Path, *, sockets: int, lasting: float) -> Account:
    """Idle sockets, heads and bodies that never end; a real shop is served meanwhile."""
    account = Account("slow clients, idle sockets, header floods", rounds=sockets)
    with simulator(*access()) as tiktok:
        settings = write_settings(folder, tiktok.url)
        with Child(settings) as running, ExitStack() as stack:
            memory = stack.enter_context(Memory(running.pid))
            for number in range(sockets):
                pest = stack.enter_context(_connected(running))
                pest.sendall((b"", HALF_A_HEAD, HALF_A_BODY)[number % 3])
            flood = stack.enter_context(_connected(running))
            flood.sendall(HALF_A_HEAD)
            threading.Thread(target=_pour, args=(flood,), daemon=True).start()
            with Traffic(pause=0.01) as traffic:
                traffic.aim(running)
                time.sleep(lasting)
            account.must(traffic.slowest < ANSWERS_WITHIN, f"{traffic.slowest:.1f} s to answer")
            account.must(bool(traffic.acknowledged), "nobody was served")
            account.must(until(lambda: drained(settings)), "the queue did not drain")
        memory.must_stay_below(RSS_BOUND, account)
        return Seen.of(tiktok, database(settings)).into(account, traffic.acknowledged)


def overload(folder: Path, *, senders: int, lasting: float) -> Account:
    """More large requests than the store can take: 503 and flat memory, not a queue without end."""
    account = Account("overload", rounds=senders)
    acknowledged: set[str] = set()
    refused: list[int] = []
    with simulator(*access(), "--record", "keys") as tiktok:
        settings = write_settings(folder, tiktok.url, batch=1000)
        with Child(settings) as running, Memory(running.pid) as memory:
            ended = time.monotonic() + lasting

            def press(name: int) -> None:
                number = 0
                while time.monotonic() < ended:
                    number += 1
                    try:
                        acknowledged.update(hand_in_many(running, f"{name}_{number}", 500))
                    except Refused as refusal:
                        refused.append(refusal.status)

            threads = [threading.Thread(target=press, args=(at,)) for at in range(senders)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            account.must(until(lambda: drained(settings), patience=120), "no end")
        memory.must_stay_below(RSS_BOUND, account)
        busy = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}
        account.must(set(refused) <= busy, f"answers: {set(refused)}")
        return Seen.of(tiktok, database(settings)).into(account, acknowledged)


def stopped_in_traffic(folder: Path, *, rounds: int) -> Account:
    """SIGTERM while orders come in and leave: the product's own process, its own exit code."""
    account = Account("SIGTERM in traffic", rounds=rounds)
    with simulator(*access(), "--latency", "300ms") as tiktok:
        settings = write_settings(folder, tiktok.url)
        with Traffic(pause=0.005) as traffic:
            for _ in range(rounds):
                with gateway(settings) as running:
                    traffic.aim(running)
                    time.sleep(0.7)
                    began = time.monotonic()
                    account.must(running.stop() == 0, "the exit code is not 0")
                    took = time.monotonic() - began
                    account.must(took < STOPS_WITHIN, f"it took {took:.1f} s to stop")
        with Child(settings) as running:
            account.must(until(lambda: drained(settings)), "the queue did not drain")
        Seen.of(tiktok, database(settings)).into(account, traffic.acknowledged)
        account.must(account.unknown == 0, f"{account.unknown} outcomes are unknown")
        account.must(account.copies == account.counted, "something was sent twice")
        return account


def _connected(running: Program) -> socket.socket:
    return socket.create_connection(tuple(urlsplit(running.url).netloc.split(":")), timeout=30)  # type: ignore[arg-type]


def _pour(flood: socket.socket) -> None:
    try:
        while True:
            flood.sendall(b"y" * 65_536)
    except OSError:
        pass
