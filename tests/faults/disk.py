"""A disk that writes down what SQLite does to it, fails on demand, and can lose its power.

It is the default VFS for as long as it is plugged in, so that the store under test needs no hook.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

import apsw

SECTOR: Final = 512
NAME: Final = "tandemgate-test-disk"


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at an offset; they may stay in the machine's memory until a sync."""

    file: str
    offset: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Truncate:
    """A new length; like a write it is certain only after a sync."""

    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """Everything done to the file before is on the platter."""

    file: str


@dataclass(frozen=True, slots=True)
class Delete:
    """The file is gone."""

    file: str


@dataclass(frozen=True, slots=True)
class Promise:
    """Not the disk's: at this moment a caller was told *said*."""

    said: object


Step: TypeAlias = Write | Truncate | Sync | Delete | Promise
Fault: TypeAlias = Callable[[Step], None]


def healthy(_step: Step) -> None:
    """Let every step succeed."""


class Disk(apsw.VFS):
    """The machine's disk with a memory. ``fault`` may raise instead of letting a step happen."""

    def __init__(self) -> None:
        self.real = apsw.vfs_names()[0]
        super().__init__(NAME, self.real, makedefault=True)
        self.steps: list[Step] = []
        self.fault: Fault = healthy

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file of the real disk."""
        return _File(self, name, flags)

    def xDelete(self, name: str, sync_folder: bool) -> None:  # noqa: N802
        """Delete, and remember it."""
        self.do(Delete(name))
        super().xDelete(name, sync_folder)

    def do(self, step: Step) -> None:
        """Remember *step*, unless it fails."""
        self.fault(step)
        self.steps.append(step)

    def promise(self, said: object) -> None:
        """Remember what was promised at this moment."""
        self.steps.append(Promise(said))


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__(disk.real, name, flags)
        self._disk = disk
        self._name = name.filename() if isinstance(name, apsw.URIFilename) else name or ""

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.do(Write(self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.do(Truncate(self._name, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.do(Sync(self._name))
        super().xSync(flags)


@contextmanager
def plugged_in() -> Iterator[Disk]:
    """Let all that SQLite opens be on one such disk."""
    disk = Disk()
    try:
        yield disk
    finally:
        disk.unregister()


def cut(steps: Sequence[Step], folder: Path, chance: Random) -> None:
    """Leave in *folder* what the disk may hold when the power fails after *steps*.

    What was synced is there. Of what was not, any part may be: each write whole, not at all, or
    only some of its sectors, whatever their order was.
    """
    for name, own in _by_file(steps).items():
        synced = max((at for at, step in enumerate(own) if isinstance(step, Sync)), default=-1)
        content = bytearray()
        for step in own[: synced + 1]:
            _apply(content, step)
        for step in own[synced + 1 :]:
            for part in _survivors(step, chance):
                _apply(content, part)
        existed = synced >= 0 or chance.random() < 0.5
        for _ in range(existed):
            (folder / Path(name).name).write_bytes(content)


def killed(steps: Sequence[Step], folder: Path) -> None:
    """Leave in *folder* what is there when the process ends after *steps*: all that was written."""
    for name, own in _by_file(steps).items():
        content = bytearray()
        for step in own:
            _apply(content, step)
        (folder / Path(name).name).write_bytes(content)


def _by_file(steps: Sequence[Step]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in steps:
        match step:
            case Promise():
                pass
            case Delete(file):
                found.pop(file, None)
            case Write(file) | Truncate(file) | Sync(file):
                found.setdefault(file, []).append(step)
    return found


def _survivors(step: Step, chance: Random) -> list[Step]:
    fate = chance.choice(("whole", "lost", "torn"))
    match step:
        case Write(file, offset, content) if fate == "torn":
            edges = [*range(0, len(content), SECTOR), len(content)]
            sectors = [Write(file, offset + a, content[a:b]) for a, b in pairwise(edges)]
            return [sector for sector in sectors if chance.random() < 0.5]
        case _:
            return [] if fate == "lost" else [step]


def _apply(content: bytearray, step: Step) -> None:
    match step:
        case Write(_, offset, written):
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(written)] = written
        case Truncate(_, size):
            del content[size:]
        case _:
            pass
