"""The key that seals the store."""

import base64
import stat
from pathlib import Path

import pytest

from tandemgate.model.errors import ConfigurationError
from tandemgate.model.secret import Secret
from tandemgate.settings import Settings, StoreKey, StoreSettings
from tandemgate.wiring.keyfile import read_key, store_key

KEY = bytes(range(32))


@pytest.mark.parametrize("text", [KEY.hex(), f"{KEY.hex()}\n", base64.b64encode(KEY).decode()])
def test_a_key_is_read_as_the_usual_tools_write_it(text: str) -> None:
    """Both openssl and secret stores write hex or base64, with or without a line end."""
    assert read_key(text, "store.key") == KEY


@pytest.mark.parametrize("text", ["", "hunter2", KEY.hex()[:-2], "zz" * 32])
def test_anything_else_is_no_key(text: str) -> None:
    """A short key would seal, and protect nothing; the error does not repeat it."""
    with pytest.raises(ConfigurationError, match=r"store\.key is no key") as caught:
        read_key(text, "store.key")
    assert "hunter2" not in str(caught.value)


def test_a_stated_key_is_the_key(tmp_path: Path) -> None:
    """Nothing is made beside it."""
    settings = Settings(store=StoreSettings(key=StoreKey(secret=Secret(KEY.hex()))))
    assert store_key(settings, tmp_path / "t.db") == KEY
    assert list(tmp_path.iterdir()) == []


def test_an_empty_store_gets_a_key_that_stays(tmp_path: Path) -> None:
    """Looking around needs no configuration; the second start must find the first one's key."""
    database = tmp_path / "tandemgate.db"
    made = store_key(Settings(), database)
    file = tmp_path / "tandemgate.key"
    assert store_key(Settings(), database) == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_store_without_its_key_gets_no_new_one(tmp_path: Path) -> None:
    """A new key would make the old payloads unreadable for good."""
    database = tmp_path / "tandemgate.db"
    database.write_bytes(b"sealed")
    with pytest.raises(ConfigurationError, match="restore"):
        store_key(Settings(), database)
