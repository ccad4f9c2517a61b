"""Making a first setup: all of it, or nothing."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tandemgate.cli.ending import Failure
from tandemgate.cli.init.answers import Answers
from tandemgate.cli.init.files import ADMIN_KEY, DATABASE, SETTINGS, STORE_KEY, settings_text
from tandemgate.model.key import KeyKind, KeyRights
from tandemgate.settings import load
from tandemgate.wiring.keyfile import new_store_key
from tandemgate.wiring.setup import furnish

WHO = "init"


@dataclass(frozen=True, slots=True)
class Made:
    """What there is now. ``server_key`` is nowhere else."""

    settings: Path
    server_key: str
    browser_key: str
    files: tuple[Path, ...]


def make(folder: Path, answers: Answers) -> Made:
    """Write settings, keys and an empty store that holds the token and the servers' key.

    Raises:
        Failure: something of it is there already, or the folder can't be written. Nothing is left
            behind.
        ConfigurationError: what was answered does not fit together.

    """
    files = tuple(folder / name for name in (SETTINGS, STORE_KEY, ADMIN_KEY, DATABASE))
    _refuse_others(files)
    browser_key = f"pk_{secrets.token_urlsafe(12)}"
    settings, store_key, admin_key, _ = files
    with _all_or_nothing(folder, files):
        _write(store_key, f"{new_store_key().hex()}\n")
        _write(admin_key, f"ak_{secrets.token_urlsafe(32)}\n")
        _write(settings, settings_text(answers, browser_key), mode=0o644)
        fitting = load(settings, {})
        rights = KeyRights("orders", KeyKind.SERVER, (answers.pixel,))
        server_key = asyncio.run(furnish(fitting, answers.pixel, answers.token, rights, WHO))
    return Made(settings, server_key, browser_key, files)


def _refuse_others(files: tuple[Path, ...]) -> None:
    there = [file for file in files if file.exists()]
    if there:
        raise Failure(
            f"{there[0]} is there already, and nothing is overwritten",
            "tandemgate config show, to see what is set up; or --folder FOLDER for another setup",
        )


@contextmanager
def _all_or_nothing(folder: Path, files: tuple[Path, ...]) -> Iterator[None]:
    """Take back what was written, whatever stopped it."""
    made = _folder(folder)
    try:
        yield
    except BaseException as stopped:
        _take_back(files)
        if made:
            folder.rmdir()
        if isinstance(stopped, OSError):
            raise _unusable(folder, stopped) from None
        raise
    database = files[-1]
    database.with_name(f"{database.name}.lock").unlink(missing_ok=True)


def _folder(folder: Path) -> bool:
    """See that the folder is there; tell whether it had to be made."""
    try:
        there = folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from None
    return not there


def _take_back(files: tuple[Path, ...]) -> None:
    for file in files:
        for part in ("", "-wal", "-shm", ".lock"):
            file.with_name(f"{file.name}{part}").unlink(missing_ok=True)


def _unusable(folder: Path, error: OSError) -> Failure:
    return Failure(
        f"{folder} can't be written: {error.strerror}",
        "tandemgate init --folder FOLDER, with a folder of yours",
    )


def _write(file: Path, text: str, mode: int = 0o600) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
