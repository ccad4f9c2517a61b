"""schemathesis against a running gateway, with a simulated TikTok behind it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.programs import (
    PIXEL,
    Program,
    an_item,
    eventually,
    gateway,
    simulator,
    write_settings,
)

ADMIN_KEY = "sk_admin_0123456789"
PUBLIC_KEY = "pk_shop"
ORIGIN = "https://shop.example"
KEYS = f"""
[[keys]]
kind = "admin"
name = "root"
secret = "{ADMIN_KEY}"

[[keys]]
kind = "browser"
name = "shop"
secret = "{PUBLIC_KEY}"
pixels = ["{PIXEL}"]
origins = ["{ORIGIN}"]
"""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
ROOT = Path(__file__).resolve().parents[2]
EVENT_ID = "fuzzed_1"
PLAUSIBLE = {
    "event": "ViewContent",
    "currency": "EUR",
    "test_event_code": "FUZZ1",
    "code": "FUZZ1",
    "region": "DE",
    "email": "customer@example.com",
    "phone": "+491701234567",
    "session": "S1Yw0b0nGq9n3F6mP2vQxA",
    "refs": {"order": "10492"},
    "as": "delivered",
    "date": "2026-01-31",
    "tc_string": "",
    "gpp_string": "",
}
"""What is no name of anything, but would be refused if it were made up."""


@dataclass(frozen=True)
class Target:
    """A gateway that has seen a little of everything; ``known`` are names of that."""

    program: Program
    known: Mapping[str, object]


@contextmanager
def target(folder: Path) -> Iterator[Target]:
    """Run one whose files are in *folder*."""
    with simulator() as tiktok:
        settings = write_settings(folder, tiktok.url)
        settings.write_text(settings.read_text("utf-8") + KEYS, "utf-8")
        with gateway(settings) as program:
            yield Target(program, _filled(program))


def _filled(program: Program) -> Mapping[str, object]:
    """Hand in an event and one that is refused, and begin a test."""
    program.post(an_item(EVENT_ID), an_item("fuzzed_2", event_time=int(time.time()) - 10**7))
    test = program.ask("POST", "/api/tests", {"pixel": PIXEL, "code": "FUZZ1"}, ADMIN_KEY)[1]
    eventually(lambda: bool(_problems(program)))
    return PLAUSIBLE | {
        "pixel": PIXEL,
        "event_source_id": PIXEL,
        "test": test["id"],
        "problem": _problems(program)[0]["id"],
        "key": PUBLIC_KEY,
    }


def _problems(program: Program) -> Sequence[Mapping[str, str]]:
    told: Sequence[Mapping[str, str]] = program.ask(
        "GET", "/api/problems?status=all", key=ADMIN_KEY
    )[1]["problems"]
    return told


def fuzz(aim: Target, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Make requests from the document of *aim*; what schemathesis writes is in *folder*."""
    hooks = {
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "FUZZ_KNOWN": json.dumps(aim.known),
        "FUZZ_ORIGIN": ORIGIN,
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
    }
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run",
            f"{aim.program.url}/openapi.json",
            "--header", f"Authorization: Bearer {ADMIN_KEY}",
            "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing",
            "--generation-database", "none", "--suppress-health-check", "all",
            "--continue-on-failure", "--warnings", "off", *options,
        ],
        cwd=folder,
        env={**os.environ, **hooks},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
