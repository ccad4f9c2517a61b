"""Measuring on a machine that has other things to do: again and again, and the calmest counts."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Final, TypeAlias

from benchmarks.stage import Simulator, gateway, simulator

Measure: TypeAlias = Callable[[], Awaitable[object]]

ROUNDS: Final = 9
STARTS: Final = 5


async def calmest(costs: dict[str, Measure], times: int) -> dict[str, float]:
    """Return the seconds that each of *costs* takes, the p50 of the calmest round.

    The rounds go over all of them, so that what else the machine does hits no one alone.
    """
    medians: dict[str, list[float]] = {name: [] for name in costs}
    for _ in range(ROUNDS):
        for name, measure in costs.items():
            taken = []
            for _ in range(times):
                started = time.perf_counter()
                await measure()
                taken.append(time.perf_counter() - started)
            medians[name].append(median(taken))
    return {name: min(found) for name, found in medians.items()}


def calmest_start(folder: Path) -> float:
    """Return the seconds from a process's start until its ``/readyz`` says so, on *folder*'s store.

    It has nothing to send with, so that the store stays as it is.
    """
    with simulator(folder) as tiktok:
        return min(_start(folder, tiktok) for _ in range(STARTS))


def _start(folder: Path, tiktok: Simulator) -> float:
    with gateway(folder, tiktok, sending=False) as started:
        return started.ready_after
