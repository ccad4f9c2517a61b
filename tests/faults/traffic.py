"""A shop's traffic: orders handed in over HTTP until they are acknowledged, whatever happens."""

import itertools
import json
import threading
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from tests.e2e.programs import SERVER_KEY, Program, an_item

TOKEN: Final = "tok_e2e_0123456789"
PAUSE: Final = 0.02
ANSWER_WITHIN: Final = 20.0
AT_ONCE: Final = 500
SETTLED: Final = (200, 202)

SETTINGS: Final = """
[server]
listen = "127.0.0.1:0"
intake_processes = {processes}
[store]
url = "sqlite:///tandemgate.db"
[tiktok]
base_url = "{tiktok}"
max_batch_wait = "50ms"
max_batch_events = {batch}
max_requests_per_second = 0
[[keys]]
kind = "server"
name = "orders"
secret = "sk_orders_0123456789"
pixels = {pixels}
"""
PIXEL: Final = """
[[pixels]]
id = "{pixel}"
access_token = "tok_e2e_0123456789"
default_region = "US"
"""
ADMIN_KEY: Final = "sk_admin_0123456789"
ADMIN: Final = f"""
[[keys]]
kind = "admin"
name = "root"
secret = "{ADMIN_KEY}"
"""
FIRST: Final = "C9FAULT00000000"


def pixels(number: int) -> list[str]:
    """Names of *number* pixels."""
    return [f"C9FAULT{index:08}" for index in range(number)]


def write_settings(
    folder: Path,
    tiktok: str,
    *,
    names: tuple[str, ...] = (FIRST,),
    batch: int = 50,
    admin: bool = False,
    processes: int = 0,
) -> Path:
    """Write the settings of a gateway with these pixels."""
    path = folder / "tandemgate.toml"
    head = SETTINGS.format(
        tiktok=tiktok, batch=batch, pixels=json.dumps(names), processes=processes
    )
    tables = [PIXEL.format(pixel=name) for name in names] + [ADMIN] * admin
    path.write_text(head + "".join(tables), "utf-8")
    return path


def access(names: tuple[str, ...] = (FIRST,)) -> list[str]:
    """Arguments of a simulated TikTok that knows these pixels."""
    return [word for name in names for word in ("--access", f"{name}={TOKEN}")]


def database(settings_file: Path) -> Path:
    """Where the gateway of these settings keeps its ledger."""
    return settings_file.with_name("tandemgate.db")


class Traffic:
    """Some senders, each with one order at a time; it is sent again until it is acknowledged.

    ``target`` is the gateway's address, which may change or lead nowhere. ``pause`` is how long
    each sender waits between two orders, ``first`` the number of the first one.
    """

    def __init__(
        self,
        *,
        pixel: str = FIRST,
        senders: int = 3,
        first: int = 0,
        most: int | None = None,
        pause: float = 0.0,
    ) -> None:
        self.target = ""
        self.acknowledged: dict[str, float] = {}
        self.refused: list[int] = []
        self.slowest = 0.0
        self._pixel = pixel
        self._pause = pause
        self._numbers = itertools.count(first) if most is None else iter(range(most))
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._sell) for _ in range(senders)]

    def aim(self, running: Program) -> "Traffic":
        """Send to *running* from now on."""
        self.target = running.url
        return self

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let every sender finish what it is about."""
        self._ended.set()
        self.join()

    def join(self) -> None:
        """Wait until every sender has nothing left to send."""
        for thread in self._threads:
            thread.join()

    def _sell(self) -> None:
        with _Line() as line:
            for number in self._numbers:
                self._until_acknowledged(line, f"{self._pixel}_{number}")
                self._ended.wait(self._pause)
                if self._ended.is_set():
                    return

    def _until_acknowledged(self, line: "_Line", event_id: str) -> None:
        while event_id not in self.acknowledged and not self._ended.is_set():
            try:
                self._hand_in(line, event_id)
            except (OSError, HTTPException, ValueError):
                line.close()
                time.sleep(PAUSE)

    def _hand_in(self, line: "_Line", event_id: str) -> None:
        began = time.monotonic()
        status = line.to(self.target).hand_in(self._pixel, event_id)
        self.slowest = max(self.slowest, time.monotonic() - began)
        if status in SETTLED:
            self.acknowledged[event_id] = time.time()
        else:
            self.refused.append(status)
            time.sleep(PAUSE)


class Refused(Exception):  # noqa: N818 - it is an answer
    """The gateway took nothing of a request."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def hand_in_many(running: Program, name: str, number: int, *, pixel: str = FIRST) -> set[str]:
    """Hand in *number* events in large requests; return the event_ids of those acknowledged."""
    names = [f"{pixel}_{name}_{at}" for at in range(number)]
    for at in range(0, number, AT_ONCE):
        items = [an_item(event_id) for event_id in names[at : at + AT_ONCE]]
        envelope = {"event_source": "web", "event_source_id": pixel, "data": items}
        status, answer = running.ask("POST", "/v1/events", envelope)
        if status != HTTPStatus.ACCEPTED:
            raise Refused(status)
        assert answer["accepted"] == len(items)
    return set(names)


class _Line:
    """One connection, kept as long as it works and leads where it should."""

    def __init__(self) -> None:
        self._connection = _Connection("")

    def to(self, target: str) -> "_Connection":
        if self._connection.target != target:
            self.close()
            self._connection = _Connection(target)
        return self._connection

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Connection(HTTPConnection):
    def __init__(self, target: str) -> None:
        self.target = target
        super().__init__(urlsplit(target).netloc or "127.0.0.1:9", timeout=ANSWER_WITHIN)

    def hand_in(self, pixel: str, event_id: str) -> int:
        envelope = {"event_source": "web", "event_source_id": pixel, "data": [an_item(event_id)]}
        headers = {"Authorization": f"Bearer {SERVER_KEY}"}
        self.request("POST", "/v1/events", json.dumps(envelope), headers)
        answer = self.getresponse()
        answer.read()
        return answer.status
