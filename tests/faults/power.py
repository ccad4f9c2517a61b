"""Power cuts at every step that the store takes on its disk."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.faults.account import Account
from tests.faults.disk import Step, Sync, cut, plugged_in
from tests.faults.storework import inspect, opened, promised, short_log, work


async def recorded(folder: Path, *, sessions: int, numbers: int) -> list[Step]:
    """Let the real store work on a disk that remembers, over several starts."""
    with plugged_in() as disk, short_log():
        for session in range(sessions):
            store = await opened(folder / "ledger.db")
            await work(store, disk, range(session * numbers, (session + 1) * numbers))
            await store.aclose()
        return disk.steps


async def power_cuts(folder: Path, steps: Sequence[Step], *, cuts: int) -> Account:
    """Cut the power *cuts* times, spread over all *steps*, and open what is left each time."""
    account = Account("power cut (torn, dropped, reordered writes)", rounds=cuts)
    for number in range(cuts):
        at = 1 + number * len(steps) // cuts
        left = folder / f"cut_{number}"
        left.mkdir()
        cut(steps[:at], left, Random(number))  # noqa: S311 - to be repeated, not to be secret
        await inspect(left / "ledger.db", promised(steps[:at]), account)
    return account


def without_syncs(steps: Sequence[Step]) -> list[Step]:
    """The same work on a store that never waits for its disk."""
    return [step for step in steps if not isinstance(step, Sync)]
