"""Run a gateway as the image and the unit do: ``python -m tests.deploy.confined FOLDER SETTINGS``.

Everything is read-only but one folder, and no memory is both written and run. As root.
"""

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

PR_SET_MDWE: Final = 65
PR_MDWE_REFUSE_EXEC_GAIN: Final = 1
"""From Linux's ``linux/prctl.h``; what systemd's MemoryDenyWriteExecute comes to."""

INSIDE: Final = "--inside"


def main(arguments: list[str]) -> None:
    """Get mounts of our own first, then confine ourselves and become the gateway."""
    if arguments[0] != INSIDE:
        again = [sys.executable, "-m", "tests.deploy.confined", INSIDE, *arguments]
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", *again])  # noqa: S606, S607 - a test's own program
    folder, settings = arguments[1:]
    for words in (
        ("--bind", folder, folder),
        ("-o", "remount,bind,ro", "/"),
        ("-o", "remount,bind,rw", folder),
    ):
        subprocess.run(["mount", *words], check=True)  # noqa: S607 - as above
    _must_be_read_only(Path(__file__).parent / "written")
    ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    gateway = [sys.executable, "-m", "tandemgate", "serve", "--config", settings]
    os.execv(sys.executable, gateway)  # noqa: S606 - as above


def _must_be_read_only(file: Path) -> None:
    try:
        file.touch()
    except OSError:
        return
    file.unlink()
    raise AssertionError(file)


if __name__ == "__main__":
    main(sys.argv[1:])
