"""The README is true: each of its commands is run as it stands there, in the order of a reader.

The loopback ports that the README names are swapped for free ones, since a test must not depend on
port 8080 being free; nothing else about the commands is touched.
"""

import re
import socket
from pathlib import Path

import pytest

from tests.docs.reader import ROOT, typed

BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
SANDBOX = ("make setup", ".venv/bin/tandemgate", "export TANDEMGATE_CONFIG", "curl ")


def blocks() -> list[str]:
    """Every shell block of the README."""
    return BLOCK.findall((ROOT / "README.md").read_text())


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_after(verb: str, url: str, script: str) -> str:
    """Wait for *url* after the line that starts *verb* in the background; a reader types slowly."""
    return re.sub(rf"(?m)^(.* {verb} .*) &$", rf"\1 &\nanswers {url}", script)


def as_the_reader_would(script: str, tmp_path: Path) -> str:
    """Run *script* in bash at the root of the project and return everything it printed."""
    gateway, tiktok = free_port(), free_port()
    script = script.replace("127.0.0.1:8080", f"127.0.0.1:{gateway}")
    script = script.replace("127.0.0.1:9009", f"127.0.0.1:{tiktok}")
    script = wait_after("simulate", f"http://127.0.0.1:{tiktok}/", script)
    script = wait_after("serve", f"http://127.0.0.1:{gateway}/livez", script)
    elsewhere = {
        "TANDEMGATE__STORE__URL": f"sqlite:///{tmp_path}/sandbox.db",
        "TANDEMGATE__SERVER__LISTEN": f"127.0.0.1:{gateway}",
        "TANDEMGATE__SERVER__PUBLIC_URL": f"http://127.0.0.1:{gateway}",
        "TANDEMGATE__TIKTOK__BASE_URL": f"http://127.0.0.1:{tiktok}",
    }
    return typed(script, **elsewhere)


@pytest.mark.e2e
def test_every_sandbox_command_works_in_the_order_of_the_page(tmp_path: Path) -> None:
    """A reader who types the page from top to bottom gets a delivered purchase."""
    commands = "".join(block for block in blocks() if block.startswith(SANDBOX))
    printed = as_the_reader_would(commands, tmp_path)
    assert "ord_10493_complete_payment" in printed
    assert '"accepted":1' in printed.replace(" ", "")
    assert "+491701234567" in printed, "the hash command explains the canonical form"
    assert "too frequent" in printed, "explain 40100 prints the SDK's reading too"


@pytest.mark.e2e
def test_the_test_command_of_the_readme_runs_tests(tmp_path: Path) -> None:
    """`make test` itself runs this file; here it proves that the target runs and sums up."""
    assert "make test\n" in blocks()
    printed = as_the_reader_would('make test ARGS="tests/architecture -n 0"', tmp_path)
    assert re.search(r"\d+ passed", printed)


def test_no_command_of_the_readme_is_left_out() -> None:
    """A new block must be run by a test: these here, `make demo` in tests/e2e/test_demo.py."""
    assert [b for b in blocks() if not b.startswith(SANDBOX)] == ["make demo\n", "make test\n"]
