"""The printed report of a day on which pairs meet and miss each other in every way."""

import asyncio
import importlib.util
import os
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tandemgate.cli.main import run
from tandemgate.model.pair import Band, PairVerdict
from tandemgate.model.state import State
from tandemgate.settings.tree import Listen
from tandemgate.wiring.server import GatewayServer, bind
from tests.build import NOW, PIXEL, some_rules
from tests.contract.steps import begin, end
from tests.web.gateway import KEYS, SERVER_KEY, Gateway

EXAMPLE = Path(__file__).parents[2] / "examples" / "mixed_day.py"
GOLDEN = Path(__file__).parents[1] / "golden" / "mixed_day.txt"
FIRST = 10_501


class Served:
    """A gateway whose clock is the test's, listening on loopback in a thread."""

    def __init__(self) -> None:
        self.gateway = Gateway(rules={PIXEL: some_rules(server_truth=TRUTH)}, pixels={})
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._server = GatewayServer(self.gateway.app, self._listening.set)
        self._socket = bind(Listen("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._listening.wait()

    def _run(self) -> None:
        self._loop.run_until_complete(self._server.serve([self._socket]))

    def do(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something in the gateway's own thread."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def deliver(self) -> None:
        """Send what is due to a TikTok that takes everything."""
        at = self.gateway.clock.at
        if await self.gateway.store.lanes(at):
            batch = await begin(self.gateway.store, f"at {at}", at=at)
            await end(self.gateway.store, batch, State.DELIVERED)

    def close(self) -> None:
        """Stop listening."""
        self._server.should_exit = True
        self._thread.join()
        self._loop.close()
        self._socket.close()


TRUTH = frozenset({"CompletePayment", "Purchase"})


@pytest.fixture
def served() -> Iterator[Served]:
    """A gateway to talk to over HTTP."""
    made = Served()
    yield made
    made.close()


def example() -> Any:  # noqa: ANN401 - a script's own names
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("mixed_day", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_mixed_day_is_told_in_every_verdict(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """This page is what a marketer reads; each line must be true and say what to do."""
    module, browser = example(), next(key for key in KEYS if key.origins)
    monkeypatch.setattr(module, "SERVER_KEY", SERVER_KEY)
    monkeypatch.setattr(module, "ORIGIN", browser.origins[0])
    monkeypatch.setattr(module, "PUBLIC_KEY", browser.secret.reveal())
    for told in module.day(FIRST):
        served.gateway.clock.at = NOW + told.when
        request = module.request(told, served.url, served.gateway.clock.at)
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own gateway
            assert answer.status == 202
        served.do(served.deliver())
    served.gateway.clock.at = NOW
    monkeypatch.setenv("PAIRS_KEY", SERVER_KEY)
    monkeypatch.setenv("NO_COLOR", "1")
    assert (
        run(["pairs", "--url", served.url, "--key-env", "PAIRS_KEY", "--since", "1776000000"]) == 0
    )
    printed = capsys.readouterr().out
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(printed, "utf-8")
    assert printed == GOLDEN.read_text("utf-8")
    words = set(printed.replace(":", " ").split())
    assert {verdict.value for verdict in PairVerdict} <= words
    bands = {band.value.replace("_", " ") for band in Band}
    assert all(band in printed for band in bands)
