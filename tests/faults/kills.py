"""The gateway dies, at any instant and at chosen ones."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from tandemgate.wiring.gateway import BROKEN
from tests.e2e.programs import Program, simulator
from tests.faults.account import Account, Seen, ledger_states
from tests.faults.child import KILLED, Child, Moment, Plan
from tests.faults.traffic import Traffic, access, database, write_settings
from tests.faults.waiting import until

PATIENCE: Final = 420.0
"""Each kill may cost an attempt, and the wait after many of them is up to 300 seconds."""

LATENCY: Final = ("--latency", "30ms")


def kills_in_traffic(folder: Path, *, rounds: int) -> Account:
    """``kill -9`` at random instants, while orders come in and leave."""
    account = Account("kill -9 at any instant of traffic", rounds=rounds)
    chance = Random(rounds)  # noqa: S311 - to be repeated, not to be secret
    with simulator(*access(), *LATENCY) as tiktok:
        settings = write_settings(folder, tiktok.url)
        with Traffic() as traffic:
            for _ in range(rounds):
                with Child(settings) as running:
                    traffic.aim(running)
                    time.sleep(chance.uniform(0.0, 0.25))
                    running.kill()
        return finish_after_kills(account, settings, tiktok, traffic)


def kills_of_one(folder: Path, *, rounds: int) -> Account:
    """``kill -9`` of one process of a gateway that has two for intake; all end with it."""
    account = Account("kill -9 of one of its processes", rounds=rounds)
    chance = Random(rounds)  # noqa: S311 - to be repeated, not to be secret
    with simulator(*access(), *LATENCY) as tiktok:
        settings = write_settings(folder, tiktok.url, processes=2)
        with Traffic() as traffic:
            for _ in range(rounds):
                with Child(settings) as running:
                    traffic.aim(running)
                    others = running.intake_processes()
                    time.sleep(chance.uniform(0.0, 0.25))
                    os.kill(chance.choice([running.pid, *others]), signal.SIGKILL)
                    account.must(running.ended() in {BROKEN, -signal.SIGKILL}, "it went on")
                    account.must(until(lambda: not _any_alive(others)), "some were left")  # noqa: B023
        return finish_after_kills(account, settings, tiktok, traffic)


def _any_alive(pids: Sequence[int]) -> bool:
    return any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids)


def kills_at(folder: Path, moment: Moment, *, rounds: int) -> Account:
    """Death right after what *moment* names, in the middle of traffic."""
    account = Account(f"kill at the moment: {moment}", rounds=rounds)
    with simulator(*access(), *LATENCY) as tiktok:
        settings = write_settings(folder, tiktok.url)
        with Traffic() as traffic:
            for number in range(rounds):
                with Child(settings, Plan(moment, 1 + number % 4)) as running:
                    traffic.aim(running)
                    account.must(running.ended() == KILLED, f"{moment} never came")
        return finish_after_kills(account, settings, tiktok, traffic)


def finish_after_kills(
    account: Account, settings: Path, tiktok: Program, traffic: Traffic
) -> Account:
    """Let one more gateway deliver what is left, and hold everything against the promises."""
    with Child(settings) as running:
        account.must(until(lambda: drained(settings), patience=PATIENCE), "the queue did not drain")
        account.must(running.stop() == 0, "it did not stop by itself")
    seen = Seen.of(tiktok, database(settings))
    account.must(not seen.unfinished(), f"not delivered: {seen.unfinished()[:5]}")
    return seen.into(account, traffic.acknowledged)


def drained(settings: Path) -> bool:
    """Whether nothing waits any more."""
    return ledger_states(database(settings)).keys() <= {"DELIVERED"}
