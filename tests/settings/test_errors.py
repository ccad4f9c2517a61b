"""What a person reads when the settings do not fit: the texts are the promise."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tandemgate.model.errors import ConfigurationError
from tandemgate.settings import load
from tests.settings.test_load import FULL, SECRETS, lines_of

GOLDEN = tomllib.loads(Path(__file__).with_name("errors.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["title"])
def test_an_error_names_key_value_rule_and_way_out(tmp_path: Path, case: dict[str, Any]) -> None:
    """Whoever meets it at night must not need the source."""
    assert lines_of(tmp_path, case["file"], case.get("environ", {})) == [
        case["line"].strip(),
        "Try: mend the lines above in tandemgate.toml and start again",
    ]


TOKEN = '{ env = "TIKTOK_ACCESS_TOKEN" }'
STORE_KEY = 'key = { file = "tandemgate.key" }'
OPEN_HOOK = {"HOOK": "http://hooks.example/x"}
PRODUCTION = {
    "a token as plain text": (TOKEN, '"tok_0123456789abcdef"', "stands as plain text"),
    "a shop's secret as plain text": (
        '{ env = "SHOPIFY_SECRET" }',
        '"shpss_0123456789abcdef"',
        "stands as plain text",
    ),
    "no store key": (STORE_KEY, "", "store.key is not stated"),
    "a webhook that anybody reads": (
        STORE_KEY,
        STORE_KEY + '\n[alerts]\nwebhook = { env = "HOOK" }',
        "begins with http:, so anybody on the way reads it; use https",
    ),
    "a door without a lock": ("keyless_alias = false", "keyless_alias = true", "anybody's page"),
}


@pytest.mark.parametrize(("sound", "loose", "said"), PRODUCTION.values(), ids=PRODUCTION)
def test_production_is_stricter(tmp_path: Path, sound: str, loose: str, said: str) -> None:
    """What makes a first look easy must not be carried into real traffic."""
    line, way_out = lines_of(tmp_path, FULL.replace(sound, loose), SECRETS | OPEN_HOOK)
    assert said in line
    assert way_out.startswith("Try: ")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """One round of mending, not five."""
    text = '[tiktok]\nmax_batch_events = 5000\n[server]\nlisten = "x"\n[[keys]]\nkind = "srv"\n'
    told = "\n".join(lines_of(tmp_path, text, {"TANDEMGATE__STORE__ULR": "x"}))
    wanted = ("max_batch_events", "server.listen", "keys.0.kind", "keys.0.secret", "store.ulr")
    assert [key for key in wanted if key not in told] == []


BROKEN = {
    "no TOML": (b"[server\n", "tandemgate.toml is not valid TOML"),
    "no text": (b"\xff\xfe", "tandemgate.toml is not UTF-8 text"),
}


@pytest.mark.parametrize(("content", "said"), BROKEN.values(), ids=BROKEN)
def test_an_unreadable_file_is_said_to_be_one(tmp_path: Path, content: bytes, said: str) -> None:
    """A traceback would not say which file."""
    path = tmp_path / "tandemgate.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        load(path, {})


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Starting with defaults instead would look like a start with lost settings."""
    with pytest.raises(ConfigurationError, match="No such file"):
        load(tmp_path / "nowhere.toml", {})
