"""Disks that fail: each step of the store's work refused once, or from then on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import apsw

from tandemgate.ports import StoreUnavailable
from tandemgate.storage.sqlite import SqliteStore
from tests.faults.account import Account
from tests.faults.disk import Disk, Step, healthy, plugged_in
from tests.faults.storework import inspect, opened, promised, short_log, work

ERRORS: Final[dict[str, type[apsw.Error]]] = {
    "EIO": apsw.IOError,
    "ENOSPC": apsw.FullError,
}
R = TypeVar("R")


@dataclass(slots=True)
class Failing:
    """Lets *after* steps succeed; the next one fails, and all that follow while it is *lasting*."""

    error: type[apsw.Error]
    after: int
    lasting: bool
    met: int = 0

    def __call__(self, _step: Step) -> None:
        """Count a step, and fail where it is its turn."""
        self.after -= 1
        if self.after == -1 or (self.lasting and self.after < 0):
            self.met += 1
            raise self.error("on purpose")


class Stubborn:
    """A ledger whose callers try again after the store refused; the disk is mended meanwhile."""

    def __init__(self, store: SqliteStore, disk: Disk) -> None:
        self._store = store
        self._disk = disk
        self.refused = 0

    @property
    def ledger(self) -> "Stubborn":
        """Itself: it stands in for the store and for its ledger."""
        return self

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        call = getattr(self._store.ledger, name)

        async def again(*arguments: object) -> object:
            try:
                return await call(*arguments)
            except StoreUnavailable:
                self.refused += 1
                self._disk.fault = healthy
                return await call(*arguments)

        return again


async def failing_disk(folder: Path, error: str, *, lasting: bool, stride: int) -> Account:
    """Fail at every *stride*-th step of the store's work, and mend the disk after a refusal."""
    words = "from then on, mended after a 503" if lasting else "once"
    account = Account(f"{error} at a step of the disk, {words}")
    after, fault = 0, Failing(ERRORS[error], 0, lasting)
    while not account.rounds or fault.met:
        here = folder / f"{error}_{lasting}_{after}"
        here.mkdir()
        with plugged_in() as disk, short_log():
            store = await opened(here / "ledger.db")
            disk.fault = fault = Failing(ERRORS[error], after, lasting)
            await work(Stubborn(store, disk), disk, range(4))  # type: ignore[arg-type]
            disk.fault = healthy
            await store.aclose()
        await inspect(here / "ledger.db", promised(disk.steps), account)
        account.rounds += 1
        after += stride
    return account
