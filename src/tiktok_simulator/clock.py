"""The simulator's own wall clock, which a test may set and move."""

import time
from collections.abc import Callable

WallClock = Callable[[], float]


class Clock:
    """Unix seconds from *source*, plus whatever the clock was moved by."""

    def __init__(self, source: WallClock = time.time) -> None:
        self._source = source
        self._ahead = 0.0

    def now(self) -> float:
        """Return the time in Unix seconds."""
        return self._source() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock; a negative number moves it back."""
        self._ahead += seconds

    def reset(self) -> None:
        """Show the source's time again."""
        self._ahead = 0.0
