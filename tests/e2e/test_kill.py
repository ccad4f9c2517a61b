"""Power cuts in the middle of traffic: what was acknowledged arrives, and is counted once."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import Self

import pytest

from tests.e2e.programs import Program, an_item, eventually, gateway, simulator, write_settings

pytestmark = pytest.mark.e2e

ROUNDS = 3
SENDERS = 4
ACKNOWLEDGED_PER_ROUND = 60


class Shop:
    """Sends orders from several threads, and keeps the books."""

    def __init__(self, running: Program, numbers: Iterator[int], acknowledged: set[str]) -> None:
        self._running = running
        self._numbers = numbers
        self.acknowledged = acknowledged
        self.tried: set[str] = set()
        self._threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        """Send one order after another until nobody answers any more."""
        with suppress(OSError, HTTPException):
            for number in self._numbers:
                event_id = f"ord_{number}"
                self.tried.add(event_id)
                status, answer = self._running.post(an_item(event_id))
                assert (status, answer["accepted"]) == (202, 1)
                self.acknowledged.add(event_id)


@pytest.mark.parametrize("processes", [0, 2])
def test_acknowledged_is_delivered_and_counted_once(tmp_path: Path, processes: int) -> None:
    """The promise behind every 202, by exact event_id, over several kills."""
    acknowledged: set[str] = set()
    tried: set[str] = set()
    numbers = count()
    with simulator("--latency", "20ms") as tiktok:
        settings = write_settings(tmp_path, tiktok.url, processes=processes)
        for killing in range(1, ROUNDS + 1):
            enough = killing * ACKNOWLEDGED_PER_ROUND
            with gateway(settings) as running, Shop(running, numbers, acknowledged) as shop:
                eventually(lambda wanted=enough: len(acknowledged) >= wanted)  # type: ignore[misc]
                running.kill()
            tried |= shop.tried
        with gateway(settings) as running:
            eventually(lambda: _finished(running))
            stats = running.ask("GET", "/api/stats")[1]
            conversions = tiktok.ask("GET", "/_sim/conversions")[1]["conversions"]
        assert stats["ledger_imbalance"] == 0
        assert {cell["state"] for cell in stats["states"]} == {"DELIVERED"}
    arrived = [conversion["event_id"] for conversion in conversions]
    assert acknowledged - set(arrived) == set()
    assert set(arrived) - tried == set()
    assert {conversion["counted"] for conversion in conversions} == {1}
    assert len(arrived) == len(set(arrived)) == stats["recorded"]


def _finished(running: Program) -> bool:
    states = running.ask("GET", "/api/stats")[1]["states"]
    return all(cell["state"] == "DELIVERED" for cell in states if cell["count"])
