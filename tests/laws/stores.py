"""The stores that the laws hold for: each a way to open it anew, as by another process."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol

from tandemgate.ports import Archive, Clock, Controls, Ledger, Rights
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore

STORE_KEY: Final = b"k" * 32


class Store(Protocol):
    """What a process needs of a store."""

    @property
    def ledger(self) -> Ledger: ...
    @property
    def archive(self) -> Archive: ...
    @property
    def controls(self) -> Controls: ...
    @property
    def rights(self) -> Rights: ...
    async def aclose(self) -> None: ...


Opener = Callable[[Clock], Awaitable[Store]]


def in_memory() -> Opener:
    """A store that outlives the process, since it is the test's."""
    store = MemoryStore()

    async def opened(_clock: Clock) -> Store:
        return store

    return opened


def in_a_file(folder: Path) -> Opener:
    """The real store, read anew from its file by each process."""

    async def opened(clock: Clock) -> Store:
        return await SqliteStore.open(folder / "ledger.db", STORE_KEY, clock)

    return opened
