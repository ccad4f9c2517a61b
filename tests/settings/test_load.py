"""One file and the environment become one tree; design and documentation show this very shape."""

from pathlib import Path

import pytest

from tandemgate.model.consent import OnPersonalizationDenied, Profile
from tandemgate.model.errors import ConfigurationError
from tandemgate.model.rules import Wire
from tandemgate.model.shop import ContentId, ShopKind
from tandemgate.settings import KeyKind, Scope, Settings, load
from tandemgate.settings.tree import Duration, Listen

FULL = """
[server]
listen = "127.0.0.1:8080"
public_url = "http://127.0.0.1:8080"
trusted_proxies = []
keyless_alias = false

[store]
url = "sqlite:///tandemgate.db"
key = { file = "tandemgate.key" }

[tiktok]
base_url = "https://business-api.tiktok.com"
dedup_window = "48h"
event_age_limit = "7d"
max_batch_events = 50
max_batch_wait = "2s"
max_requests_per_second = 10

[[pixels]]
id = "C9ABC1234567890"
name = "Shop"
advertiser_id = ""
access_token = { env = "TIKTOK_ACCESS_TOKEN" }
wire = "live"
consent_profile = "guide"
default_region = ""
server_truth = ["CompletePayment", "Purchase", "SubmitForm", "Lead", "Subscribe"]
custom_events = false
phone_region = "DE"
domains = ["shop.example"]
on_personalization_denied = "say"

[[keys]]
kind = "server"
name = "orders"
secret = { env = "TANDEMGATE_SERVER_KEY" }
pixels = ["C9ABC1234567890"]

[[keys]]
kind = "browser"
name = "shop"
secret = "pk_demo"
pixels = ["C9ABC1234567890"]
origins = ["https://shop.example"]

[[sources]]
kind = "shopify"
name = "main-shop"
secret = { env = "SHOPIFY_SECRET" }
pixels = ["C9ABC1234567890"]
"""
SECRETS = {
    "TIKTOK_ACCESS_TOKEN": "tok_0123456789abcdef",
    "TANDEMGATE_SERVER_KEY": "sk_orders_0001",
    "SHOPIFY_SECRET": "shpss_0123456789abcdef",
}


def written(folder: Path, text: str) -> Path:
    """Put *text* where a settings file stands."""
    path = folder / "tandemgate.toml"
    path.write_text(text, "utf-8")
    return path


def lines_of(folder: Path, text: str, environ: dict[str, str]) -> list[str]:
    """What is said about *text*, without the folder that differs on every machine."""
    with pytest.raises(ConfigurationError) as caught:
        load(written(folder, text), environ)
    return [line.replace(f"{folder}/", "") for line in str(caught.value).splitlines()]


def test_the_documented_file_is_read_as_documented(tmp_path: Path) -> None:
    """A newcomer copies this file from the documentation; each line must mean what it says."""
    settings = load(written(tmp_path, FULL), SECRETS)
    (pixel,) = settings.pixels
    orders, shop = settings.keys
    assert settings.server.listen == Listen("127.0.0.1", 8080)
    assert settings.store.key.file == tmp_path / "tandemgate.key"
    assert settings.tiktok.dedup_window == Duration(172_800)
    assert settings.tiktok.event_age_limit == Duration(604_800)
    assert settings.tiktok.max_batch_wait == Duration(2)
    assert (pixel.wire, pixel.consent_profile) == (Wire.LIVE, Profile.GUIDE)
    assert pixel.on_personalization_denied is OnPersonalizationDenied.SAY
    assert pixel.access_token is not None
    assert pixel.access_token.reveal() == "tok_0123456789abcdef"
    assert (orders.kind, orders.scopes) == (KeyKind.SERVER, (Scope.WRITE, Scope.READ))
    assert (shop.kind, shop.origins) == (KeyKind.BROWSER, ("https://shop.example",))
    (source,) = settings.sources
    assert (source.kind, source.name, source.pixels) == (ShopKind.SHOPIFY, "main-shop", (pixel.id,))
    assert (source.secret.reveal(), source.previous_secret) == ("shpss_0123456789abcdef", None)
    assert settings.production


