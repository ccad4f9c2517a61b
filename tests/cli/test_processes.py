"""A program that does not start says why, and never hangs the demo."""

import os
from pathlib import Path

import pytest

from tandemgate.cli.demo.processes import Program
from tandemgate.cli.ending import Ending, Failure


def test_a_program_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    """The reason stands in its log, which is about to be removed."""
    arguments = ["--listen", "nowhere"]
    log = tmp_path / "log"
    with (
        Program("simulator", "tiktok_simulator", arguments, log, os.environ) as program,
        pytest.raises(Failure, match="ended with exit code 2") as failure,
    ):
        program.ready_line()
    assert "'nowhere' is not HOST:PORT" in failure.value.message
    assert failure.value.way_out.startswith("tandemgate simulate")
    assert failure.value.ending is Ending.UNREACHABLE
