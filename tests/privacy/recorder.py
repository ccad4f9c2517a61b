"""A pytest plugin that keeps what the end-to-end tests' programs say, for it to be searched.

It is switched on by ``-p tests.privacy.recorder`` and writes below the folder that RECORD_IN names.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.programs import Program

FOLDER = "RECORD_IN"

ask, close = Program.ask, Program.close


def _keep(name: str, content: bytes) -> None:
    with (Path(os.environ[FOLDER]) / name).open("ab") as file:
        file.write(content + b"\n")


def _ask(program: Program, *asked: Any, **more: Any) -> tuple[int, Any]:  # noqa: ANN401
    status, answer = ask(program, *asked, **more)
    if "/_sim/" not in str(asked):
        _keep("answers", repr(answer).encode())
    return status, answer


def _close(program: Program) -> None:
    program.process.kill()
    if not program.stream.closed:
        _keep("said", program.stream.read().encode())
    close(program)


def pytest_configure(config: pytest.Config) -> None:
    """Listen in."""
    del config
    vars_of: Any = Program
    vars_of.ask, vars_of.close = _ask, _close


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what verbs printed in the test's own process."""
    _keep("printed", f"{report.capstdout}{report.capstderr}{report.caplog}".encode())
