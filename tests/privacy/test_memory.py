"""A person lives in the frame of one request: afterwards no object remembers them."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.programs import eventually
from tests.privacy import journey
from tests.privacy.calls import called
from tests.privacy.canaries import SERVER_KEY
from tests.privacy.deliveries import delivered
from tests.privacy.parrot import parrot
from tests.privacy.proof import rests
from tests.privacy.remembering import TOLD_IN
from tests.privacy.reports import reported
from tests.privacy.stage import Stage, running

pytestmark = pytest.mark.e2e

COMMAND = ("-m", "tests.privacy.remembering")
AUTHORIZED = {"Authorization": f"Bearer {SERVER_KEY}"}


def remembered(stage: Stage) -> Any:  # noqa: ANN401 - JSON
    """What the gateway remembers."""
    told = stage.folder / TOLD_IN
    told.unlink(missing_ok=True)
    os.kill(stage.pid, signal.SIGUSR1)
    eventually(lambda: stage.ask("GET", "/livez")[0] == 200 and told.exists())
    return json.loads(told.read_text("utf-8"))


def test_nobody_is_remembered_after_the_request(tmp_path: Path) -> None:
    """Caches, logs, last errors and counters outlive a request; whom it was about must not."""
    with parrot() as tiktok, running(tmp_path, tiktok.url, command=COMMAND) as stage:
        journey.make(stage, journey.told_plainly())
        journey.make(stage, journey.hidden_in_fields())
        journey.make(stage, journey.unknown_and_wrong())
        journey.make(stage, journey.unreadable())
        journey.make(stage, journey.in_headers_and_addresses())
        journey.make(stage, journey.in_the_browser())
        journey.make(stage, reported())
        journey.make(stage, delivered())
        journey.make(stage, called())
        journey.make(stage, journey.about_people())
        eventually(lambda: bool(tiktok.bodies) and rests(tiktok))
        journey.make(stage, journey.looking())
        assert remembered(stage) == {}


def test_who_is_remembered_is_noticed(tmp_path: Path) -> None:
    """An event on its way is in memory, so the search must see it."""
    with (
        parrot() as tiktok,
        running(tmp_path, tiktok.url, command=COMMAND) as stage,
        tiktok.silent(),
    ):
        event = journey.envelope(journey.item("on its way"))
        stage.ask("POST", journey.EVENTS, event, **AUTHORIZED)
        eventually(lambda: len(tiktok.bodies) > 0)
        assert remembered(stage) != {}
