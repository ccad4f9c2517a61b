"""The store's key: where it comes from, and how one takes the place of another.

The new key is durable under a name of its own before the store is sealed with it, and takes the
file's name after. Wherever that is interrupted, one of the two files holds the key that opens the
store, and the next start finds out which.
"""

import base64
import binascii
import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

import apsw

from tandemgate.model.errors import ConfigurationError
from tandemgate.settings import Settings
from tandemgate.storage.seal import key_id
from tandemgate.storage.sqlite.rekeying import sealed_with

KEY_BYTES: Final = 32
HOW_TO_MAKE_ONE: Final = "openssl rand -hex 32 > tandemgate.key"


def store_key(settings: Settings, database: Path) -> bytes:
    """The 32 bytes that seal the store; made at the first start of an empty one."""
    stated = settings.store.key
    if stated.secret is not None:
        return read_key(stated.secret.reveal(), "store.key")
    file = key_file(settings, database)
    coming = _coming(file)
    if coming.exists() and _opens(coming, database):
        return _from_file(coming)
    if file.exists():
        return _from_file(file)
    if database.exists() and database.stat().st_size:
        raise ConfigurationError(
            [f"the store {database} is there, but the file with its key, {file}, is not"],
            f"restore {file}; if it is lost, tandemgate db forget-payloads",
        )
    return make_key(file)


def key_file(settings: Settings, database: Path) -> Path:
    """The file that holds the key, where the settings do not hold it themselves."""
    stated = settings.store.key
    file = stated.file or database.with_name("tandemgate.key")
    return file if stated.stated else database.with_name(file.name)


def announce(file: Path, key: bytes) -> None:
    """Make *key* durable beside *file*, before the store is sealed with it."""
    _write(_coming(file), key)


def settle_exchange(settings: Settings, database: Path) -> Path | None:
    """End an exchange of keys, if one was begun; return where the old key is kept, if it ended.

    Nobody else may be at it: the store's lock is held.
    """
    if settings.store.key.secret is not None:
        return None
    file = key_file(settings, database)
    coming = _coming(file)
    if not coming.exists():
        return None
    if not _opens(coming, database):
        if file.exists() and _opens(file, database):
            coming.unlink()
        return None
    kept = None
    if file.exists():
        old = _from_file(file)
        kept = file.with_name(f"{file.name}.{key_id(old)}")
        _write(kept, old)
    coming.replace(file)
    sync_folder(file.parent)
    return kept


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


def make_key(file: Path) -> bytes:
    """Make a key, which has its name only when all of it would survive a power cut."""
    key = new_store_key()
    _write(file, key)
    return key


def new_store_key() -> bytes:
    """Make a random key."""
    return secrets.token_bytes(KEY_BYTES)


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _coming(file: Path) -> Path:
    return file.with_name(f"{file.name}.next")


def _opens(file: Path, database: Path) -> bool:
    """Tell whether the key in *file* is the one that seals the store."""
    with contextlib.suppress(ConfigurationError, apsw.Error):
        return sealed_with(database) == key_id(_from_file(file))
    return False


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


def _write(file: Path, key: bytes) -> None:
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


def _unusable(file: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        [f"the store's key {file} can't be used: {error.strerror}"],
        f"make {file.parent} a folder that the gateway may write, or set store.key",
    )
