"""System calls that fail, or never return, in a running gateway: strace puts the fault in."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final

from tests.e2e.programs import simulator
from tests.faults.account import Account
from tests.faults.child import Child
from tests.faults.disks import finished, goes_on, reasons
from tests.faults.kills import LATENCY, finish_after_kills
from tests.faults.traffic import Traffic, access, write_settings
from tests.faults.waiting import until

WRITES: Final = "pwrite64,fdatasync,fsync,ftruncate"
SYNCS: Final = "fdatasync"
ERRORS: Final = ("EIO", "ENOSPC", "EROFS")
"""A dying disk, a full one, and one that the kernel has made read-only."""

PATIENCE: Final = 30.0
KILLED_BY: Final = -signal.SIGKILL


@contextmanager
def injected(pid: int, calls: str, fault: str) -> Iterator[None]:
    """Put *fault* (strace's words) into *calls* of a running process, for as long as this is open.

    It traces every thread and lets go in the end: the process goes on as if nothing had been.
    """
    words = ["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(pid), "-e", f"trace={calls}"]
    tracer = subprocess.Popen([*words, "-e", f"inject={calls}:{fault}"])
    try:
        until(lambda: tracer.poll() is not None or _is_traced(pid), patience=PATIENCE)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(PATIENCE)


def _is_traced(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return True
    return "TracerPid:\t0\n" not in status


def kills_at_syncs(folder: Path, *, rounds: int) -> Account:
    """``kill -9`` in the middle of the Nth ``fdatasync``, for one N after the other."""
    account = Account("kill -9 inside fdatasync number N (strace)", rounds=rounds)
    with simulator(*access(), *LATENCY) as tiktok:
        settings = write_settings(folder, tiktok.url)
        with Traffic() as traffic:
            for number in range(rounds):
                with Child(settings) as running:
                    when = f"signal=KILL:when={1 + number % 9}"
                    with injected(running.pid, SYNCS, when):
                        traffic.aim(running)
                        account.must(running.ended() == KILLED_BY, "the sync never came")
        return finish_after_kills(account, settings, tiktok, traffic)


def failing_calls(folder: Path, error: str, *, rounds: int) -> Account:
    """Every write and sync of the disk fails for a second; then all is well, without a restart."""
    account = Account(f"{error} on pwrite64 and fdatasync (strace)", rounds=rounds)
    with simulator(*access(), "--latency", "20ms") as tiktok:
        settings = write_settings(folder, tiktok.url)
        with Child(settings) as running, Traffic(pause=0.01) as traffic:
            traffic.aim(running)
            for _ in range(rounds):
                time.sleep(0.3)
                with injected(running.pid, WRITES, f"error={error}"):
                    account.must(until(lambda: reasons(running) != []), "it looks ready")
                    known = len(traffic.acknowledged)
                    time.sleep(0.5)
                    few = len(traffic.acknowledged) - known
                    account.must(few == 0, f"{few} acknowledged while nothing could be written")
                account.must(goes_on(traffic), "nothing goes on")
                account.must(until(lambda: reasons(running) == []), "it is not ready again")
            account.must(HTTPStatus.SERVICE_UNAVAILABLE in traffic.refused, "nothing was refused")
            return finished(account, settings, tiktok, running, traffic)
