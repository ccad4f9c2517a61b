"""Waiting for other processes, with an end."""

import time
from collections.abc import Callable
from typing import Final

POLL: Final = 0.05


def until(condition: Callable[[], bool], *, patience: float = 30.0) -> bool:
    """Wait until *condition* holds; false when it took longer than *patience* seconds."""
    deadline = time.monotonic() + patience
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(POLL)
    return holds
