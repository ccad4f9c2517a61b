"""The store's key, made at the first start: without it everything that follows is noise."""

import os
import stat
from pathlib import Path

import pytest

from tandemgate.settings import Settings
from tandemgate.settings.tree import StoreKey, StoreSettings
from tandemgate.wiring.keyfile import store_key

SYNC = os.fsync


def made(folder: Path) -> bytes:
    """The key of a store in *folder*."""
    settings = Settings(store=StoreSettings(key=StoreKey(file=folder / "store.key")))
    return store_key(settings, folder / "ledger.db")


def test_a_start_that_dies_while_it_makes_the_key_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a key under the key's name would have to be removed by hand."""

    def power_cut(_descriptor: int) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", power_cut)
        with pytest.raises(SystemExit):
            made(tmp_path)
    assert made(tmp_path) == made(tmp_path)


def test_the_keys_name_survives_a_power_cut_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is found by its folder, which has to be synced as well."""
    synced: list[bool] = []

    def watched(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        SYNC(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    made(tmp_path)
    assert synced == [False, True]
