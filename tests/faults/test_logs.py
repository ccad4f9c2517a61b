"""The log fails: a pipe that nobody reads, a reader that is gone, a full disk. Events go on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tandemgate.telemetry import Telemetry

LINES = 3_000


@contextmanager
def a_pipe() -> Iterator[tuple[int, int]]:
    """Give both ends of a pipe."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def lost(telemetry: Telemetry) -> float | None:
    """How many lines the log could not take."""
    return telemetry.registry.get_sample_value("tandemgate_log_lines_lost_total")


def test_a_pipe_that_nobody_reads_makes_nobody_wait() -> None:
    """A stuck log collector would stop every event loop that writes to it."""
    with a_pipe() as (_, end), os.fdopen(os.dup(end), "w") as stream:
        telemetry = Telemetry(stream)
        for number in range(LINES):
            telemetry.log.info("request", route="x" * 50, status=number)
        assert (lost(telemetry) or 0) > LINES / 2


def test_a_reader_that_went_away_costs_lines_only() -> None:
    """A collector restarts while the gateway runs."""
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    telemetry = Telemetry(stream)
    os.close(reading)
    for _ in range(3):
        telemetry.log.info("request")
    assert lost(telemetry) == 3
    with pytest.raises(BrokenPipeError):
        stream.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_costs_lines_only() -> None:
    """Logs fill disks more often than anything else."""
    stream = Path("/dev/full").open("w")  # noqa: SIM115 - closing it fails
    telemetry = Telemetry(stream)
    telemetry.log.info("request")
    assert lost(telemetry) == 1
    with pytest.raises(OSError, match="No space"):
        stream.close()
