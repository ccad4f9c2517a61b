"""Clients of Google's Measurement Protocol run the very lines of docs/sources.md."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ga4mp import GtagMP

from tests.docs.commands import blocks
from tests.e2e.backend import NODE, backend
from tests.e2e.programs import (
    PATIENCE,
    PIXEL,
    SERVER_KEY,
    Program,
    eventually,
    simulator,
)

pytestmark = pytest.mark.e2e

LINES = [one.text for one in blocks() if one.page == "docs/sources.md"]
CLIENTS: Mapping[str, tuple[str, object]] = {
    "from ga4mp import": ("shop.py", sys.executable),
    "await fetch(`${address}?measurement_id": ("shop.mjs", NODE),
}
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
    with backend(tiktok, tmp_path, monkeypatch) as made:
        yield made


def run(lines: str, shop: SimpleNamespace) -> None:
    """Run the block of the page that has *lines*, as its reader does."""
    [text] = [one for one in LINES if lines in one]
    name, program = CLIENTS[lines]
    (shop.folder / name).write_text(text.replace("https://c.shop.example", shop.gateway.url))
    done = subprocess.run(
        [str(program), str(shop.folder / name)],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def counted(shop: SimpleNamespace) -> list[dict[str, Any]]:
    """The conversions that TikTok would count."""
    told: list[dict[str, Any]] = shop.tiktok.ask("GET", "/_sim/conversions", key=None)[1][
        "conversions"
    ]
    return told


@pytest.mark.parametrize("lines", CLIENTS)
def test_an_order_that_is_reported_to_google_is_counted_once(
    lines: str, shop: SimpleNamespace
) -> None:
    """Reported twice, and with the page's copy under the same event_id, it is one conversion."""
    run(lines, shop)
    run(lines, shop)
    pixel = {"pixel_code": PIXEL, "event": "CompletePayment", "event_id": EVENT_ID}
    shop.tiktok.ask("POST", "/api/v2/pixel/act", pixel, key=None)
    eventually(lambda: bool(shop.gateway.story(EVENT_ID)["state"] == "DELIVERED"))
    [conversion] = counted(shop)
    assert (conversion["event_id"], conversion["value"]) == (EVENT_ID, 129.95)
    story = shop.gateway.story(EVENT_ID)
    assert (story["source"], story["match_keys"]["external_id"]) == ("ga4", "sent")


def a_client(shop: SimpleNamespace) -> GtagMP:
    """The library, with the gateway's addresses for Google's."""
    client = GtagMP(api_secret=SERVER_KEY, measurement_id="G-1", client_id="1.2")
    client._base_domain = f"{shop.gateway.url}/mp/collect"  # noqa: SLF001 - it has no option
    client._validation_domain = f"{shop.gateway.url}/debug/mp/collect"  # noqa: SLF001
    client.store.set_user_property("user_id", "cust_34982")
    return client


def an_event(client: GtagMP, name: str, **params: object) -> Any:  # noqa: ANN401 - the library's
    """An event with these params."""
    event = client.create_new_event(name)
    for one, value in params.items():
        event.set_event_param(one, value)
    return event


def test_what_the_page_named_is_counted_once(shop: SimpleNamespace) -> None:
    """The page gives one event_id to the Pixel and to the server, whatever was bought."""
    client = a_client(shop)
    client.send([an_event(client, "add_to_cart", event_id="cart_7_1", value=5, currency="USD")])
    pixel = {"pixel_code": PIXEL, "event": "AddToCart", "event_id": "cart_7_1"}
    shop.tiktok.ask("POST", "/api/v2/pixel/act", pixel, key=None)
    eventually(lambda: bool(shop.gateway.story("cart_7_1")["state"] == "DELIVERED"))
    assert [one["event_id"] for one in counted(shop)] == ["cart_7_1"]


def test_what_was_postponed_is_taken(shop: SimpleNamespace) -> None:
    """The library then sends an event where Google documents a list of them."""
    client = a_client(shop)
    sign_up = an_event(client, "sign_up", event_id="acc_7", method="mail")
    client.send([sign_up], postpone=True)
    client.postponed_send()
    eventually(lambda: bool(shop.gateway.story("acc_7")["state"] == "DELIVERED"))


def test_a_validation_hit_leaves_no_trace(shop: SimpleNamespace) -> None:
    """What is only tried must not reach TikTok."""
    client = a_client(shop)
    client.send([an_event(client, "sign_up", event_id="acc_7")], validation_hit=True)
    assert shop.gateway.ask("GET", "/api/events")[1]["events"] == []
