"""Clients of other systems, as their makers publish them, run the very lines of docs/sources.md."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.docs.commands import blocks
from tests.e2e.backend import NODE, backend
from tests.e2e.programs import (
    PIXEL,
    Program,
    eventually,
    simulator,
)

pytestmark = pytest.mark.e2e

NPM = Path(__file__).parents[1] / "clients" / "node_modules"
LINES = [one for one in blocks() if one.page == "docs/sources.md"]
CLIENTS = {
    "segment.analytics.client": "python",
    "rudderstack.analytics": "python",
    "@segment/analytics-node": "js",
    "@rudderstack/rudder-sdk-node": "js",
}
FINDINGS = ["visit_unknown", "event_id_derived"]
EVENT_ID = "ord_10492_complete_payment"


@pytest.fixture(scope="module")
def tiktok() -> Iterator[Program]:
    """One simulated TikTok for all."""
    with simulator() as running:
        yield running


@pytest.fixture
def shop(
    tiktok: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimpleNamespace]:
    """A gateway, and the environment of a backend."""
    with backend(tiktok, tmp_path, monkeypatch, region="DE") as made:
        yield made


def lines_of(client: str, address: str) -> str:
    """The block of the page that uses *client*, with the test's gateway for the reader's."""
    [found] = [one.text for one in LINES if one.kind == CLIENTS[client] and client in one.text]
    assert "https://c.shop.example" in found
    return found.replace("https://c.shop.example", address)


def run(client: str, shop: SimpleNamespace) -> None:
    """Run the block as its reader does."""
    execute(lines_of(client, shop.gateway.url), shop, python=CLIENTS[client] == "python")


def execute(text: str, shop: SimpleNamespace, *, python: bool) -> None:
    """Run a program of a shop."""
    file = shop.folder / ("shop.py" if python else "shop.mjs")
    file.write_text(text, "utf-8")
    if not python and not NPM.exists():
        pytest.skip("scripts/clients did not fetch the clients from npm")
    if not python and not (shop.folder / "node_modules").exists():
        (shop.folder / "node_modules").symlink_to(NPM)
    done = subprocess.run(
        [sys.executable if python else NODE, file],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def signed_in(address: str) -> str:
    """The page's order of somebody whose email was told at the sign-in alone."""
    [identify] = [one.text for one in LINES if "segment.identify(" in one.text]
    order = lines_of("segment.analytics.client", address)
    opening, call, track = order.partition("segment.track(")
    email = '        "email": "customer@shop.example",\n'
    assert email in track
    return f"{opening}{identify}segment.flush()\n{call}{track.replace(email, '')}"


def test_who_was_identified_is_known_with_the_order(shop: SimpleNamespace) -> None:
    """Many shops tell their customers' emails nowhere else."""
    execute(signed_in(shop.gateway.url), shop, python=True)
    eventually(lambda: bool(shop.gateway.story(EVENT_ID).get("state") == "DELIVERED"))
    story = shop.gateway.story(EVENT_ID)
    assert {story["match_keys"][name] for name in ("email", "phone", "external_id")} == {"sent"}
    filled = [one["field"] for one in story["findings"] if one["reason"] == "filled_from_visit"]
    assert [field.rpartition("/")[2] for field in filled] == ["email", "phone"]


@pytest.mark.parametrize("client", CLIENTS)
def test_an_order_is_counted_once(client: str, shop: SimpleNamespace) -> None:
    """Reported twice by an unmodified client, and by the Pixel, it is one conversion."""
    run(client, shop)
    run(client, shop)
    pixel = {"pixel_code": PIXEL, "event": "CompletePayment", "event_id": EVENT_ID}
    shop.tiktok.ask("POST", "/api/v2/pixel/act", pixel, key=None)
    eventually(lambda: bool(shop.gateway.story(EVENT_ID).get("state") == "DELIVERED"))
    story = shop.gateway.story(EVENT_ID)
    assert (story["source"], story["verified"]) == ("segment", True)
    assert {story["match_keys"][name] for name in ("email", "external_id")} == {"sent"}
    (counted,) = shop.tiktok.ask("GET", "/_sim/conversions", key=None)[1]["conversions"]
    assert (counted["event_id"], counted["value"]) == (EVENT_ID, 129.95)
    assert [one["reason"] for one in story["findings"]] == FINDINGS
    stats = shop.gateway.ask("GET", "/api/stats")[1]
    assert stats["ledger_imbalance"] == 0
    assert {cell["outcome"]: cell["count"] for cell in stats["received"]} == {
        "accepted": 1,
        "duplicate": 1,
    }
