"""A real ext4 in a file: the power goes, or the kernel makes it read-only, under a real gateway."""

import fcntl
import os
import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Final

from tests.e2e.programs import simulator
from tests.faults.account import Account
from tests.faults.child import Child
from tests.faults.disks import goes_on, reasons
from tests.faults.kills import LATENCY, finish_after_kills
from tests.faults.machine import mounted, run
from tests.faults.memory import MIB
from tests.faults.traffic import Traffic, access, write_settings
from tests.faults.waiting import until

SIZE: Final = 256 * MIB
SHUTDOWN: Final = 0x8004587D
"""EXT4_IOC_SHUTDOWN = _IOR('X', 125, __u32). [Linux, fs/ext4/ext4.h]"""

QUIET: Final = 0.5
"""Seconds in which every request that is under way is answered."""

WITHOUT_FLUSHING: Final = struct.pack("I", 2)
"""EXT4_GOING_FLAGS_NOLOGFLUSH: not even the journal is written, as when the power goes."""


class Image:
    """An ext4 in a file. Open it as often as it is needed."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "image"
        self._place = folder / "disk"
        with self._file.open("wb") as file:
            file.truncate(SIZE)
        run("mkfs.ext4", "-q", "-F", str(self._file))

    @contextmanager
    def mounted(self) -> Iterator[Path]:
        """Mount it; the journal is replayed where that is needed."""
        with mounted(self._place, "-o", "loop,errors=remount-ro", str(self._file)) as place:
            yield place

    def repair(self) -> None:
        """Do what a boot does with a file system that was marked as faulty."""
        with suppress(subprocess.CalledProcessError):  # 1: errors were found and corrected
            run("e2fsck", "-y", str(self._file))

    def cut_the_power(self) -> None:
        """Lose everything that was not synced; nothing can be written any more."""
        folder = os.open(self._place, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, WITHOUT_FLUSHING)
        finally:
            os.close(folder)

    def make_read_only(self) -> None:
        """Let the kernel meet an error of the file system, and do what it does then."""
        device = self._place.stat().st_dev
        for folder in Path("/sys/dev/block").glob(f"{os.major(device)}:{os.minor(device)}"):
            name = folder.resolve().name
            Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("1", "ascii")


def power_goes(folder: Path, *, rounds: int) -> Account:
    """The power goes at random instants of traffic; the disk is mounted again each time."""
    account = Account("power cut (EXT4 shutdown, loop device)", rounds=rounds)
    chance = Random(rounds)  # noqa: S311 - to be repeated, not to be secret
    image = Image(folder)
    with simulator(*access(), *LATENCY) as tiktok:
        with Traffic() as traffic:
            for _ in range(rounds):
                with image.mounted() as disk:
                    settings = write_settings(disk, tiktok.url)
                    with Child(settings) as running:
                        traffic.aim(running)
                        account.must(goes_on(traffic), "nothing was acknowledged")
                        time.sleep(chance.uniform(0.0, 0.4))
                        # Nobody is told anything after the moment of a power cut; the ioctl takes
                        # a while, in which a sync may succeed and be dropped.
                        os.kill(running.pid, signal.SIGSTOP)
                        image.cut_the_power()
                        running.kill()
        with image.mounted() as disk:
            settings = write_settings(disk, tiktok.url)
            return finish_after_kills(account, settings, tiktok, traffic)


def turned_read_only(folder: Path, *, rounds: int) -> Account:
    """The kernel makes the disk read-only under traffic; after a repair everything is there."""
    account = Account("disk turned read-only by the kernel (ext4)", rounds=rounds)
    image = Image(folder)
    with simulator(*access(), *LATENCY) as tiktok:
        with Traffic() as traffic:
            for _ in range(rounds):
                with image.mounted() as disk:
                    settings = write_settings(disk, tiktok.url)
                    with Child(settings) as running:
                        traffic.aim(running)
                        account.must(goes_on(traffic), "nothing was acknowledged")
                        traffic.target = ""  # the kernel loses what it syncs while it gives up
                        time.sleep(QUIET)
                        image.make_read_only()
                        traffic.aim(running)
                        seen = until(lambda: reasons(running) == ["store_unavailable"])
                        account.must(seen, "it looks ready")
                        known = len(traffic.acknowledged)
                        time.sleep(0.5)
                        few = len(traffic.acknowledged) - known
                        account.must(few == 0, f"{few} acknowledged on a read-only disk")
                        account.must(running.alive, "the gateway ended")
                image.repair()
        with image.mounted() as disk:
            settings = write_settings(disk, tiktok.url)
            return finish_after_kills(account, settings, tiktok, traffic)
