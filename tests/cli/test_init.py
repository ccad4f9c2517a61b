"""From nothing to settings that fit together: all of it, or nothing at all."""

import io
import json
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from tandemgate.cli.init import making
from tandemgate.cli.main import run
from tandemgate.settings import load
from tandemgate.settings.schema import json_schema

TOKEN = "tok_init_0123456789abcdef"
STATED = [
    "--site", "My shop", "--domain", "shop.example", "--domain", "www.shop.example",
    "--pixel", "C9ABC1234567890", "--region", "DE", "--public-url", "https://c.shop.example",
]  # fmt: skip


class Piped(io.StringIO):
    """Standard input that is no terminal."""

    def isatty(self) -> bool:
        return False


class Typed(io.StringIO):
    """A terminal with somebody who has typed ahead."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is not there yet; the token comes on standard input."""
    monkeypatch.setattr("sys.stdin", Piped(f"{TOKEN}\n"))
    return tmp_path / "gateway"  # type: ignore[return-value]


def set_up(folder: Path, *words: str) -> int:
    """Run the verb without a terminal."""
    return run(["--json", "init", "--folder", str(folder), *(words or STATED)])


def test_what_is_written_fits_together(folder: Path) -> None:
    """Also in production, which is stricter; and as an editor sees it."""
    assert set_up(folder) == 0
    settings = load(folder / "tandemgate.toml", {})
    (pixel,) = settings.pixels
    assert settings.production
    assert (pixel.id, pixel.name, pixel.default_region) == ("C9ABC1234567890", "My shop", "DE")
    assert pixel.domains == ("shop.example", "www.shop.example")
    assert settings.keys[0].origins == ("https://shop.example", "https://www.shop.example")
    written = tomllib.loads((folder / "tandemgate.toml").read_text("utf-8"))
    assert list(Draft7Validator(json_schema()).iter_errors(written)) == []


def test_secrets_are_nobody_elses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The token is in no file in clear, the servers' key is shown once, and the rest is private."""
    assert set_up(folder) == 0
    told = json.loads(capsys.readouterr().out)
    content = b"".join(file.read_bytes() for file in folder.iterdir())
    assert TOKEN.encode() not in content
    assert told["server_key"].encode() not in content
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes.pop("tandemgate.toml") == 0o644
    assert set(modes) >= {"tandemgate.key", "admin.key", "tandemgate.db"}
    assert set(modes.values()) == {0o600}


def test_nothing_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither settings nor a key that opens a store."""
    assert set_up(folder) == 0
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert set_up(folder) == 2
    assert "is there already" in capsys.readouterr().err
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_whatever_stops_it_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a setup would be in the way of the next try."""

    async def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "furnish", full)
    assert set_up(folder) == 2
    assert not folder.exists()


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--pixel", "C9 ABC", "the pixel's code"),
        ("--domain", "my shop", "the shop's hosts"),
        ("--domain", 'a.example"]', "the shop's hosts"),
        ("--region", "Atlantis", "ISO 3166"),
        ("--consent-profile", "lax", "guide or strict or drop"),
        ("--public-url", "c.shop.example", "expected an address"),
        ("--site", 'a"\n[x]\nb = "', "in one line"),
    ],
)
def test_a_wrong_answer_is_said_to_be_one(
    flag: str, value: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the option, what came, what is expected, and nothing done."""
    stated = [word for at, word in enumerate(STATED) if flag not in {word, STATED[at - 1]}]
    assert set_up(folder, *stated, flag, value) == 2
    errors = capsys.readouterr().err
    assert flag in errors
    assert said in errors
    assert errors.splitlines()[-1].startswith("Try: tandemgate init")
    assert not folder.exists()


@pytest.mark.parametrize("flag", ["--site", "--domain", "--pixel"])
def test_nobody_is_asked_where_nobody_answers(
    flag: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A deployment that waits for an answer waits for ever."""
    stated = [word for at, word in enumerate(STATED) if flag not in {word, STATED[at - 1]}]
    assert set_up(folder, *stated) == 2
    assert f"{flag} is missing" in capsys.readouterr().err


def test_whoever_sits_there_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong answer is asked for again, and Enter takes what is usual."""
    answers = ["My shop", "my shop", "shop.example", "C9ABC1234567890", "", "", "", ""]
    monkeypatch.setattr("sys.stdin", Typed("\n".join([*answers, ""])))
    monkeypatch.setattr("getpass.getpass", lambda _: "")
    assert run(["init", "--folder", str(tmp_path / "gateway")]) == 0
    settings = load(tmp_path / "gateway" / "tandemgate.toml", {})
    assert settings.server.public_url == "http://127.0.0.1:8080"
    assert settings.pixels[0].domains == ("shop.example",)
    printed = capsys.readouterr()
    assert "expected the shop's hosts" in printed.err
    assert "tandemgate tokens set C9ABC1234567890" in printed.out
    key = settings.keys[0].secret.reveal()
    assert f'src="http://127.0.0.1:8080/t.js" data-key="{key}"' in printed.out


def test_a_folder_that_can_not_be_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says which, and what to do."""
    folder.write_text("")
    assert set_up(folder) == 2
    assert "can't be written" in capsys.readouterr().err
    assert set_up(folder / "gateway") == 2
    assert "can't be written" in capsys.readouterr().err
