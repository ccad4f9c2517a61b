"""What a person reads when the settings do not fit. The texts are the promise, so they are golden."""

from pathlib import Path

import pytest

from tandemgate.model.errors import ConfigurationError
from tandemgate.settings import load
from tests.settings.test_load import FULL, SECRETS, lines_of

LOCAL = '[tiktok]\nbase_url = "http://127.0.0.1:9"\n'
PIXEL = LOCAL + '[[pixels]]\nid = "C9"\n'
KEY = PIXEL + '[[keys]]\nkind = "server"\nname = "orders"\nsecret = "sk_orders"\npixels = ["C9"]\n'
TIME = 'expected a length of time; write "48h", "90m", "2s", "7d", or a number of seconds'

GOLDEN = {
    "unknown table": (
        LOCAL + "[pixel]\n",
        {},
        "tandemgate.toml: pixel is no setting; did you mean pixels?",
    ),
    "unknown key": (
        PIXEL + 'wires = "live"\n',
        {},
        "tandemgate.toml: pixels.0.wires is no setting; did you mean wire?",
    ),
    "unknown variable": (
        LOCAL,
        {"TANDEMGATE__SERVER__LISTENS": "x"},
        "TANDEMGATE__SERVER__LISTENS: server.listens is no setting; did you mean listen?",
    ),
    "a word that is not in the list": (
        PIXEL + 'wire = "lve"\n',
        {},
        'tandemgate.toml: pixels.0.wire is "lve", but expected live or guide; did you mean live?',
    ),
    "too large a batch": (
        LOCAL + "max_batch_events = 5000\n",
        {},
        "tandemgate.toml: tiktok.max_batch_events is 5000, but TikTok takes 1 to 1000 events per "
        "request; set it to 1000 or less",
    ),
    "too long a window": (
        LOCAL + 'dedup_window = "3d"\n',
        {},
        "tandemgate.toml: tiktok.dedup_window is 3d, but TikTok drops second copies for "
        '48 hours after the first; set it between "2h" and "48h"',
    ),
    "too old": (
        LOCAL + 'event_age_limit = "29d"\n',
        {},
        "tandemgate.toml: tiktok.event_age_limit is 29d, but an older action no longer "
        'helps a campaign and may be refused; set it between "1h" and "28d"',
    ),
    "no length of time": (
        LOCAL + 'max_batch_wait = "2 sec"\n',
        {},
        f'tandemgate.toml: tiktok.max_batch_wait is "2 sec", but {TIME}',
    ),
    "text for a number": (
        LOCAL + 'max_batch_events = "50"\n',
        {},
        'tandemgate.toml: tiktok.max_batch_events is "50", but expected a whole number, without '
        "quotes",
    ),
    "no port": (
        LOCAL + '[server]\nlisten = "127.0.0.1"\n',
        {},
        'tandemgate.toml: server.listen is "127.0.0.1", but expected host:port; write '
        '"127.0.0.1:8080" or "[::1]:8080"',
    ),
    "a password in an address": (
        LOCAL + '[server]\npublic_url = "http://me:hunter2@127.0.0.1:9"\n',
        {},
        'tandemgate.toml: server.public_url is "http://••••@127.0.0.1:9", but an address carries no '
        "user name or password; leave them out",
    ),
    "a store that does not exist yet": (
        LOCAL + '[store]\nurl = "postgresql://me:hunter2@db/x"\n',
        {},
        'tandemgate.toml: store.url is "postgresql://…", but this version stores in SQLite or in '
        'memory; write "sqlite:///tandemgate.db" or "memory://"',
    ),
    "a missing name": (
        LOCAL + '[[pixels]]\nname = "Shop"\n',
        {},
        "tandemgate.toml: pixels.0.id is missing; add it to that entry",
    ),
    "an unset variable": (
        PIXEL + 'access_token = { env = "TOKEN" }\n',
        {},
        "tandemgate.toml: pixels.0.access_token has no value: the environment variable TOKEN is not "
        'set; set it, or write { env = "NAME" } or { file = "path" }',
    ),
    "a secret told twice": (
        PIXEL + 'access_token = { env = "TOKEN", file = "token" }\n',
        {"TOKEN": "hunter2"},
        "tandemgate.toml: pixels.0.access_token is not a secret; write "
        '{ env = "NAME" } or { file = "path" }',
    ),
    "a missing secret file": (
        PIXEL + 'access_token = { file = "token" }\n',
        {},
        "tandemgate.toml: pixels.0.access_token is to be read from token: No such file or directory; "
        "make that file readable",
    ),
    "one pixel twice": (
        PIXEL + '[[pixels]]\nid = "C9"\n',
        {},
        'tandemgate.toml: 2 of [[pixels]] have id = "C9"; give each its own',
    ),
    "a key for a pixel that is not there": (
        KEY.replace('["C9"]', '["C8"]'),
        {},
        'tandemgate.toml: key "orders": pixels names "C8", but no [[pixels]] has that id; '
        "there are C9",
    ),
    "a key for nothing": (
        KEY.replace('["C9"]', "[]"),
        {},
        'tandemgate.toml: key "orders": pixels is empty, so it opens nothing; list the ids of its '
        "pixels",
    ),
    "an origin with a path": (
        KEY + 'origins = ["https://shop.example/"]\n',
        {},
        'tandemgate.toml: key "orders": origins holds "https://shop.example/", but browsers send '
        'scheme and host alone; write it like "https://shop.example"',
    ),
    "no region": (
        PIXEL + 'default_region = "Europe"\n',
        {},
        'tandemgate.toml: pixels.0.default_region is "Europe", but expected an ISO 3166 code; write '
        '"DE" or "US-CA"',
    ),
    "no network": (
        LOCAL + '[server]\ntrusted_proxies = ["proxy"]\n',
        {},
        'tandemgate.toml: server.trusted_proxies holds "proxy", but expected a range like '
        '"10.0.0.0/8"',
    ),
    "a gap": (
        PIXEL,
        {"TANDEMGATE__PIXELS__2__ID": "C7"},
        "TANDEMGATE__PIXELS__2__ID leaves a gap: entry 2 comes before the ones below it; "
        "number from 0",
    ),
}


