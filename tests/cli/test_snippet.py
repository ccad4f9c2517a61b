"""snippet prints what can be pasted as it is."""

import json
from pathlib import Path

import pytest

from tandemgate.cli.main import run
from tandemgate.web import script
from tandemgate.web.script import Asset

SETTINGS = """
[server]
public_url = "http://127.0.0.1:8080/"

[tiktok]
base_url = "http://127.0.0.1:9009"

[[pixels]]
id = "C9ABC1234567890"
"""
KEY = """
[[keys]]
kind = "browser"
name = "{name}"
secret = "pk_{name}"
pixels = ["C9ABC1234567890"]
origins = ["https://shop.example"]
"""
BUILT = Asset(b"script", b"packed", "0123456789abcdef", "sha384-x")


def settings(folder: Path, *names: str) -> list[str]:
    """The option that names settings with browser keys of these *names*."""
    path = folder / "tandemgate.toml"
    path.write_text(SETTINGS + "".join(KEY.format(name=name) for name in names))
    return ["--config", str(path)]


def test_the_tag_holds_the_gateways_own_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pasted without a change, it works, and it waits for the visitor's decision."""
    assert run([*settings(tmp_path, "shop"), "snippet", "browser"]) == 0
    stub, tag = capsys.readouterr().out.splitlines()
    assert stub == "<script>tg=window.tg||function(){(tg.q=tg.q||[]).push(arguments)}</script>"
    assert tag == (
        '<script async src="http://127.0.0.1:8080/t.js"'
        ' data-key="pk_shop" data-consent="wait"></script>'
    )


def test_a_pinned_tag_names_one_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Integrity is checked only with crossorigin, so that must be there as well."""
    monkeypatch.setattr(script, "asset", lambda _: BUILT)
    assert run([*settings(tmp_path, "shop"), "snippet", "browser", "--pinned", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["src"] == "http://127.0.0.1:8080/t.0123456789abcdef.js"
    assert 'integrity="sha384-x" crossorigin data-key="pk_shop"' in told["html"]


@pytest.fixture
def _not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "asset", lambda _: None)


@pytest.mark.usefixtures("_not_built")
@pytest.mark.parametrize(
    ("names", "arguments", "said"),
    [
        ([], [], "no key of kind browser"),
        (["shop", "blog"], [], "which browser key? there are shop, blog"),
        (["shop", "blog"], ["--key", "docs"], "which browser key? there are shop, blog"),
        (["shop"], ["--pinned"], "without the browser script"),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    names: list[str],
    arguments: list[str],
    said: str,
) -> None:
    """A tag with a wrong key would fail silently, on every page."""
    assert run([*settings(tmp_path, *names), "snippet", "browser", *arguments]) == 2
    *_, error, way_out = capsys.readouterr().err.splitlines()
    assert said in error
    assert way_out.startswith("Try:")


def test_one_of_several_keys_is_chosen_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An agency has one for each shop."""
    assert run([*settings(tmp_path, "shop", "blog"), "snippet", "browser", "--key", "blog"]) == 0
    assert 'data-key="pk_blog"' in capsys.readouterr().out
