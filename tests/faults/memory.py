"""How much memory a process takes, watched from outside."""

import threading
from pathlib import Path
from typing import Final, Self

from tests.faults.account import Account

MIB: Final = 1024 * 1024
RSS_BOUND: Final = 400 * MIB
EVERY: Final = 0.1


def resident(pid: int) -> int:
    """Bytes of memory that the process *pid* has now; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * 4096


class Memory:
    """Remembers the most that a process had while this was open."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.most = resident(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def must_stay_below(self, bound: int, account: Account) -> None:
        """Hold what was seen against *bound* bytes."""
        told = f"{self.most // MIB} MiB of memory, expected less than {bound // MIB}"
        account.must(self.most < bound, told)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self.most = max(self.most, resident(self._pid))
