"""Every store, one after the other: a new one is one more parameter here."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from tandemgate.ports import (
    Alerts,
    Archive,
    Confirmations,
    Controls,
    Keys,
    Ledger,
    Orders,
    Policies,
    Problems,
    Quality,
    Rollups,
)
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tests.build import NOW

STORE_KEY = b"k" * 32


class Store(Protocol):
    """What wiring needs of a store."""

    @property
    def ledger(self) -> Ledger: ...
    @property
    def archive(self) -> Archive: ...
    @property
    def controls(self) -> Controls: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def alerts(self) -> Alerts: ...
    @property
    def rollups(self) -> Rollups: ...
    @property
    def problems(self) -> Problems: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def confirmations(self) -> Confirmations: ...
    @property
    def quality(self) -> Quality: ...
    async def aclose(self) -> None: ...


class StoppedClock:
    """It is always NOW."""

    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


async def open_store(kind: str, folder: Path) -> Store:
    """Open an empty store."""
    if kind == "memory":
        return MemoryStore()
    return await SqliteStore.open(folder / "ledger.db", STORE_KEY, StoppedClock())


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Give an empty store."""
    opened = await open_store(request.param, tmp_path)
    yield opened
    await opened.aclose()


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """Give the part of the store that writes."""
    return store.ledger


@pytest.fixture
def archive(store: Store) -> Archive:
    """Give the part of the store that looks."""
    return store.archive
