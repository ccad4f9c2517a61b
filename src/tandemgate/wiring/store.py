"""Opening the ledger, and the key that seals it."""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Protocol, TextIO

from tandemgate.model.errors import ConfigurationError
from tandemgate.ports import (
    Alerts,
    Archive,
    Clock,
    Confirmations,
    Controls,
    Keys,
    Ledger,
    Orders,
    Pairs,
    Policies,
    Problems,
    Quality,
    Rights,
    Rollups,
    StoreUnavailable,
    Trials,
    Vault,
    Visits,
)
from tandemgate.settings import Settings
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.retention import Keep
from tandemgate.wiring.keyfile import settle_exchange, store_key
from tandemgate.wiring.pixels import DigestKeys

SQLITE: Final = "sqlite:///"
IN_MEMORY: Final = "memory://"


class Store(DigestKeys, Protocol):
    """A ledger with everything that reads it.

    ``restored`` is set when this opening put a backup into use: so many of its events may have been
    sent since the backup was made.
    """

    @property
    def ledger(self) -> Ledger:
        """The part that writes."""
        ...

    @property
    def archive(self) -> Archive:
        """The part that reads."""
        ...

    @property
    def controls(self) -> Controls:
        """What people decide."""
        ...

    @property
    def policies(self) -> Policies:
        """The consent policies that decided and decide."""
        ...

    @property
    def vault(self) -> Vault:
        """The access tokens."""
        ...

    @property
    def confirmations(self) -> Confirmations:
        """What people said is there."""
        ...

    @property
    def keys(self) -> Keys:
        """The keys that were made while it ran."""
        ...

    @property
    def orders(self) -> Orders:
        """What the ledger holds of a shop's orders."""
        ...

    @property
    def pairs(self) -> Pairs:
        """What the Pixel sent."""
        ...

    @property
    def problems(self) -> Problems:
        """What goes wrong again and again."""
        ...

    @property
    def quality(self) -> Quality:
        """Which match keys the events carry."""
        ...

    @property
    def visits(self) -> Visits:
        """What browsers showed."""
        ...

    @property
    def trials(self) -> Trials:
        """Test sessions."""
        ...

    @property
    def rights(self) -> Rights:
        """What people may ask about what is theirs."""
        ...

    @property
    def rollups(self) -> Rollups:
        """What happened when."""
        ...

    @property
    def alerts(self) -> Alerts:
        """What is remembered of alerts."""
        ...

    @property
    def restored(self) -> int | None:
        """How many events' outcome is unknown because of a restore."""
        ...

    async def aclose(self) -> None:
        """Write what is left and close."""
        ...


@asynccontextmanager
async def opened(settings: Settings, clock: Clock) -> AsyncIterator[Store]:
    """Open the store that the settings name, and close it in the end.

    Raises:
        ConfigurationError: it can't be opened, is sealed with another key, or is in use.

    """
    if settings.store.url == IN_MEMORY:
        yield MemoryStore()
        return
    database = database_of(settings)
    with locked(database):
        settle_exchange(settings, database)
        store = await _open(database, store_key(settings, database), clock)
        keep = Keep(settings.store.keep_payloads, settings.store.keep_events)
        forgetting = asyncio.create_task(store.retention.run(keep), name="retention")
        try:
            yield store
        finally:
            forgetting.cancel()
            await asyncio.wait({forgetting})
            await store.aclose()


async def _open(database: Path, key: bytes, clock: Clock) -> SqliteStore:
    try:
        return await SqliteStore.open(database, key, clock)
    except (OSError, StoreUnavailable) as error:
        raise ConfigurationError(
            [f"the store {database} can't be opened: {type(error).__name__}"],
            f"look at the disk and the rights of {database.parent}",
        ) from None


def locked(database: Path) -> TextIO:
    """Keep a second gateway away: it would take what this one is sending for left by a crash.

    The system drops the lock with the process, however that ends.
    """
    held: TextIO | None = None
    try:
        held = database.with_name(f"{database.name}.lock").open("w", encoding="ascii")
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if held is None:
            raise ConfigurationError(
                [f"store.url names {database}, but its folder can't be used: {error.strerror}"],
                f"mkdir -p {database.parent}, and let the gateway write there",
            ) from None
        held.close()
        raise ConfigurationError(
            [f"the store {database} is in use by another gateway on this machine"],
            "stop the other one, or set store.url to another path",
        ) from None
    return held


def database_of(settings: Settings) -> Path:
    """The database's file; a relative one is beside the settings file."""
    return settings.folder / settings.store.url.removeprefix(SQLITE)
