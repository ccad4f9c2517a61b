"""A gateway as a process, all of whose files and words are kept to be searched."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.e2e.programs import PATIENCE, eventually
from tests.privacy.canaries import ADMIN_KEY, SERVER_KEY, SHOP_SECRET, TOKEN

ROOT: Final = Path(__file__).resolve().parents[2]
PIXEL: Final = "C9CANARY00000001"
STRICT_PIXEL: Final = "C9CANARY00000002"
SECRETS: Final = {
    "CANARY_TOKEN": TOKEN,
    "CANARY_SERVER_KEY": SERVER_KEY,
    "CANARY_ADMIN_KEY": ADMIN_KEY,
    "CANARY_SHOP_SECRET": SHOP_SECRET,
}

SETTINGS: Final = """
[server]
listen = "127.0.0.1:0"
keyless_alias = true

[tiktok]
base_url = "{tiktok}"
max_batch_wait = "20ms"
max_requests_per_second = 0

[[pixels]]
id = "C9CANARY00000001"
access_token = {{ env = "CANARY_TOKEN" }}
phone_region = "DE"
custom_events = true
page_views = true

[[pixels]]
id = "C9CANARY00000002"
access_token = {{ env = "CANARY_TOKEN" }}
consent_profile = "strict"
hold_for_consent = "1h"

[[keys]]
kind = "server"
name = "orders"
secret = {{ env = "CANARY_SERVER_KEY" }}
pixels = ["C9CANARY00000001", "C9CANARY00000002"]

[[keys]]
kind = "admin"
name = "root"
secret = {{ env = "CANARY_ADMIN_KEY" }}

[[keys]]
kind = "browser"
name = "shop"
secret = "pk_shop"
pixels = ["C9CANARY00000001"]
origins = ["https://shop.example"]

[[sources]]
kind = "shopify"
name = "shopify-shop"
secret = {{ env = "CANARY_SHOP_SECRET" }}
pixels = ["C9CANARY00000001", "C9CANARY00000002"]

[[sources]]
kind = "stripe"
name = "stripe-shop"
secret = {{ env = "CANARY_SHOP_SECRET" }}
pixels = ["C9CANARY00000001"]

[[sources]]
kind = "woocommerce"
name = "woocommerce-shop"
secret = {{ env = "CANARY_SHOP_SECRET" }}
pixels = ["C9CANARY00000001"]
"""


@dataclass
class Stage:
    """One gateway. ``folder`` holds all its files; ``answers`` is every byte that it answered."""

    folder: Path
    settings: Path
    url: str = ""
    answers: bytearray = field(default_factory=bytearray)
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> Path:
        """What it wrote to stderr."""
        return self.folder / "gateway.log"

    def ask(
        self, method: str, target: str, body: bytes | None = None, /, **headers: str
    ) -> tuple[int, bytes]:
        """Make one request, and keep the whole answer."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, target, body, named)
            answer = connection.getresponse()
            content = answer.read()
            self.answers += f"\n{answer.status} {answer.getheaders()}\n".encode() + content
            return answer.status, content
        finally:
            connection.close()

    def verb(self, *words: str, typed: str = "") -> int:
        """Run a verb of the CLI beside the gateway, and keep what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "tandemgate", "--config", str(self.settings), *words],
            cwd=self.folder,
            env={
                **os.environ,
                **SECRETS,
                "PYTHONPATH": str(ROOT),
                "NO_COLOR": "1",
                "TANDEMGATE__SERVER__LISTEN": self.place,
            },
            input=typed.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        self.answers += f"\n$ {words[0]}\n".encode() + done.stdout + done.stderr
        return done.returncode

    @property
    def place(self) -> str:
        """Host and port."""
        return urlsplit(self.url).netloc

    def end(self, number: signal.Signals) -> int:
        """End it by a signal; how it ended, as ``waitpid`` tells."""
        os.kill(self.pid, number)
        _, status = os.waitpid(self.pid, 0)
        assert self.process is not None
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return status


@contextmanager
def running(
    folder: Path, tiktok: str, *, command: Sequence[str] = ("-m", "tandemgate")
) -> Iterator[Stage]:
    """Run a gateway in *folder*; *command* is what Python runs."""
    stage = Stage(folder, folder / "tandemgate.toml")
    stage.settings.write_text(SETTINGS.format(tiktok=tiktok), "utf-8")
    before = stage.log.read_bytes() if stage.log.exists() else b""
    with stage.log.open("ab") as log, (folder / "stdout").open("ab") as out:
        stage.process = subprocess.Popen(
            [sys.executable, *command, "--config", str(stage.settings), "serve"],
            cwd=folder,
            env={**os.environ, **SECRETS, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
            stdout=out,
            stderr=log,
        )
    try:
        eventually(lambda: b'"ready"' in stage.log.read_bytes()[len(before) :])
        stage.url = _ready(stage.log.read_bytes()[len(before) :])
        yield stage
    finally:
        stage.process.kill()
        stage.process.wait(PATIENCE)


def _ready(log: bytes) -> str:
    lines = (json.loads(line) for line in log.splitlines() if b'"ready"' in line)
    return str(next(lines)["url"])
