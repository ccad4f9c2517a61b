"""What the process may do to the machine: which files it leaves, and how many it opens."""

import contextlib
import ctypes
import gc
import os
import resource
import sys
from typing import Final

OPEN_FILES: Final = 8192

COLLECTED_AFTER: Final = 20_000
"""Objects that were made and are not gone, after which cycles are looked for."""

PR_SET_DUMPABLE: Final = 4
"""From Linux's ``linux/prctl.h``."""


def harden() -> None:
    """Leave no core dump, which would hold identifiers; keep files private; allow connections."""
    os.umask(0o077)
    never_dump_core()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def never_dump_core() -> None:
    """Let no signal make a core dump.

    The limit alone is not obeyed where the kernel hands cores to a program, as many distributions
    have it do (core(5): ``core_pattern`` that begins with ``|``). A process that is not dumpable
    also keeps its memory from other programs of the same user (prctl(2), ptrace(2)).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def settle() -> None:
    """Let the collector leave alone what was made at start, and look at the rest less often.

    Events are no cycles: they go with their answer. To look for some after every 700 objects, as is
    usual, takes a tenth of the time of intake, and more the more callers wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)