@pytest.mark.parametrize(("text", "environ", "line"), GOLDEN.values(), ids=GOLDEN)
def test_an_error_names_key_value_rule_and_way_out(
    tmp_path: Path, text: str, environ: dict[str, str], line: str
) -> None:
    """Whoever meets it at night must not need the source."""
    assert lines_of(tmp_path, text, environ) == [
        line,
        "Try: mend the lines above in tandemgate.toml and start again",
    ]


PRODUCTION = {
    "a token as plain text": (
        FULL.replace('{ env = "TIKTOK_ACCESS_TOKEN" }', '"tok_0123456789abcdef"'),
        "tandemgate.toml: pixels.0.access_token stands as plain text in the settings file, but "
        "tiktok.base_url or server.public_url is not loopback; write "
        '{ env = "NAME" } or { file = "path" } instead',
    ),
    "no store key": (
        FULL.replace('key = { file = "tandemgate.key" }', ""),
        "tandemgate.toml: store.key is not stated, but tiktok.base_url or server.public_url is not "
        'loopback, so real people are in the store; write key = { file = "…" } or '
        '{ env = "…" } in [store]',
    ),
    "a door without a lock": (
        FULL.replace("keyless_alias = false", "keyless_alias = true"),
        "tandemgate.toml: server.keyless_alias is true, but tiktok.base_url is "
        "https://business-api.tiktok.com, so anybody's page could send conversions to the real "
        "TikTok; set it to false and give callers a key in [[keys]]",
    ),
}


@pytest.mark.parametrize(("text", "line"), PRODUCTION.values(), ids=PRODUCTION)
def test_production_is_stricter(tmp_path: Path, text: str, line: str) -> None:
    """What makes a first look easy must not be carried into real traffic."""
    assert lines_of(tmp_path, text, SECRETS)[0] == line


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
