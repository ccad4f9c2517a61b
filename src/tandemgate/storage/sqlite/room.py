"""Room on the disk that new events leave alone.

What is stored already must still be sent and its answers recorded, and both write. So the last part
of the disk is theirs, and intake stops before it: the ledger never finds out by a failed write.
"""

import os
from pathlib import Path
from typing import Final

import apsw

from tandemgate.ports import StoreFull

MOST_KEPT: Final = 64 * 1024 * 1024
"""Bytes: the write-ahead log of the largest group commit fits in several times."""

SHARE_KEPT: Final = 0.05
"""Of a small disk."""


def kept(size: int) -> int:
    """Return how many bytes of a disk of *size* bytes are kept."""
    return min(MOST_KEPT, int(size * SHARE_KEPT))


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
