"""Real disks in trouble under a real gateway: full, failing, locked by somebody else."""

import multiprocessing
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

import apsw

from tandemgate.storage.sqlite.room import kept, log_kept
from tests.e2e.programs import Program, simulator
from tests.faults.account import Account, Seen, ledger_rows
from tests.faults.child import Child
from tests.faults.kills import drained
from tests.faults.machine import mounted
from tests.faults.memory import MIB
from tests.faults.traffic import Traffic, access, database, hand_in_many, write_settings
from tests.faults.waiting import until

ANSWERED_WITHIN: Final = 12.0
DISK: Final = 128 * MIB
MOST_PARTS: Final = 60
"""Of 10,000 events each: several times what fills a log on any machine."""
SENDERS: Final = 3
_processes = multiprocessing.get_context("forkserver")


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Mount a disk of *size* bytes; only root may."""
    with mounted(folder / "disk", "-t", "tmpfs", "-o", f"size={size}", "tmpfs") as place:
        yield place


def full_disk(folder: Path, *, rounds: int) -> Account:
    """Somebody else fills the disk: at first nearly, then to the last byte; then there is room."""
    account = Account("disk full (tmpfs)", rounds=rounds)
    with small_disk(folder, DISK) as disk, simulator(*access()) as tiktok:
        settings = write_settings(disk, tiktok.url)
        with Child(settings) as running, Traffic(pause=0.01) as traffic:
            traffic.aim(running)
            for _ in range(rounds):
                time.sleep(0.5)
                _fill(disk / "nearly", kept(DISK) - MIB)
                account.must(until(lambda: reasons(running) == ["store_full"]), "it looks ready")
                known = len(traffic.acknowledged)
                account.must(until(lambda: drained(settings)), "what is stored does not leave")
                _fill(disk / "completely", 0)
                time.sleep(0.3)
                few = len(traffic.acknowledged) - known
                account.must(few <= SENDERS, f"{few} acknowledged on a full disk")
                (disk / "completely").unlink()
                (disk / "nearly").unlink()
                account.must(until(lambda: reasons(running) == []), "it is not ready again")
                account.must(goes_on(traffic), "nothing goes on")
            return finished(account, settings, tiktok, running, traffic)


def failing_writes(folder: Path, *, rounds: int) -> Account:
    """Every write of the gateway fails, as on a dying disk; then it is exchanged."""
    account = Account("EIO on every write (RLIMIT_FSIZE)", rounds=rounds)
    with simulator(*access(), "--latency", "20ms") as tiktok:
        settings = write_settings(folder, tiktok.url)
        with Child(settings) as running, Traffic(pause=0.01) as traffic:
            traffic.aim(running)
            for _ in range(rounds):
                time.sleep(0.3)
                with _no_writes(running.pid):
                    time.sleep(1.0)
                    account.must(reasons(running) != [], "it looks ready")
                account.must(goes_on(traffic), "nothing goes on")
            account.must(HTTPStatus.SERVICE_UNAVAILABLE in traffic.refused, "nothing was refused")
            return finished(account, settings, tiktok, running, traffic)


def locked_by_another(folder: Path, *, lasting: float) -> Account:
    """Somebody opens the file by hand and holds the write lock."""
    account = Account("SQLite busy: write lock held by another", rounds=1)
    with simulator(*access()) as tiktok:
        settings = write_settings(folder, tiktok.url)
        with Child(settings) as running, Traffic() as traffic:
            traffic.aim(running)
            time.sleep(0.3)
            with _holding(database(settings), "BEGIN IMMEDIATE"):
                time.sleep(lasting)
            account.must(goes_on(traffic), "nothing goes on")
            account.must(HTTPStatus.SERVICE_UNAVAILABLE in traffic.refused, "nothing was refused")
            account.must(
                traffic.slowest < ANSWERED_WITHIN, f"{traffic.slowest:.1f} s for an answer"
            )
            return finished(account, settings, tiktok, running, traffic)


def long_reader(folder: Path, *, times: float) -> Account:
    """Somebody reads for long, so that the write-ahead log can't be folded into the file.

    Until it is *times* as long as it should be. How many events that takes depends on how many
    share a commit, and so on how fast the machine is.
    """
    bound = log_kept(folder)
    account = Account("SQLite: one reader that never ends", rounds=1)
    with simulator(*access()) as tiktok:
        settings = write_settings(folder, tiktok.url)
        log = database(settings).with_name(f"{database(settings).name}-wal")
        with Child(settings) as running, Traffic() as traffic:
            traffic.aim(running)
            time.sleep(0.3)
            with _holding(database(settings), "BEGIN; SELECT count(*) FROM event"):
                many = set[str]()
                for part in range(MOST_PARTS):
                    many |= hand_in_many(running, f"part_{part}", 10_000)
                    if log.stat().st_size > times * bound:
                        break
                else:
                    account.wrong.append(f"the log has {log.stat().st_size} bytes, no more")
            shrunk = until(lambda: log.stat().st_size <= bound)
            account.must(shrunk, f"{log.stat().st_size} bytes of log remain")
            account.must(not traffic.refused, "a reader must refuse nobody")
            account.must(until(lambda: many <= ledger_rows(database(settings)).keys()), "gone")
            return finished(account, settings, tiktok, running, traffic)


def finished(
    account: Account, settings: Path, tiktok: Program, running: Child, traffic: Traffic
) -> Account:
    """Let everything be delivered, and hold it against the promises."""
    traffic.stop()
    account.must(until(lambda: drained(settings), patience=60), "the queue did not drain")
    allowed = {HTTPStatus.SERVICE_UNAVAILABLE}
    account.must(set(traffic.refused) <= allowed, f"answers: {set(traffic.refused)}")
    account.must(running.alive, "the gateway ended")
    return Seen.of(tiktok, database(settings)).into(account, traffic.acknowledged)


def _fill(file: Path, leave: int) -> None:
    """Write *file* until only *leave* bytes of its disk are free."""
    with file.open("wb", buffering=0) as stream, suppress(OSError):
        while shutil.disk_usage(file.parent).free > leave:
            stream.write(bytes(MIB // 4))


def goes_on(traffic: Traffic) -> bool:
    """Whether new events are acknowledged."""
    more = len(traffic.acknowledged)
    return until(lambda: len(traffic.acknowledged) > more)


def reasons(running: Program) -> list[str]:
    """Why it takes no new events, if it does not."""
    told: list[str] = running.ask("GET", "/readyz")[1]["reasons"]
    return told


@contextmanager
def _no_writes(pid: int) -> Iterator[None]:
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def _holding(file: Path, statement: str) -> Iterator[None]:
    held, enough = _processes.Event(), _processes.Event()
    holder = _processes.Process(target=_hold, args=(file, statement, held, enough), daemon=True)
    holder.start()
    try:
        assert held.wait(30)
        yield
    finally:
        enough.set()
        holder.join()
        holder.close()


def _hold(file: Path, statement: str, held: Event, enough: Event) -> None:
    connection = apsw.Connection(str(file))
    connection.set_busy_timeout(10_000)
    connection.execute(statement).fetchall()
    held.set()
    enough.wait(600)
    connection.close()
