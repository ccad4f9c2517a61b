"""What is done to a store from outside: looked over, copied, restored, brought up to date."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw

from tandemgate.model.errors import ConfigurationError
from tandemgate.model.instant import Epoch
from tandemgate.ports import StoreUnavailable
from tandemgate.settings import Settings
from tandemgate.storage.sqlite import recovering
from tandemgate.storage.sqlite.checking import examine, must_fit
from tandemgate.storage.sqlite.copying import Progress, back_up
from tandemgate.storage.sqlite.errors import FAILURES, NONSENSE, StoreIsDamaged, unavailable
from tandemgate.storage.sqlite.recovering import Recovered
from tandemgate.storage.sqlite.room import kept
from tandemgate.storage.sqlite.schema import (
    connect_to_read,
    connect_to_write,
    migrate,
    schema_of,
)
from tandemgate.wiring.keyfile import store_key, sync_folder
from tandemgate.wiring.store import IN_MEMORY, database_of, locked


def file_of(settings: Settings) -> Path:
    """The store's file, which must be there.

    Raises:
        ConfigurationError: it is not, or the store is in memory.

    """
    if settings.store.url == IN_MEMORY:
        raise ConfigurationError(
            ["the store is in memory, so there is no file to work on"],
            "set store.url to sqlite:///FILE",
        )
    database = database_of(settings)
    if not database.exists():
        raise ConfigurationError(
            [f"the store {database} does not exist"],
            "tandemgate serve, which makes it; or set store.url to where it is",
        )
    return database


def check(settings: Settings, *, quick: bool) -> list[str]:
    """Look the store over; return what is wrong, a line each. A gateway may be using it."""
    database = file_of(settings)
    with failures(database):
        return examine(database, store_key(settings, database), quick=quick)


def fits(settings: Settings) -> None:
    """Raise ConfigurationError when the store can't be opened with the configured key."""
    database = file_of(settings)
    with failures(database):
        must_fit(database, store_key(settings, database))


def room_kept(size: int) -> int:
    """Return how many bytes of a disk of *size* bytes new events leave alone."""
    return kept(size)


def backup(settings: Settings, to: Path, at: Epoch, progress: Progress) -> int:
    """Copy the store to the new file *to*; return how many events wait in the copy."""
    database = file_of(settings)
    try:
        with failures(database):
            return back_up(database, store_key(settings, database), to, at, progress)
    except FileExistsError:
        raise ConfigurationError(
            [f"{to} is there already, and a backup overwrites nothing"],
            "name another file",
        ) from None
    except OSError as error:
        raise ConfigurationError(
            [f"{to} can't be written: {error.strerror}"], "name a file in another folder"
        ) from None


def restore(settings: Settings, backup_file: Path) -> None:
    """Put a backup in the place of the store, which must have been moved away."""
    database = database_of(settings)
    if database.exists():
        raise ConfigurationError(
            [f"the store {database} is still there, and a restore overwrites nothing"],
            f"move it away together with its -wal and -shm files: mv {database} {database}.old",
        )
    with failures(backup_file):
        connection = connect_to_read(backup_file)
        try:
            schema_of(connection, backup_file)
        finally:
            connection.close()
    with locked(database), failures(backup_file):
        unfinished = database.with_name(f".{database.name}.unfinished")
        shutil.copyfile(backup_file, unfinished)
        unfinished.chmod(0o600)
        with unfinished.open("rb") as copied:
            os.fsync(copied.fileno())
        must_fit(unfinished, store_key(settings, unfinished.with_name(backup_file.name)))
        unfinished.rename(database)


def recover(settings: Settings, at: Epoch) -> tuple[Recovered, Path | None]:
    """Put what can be proven of a damaged store in its place; return where the damaged one is.

    A store that is whole stays as it is.
    """
    database = file_of(settings)
    with locked(database), failures(database):
        unfinished = database.with_name(f".{database.name}.unfinished")
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            recovered = recovering.recover(database, store_key(settings, database), unfinished, at)
            if recovered.was_whole:
                return recovered, None
            aside = database.with_name(f"{database.name}.damaged-{at:.0f}")
            for part in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    database.with_name(f"{database.name}{part}").rename(f"{aside}{part}")
            database.with_name(f"{database.name}-shm").unlink(missing_ok=True)
            unfinished.rename(database)
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(database.parent)
        return recovered, aside


def bring_up_to_date(settings: Settings) -> tuple[int, int]:
    """Apply the migrations that the store lacks; return its schema before and after."""
    database = file_of(settings)
    with locked(database), failures(database):
        connection = connect_to_write(database)
        try:
            before = schema_of(connection, database)
            migrate(connection, database)
            return before, schema_of(connection, database)
        finally:
            connection.close()


@contextlib.contextmanager
def failures(database: Path) -> Iterator[None]:
    """Say in words what SQLite says about the file or the disk."""
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError, *NONSENSE):
        raise StoreIsDamaged(database) from None
    except FAILURES as failure:
        refusal: StoreUnavailable = unavailable(failure)
        raise ConfigurationError(
            [f"{database} can't be worked with: {refusal}"],
            f"look at the disk and the rights of {database.parent}",
        ) from None
