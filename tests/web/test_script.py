"""How pages get the browser script."""

from pathlib import Path

import pytest

from tandemgate.web import script
from tandemgate.web.script import Asset
from tests.web.gateway import Gateway, Reply, ask

BUILT = Asset(b"script", b"packed", "0123456789abcdef", "sha384-x")
PINNED = "/t.0123456789abcdef.js"


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway whose package holds a script."""
    monkeypatch.setattr(script, "asset", lambda _: BUILT)
    return Gateway()


async def get(gateway: Gateway, path: str, **headers: str) -> Reply:
    """Load *path* as a page would."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(gateway.app, "GET", path, [b""], named)


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/t.js", "public, max-age=300, stale-while-revalidate=86400"),
        (PINNED, "public, max-age=31536000, immutable"),
    ],
)
async def test_an_upgrade_reaches_pages_and_a_pinned_script_never_changes(
    gateway: Gateway, path: str, caching: str
) -> None:
    """The plain name is looked up anew within minutes; the other is one content for ever."""
    reply = await get(gateway, path)
    assert (reply.status, reply.body) == (200, b"script")
    assert reply.headers["cache-control"] == caching
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_pages_of_any_origin_may_load_it(gateway: Gateway) -> None:
    """Browsers refuse a script that another origin does not offer to all."""
    headers = (await get(gateway, "/t.js")).headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["access-control-allow-origin"] == "*"


async def test_nothing_else_may_be_loaded_by_other_origins(gateway: Gateway) -> None:
    """What the script needs must not open the rest."""
    headers = (await get(gateway, "/style.css")).headers
    assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_it_travels_packed(gateway: Gateway) -> None:
    """A third of the bytes, packed once."""
    reply = await get(gateway, "/t.js", accept_encoding="br, gzip")
    assert (reply.body, reply.headers["content-encoding"]) == (b"packed", "gzip")
    assert reply.headers["vary"] == "accept-encoding"


async def test_what_a_browser_has_is_not_sent_again(gateway: Gateway) -> None:
    """After five minutes a browser asks whether its copy still holds."""
    etag = (await get(gateway, "/t.js")).headers["etag"]
    reply = await get(gateway, "/t.js", if_none_match=etag)
    assert (reply.status, reply.body) == (304, b"")


async def test_the_hash_of_another_version_is_told_the_current_one(gateway: Gateway) -> None:
    """Serving other content under that name would fail its integrity, without a word of why."""
    reply = await get(gateway, "/t.ffffffffffffffff.js")
    assert reply.status == 404
    assert reply.first_problem["received"] == PINNED


@pytest.mark.parametrize("path", ["/t.js", PINNED, "/t.mjs", "/t.d.ts"])
async def test_a_gateway_without_the_script_says_so(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Whoever installs it where npm is out of reach has a gateway that works, and a clear word."""
    monkeypatch.setattr(script, "asset", lambda _: None)
    reply = await get(Gateway(), path)
    assert reply.status == 503
    assert "make browser" in reply.first_problem["fix"]


def test_a_file_that_was_not_built_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installation without the script is found out by looking, not by failing."""
    monkeypatch.setattr(script, "files", lambda _: tmp_path)
    assert script.asset.__wrapped__("t.js") is None


def test_integrity_is_what_browsers_compute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The digest of the W3C's own example (https://www.w3.org/TR/SRI/, section 3.1)."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "t.js").write_bytes(b"alert('Hello, world.');")
    monkeypatch.setattr(script, "files", lambda _: tmp_path)
    built = script.asset.__wrapped__("t.js")
    assert built is not None
    assert built.integrity == (
        "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
    )
