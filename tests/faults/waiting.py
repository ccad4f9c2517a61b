"""Waiting for other processes, with an end."""

import time
from collections.abc import Callable
from typing import Final

POLL: Final = 0.05


def until(condition: Callable[[], bool], *, patience: float = 30.0) -> bool:
    """Wait until *condition* holds; false when it took longer than *patience* seconds."""
    deadline = time.monotonic() + patience
    while True:
        began = time.monotonic()
        if condition():
            return True
        now = time.monotonic()
        if now > deadline:
            return False
        time.sleep(max(POLL, 3 * (now - began)))  # looking must not be what keeps it busy
