"""Room on the disk: what new events leave alone, and what the write-ahead log may take of that.

What is stored already must still be sent and its answers recorded, and both write. So the last part
of the disk is theirs, and intake stops before it: the ledger never finds out by a failed write.
"""

import os
from pathlib import Path
from typing import Final

import apsw

from tandemgate.ports import StoreFull

MIB: Final = 1024 * 1024

MOST_KEPT: Final = 256 * MIB
"""Bytes: the largest write-ahead log fits in twice."""

SHARE_KEPT: Final = 0.05
"""Of a small disk."""

LEAST_LOG: Final = 4 * MIB
MOST_LOG: Final = 128 * MIB


def kept(size: int) -> int:
    """Return how many bytes of a disk of *size* bytes are kept."""
    return min(MOST_KEPT, int(size * SHARE_KEPT))


def log_kept(folder: Path) -> int:
    """Return to how many bytes the write-ahead log of a ledger in *folder* may grow.

    The larger it is, the more changes of a page are folded into the file as one, and the fewer
    callers meet that: with 16 MiB it happens five times a second under full load. But what waits
    for a full disk to be emptied must still find room for all of it.
    """
    try:
        disk = os.statvfs(folder)
    except OSError:
        return LEAST_LOG
    return min(MOST_LOG, max(LEAST_LOG, kept(disk.f_blocks * disk.f_frsize) // 2))


def must_have_room(folder: Path) -> None:
    """Raise :class:`StoreFull` where no new events may be stored in *folder*."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return  # the write will tell
    free, keep = disk.f_bavail * disk.f_frsize, kept(disk.f_blocks * disk.f_frsize)
    if free < keep:
        raise StoreFull(f"{free} bytes are free, and {keep} are kept for what is stored")


def must_be_writable(folder: Path) -> None:
    """Raise where the file system of *folder* is read-only by now.

    After an error ext4 makes itself read-only, and from then on ``fdatasync`` succeeds without
    writing anything [Linux, ext4_sync_file]: a commit that was written before it is only in memory.
    """
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise apsw.ReadOnlyError("the file system became read-only")
