"""A wall clock that somebody sets under a real process, whose monotonic clock goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.e2e.programs import Program, simulator
from tests.faults.account import Account, Seen, ledger_states
from tests.faults.kills import drained
from tests.faults.machine import faketime
from tests.faults.tiktok import EXPIRING, heal, held, plan
from tests.faults.traffic import Traffic, access, database, hand_in_many, write_settings
from tests.faults.waiting import until

JUMPS: Final = (200, -200, 48, -1)
"""Hours."""

LOOKED_AT: Final = 12.0
"""Seconds in which the clock is looked at twice, four seconds apart, and the lookout looks."""


class Clock:
    """The time that a process sees: the machine's, and so many hours more."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self.set(0)

    def set(self, hours: float) -> None:
        """Set the wall clock, in a running process as well."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{hours * 3_600:+.0f}\n", "ascii")
        new.replace(self._file)

    def environment(self) -> dict[str, str]:
        """What a process must be started with."""
        return {
            "LD_PRELOAD": str(faketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@contextmanager
def gateway_with(clock: Clock, settings: Path) -> Iterator[Program]:
    """Run ``tandemgate serve`` by that clock."""
    program = Program(
        "tandemgate", "--config", str(settings), "serve",
        ready_on="stderr", environment=clock.environment(),
    )  # fmt: skip
    try:
        yield program
    finally:
        program.close()


def wall_clock_jumps(folder: Path, hours: float, *, events: int) -> Account:
    """The clock is set while *events* wait for a token that is valid, and set right again."""
    account = Account(f"wall clock set by {hours:+} h (libfaketime)", rounds=2)
    clock = Clock(folder)
    with simulator(*access()) as tiktok:
        settings = write_settings(folder, tiktok.url)
        with gateway_with(clock, settings) as running:
            with Traffic(senders=1, most=5) as traffic:
                traffic.aim(running).join()
            account.must(until(lambda: drained(settings)), "what came before did not leave")
            plan(tiktok, EXPIRING)
            names = hand_in_many(running, "waits", events) | traffic.acknowledged.keys()
            clock.set(hours)
            time.sleep(LOOKED_AT)
            states = ledger_states(database(settings))
            account.must("EXPIRED" not in states, f"a wrong clock ended events: {states}")
            account.must("INDETERMINATE" not in states, f"a wrong clock ended events: {states}")
            told = [one["reason"] for one in _attention(running)]
            account.must("clock_astray" in told, f"the clock is not told: {told}")
            clock.set(0)
            heal(tiktok)
            ended = until(lambda: drained(settings), patience=150)
            account.must(ended, f"the queue did not drain: {ledger_states(database(settings))}")
            account.must(held(running) == set(), "the lane stands")
            account.must(running.stop() == 0, "it did not stop by itself")
        return Seen.of(tiktok, database(settings)).into(account, names)


def _attention(running: Program) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = running.ask("GET", "/api/attention")[1]["attention"]
    return told