def test_nothing_needs_to_be_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verbs that only hash or explain work in an empty folder, where no store key can be stated."""
    monkeypatch.chdir(tmp_path)
    settings = load(None, {"TANDEMGATE__TIKTOK__BASE_URL": "http://127.0.0.1:9"})
    assert (settings.pixels, settings.keys, settings.production) == ((), (), False)


def test_the_environment_lies_over_the_file(tmp_path: Path) -> None:
    """A container changes one value without a copy of the file."""
    environ = SECRETS | {
        "TANDEMGATE__SERVER__LISTEN": "[::1]:0",
        "TANDEMGATE__TIKTOK__MAX_BATCH_EVENTS": "1000",
        "TANDEMGATE__PIXELS__0__DOMAINS": "shop.example, www.shop.example",
        "TANDEMGATE__PIXELS__0__CUSTOM_EVENTS": '["Quiz"]',
        "TANDEMGATE__PIXELS__1__ID": "D1",
        "TANDEMGATE__KEYS__0__PIXELS__1": "D1",
    }
    settings = load(written(tmp_path, FULL), environ)
    assert settings.server.listen == Listen("::1", 0)
    assert settings.tiktok.max_batch_events == 1000
    assert settings.pixels[0].domains == ("shop.example", "www.shop.example")
    assert settings.pixels[0].custom_events == ("Quiz",)
    assert settings.pixels[1].id == "D1"
    assert settings.keys[0].pixels == ("C9ABC1234567890", "D1")


def test_everything_can_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret in the environment is no literal in a file, so production takes it."""
    monkeypatch.chdir(tmp_path)
    settings = load(
        None,
        {
            "TANDEMGATE__STORE__KEY": "ab" * 32,
            "TANDEMGATE__PIXELS__0__ID": "C9",
            "TANDEMGATE__PIXELS__0__ACCESS_TOKEN": "tok_0123456789abcdef",
            "TANDEMGATE__KEYS__0__KIND": "admin",
            "TANDEMGATE__KEYS__0__NAME": "root",
            "TANDEMGATE__KEYS__0__SECRET": "sk_root_0123456789",
        },
    )
    assert settings.production
    assert settings.keys[0].kind is KeyKind.ADMIN


def test_each_value_tells_where_it_came_from(tmp_path: Path) -> None:
    """Who is surprised by a value must find the line that set it."""
    path = written(tmp_path, FULL)
    settings = load(path, SECRETS | {"TANDEMGATE__SERVER__LISTEN": "127.0.0.1:1"})
    assert settings.origin["server.listen"] == "TANDEMGATE__SERVER__LISTEN"
    assert settings.origin["pixels.0.wire"] == str(path)
    assert "pixels.0.same_order" not in settings.origin


def test_a_secret_never_prints_itself(tmp_path: Path) -> None:
    """Settings end up in tracebacks and bug reports."""
    settings = load(written(tmp_path, FULL), SECRETS)
    assert "sk_orders" not in repr(settings)
    assert "tok_0123" not in repr(settings)


@pytest.mark.parametrize(
    ("stated", "variable", "name"),
    [(True, False, "a.toml"), (False, True, "b.toml"), (True, True, "a.toml")],
)
def test_the_stated_file_beats_the_variable(
    tmp_path: Path, stated: bool, variable: bool, name: str
) -> None:
    """``--config`` is the nearer word."""
    for file in ("a.toml", "b.toml"):
        (tmp_path / file).write_text('[tiktok]\nbase_url = "http://127.0.0.1:1"\n')
    environ = {"TANDEMGATE_CONFIG": str(tmp_path / "b.toml")} if variable else {}
    settings: Settings = load(tmp_path / "a.toml" if stated else None, environ)
    assert settings.origin["tiktok.base_url"].endswith(name)


def test_the_secret_before_counts_while_it_is_exchanged(tmp_path: Path) -> None:
    """A shop system signs with the old one for a while; neither may stand in the file."""
    (tmp_path / "old-secret").write_text("shpss_old_0123456789\n", "utf-8")
    text = FULL + 'previous_secret = { file = "old-secret" }\ncontent_id = "sku"\n'
    [source] = load(written(tmp_path, text), SECRETS).sources
    assert source.previous_secret is not None
    assert source.previous_secret.reveal() == "shpss_old_0123456789"
    assert source.content_id is ContentId.SKU
