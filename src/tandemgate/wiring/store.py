"""Opening the ledger, and the key that seals it."""

import asyncio
import base64
import binascii
import fcntl
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Protocol, TextIO

from tandemgate.model.errors import ConfigurationError
from tandemgate.ports import (
    Archive,
    Clock,
    Controls,
    Ledger,
    Pairs,
    Policies,
    Rights,
    StoreUnavailable,
    Vault,
    Visits,
)
from tandemgate.settings import Settings
from tandemgate.storage.memory import MemoryStore
from tandemgate.storage.sqlite import SqliteStore
from tandemgate.storage.sqlite.retention import Keep
from tandemgate.wiring.pixels import DigestKeys

SQLITE: Final = "sqlite:///"
IN_MEMORY: Final = "memory://"
KEY_BYTES: Final = 32
HOW_TO_MAKE_ONE: Final = "openssl rand -hex 32 > tandemgate.key"


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
    def pairs(self) -> Pairs:
        """What the Pixel sent."""
        ...

    @property
    def visits(self) -> Visits:
        """What browsers showed."""
        ...

    @property
    def rights(self) -> Rights:
        """What people may ask about what is theirs."""
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


def store_key(settings: Settings, database: Path) -> bytes:
    """The 32 bytes that seal the store; made at the first start of an empty one."""
    stated = settings.store.key
    if stated.secret is not None:
        return read_key(stated.secret.reveal(), "store.key")
    file = stated.file or database.with_name("tandemgate.key")
    if not stated.stated:
        file = database.with_name(file.name)
    if file.exists():
        return _from_file(file)
    if database.exists() and database.stat().st_size:
        raise ConfigurationError(
            [f"the store {database} is there, but the file with its key, {file}, is not"],
            f"restore {file}; or move {database} away, to begin an empty store",
        )
    return _made(file)


def read_key(text: str, where: str) -> bytes:
    """Read a key of 64 hex digits or 44 base64 characters; *where* it stood is for the error."""
    for read in (bytes.fromhex, _base64):
        try:
            key = read(text.strip())
        except ValueError:
            continue
        if len(key) == KEY_BYTES:
            return key
    raise ConfigurationError(
        [f"{where} is no key: expected {KEY_BYTES} bytes as 64 hex digits or in base64"],
        HOW_TO_MAKE_ONE,
    )


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _from_file(file: Path) -> bytes:
    try:
        return read_key(file.read_text("utf-8"), str(file))
    except OSError as error:
        raise _unusable(file, error) from None


def _made(file: Path) -> bytes:
    """Make a key, which has its name only when all of it would survive a power cut."""
    key = secrets.token_bytes(KEY_BYTES)
    unnamed = file.with_name(f"{file.name}.new")
    try:
        descriptor = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(f"{key.hex()}\n")
            opened.flush()
            os.fsync(opened.fileno())
        unnamed.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise _unusable(file, error) from None
    return key


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(file: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        [f"the store's key {file} can't be used: {error.strerror}"],
        f"make {file.parent} a folder that the gateway may write, or set store.key",
    )
