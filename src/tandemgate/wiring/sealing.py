"""What is done to the store's keys from outside, while no gateway runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from tandemgate.model.errors import ConfigurationError
from tandemgate.model.instant import Epoch
from tandemgate.settings import Settings
from tandemgate.storage.seal import key_id
from tandemgate.storage.sqlite import rekeying
from tandemgate.storage.sqlite.checking import must_fit
from tandemgate.storage.sqlite.errors import StoreSealedWithAnotherKey
from tandemgate.storage.sqlite.rekeying import OfDay
from tandemgate.wiring.keeping import failures, file_of
from tandemgate.wiring.keyfile import (
    announce,
    key_file,
    make_key,
    new_store_key,
    read_key,
    settle_exchange,
    store_key,
)
from tandemgate.wiring.store import locked


@dataclass(frozen=True, slots=True)
class Rotated:
    """The ids of both keys, the file of the new one (``None``: it is for the settings to name).

    ``kept`` is where the old key is: backups from before open with it alone.
    """

    old: str
    new: str
    file: Path | None
    kept: Path | None


def rotate_key(settings: Settings, given: Path | None, at: Epoch) -> Rotated:
    """Exchange the store's key for the one in the file *given*, or for one that is made.

    Raises:
        ConfigurationError: the store is in use, or the settings hold the key and none is given.

    """
    database = file_of(settings)
    by_file = settings.store.key.secret is None
    if not by_file and given is None:
        raise ConfigurationError(
            ["store.key is no file, so the gateway can't put a new key in its place"],
            "tandemgate db rotate-key --new-key FILE, then let store.key name that key",
        )
    with locked(database), failures(database):
        settle_exchange(settings, database)
        old = store_key(settings, database)
        must_fit(database, old)
        new = new_store_key() if given is None else read_key(_text(given), str(given))
        if new == old:
            raise ConfigurationError(
                [f"{given} is the key {key_id(old)}, which seals the store already"],
                "tandemgate db rotate-key with another file, or without --new-key",
            )
        if by_file:
            announce(key_file(settings, database), new)
        rekeying.exchange(database, old, new, at)
        kept = settle_exchange(settings, database)
    return Rotated(
        key_id(old), key_id(new), key_file(settings, database) if by_file else None, kept
    )


def shred_day(settings: Settings, day: date, at: Epoch, *, execute: bool) -> OfDay:
    """Destroy the key of a UTC day, or count what that would make unreadable."""
    database = file_of(settings)
    number = (day - datetime.fromtimestamp(0, UTC).date()).days
    if not execute:
        with failures(database):
            return rekeying.of_day(database, number)
    with locked(database), failures(database):
        settle_exchange(settings, database)
        must_fit(database, store_key(settings, database))
        return rekeying.shred(database, number, day.isoformat(), at)


def forget_payloads(settings: Settings, at: Epoch, *, execute: bool) -> Mapping[str, int]:
    """Go on with a new key after the old one was lost, or count what that costs.

    Raises:
        ConfigurationError: the configured key opens the store, so nothing is lost.

    """
    database = file_of(settings)
    with locked(database), failures(database):
        settle_exchange(settings, database)
        key = _key_at_hand(settings, database)
        if key is not None and _fits(database, key):
            raise ConfigurationError(
                [f"the store {database} opens with its key, so nothing has to be forgotten"],
                "tandemgate serve",
            )
        if not execute:
            return rekeying.to_forget(database)
        return rekeying.forget_payloads(database, key or make_key(key_file(settings, database)), at)


def _key_at_hand(settings: Settings, database: Path) -> bytes | None:
    """Return the configured key, or ``None`` where its file is gone."""
    if settings.store.key.secret is None and not key_file(settings, database).exists():
        return None
    return store_key(settings, database)


def _fits(database: Path, key: bytes) -> bool:
    try:
        must_fit(database, key)
    except StoreSealedWithAnotherKey:
        return False
    return True


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            [f"--new-key {file} can't be read: {type(error).__name__}"],
            "openssl rand -hex 32 > FILE",
        ) from None
