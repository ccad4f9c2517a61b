"""A crash leaves no picture of the memory, in which every identifier of the moment stands."""

import os
import signal
from pathlib import Path

import pytest

from tests.privacy import journey
from tests.privacy.canaries import SERVER_KEY
from tests.privacy.parrot import parrot
from tests.privacy.stage import Stage, running

pytestmark = pytest.mark.e2e

WITHOUT_LIMIT = ("-m", "tests.privacy.unlimited")
CRASHES = (signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV)


def limit_of(pid: int) -> list[str]:
    """The soft and the hard limit of a process's core dumps, as the kernel tells them."""
    lines = Path(f"/proc/{pid}/limits").read_text("ascii").splitlines()
    return next(line.split()[4:6] for line in lines if line.startswith("Max core file size"))


def crashed(stage: Stage, number: signal.Signals) -> int:
    """Let it hold a person and crash; how it ended, as ``waitpid`` tells."""
    event = journey.envelope(journey.item("before the crash"))
    stage.ask("POST", journey.EVENTS, event, Authorization=f"Bearer {SERVER_KEY}")
    return stage.end(number)


@pytest.mark.parametrize("number", CRASHES)
def test_a_crash_leaves_no_core_dump(number: signal.Signals, tmp_path: Path) -> None:
    """Also where the shell that started it said ``ulimit -c unlimited``."""
    command = (*WITHOUT_LIMIT, "obeyed")
    with parrot() as tiktok, running(tmp_path, tiktok.url, command=command) as stage:
        assert limit_of(stage.pid) == ["0", "0"]
        status = crashed(stage, number)
    assert (os.WTERMSIG(status), os.WCOREDUMP(status)) == (number, False)
    assert list(tmp_path.glob("core*")) == []


def test_no_core_dump_is_left_to_a_program_either(tmp_path: Path) -> None:
    """The kernel pipes a dump to apport or systemd whatever the limit is, so it must not matter."""
    command = (*WITHOUT_LIMIT, "ignored")
    with parrot() as tiktok, running(tmp_path, tiktok.url, command=command) as stage:
        assert limit_of(stage.pid) != ["0", "0"]
        status = crashed(stage, signal.SIGABRT)
    assert (os.WTERMSIG(status), os.WCOREDUMP(status)) == (signal.SIGABRT, False)
    assert list(tmp_path.glob("core*")) == []
