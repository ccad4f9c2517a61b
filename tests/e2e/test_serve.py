"""``tandemgate serve`` as a process: starting, delivering, refusing to start, and stopping."""

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.programs import (
    PIXEL,
    an_item,
    eventually,
    gateway,
    refused,
    simulator,
    write_settings,
)

pytestmark = pytest.mark.e2e

GUIDE_REQUEST: dict[str, Any] = {
    "event_source": "web",
    "event_source_id": PIXEL,
    "data": [
        an_item(
            "ord_10492_complete_payment",
            properties={
                "value": 129.95,
                "currency": "EUR",
                "contents": [{"content_id": "SKU-481", "quantity": 1, "price": 129.95}],
                "ad_user_data": "GRANTED",
                "ad_personalization": "DENIED",
            },
        )
    ],
}


def test_the_guides_example_arrives_at_tiktok(tmp_path: Path) -> None:
    """The one thing that the product is for."""
    with simulator() as tiktok, gateway(write_settings(tmp_path, tiktok.url)) as running:
        status, answer = running.ask(
            "POST", "/api/tracklayer/tiktok-events-api", GUIDE_REQUEST, key=None
        )
        assert (status, answer["accepted"]) == (202, 1)

        def delivered() -> bool:
            story = running.story("ord_10492_complete_payment")
            return bool(story["state"] == "DELIVERED")

        eventually(delivered)
        story = running.story("ord_10492_complete_payment")
        counted = tiktok.ask("GET", "/_sim/conversions")[1]
        assert counted["total"] == 1
        assert story["attempts"][0]["code"] == 0
        assert story["attempts"][0]["tiktok_request_id"]
        assert running.stop() == 0


def test_a_stopped_gateway_continues_where_it_was(tmp_path: Path) -> None:
    """Deployments happen in the middle of the day."""
    settings = write_settings(tmp_path, "http://127.0.0.1:9")
    with gateway(settings) as first:
        assert first.post(an_item("ord_1"))[0] == 202
        assert first.stop() == 0
    with simulator() as tiktok:
        write_settings(tmp_path, tiktok.url)
        with gateway(settings) as second:
            eventually(lambda: second.story("ord_1")["state"] == "DELIVERED")


def test_a_store_is_made_private(tmp_path: Path) -> None:
    """Digests of identifiers are personal data, and the key opens them."""
    with gateway(write_settings(tmp_path, "http://127.0.0.1:9")) as running:
        assert running.post(an_item("ord_1"))[0] == 202
        modes = {
            path.name: path.stat().st_mode & 0o077 for path in tmp_path.glob("tandemgate.[dk]*")
        }
    assert modes
    assert set(modes.values()) == {0}


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    """The usual reason is a gateway that runs already."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refused(write_settings(tmp_path, "http://127.0.0.1:9", f"127.0.0.1:{port}"))
    assert code == 2
    assert f"127.0.0.1:{port}" in said
    assert said.splitlines()[-1].startswith("Try: ")


def test_a_store_in_use_is_said(tmp_path: Path) -> None:
    """Two gateways on one ledger would send everything twice."""
    settings = write_settings(tmp_path, "http://127.0.0.1:9")
    with gateway(settings):
        code, said = refused(settings)
    assert (code, "in use" in said) == (2, True)


WRONG_STORES: dict[str, tuple[str | None, str]] = {
    "another key": ("00" * 32, "sealed with"),
    "no key": (None, "the file with its key"),
    "nonsense": ("hunter2", "is no key"),
}


@pytest.mark.parametrize(("key", "words"), WRONG_STORES.values(), ids=list(WRONG_STORES))
def test_a_store_that_cannot_be_opened_is_said(tmp_path: Path, key: str | None, words: str) -> None:
    """A restored database without its key is worthless, and must not be written to."""
    settings = write_settings(tmp_path, "http://127.0.0.1:9")
    with gateway(settings) as running:
        running.stop()
    file = tmp_path / "tandemgate.key"
    file.unlink()
    for text in filter(None, [key]):
        file.write_text(text)
    code, said = refused(settings)
    assert code == 2
    assert words in said
    assert "hunter2" not in said
    assert said.splitlines()[-1].startswith("Try: ")


def test_nothing_to_serve_is_said(tmp_path: Path) -> None:
    """An empty gateway that answers 403 to everybody helps nobody."""
    settings = tmp_path / "tandemgate.toml"
    settings.write_text('[tiktok]\nbase_url = "http://127.0.0.1:9"\n')
    code, said = refused(settings)
    assert (code, "no pixel is configured" in said) == (2, True)
