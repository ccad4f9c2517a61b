"""A shop's own process with the client in it: its log is searched like the gateway's."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from tandemgate.client import Client, Limits, NotTaken, Result
from tandemgate.client.visitor import Visitor, visiting
from tandemgate.client.words import User
from tests.privacy.canaries import (
    EMAIL,
    IP,
    PHONE,
    SERVER_KEY,
    SESSION,
    USER_AGENT,
    WRONG_KEY,
)
from tests.privacy.journey import GRANTED, PERSON, STRAYED
from tests.privacy.parrot import parrot
from tests.privacy.proof import Search
from tests.privacy.stage import PIXEL, running

LOG: Final = "shop.log"
NOWHERE: Final = "http://127.0.0.1:9"
WHOLE: Final = cast("User", PERSON)
PATIENCE: Final = 30.0
BRIEF: Final = Limits(ending=0.1)

REPORTS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("CompletePayment", {"event_id": "good", "value": 9.5, "currency": "EUR"}),
    ("CompletePayment", {"event_id": "wrong", "value": 9.5, "currency": "EURO"}),
    ("CompletePayment", {"event_id": "strayed", "currency": EMAIL, "value": PHONE}),
    ("Search", {"event_id": EMAIL}),
    ("Search", {"event_id": "told", "description": STRAYED, EMAIL: EMAIL}),
    (EMAIL, {"event_id": "named"}),
    ("Search", {"event_id": "late", "event_time": EMAIL}),
    ("Search", {"event_id": EMAIL, "user": {**PERSON, EMAIL: object(), "city": object()}}),
    ("Search", {"event_id": "half", "description": f"{EMAIL}\ud83c"}),
)
"""What a shop reports on its worst day, each beside the whole person."""


def shop(folder: Path, search: Search) -> None:
    """The client beside a gateway that answers, refuses its key, and is not there."""
    outcomes: set[str] = set()

    def heard(result: Result) -> None:
        outcomes.add(result.outcome)
        raise RuntimeError(f"{EMAIL}: {result}")

    with parrot() as tiktok, running(folder, tiktok.url) as stage, logged(folder / LOG):
        for url, key in ((stage.url, SERVER_KEY), (stage.url, WRONG_KEY), (NOWHERE, SERVER_KEY)):
            with visiting(Visitor(SESSION, IP, USER_AGENT)):
                client = Client(url, key, PIXEL, on_result=heard, limits=BRIEF)
                _reported(client, PATIENCE if url == stage.url else 0.1)
        assert {"accepted", "rejected", "dropped"} <= outcomes
        search.stage("shop", stage)


def _reported(client: Client, patience: float) -> None:
    """Report everything by *client*, in each way, and end it; *patience* is in seconds."""
    for event, fields in REPORTS:
        client.track(event, **{"user": WHOLE, "consent": GRANTED, **fields})
    client.attach(order=EMAIL)
    client.flush(patience)
    log = logging.getLogger("shop")
    try:
        log.warning("told %s", client.send("Search", event_id="sent", user=WHOLE, timeout=patience))
    except NotTaken as error:
        log.warning("not taken: %s", error, exc_info=True)
    try:
        log.warning(
            "told %s",
            client.consent(user={"email": EMAIL}, ad_user_data="DENIED", timeout=patience),
        )
    except NotTaken as error:
        log.warning("not taken: %s", error, exc_info=True)
    client.close()
    log.warning("%r %s", client, client.counts())


@contextmanager
def logged(file: Path) -> Iterator[None]:
    """Write every logger's lines to *file*."""
    handler, root = logging.FileHandler(file), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()
