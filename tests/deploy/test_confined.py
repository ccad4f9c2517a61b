"""What the image and the unit forbid, the gateway does not need."""

import shlex
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.deploy.test_files import the_command
from tests.e2e.programs import Program, an_item, eventually, simulator, write_settings
from tests.faults.machine import wants_mounts

pytestmark = pytest.mark.e2e


@wants_mounts
def test_a_gateway_lives_in_a_read_only_system_with_one_folder(tmp_path: Path) -> None:
    """It starts, is healthy by the image's own check, delivers, and ends in time when asked."""
    with simulator() as tiktok:
        settings = write_settings(tmp_path, tiktok.url)
        running = Program("tests.deploy.confined", str(tmp_path), str(settings), ready_on="stderr")
        try:
            assert healthy(running.url)
            assert running.post(an_item("ord_1"))[0] == 202
            eventually(lambda: bool(running.story("ord_1")["state"] == "DELIVERED"))
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(15) == 0
            assert not healthy(running.url)
        finally:
            running.close()


def healthy(url: str) -> bool:
    """Run the image's check against the gateway at *url*."""
    shell, *words = the_command("HEALTHCHECK")
    assert shell == "CMD"
    there = urlsplit(url).netloc
    command = [word.replace("127.0.0.1:8080", there) for word in words]
    assert command != words, shlex.join(words)
    command[0] = sys.executable
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
