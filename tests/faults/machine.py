"""What this machine lets a test do. What it does not is skipped, and said in pytest's summary.

``make test`` installs strace and libfaketime where it may (``scripts/faults``); mounting wants root
with CAP_SYS_ADMIN, which a plain container does not give.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

import pytest

FAKETIME: Final = "faketime/libfaketimeMT.so.1"
LIBRARIES: Final = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib")


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[Path]:
    """Mount something at *place*; only root may."""
    place.mkdir(exist_ok=True)
    run("mount", *options, str(place))
    try:
        yield place
    finally:
        run("umount", str(place))


def run(*words: str) -> None:
    """Run one of the system's programs, which must succeed."""
    program, *arguments = words
    subprocess.run([_program(program) or program, *arguments], check=True, capture_output=True)


def _program(name: str) -> str | None:
    """Find a program, also where PATH leaves out the folders of those for root."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _works(*words: str) -> bool:
    try:
        run(*words)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@cache
def may_mount() -> bool:
    """Whether a small disk in memory can be mounted."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        here = [folder]
        return _works("mount", "-t", "tmpfs", "tmpfs", *here) and _works("umount", *here)


@cache
def has_loops() -> bool:
    """Whether an ext4 can be made in a file and mounted."""
    if not (may_mount() and _program("mkfs.ext4")):
        return False
    with tempfile.TemporaryDirectory() as folder:
        image, place = Path(folder, "image"), Path(folder, "place")
        place.mkdir()
        with image.open("wb") as file:
            file.truncate(8 << 20)
        made = _works("mkfs.ext4", "-q", "-F", str(image))
        mounted_it = made and _works("mount", "-o", "loop", str(image), str(place))
        return mounted_it and _works("umount", str(place))


@cache
def may_trace() -> bool:
    """Whether strace is there and may let another process's system calls fail."""
    return _works("strace", "-f", "-qq", "-o", "/dev/null", sys.executable, "-S", "-c", "0")


@cache
def faketime() -> Path | None:
    """Where libfaketime is, if it is."""
    found = (Path(folder, FAKETIME) for folder in LIBRARIES)
    return next((library for library in found if library.exists()), None)


wants_mounts = pytest.mark.skipif(
    not may_mount(), reason="NOT RUN: only root with CAP_SYS_ADMIN may mount a disk"
)
wants_loops = pytest.mark.skipif(
    not has_loops(), reason="NOT RUN: no root, no loop device or no mkfs.ext4 here"
)
wants_strace = pytest.mark.skipif(
    not may_trace(), reason="NOT RUN: no strace, or it may not trace (apt-get install strace)"
)
wants_faketime = pytest.mark.skipif(
    faketime() is None, reason="NOT RUN: no libfaketime (apt-get install libfaketime)"
)
