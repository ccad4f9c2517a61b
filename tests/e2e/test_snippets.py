"""What `tandemgate snippet` prints for a backend is run as it is, and counted once."""

import asyncio
import json
import runpy
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django
import pytest
from django.conf import settings as django_settings
from django.test import RequestFactory

from tandemgate.cli.main import run
from tandemgate.cli.snippet import BACKENDS
from tests.e2e.backend import NODE, backend
from tests.e2e.programs import (
    PIXEL,
    Program,
    eventually,
    simulator,
)
from tests.web.gateway import ask

pytestmark = pytest.mark.e2e

EVENT_ID = "ord_10492_complete_payment"
CONTENT = {"content_id": "SKU-481", "quantity": 1, "price": 129.95}
LINES = [{"sku": "SKU-481", "quantity": 1, "price": 129.95}]


def an_order() -> dict[str, Any]:
    """An order as the snippets for Python and PHP expect it."""
    return {
        "id": "10492",
        "paid_at": int(time.time()),
        "email": "customer@shop.example",
        "phone": "+491701234567",
        "customer_id": "cust_34982",
        "total": 129.95,
        "currency": "EUR",
        "lines": LINES,
    }


@pytest.fixture(scope="module")
def tiktok() -> Iterator[Program]:
    """One simulated TikTok for all."""
    with simulator() as running:
        yield running


@pytest.fixture
def shop(
    tiktok: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimpleNamespace]:
    """A gateway with settings for it, and a backend's environment."""
    # An order without a visit states no consent; of this shop's customers none has to be asked.
    with backend(tiktok, tmp_path, monkeypatch, region="BR") as made:
        yield made


def printed(shop: SimpleNamespace, name: str, suffix: str, capsys: Any) -> Path:  # noqa: ANN401 - pytest's
    """Put what the verb prints into a file, as somebody pastes it."""
    capsys.readouterr()
    assert run(["--config", str(shop.settings), "snippet", name]) == 0
    file: Path = shop.folder / f"shop{suffix}"
    file.write_text(capsys.readouterr().out, "utf-8")
    return file


def _by_python(file: Path) -> str:
    outcome: str = runpy.run_path(str(file))["report_paid"](an_order())["outcome"]
    return outcome


def _by_client(file: Path) -> str:
    outcome: str = runpy.run_path(str(file))["report_paid"](an_order()).outcome
    return outcome


def _by_django(file: Path) -> str:
    if not django_settings.configured:
        django_settings.configure()
        django.setup()
    view = runpy.run_path(str(file))["payment"]
    request = RequestFactory().post("/payments/webhook", an_order(), "application/json")
    outcome: str = json.loads(view(request).content)["outcome"]
    return outcome


def _by_flask(file: Path) -> str:
    client = runpy.run_path(str(file))["app"].test_client()
    outcome: str = client.post("/payments/webhook", json=an_order()).get_json()["outcome"]
    return outcome


def _by_fastapi(file: Path) -> str:
    app = runpy.run_path(str(file))["app"]
    body = json.dumps(an_order()).encode()
    headers = {"content-type": "application/json"}
    reply = asyncio.run(ask(app, "POST", "/payments/webhook", [body], headers))
    outcome: str = reply.json["outcome"]
    return outcome


def _by_node(file: Path) -> str:
    order = an_order() | {"paidAt": int(time.time() * 1000), "customerId": "cust_34982"}
    call = (
        f"import {{ reportPaid }} from './{file.name}';\n"
        f"console.log(JSON.stringify(await reportPaid({json.dumps(order)})));\n"
    )
    main = file.with_name("main.mjs")
    main.write_text(call, "utf-8")
    return _told(str(NODE), str(main))


def _by_php(file: Path) -> str:
    order = json.dumps(an_order())
    call = f"require '{file}'; echo json_encode(report_paid(json_decode('{order}', true)));"
    return _told("php", "-r", call)


def _by_curl(file: Path) -> str:
    results: list[dict[str, str]] = json.loads(_output("sh", str(file)))["results"]
    return results[0]["outcome"]


def _told(*words: str) -> str:
    outcome: str = json.loads(_output(*words))["outcome"]
    return outcome


def _output(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


WAYS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "python": (".py", _by_python),
    "python-client": (".py", _by_client),
    "django": (".py", _by_django),
    "flask": (".py", _by_flask),
    "fastapi": (".py", _by_fastapi),
    "node": (".mjs", _by_node),
    "php": (".php", _by_php),
    "curl": (".sh", _by_curl),
}


def test_every_snippet_is_run() -> None:
    """One that nobody runs is wrong by next year."""
    assert WAYS.keys() == BACKENDS.keys()


@pytest.mark.parametrize("name", WAYS)
def test_a_snippet_reports_an_order_that_is_counted_once(
    name: str, shop: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Called twice, and with the page's copy under the same event_id, it is one conversion."""
    if name == "php" and shutil.which("php") is None:
        pytest.skip("no php here")
    suffix, report = WAYS[name]
    file = printed(shop, name, suffix, capsys)
    assert [report(file), report(file)] == ["accepted", "duplicate"]
    pixel = {"pixel_code": PIXEL, "event": "CompletePayment", "event_id": EVENT_ID}
    shop.tiktok.ask("POST", "/api/v2/pixel/act", pixel, key=None)
    eventually(lambda: bool(shop.gateway.story(EVENT_ID)["state"] == "DELIVERED"))
    (counted,) = shop.tiktok.ask("GET", "/_sim/conversions", key=None)[1]["conversions"]
    assert counted["event_id"] == EVENT_ID
    keys = shop.gateway.story(EVENT_ID)["match_keys"]
    assert {keys[name] for name in ("email", "phone", "external_id")} == {"sent"}
    assert counted["value"] == 129.95


def test_a_snippet_says_when_the_gateway_could_not_take_it(
    shop: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever hears nothing takes it for done."""
    file = printed(shop, "django", ".py", capsys)
    shop.gateway.kill()
    if not django_settings.configured:
        django_settings.configure()
        django.setup()
    view = runpy.run_path(str(file))["payment"]
    request = RequestFactory().post("/payments/webhook", an_order(), "application/json")
    assert view(request).status_code == 503
